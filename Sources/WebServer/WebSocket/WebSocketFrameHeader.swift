import struct NIOCore.ByteBuffer

/// What a frame is (RFC 6455 section 5.2).
enum WebSocketOpcode: UInt8 {
    case continuation = 0
    case text = 1
    case binary = 2
    case close = 8
    case ping = 9
    case pong = 10

    /// Whether frames of this kind stand between the fragments of a message.
    var isControl: Bool { rawValue >= 8 }
}

/// The header of one frame of a client (RFC 6455 section 5.2).
struct WebSocketFrameHeader: Hashable {
    var opcode: WebSocketOpcode
    var isFinal: Bool
    /// Whether the payload, with that of the frames that continue it, is compressed (RFC 7692 section 6).
    var isCompressed: Bool
    var length: Int
    /// The masking key; its first byte is the lowest.
    var mask: UInt32

    /// Bytes that the longest header takes.
    static let maximumLength = 14

    /// Reads the header at the start of a buffer and moves behind it; nil when it has not arrived whole, and
    /// then nothing moves.
    ///
    /// - Parameter allowsCompression: whether compression was agreed on, so that messages may be marked as compressed.
    init?(
        reading buffer: inout ByteBuffer,
        allowsCompression: Bool = false
    ) throws(WebSocketProtocolError) {
        guard let bits = buffer.getInteger(at: buffer.readerIndex, as: UInt16.self) else { return nil }
        isCompressed = bits & 0x4000 != 0
        guard bits & 0x3000 == 0, allowsCompression || !isCompressed else { throw .reservedBits }
        guard let opcode = WebSocketOpcode(rawValue: UInt8(bits >> 8 & 0x0f)) else { throw .unknownOpcode }
        guard bits & 0x80 != 0 else { throw .unmasked }
        guard !isCompressed || opcode == .text || opcode == .binary else { throw .reservedBits }
        self.opcode = opcode
        isFinal = bits & 0x8000 != 0
        guard let (length, offset) = try WebSocketFrameHeader.length(bits & 0x7f, in: buffer),
            let key = buffer.getInteger(
                at: buffer.readerIndex + offset,
                endianness: .little,
                as: UInt32.self
            )
        else { return nil }
        self.length = length
        mask = key
        if opcode.isControl, !isFinal || length > 125 { throw .malformedControl }
        buffer.moveReaderIndex(forwardBy: offset + 4)
    }

    /// The payload's length, and where the masking key stands.
    private static func length(
        _ short: UInt16,
        in buffer: ByteBuffer
    ) throws(WebSocketProtocolError) -> (Int, offset: Int)? {
        let start = buffer.readerIndex + 2
        switch short {
        case 126:
            guard let length = buffer.getInteger(at: start, as: UInt16.self) else { return nil }
            guard length > 125 else { throw .longLength }
            return (Int(length), 4)
        case 127:
            guard let length = buffer.getInteger(at: start, as: UInt64.self) else { return nil }
            guard length > UInt16.max, let length = Int(exactly: length) else { throw .longLength }
            return (length, 10)
        default: return (Int(short), 2)
        }
    }
}

/// Why a client's bytes break the protocol: the close code, and a sentence for the client.
struct WebSocketProtocolError: Error, Hashable {
    var code: UInt16
    var reason: String

    static let reservedBits = WebSocketProtocolError(code: 1002, reason: "a reserved bit is set")
    static let unknownOpcode = WebSocketProtocolError(code: 1002, reason: "the opcode is reserved")
    static let unmasked = WebSocketProtocolError(code: 1002, reason: "a client's frame is not masked")
    static let longLength = WebSocketProtocolError(
        code: 1002,
        reason: "a length is not written in the fewest bytes"
    )
    static let malformedControl = WebSocketProtocolError(
        code: 1002,
        reason: "a control frame is fragmented or over 125 bytes"
    )
    static let unexpectedContinuation = WebSocketProtocolError(
        code: 1002,
        reason: "a continuation without a message to continue"
    )
    static let unfinishedMessage = WebSocketProtocolError(
        code: 1002,
        reason: "a new message before the last one ended"
    )
    static let malformedClose = WebSocketProtocolError(
        code: 1002,
        reason: "a close frame without a valid code"
    )
    static let invalidText = WebSocketProtocolError(code: 1007, reason: "a text is not UTF-8")
    static let malformedCompression = WebSocketProtocolError(
        code: 1007,
        reason: "a message cannot be decompressed"
    )
    static let messageTooLarge = WebSocketProtocolError(
        code: 1009,
        reason: "a message is larger than this server takes"
    )
}
