import struct NIOCore.ByteBuffer

/// Compresses frames for all connections of a server that keep no context: a frame for many of them is compressed once.
///
/// Belongs to the server's event loop.
final class FrameCompressor {
    /// Frames that are remembered with their compressed forms within one turn of the loop.
    private static let maximumRemembered = 8

    private let options: CompressionOptions
    private var deflaters: [Int: Deflater] = [:]
    private var remembered: [(frame: SharedFrame, windowBits: Int, compressed: SharedFrame)] = []
    /// Where the next frame is remembered, once all places are taken.
    private var oldest = 0
    /// For what clients send without context takeover.
    let inflater = SharedInflater()

    init(_ options: CompressionOptions) {
        self.options = options
    }

    /// The frame in its compressed form; the frame itself where that is no smaller, or the frame too small to try.
    func compressed(_ frame: SharedFrame, windowBits: Int) -> SharedFrame {
        guard isWorthwhile(frame) else { return frame }
        for known in remembered where known.frame === frame && known.windowBits == windowBits {
            return known.compressed
        }
        let compressed = compress(frame, windowBits: windowBits)
        let entry = (frame: frame, windowBits: windowBits, compressed: compressed)
        if remembered.count < FrameCompressor.maximumRemembered {
            remembered.append(entry)
        } else {
            remembered[oldest] = entry
            oldest = (oldest + 1) % FrameCompressor.maximumRemembered
        }
        return compressed
    }

    /// Whether a frame is large enough to be compressed, and no control frame, which never is.
    func isWorthwhile(_ frame: SharedFrame) -> Bool {
        frame.bytes.readableBytes - 2 >= options.threshold && !frame.opcode.isControl
            && frame.payload.readableBytes >= options.threshold
    }

    /// A compressor for a connection that keeps its context.
    func makeDeflater(windowBits: Int) -> Deflater? {
        Deflater(windowBits: windowBits, level: options.level)
    }

    /// Forgets all frames, at the end of a turn.
    func clear() {
        if !remembered.isEmpty { remembered.removeAll(keepingCapacity: true) }
        oldest = 0
    }

    private func compress(_ frame: SharedFrame, windowBits: Int) -> SharedFrame {
        if deflaters[windowBits] == nil { deflaters[windowBits] = makeDeflater(windowBits: windowBits) }
        guard let deflater = deflaters[windowBits] else { return frame }
        let payload = frame.payload
        var output = SharedFrame.makeBuffer(capacity: payload.readableBytes / 2)
        deflater.deflate(payload, into: &output, keepsContext: false)
        guard output.readableBytes < payload.readableBytes else { return frame }
        return SharedFrame(frame.opcode, payload: output, isCompressed: true)
    }
}

/// Compresses what one WebSocket client is sent.
final class OutgoingCompression {
    private let agreement: CompressionAgreement
    private let compressor: FrameCompressor
    /// Where the context is kept: made with the first message that is compressed.
    private var own: Deflater?

    init(_ agreement: CompressionAgreement, _ compressor: FrameCompressor) {
        self.agreement = agreement
        self.compressor = compressor
    }

    /// The frame as it is sent to this client. Frames must be sent in the order in which they were asked for.
    func compressed(_ frame: SharedFrame) -> SharedFrame {
        guard agreement.serverTakesContextOver else {
            return compressor.compressed(frame, windowBits: agreement.serverWindowBits)
        }
        guard compressor.isWorthwhile(frame) else { return frame }
        if own == nil { own = compressor.makeDeflater(windowBits: agreement.serverWindowBits) }
        guard let own else { return frame }
        var output = SharedFrame.makeBuffer(capacity: frame.payload.readableBytes / 2)
        // What went through the compressor has to be sent, or the client's context would miss it.
        own.deflate(frame.payload, into: &output, keepsContext: true)
        return SharedFrame(frame.opcode, payload: output, isCompressed: true)
    }
}
