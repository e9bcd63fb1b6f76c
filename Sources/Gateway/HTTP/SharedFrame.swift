package import struct NIOCore.ByteBuffer

/// A text message, framed once for any number of clients (RFC 6455 section 5.2).
///
/// What is pending for several connections is joined once where it is the same frames, so hand the same instance to each.
package final class SharedFrame: Sendable {
    /// Room that a writer leaves before a message for it to be framed without a copy.
    package static let headroom = 10

    /// Header and text.
    let bytes: ByteBuffer

    /// Frames a text; in place where `headroom` bytes stand before its first readable byte and nobody shares the storage.
    package init(text: consuming ByteBuffer) {
        bytes = text
    }

    /// A buffer for a text that can be framed in place.
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
