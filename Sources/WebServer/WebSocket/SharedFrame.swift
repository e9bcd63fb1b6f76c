package import struct NIOCore.ByteBuffer

/// A text message, framed once for any number of clients (RFC 6455 section 5.2).
///
/// What is pending for several connections is joined once where it is the same frames, so hand the same
/// instance to each.
package final class SharedFrame: Sendable {
    /// Room that a writer leaves before a message for it to be framed without a copy.
    package static let headroom = 10

    /// Header and payload.
    package let bytes: ByteBuffer

    /// The payload alone, for whoever looks into it.
    package var payload: ByteBuffer {
        let length = bytes.getInteger(at: bytes.readerIndex + 1, as: UInt8.self) ?? 0
        let header = length < 126 ? 2 : length == 126 ? 4 : 10
        return bytes.getSlice(at: bytes.readerIndex + header, length: bytes.readableBytes - header)
            ?? ByteBuffer()
    }

    /// Frames a text; without a copy where `headroom` bytes stand before its first readable byte and nobody
    /// shares the storage.
    package convenience init(text: consuming ByteBuffer) {
        self.init(.text, payload: text)
    }

    /// Frames binary data.
    package convenience init(binary: consuming ByteBuffer) {
        self.init(.binary, payload: binary)
    }

    /// Frames any payload, which is at most 125 bytes for a control frame.
    init(_ opcode: WebSocketOpcode, payload: consuming ByteBuffer, isCompressed: Bool = false) {
        let count = payload.readableBytes
        let headerLength = count < 126 ? 2 : count <= UInt16.max ? 4 : 10
        if payload.readerIndex < headerLength {
            var copy = SharedFrame.makeBuffer(capacity: count)
            copy.writeBuffer(&payload)
            payload = copy
        }
        payload.moveReaderIndex(to: payload.readerIndex - headerLength)
        let start = payload.readerIndex
        payload.setInteger((isCompressed ? 0xc0 : 0x80) | opcode.rawValue, at: start)
        switch headerLength {
        case 2: payload.setInteger(UInt8(truncatingIfNeeded: count), at: start + 1)
        case 4:
            payload.setInteger(126 as UInt8, at: start + 1)
            payload.setInteger(UInt16(truncatingIfNeeded: count), at: start + 2)
        default:
            payload.setInteger(127 as UInt8, at: start + 1)
            payload.setInteger(UInt64(count), at: start + 2)
        }
        bytes = payload
    }

    /// What the frame is.
    var opcode: WebSocketOpcode {
        bytes.getInteger(at: bytes.readerIndex, as: UInt8.self).flatMap {
            WebSocketOpcode(rawValue: $0 & 0x0f)
        } ?? .binary
    }

    /// A close frame; the reason is cut at a character so that it takes at most 123 bytes.
    convenience init(closeCode: UInt16?, reason: String = "") {
        var payload = SharedFrame.makeBuffer(capacity: 125)
        if let closeCode {
            payload.writeInteger(closeCode)
            var text = reason[...]
            while text.utf8.count > 123 { text.removeLast() }
            payload.writeSubstring(text)
        }
        self.init(.close, payload: payload)
    }

    /// A buffer for a text that can be framed without a copy.
    ///
    /// - Parameter capacity: expected bytes of text.
    package static func makeBuffer(capacity: Int = 246) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(headroom + capacity)
        buffer.writeRepeatingByte(0, count: headroom)
        buffer.moveReaderIndex(forwardBy: headroom)
        return buffer
    }
}
