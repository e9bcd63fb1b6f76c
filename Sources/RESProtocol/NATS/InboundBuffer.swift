import struct NIOCore.ByteBuffer

/// The bytes that were read and not yet understood.
///
/// A read that begins at the start of an operation is taken as it is. What is left over is copied together
/// with the next read, into storage of
/// its own: slices of the read before may still be held, and storage that is shared is copied whole when it
/// is written to.
struct InboundBuffer {
    /// The bytes; what is understood is taken off the front.
    var bytes = ByteBuffer()
    private var isOurs = false
    private var countBefore = 0

    /// Adds a read.
    ///
    /// - Parameter awaited: how many bytes from the front the next operation needs, if that is known; room is
    /// made for them at once.
    mutating func append(_ read: ByteBuffer, awaited: Int) {
        defer { countBefore = bytes.readableBytes }
        guard bytes.readableBytes > 0 else {
            bytes = read
            isOurs = false
            return
        }
        if !isOurs {
            var own = ByteBuffer()
            own.reserveCapacity(max(awaited, bytes.readableBytes + read.readableBytes))
            own.writeImmutableBuffer(bytes)
            bytes = own
            isOurs = true
        }
        bytes.writeImmutableBuffer(read)
    }

    /// What could be understood was taken: the rest waits for the next read.
    mutating func settle() {
        if bytes.readableBytes == 0 {
            bytes = ByteBuffer()
            isOurs = false
        } else if bytes.readableBytes < countBefore {
            isOurs = false
        }
    }
}
