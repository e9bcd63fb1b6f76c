import Logging

package import struct NIOCore.ByteBuffer

/// Who receives the messages of a WebSocket. Every method is called on the server's event loop.
package protocol WebSocketDelegate: AnyObject {
    /// A text or binary message has come in whole. A text is valid UTF-8.
    func received(text: ByteBuffer, on connection: WebSocketConnection)

    /// A binary message has come in whole; taken as a text, unless the delegate makes a difference.
    func received(binary: ByteBuffer, on connection: WebSocketConnection)

    /// The connection is gone, for whatever reason; called once, and never inside a call of a connection's
    /// method.
    func closed(_ connection: WebSocketConnection)
}

extension WebSocketDelegate {
    package func received(binary: ByteBuffer, on connection: WebSocketConnection) {
        received(text: binary, on: connection)
    }
}

/// One open WebSocket: sends messages, in order, written once per turn of the loop.
///
/// Belongs to its server's event loop. What is sent on a closed connection is dropped.
package final class WebSocketConnection {
    private let server: ServerContext
    private var handler: ConnectionHandler?
    private var delegate: (any WebSocketDelegate)?
    private var state = State.open
    private var parser: WebSocketParser
    /// Nil where no compression was agreed on.
    private let compression: OutgoingCompression?
    /// What arrived before the delegate can be told.
    private var early: ByteBuffer?
    private var pending: [SharedFrame] = []
    private var isScheduled = false
    private var isPongDue = false
    /// Bytes of frames that have not been handed to the channel.
    package private(set) var pendingBytes = 0
    /// What has gone through so far.
    private var counts = Counts()
    /// Whether nothing is written, as if the client did not read.
    private var isHeld = false

    private struct Counts {
        var messagesIn: UInt64 = 0
        var messagesOut: UInt64 = 0
        var bytesOut: UInt64 = 0
    }

    private enum State {
        case open
        /// A close frame was sent; the client's is awaited.
        case closing
        /// Nothing more is said: the connection finishes when what is pending has been written.
        case finishing
        /// The client exceeded a limit: the connection is closed at once at the end of the turn.
        case dropped
        case closed
    }

    /// The greatest number of bytes that are joined for one write.
    private static let maximumRun = 64 << 10

    init(
        server: ServerContext,
        handler: ConnectionHandler,
        delegate: any WebSocketDelegate,
        agreement: CompressionAgreement?,
        early: ByteBuffer
    ) {
        self.server = server
        self.handler = handler
        self.delegate = delegate
        self.early = early.readableBytes > 0 ? early : nil
        if let agreement, let compressor = server.compressor {
            compression = OutgoingCompression(agreement, compressor)
            let incoming = IncomingCompression(
                keepsContext: agreement.clientTakesContextOver,
                shared: compressor.inflater
            )
            parser = WebSocketParser(limits: server.configuration.webSocket, compression: incoming)
        } else {
            compression = nil
            parser = WebSocketParser(limits: server.configuration.webSocket)
        }
    }

    /// The client's address and port, as `127.0.0.1:50312`; empty once it is gone.
    package var remoteAddress: String { handler?.peer.text ?? "" }

    /// Whether messages can still be sent.
    package var isOpen: Bool { state == .open }

    // MARK: Sending

    /// Sends a text message.
    package func send(_ text: consuming ByteBuffer) {
        if state == .open { enqueueMessage(SharedFrame(text: text)) }
    }

    /// Sends a binary message.
    package func send(binary: consuming ByteBuffer) {
        if state == .open { enqueueMessage(SharedFrame(binary: binary)) }
    }

    /// Sends a text message that was framed for several connections.
    package func send(frame: SharedFrame) {
        if state == .open { enqueueMessage(frame) }
    }

    /// Sends what is pending and a close frame, and closes the connection when the client answers or a
    /// deadline passes.
    ///
    /// - Parameters:
    ///   - code: why, as 1001 for a server that stops (RFC 6455 section 7.4.1).
    ///   - reason: at most 123 bytes of UTF-8; cut at a character when it is longer.
    package func close(code: UInt16, reason: String = "") {
        guard state == .open else { return }
        enqueue(SharedFrame(closeCode: code, reason: reason))
        if state == .open { state = .closing }
        armDeadline()
    }

    /// Cuts the connection without a word.
    package func abort() {
        handler?.abort()
    }

    /// Stops writing, as if the client did not read, or goes on. What waits counts against the limit as ever.
    package func hold(_ isHeld: Bool) {
        self.isHeld = isHeld
        if !isHeld, !pending.isEmpty { writeLater() }
    }

    private func enqueueMessage(_ frame: SharedFrame) {
        guard let compression else { return enqueue(frame) }
        enqueue(compression.compressed(frame))
    }

    private func enqueue(_ frame: SharedFrame) {
        let count = frame.bytes.readableBytes
        counts.messagesOut &+= 1
        counts.bytesOut &+= UInt64(truncatingIfNeeded: count)
        if pendingBytes > 0, pendingBytes + count > server.configuration.maximumPendingBytes { return drop() }
        pending.append(frame)
        pendingBytes += count
        writeLater()
    }

    private func drop() {
        server.logger.debug("a WebSocket client does not read", metadata: ["pending": "\(pendingBytes)"])
        state = .dropped
        pending = []
        pendingBytes = 0
        writeLater()
    }

    private func writeLater() {
        guard !isScheduled, handler?.isWritable == true && !isHeld || state == .dropped else { return }
        isScheduled = true
        server.scheduler.add(self)
    }

    /// Hands what is pending to the channel as far as it takes it.
    func writePending(joiner: inout FrameJoiner) {
        isScheduled = false
        guard let handler else { return }
        if state == .dropped { return handler.abort() }
        let frames = pending
        pending = []
        var start = 0
        while start < frames.count, handler.isWritable, !isHeld {
            let (end, count) = WebSocketConnection.run(of: frames, from: start)
            pendingBytes -= count
            handler.writeNow(
                end - start == 1 ? frames[start].bytes : joiner.join(frames[start..<end], count: count)
            )
            start = end
        }
        if start < frames.count { pending = Array(frames[start...]) }
        if state == .finishing, pending.isEmpty { handler.finish() }
    }

    /// Where the frames end that are written together, and their bytes. A large frame is a run of its own and
    /// not copied.
    private static func run(of frames: [SharedFrame], from start: Int) -> (end: Int, count: Int) {
        var end = start + 1
        var count = frames[start].bytes.readableBytes
        while end < frames.count, count + frames[end].bytes.readableBytes <= maximumRun {
            count += frames[end].bytes.readableBytes
            end += 1
        }
        return (end, count)
    }

    /// What has gone through, and what waits.
    package var traffic: ClientTraffic {
        var traffic = ClientTraffic()
        traffic.messagesIn = counts.messagesIn
        traffic.messagesOut = counts.messagesOut
        traffic.bytesOut = counts.bytesOut
        traffic.pendingBytes = pendingBytes
        return traffic
    }

    // MARK: What the channel tells

    /// The handshake is complete.
    func opened() {
        armDeadline()
        guard early != nil else { return }
        server.eventLoop.assumeIsolated().execute { self.processEarly() }
    }

    private func processEarly() {
        if let bytes = early.take() { received(bytes) }
    }

    func received(_ bytes: ByteBuffer) {
        if early != nil {
            early?.writeImmutableBuffer(bytes)
            return
        }
        isPongDue = false
        var input = bytes
        while state == .open || state == .closing {
            switch parser.next(&input) {
            case .incomplete: return
            case .message(let message, let isText):
                counts.messagesIn &+= 1
                guard state == .open else { break }
                if isText {
                    delegate?.received(text: message, on: self)
                } else {
                    delegate?.received(binary: message, on: self)
                }
            case .ping(let payload):
                if state == .open { enqueue(SharedFrame(.pong, payload: payload)) }
            case .pong: break
            case .close(let code): closeReceived(code)
            case .failure(let error): fail(error)
            }
        }
    }

    func becameWritable() {
        armDeadline()
        if !pending.isEmpty || state == .finishing { writeLater() }
    }

    func deadlinePassed() {
        if state != .open || isPongDue {
            handler?.abort()
        } else {
            isPongDue = true
            enqueue(SharedFrame(.ping, payload: ByteBuffer()))
            armDeadline()
        }
    }

    /// The channel is gone, or says nothing more.
    func channelClosed() {
        state = .closed
        handler = nil
        pending = []
        pendingBytes = 0
        tellDelegate()
    }

    private func closeReceived(_ code: UInt16?) {
        if state == .open { enqueue(SharedFrame(closeCode: code)) }
        finish()
    }

    private func fail(_ error: WebSocketProtocolError) {
        if state == .open { enqueue(SharedFrame(closeCode: error.code, reason: error.reason)) }
        finish()
    }

    private func finish() {
        if state != .dropped { state = .finishing }
        armDeadline()
        writeLater()
        tellDelegate()
    }

    private func armDeadline() {
        handler?.setDeadline(
            state == .open ? server.configuration.pingInterval : server.configuration.closeTimeout
        )
    }

    private func tellDelegate() {
        delegate.take()?.closed(self)
    }
}
