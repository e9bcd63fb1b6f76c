import NIOCore

/// Sizes the buffers that a connection reads into: small while little arrives, large while a client sends
/// much.
///
/// The channel keeps the first buffer for as long as it lives and lets go of the others, so the first one is
/// the small one.
struct ReceiveAllocator: RecvByteBufferAllocator {
    /// What an idle connection holds; most requests and messages fit.
    static let smallCapacity = 512
    static let largeCapacity = 64 << 10

    private var readsMuch = false

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
        allocator.buffer(
            capacity: readsMuch ? ReceiveAllocator.largeCapacity : ReceiveAllocator.smallCapacity
        )
    }

    mutating func record(actualReadBytes: Int) -> Bool {
        readsMuch = actualReadBytes >= ReceiveAllocator.smallCapacity
        return readsMuch
    }
}
