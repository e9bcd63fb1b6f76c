import struct NIOCore.ByteBuffer

/// Cuts a client's bytes into WebSocket messages (RFC 6455). Any split of the bytes gives the same messages.
///
/// Payload is unmasked, checked and put together as it arrives, so that a fault is told at the first byte
/// that shows it.
/// Between messages nothing is allocated.
struct WebSocketParser {
    /// What the bytes so far amount to.
    enum Event: Hashable {
        /// More has to arrive.
        case incomplete
        /// A whole message; a text is valid UTF-8.
        case message(ByteBuffer, isText: Bool)
        case ping(ByteBuffer)
        case pong
        /// The client closes, with a code where it gave one. Nothing follows.
        case close(code: UInt16?)
        /// The client broke the protocol. Nothing follows.
        case failure(WebSocketProtocolError)
    }

    private let maximumMessage: Int
    private let deliversParts: Bool
    /// What compressed messages are decompressed with; nil where none may come.
    private let compression: IncomingCompression?
    /// The part of a header that has arrived.
    private var partialHeader = ByteBuffer()
    /// The frame whose payload is due.
    private var frame: Frame?
    /// The opcode of the message that has started and not ended.
    private var messageOpcode: WebSocketOpcode?
    private var isMessageCompressed = false
    private var message = ByteBuffer()
    private var control = ByteBuffer()
    private var validator = UTF8Validator()

    private struct Frame {
        var opcode: WebSocketOpcode
        var isFinal: Bool
        var remaining: Int
        var mask: UInt32
    }

    init(limits: WebSocketLimits, compression: IncomingCompression? = nil) {
        maximumMessage = limits.maximumMessage
        deliversParts = limits.deliversParts
        self.compression = compression
    }

    /// The next event; to be called with what has arrived until it is `incomplete`, when all bytes have been
    /// taken, or the last one.
    mutating func next(_ input: inout ByteBuffer) -> Event {
        do throws(WebSocketProtocolError) {
            while true {
                if frame == nil {
                    guard let header = try nextHeader(&input) else { return .incomplete }
                    try headerReceived(header)
                }
                guard let ended = try payloadReceived(&input) else {
                    return deliversParts ? takePart() : .incomplete
                }
                if let event = try frameEnded(ended) { return event }
            }
        } catch {
            return .failure(error)
        }
    }

    private mutating func nextHeader(
        _ input: inout ByteBuffer
    ) throws(WebSocketProtocolError) -> WebSocketFrameHeader? {
        guard partialHeader.readableBytes > 0 else {
            let allowsCompression = compression != nil
            if let header = try WebSocketFrameHeader(reading: &input, allowsCompression: allowsCompression) {
                return header
            }
            partialHeader.writeBuffer(&input)
            return nil
        }
        while let byte = input.readInteger(as: UInt8.self) {
            partialHeader.writeInteger(byte)
            let allowsCompression = compression != nil
            if let header = try WebSocketFrameHeader(
                reading: &partialHeader,
                allowsCompression: allowsCompression
            ) {
                partialHeader = ByteBuffer()
                return header
            }
        }
        return nil
    }

    private mutating func headerReceived(
        _ header: WebSocketFrameHeader
    ) throws(WebSocketProtocolError) {
        frame = Frame(
            opcode: header.opcode,
            isFinal: header.isFinal,
            remaining: header.length,
            mask: header.mask
        )
        switch header.opcode {
        case .close, .ping, .pong: return
        case .continuation:
            guard messageOpcode != nil else { throw .unexpectedContinuation }
        case .text, .binary:
            guard messageOpcode == nil else { throw .unfinishedMessage }
            messageOpcode = header.opcode
            isMessageCompressed = header.isCompressed
        }
        if deliversParts, !isMessageCompressed { return }
        guard header.length <= maximumMessage - message.readableBytes else { throw .messageTooLarge }
    }

    /// Takes payload; the frame when it has all of it.
    private mutating func payloadReceived(
        _ input: inout ByteBuffer
    ) throws(WebSocketProtocolError) -> Frame? {
        guard let current = frame else { return nil }
        let count = min(current.remaining, input.readableBytes)
        if count > 0 {
            if current.opcode.isControl {
                _ = WebSocketMask.move(count, from: &input, to: &control, mask: current.mask)
            } else {
                try messageBytesReceived(count, &input, mask: current.mask)
            }
        }
        guard count == current.remaining else {
            frame?.remaining -= count
            frame?.mask = WebSocketMask.rotated(current.mask, by: count)
            return nil
        }
        frame = nil
        return current
    }

    private mutating func messageBytesReceived(
        _ count: Int,
        _ input: inout ByteBuffer,
        mask: UInt32
    ) throws(WebSocketProtocolError) {
        let start = message.writerIndex
        let isASCII = WebSocketMask.move(count, from: &input, to: &message, mask: mask)
        guard messageOpcode == .text, !isMessageCompressed, !deliversParts, !(isASCII && validator.isComplete)
        else { return }
        var validator = validator
        guard validator.consume(message.readableBytesUInt8Span, from: start) else { throw .invalidText }
        self.validator = validator
    }

    private mutating func frameEnded(_ frame: Frame) throws(WebSocketProtocolError) -> Event? {
        switch frame.opcode {
        case .ping:
            defer { control = ByteBuffer() }
            return .ping(control)
        case .pong:
            control = ByteBuffer()
            return .pong
        case .close: return .close(code: try closeCode())
        case .text, .binary, .continuation:
            guard frame.isFinal else { return nil }
            if isMessageCompressed { try decompress() }
            guard validator.isComplete else { throw .invalidText }
            defer {
                message = ByteBuffer()
                messageOpcode = nil
            }
            return .message(message, isText: messageOpcode == .text)
        }
    }

    /// What has arrived of a message whose parts are handed over as they come.
    private mutating func takePart() -> Event {
        guard message.readableBytes > 0, !isMessageCompressed else { return .incomplete }
        defer { message = ByteBuffer() }
        return .message(message, isText: messageOpcode == .text)
    }

    private mutating func decompress() throws(WebSocketProtocolError) {
        isMessageCompressed = false
        guard let compression else { return }
        do throws(Inflater.Failure) {
            message = try compression.decompressed(message, limit: maximumMessage)
        } catch {
            throw error == .tooLarge ? .messageTooLarge : .malformedCompression
        }
        guard messageOpcode == .text, !deliversParts else { return }
        var validator = validator
        guard validator.consume(message.readableBytesUInt8Span, from: 0) else { throw .invalidText }
        self.validator = validator
    }

    private func closeCode() throws(WebSocketProtocolError) -> UInt16? {
        guard control.readableBytes > 0 else { return nil }
        guard let code = control.getInteger(at: control.readerIndex, as: UInt16.self),
            WebSocketParser.isValid(closeCode: code)
        else { throw .malformedClose }
        var reason = UTF8Validator()
        guard reason.consume(control.readableBytesUInt8Span, from: 2), reason.isComplete else {
            throw .invalidText
        }
        return code
    }

    /// Whether a code may stand in a close frame (RFC 6455 section 7.4 and its registry).
    private static func isValid(closeCode: UInt16) -> Bool {
        switch closeCode {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
