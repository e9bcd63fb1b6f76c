import NIOCore

/// Makes a stream of bytes of a client's WebSocket messages, and binary messages of what is written, for the handler behind.
///
/// All that is written up to a flush is one message, so that what gathers leaves in few large ones.
final class WebSocketStreamHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let options: WebSocketStreamOptions
    private let agreement: CompressionAgreement?
    private var parser: WebSocketParser
    /// What was written since the last flush.
    private var written: [ByteBuffer] = []
    private var writtenBytes = 0
    private var isCloseSent = false
    private var isInputOver = false

    init(_ options: WebSocketStreamOptions, agreement: CompressionAgreement?) {
        self.options = options
        self.agreement = agreement
        var limits = WebSocketLimits()
        limits.deliversParts = true
        limits.maximumMessage = options.maximumCompressedMessage
        if agreement != nil, let compression = options.compression {
            let incoming = IncomingCompression(keepsContext: false, shared: compression.inflater)
            parser = WebSocketParser(limits: limits, compression: incoming)
        } else {
            parser = WebSocketParser(limits: limits)
        }
    }

    // MARK: Inbound

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var input = unwrapInboundIn(data)
        while !isInputOver {
            switch parser.next(&input) {
            case .incomplete: return
            case .message(let bytes, _):
                if bytes.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(bytes)) }
            case .ping(let payload): send(SharedFrame(.pong, payload: payload), context)
            case .pong: break
            case .close(let code): end(SharedFrame(closeCode: code), context)
            case .failure(let error): end(SharedFrame(closeCode: error.code, reason: error.reason), context)
            }
        }
    }

    /// The client's last word has come, or one that breaks the protocol: answers it and closes.
    private func end(_ frame: SharedFrame, _ context: ChannelHandlerContext) {
        isInputOver = true
        if !isCloseSent {
            isCloseSent = true
            send(frame, context)
        }
        context.close(promise: nil)
    }

    private func send(_ frame: SharedFrame, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(frame.bytes), promise: nil)
    }

    // MARK: Outbound

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let bytes = unwrapOutboundIn(data)
        writtenBytes += bytes.readableBytes
        written.append(bytes)
        promise?.succeed()
    }

    func flush(context: ChannelHandlerContext) {
        if writtenBytes > 0 { frame(context) }
        context.flush()
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if writtenBytes > 0 { frame(context) }
        if !isCloseSent {
            isCloseSent = true
            let closing = options.closing()
            let frame = SharedFrame(closeCode: closing.code, reason: closing.reason)
            context.writeAndFlush(wrapOutboundOut(frame.bytes), promise: nil)
        }
        context.close(mode: mode, promise: promise)
    }

    /// Frames what was written.
    private func frame(_ context: ChannelHandlerContext) {
        let pieces = written
        let count = writtenBytes
        written.removeAll(keepingCapacity: true)
        writtenBytes = 0
        guard !isCloseSent else { return }
        if let agreement, let compression = options.compression, count >= compression.options.threshold,
            let deflater = compression.deflater(windowBits: agreement.serverWindowBits)
        {
            writeCompressed(pieces, count, deflater, context)
        } else if let maximum = options.maximumFrame, count > maximum {
            writeInFrames(pieces, maximum, context)
        } else {
            write(pieces, count, context)
        }
    }

    /// One message, its payload not copied.
    private func write(_ pieces: [ByteBuffer], _ count: Int, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(WebSocketStreamHandler.header(of: count)), promise: nil)
        for piece in pieces { context.write(wrapOutboundOut(piece), promise: nil) }
    }

    /// Messages of at most so many bytes.
    private func writeInFrames(_ pieces: [ByteBuffer], _ maximum: Int, _ context: ChannelHandlerContext) {
        var parts: [ByteBuffer] = []
        var count = 0
        for piece in pieces {
            var piece = piece
            while let part = piece.readSlice(length: min(piece.readableBytes, maximum - count)),
                part.readableBytes > 0
            {
                parts.append(part)
                count += part.readableBytes
                if count == maximum {
                    write(parts, count, context)
                    parts.removeAll(keepingCapacity: true)
                    count = 0
                }
            }
        }
        if count > 0 { write(parts, count, context) }
    }

    /// One compressed message, in several frames where they may only be so large (RFC 7692 section 6.1).
    private func writeCompressed(
        _ pieces: [ByteBuffer],
        _ count: Int,
        _ deflater: Deflater,
        _ context: ChannelHandlerContext
    ) {
        var message = ByteBuffer()
        if pieces.count > 1 { message.reserveCapacity(count) }
        for piece in pieces { message.writeImmutableBuffer(piece) }
        var rest = ByteBuffer()
        rest.reserveCapacity(64 + count / 2)
        deflater.deflate(message, into: &rest, keepsContext: false)
        let maximum = options.fragmentsCompressed ? options.maximumFrame ?? .max : .max
        var isFirst = true
        while rest.readableBytes > 0, let part = rest.readSlice(length: min(rest.readableBytes, maximum)) {
            let first: UInt8 = isFirst ? 0x40 | WebSocketOpcode.binary.rawValue : 0
            let bits = rest.readableBytes == 0 ? first | 0x80 : first
            let header = WebSocketStreamHandler.header(of: part.readableBytes, bits: bits)
            context.write(wrapOutboundOut(header), promise: nil)
            context.write(wrapOutboundOut(part), promise: nil)
            isFirst = false
        }
    }

    /// A frame's header (RFC 6455 section 5.2).
    private static func header(of count: Int, bits: UInt8 = 0x80 | WebSocketOpcode.binary.rawValue)
        -> ByteBuffer
    {
        var header = ByteBuffer()
        header.writeInteger(bits)
        switch count {
        case ..<126: header.writeInteger(UInt8(truncatingIfNeeded: count))
        case ...Int(UInt16.max):
            header.writeInteger(126 as UInt8)
            header.writeInteger(UInt16(truncatingIfNeeded: count))
        default:
            header.writeInteger(127 as UInt8)
            header.writeInteger(UInt64(count))
        }
        return header
    }
}
