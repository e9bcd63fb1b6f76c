import CZlib

import struct NIOCore.ByteBuffer

/// Decompresses messages of permessage-deflate (RFC 7692 section 7.2.2).
///
/// Holds about 40 KiB outside of Swift's heap for as long as it lives.
final class Inflater {
    /// Why a message cannot be had.
    enum Failure: Error, Hashable {
        /// The bytes are no DEFLATE stream.
        case malformed
        /// The message is longer than the limit.
        case tooLarge
    }

    private let stream: OpaquePointer

    /// Nil when there is no memory for it. Any window that the peer may use is taken.
    init?() {
        guard let stream = resdev_inflate_new(15) else { return nil }
        self.stream = stream
    }

    deinit { resdev_inflate_free(stream) }

    /// The whole message that the compressed bytes stand for; its end must have been left out, as the peer sends it.
    ///
    /// Memory grows with what the message really is, not with what the peer might claim, and never past the limit.
    /// - Parameters:
    ///   - limit: bytes that the message may have.
    ///   - keepsContext: whether the peer's next message may refer to this one.
    func inflate(
        _ compressed: ByteBuffer,
        limit: Int,
        keepsContext: Bool
    ) throws(Failure) -> ByteBuffer {
        var output = ByteBuffer()
        output.reserveCapacity(min(limit, max(256, compressed.readableBytes * 3)))
        var status = consume(compressed, limit: limit, into: &output)
        if status == .sound {
            status = consume(ByteBuffer(bytes: Deflater.tail), limit: limit, into: &output)
        }
        if !keepsContext || status != .sound { resdev_inflate_reset(stream) }
        switch status {
        case .sound, .ended: return output
        case .malformed: throw .malformed
        case .tooLarge: throw .tooLarge
        }
    }

    private enum Status {
        case sound
        /// A final block came: some peers send one, and it is the message's end.
        case ended
        case malformed, tooLarge
    }

    private func consume(_ bytes: ByteBuffer, limit: Int, into output: inout ByteBuffer) -> Status {
        bytes.withUnsafeReadableBytes { input in
            var rest = input
            while true {
                // One byte more than may be had shows that there is too much.
                let room = min(
                    limit - output.readableBytes + 1,
                    max(256, output.capacity - output.writerIndex)
                )
                var result = resdev_zresult()
                _ = output.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { target in
                    result = resdev_inflate(
                        stream,
                        rest.bindMemory(to: UInt8.self).baseAddress,
                        rest.count,
                        target.bindMemory(to: UInt8.self).baseAddress,
                        room
                    )
                    return result.produced
                }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(result.consumed))
                if result.status < 0 { return .malformed }
                if output.readableBytes > limit { return .tooLarge }
                if result.status > 0 { return rest.isEmpty ? .ended : .malformed }
                if result.produced < room {
                    // All that can be had of this input is out. What zlib leaves of it can never be taken.
                    return rest.isEmpty ? .sound : .malformed
                }
            }
        }
    }
}
