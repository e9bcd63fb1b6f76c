import Glibc
import NIOCore

/// The socket of a channel, written to past the channel's pipeline, which costs a fifth of what the system does for a small
/// message.
///
/// The descriptor is valid from when the channel is active until it is inactive or `close` is called; a channel closes it on
/// its own loop and tells at once. Whoever holds this uses it on that loop and in that time alone, and not while the channel
/// itself still has something to write.
struct DirectSocket {
    private let descriptor: CInt

    /// The socket of the channel that a pipeline belongs to; nil where it has none, as in tests.
    init?(_ pipeline: ChannelPipeline.SynchronousOperations) {
        let found = try? pipeline.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { $0 }
        guard let descriptor = found.flatMap({ $0 }) else { return nil }
        self.descriptor = descriptor
    }

    /// Writes as much as the system takes at once.
    ///
    /// - Returns: how many bytes that were; 0 also where the connection is broken, which the channel will find out.
    func send(_ bytes: ByteBuffer) -> Int {
        bytes.withUnsafeReadableBytes { pointer in
            max(
                Glibc.send(descriptor, pointer.baseAddress, pointer.count, CInt(MSG_NOSIGNAL | MSG_DONTWAIT)),
                0
            )
        }
    }
}
