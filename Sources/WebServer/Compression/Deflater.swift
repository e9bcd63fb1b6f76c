import CZlib

import struct NIOCore.ByteBuffer

/// Compresses messages as permessage-deflate has them (RFC 7692 section 7.2.1): raw DEFLATE that ends at a byte boundary,
/// without the four bytes of the empty block at its end.
///
/// Holds about 2^(window bits + 2) + 2^(memory level + 9) bytes outside of Swift's heap for as long as it lives.
final class Deflater {
    /// Bytes that stand at the end of every sync flush and are not sent.
    static let tail: [UInt8] = [0x00, 0x00, 0xff, 0xff]

    private let stream: OpaquePointer

    /// Nil when there is no memory for it.
    ///
    /// - Parameters:
    ///   - windowBits: 9 to 15.
    ///   - level: 1 to 9, from fast to small.
    init?(windowBits: Int, level: Int) {
        // The hash table in proportion to the window, as zlib's own defaults are.
        let memoryLevel = max(1, min(8, windowBits - 7))
        guard let stream = resdev_deflate_new(CInt(windowBits), CInt(memoryLevel), CInt(level)) else {
            return nil
        }
        self.stream = stream
    }

    deinit { resdev_deflate_free(stream) }

    /// Appends the compressed form of a whole message to a buffer.
    ///
    /// - Parameter keepsContext: whether the next message may refer to this one.
    func deflate(_ message: ByteBuffer, into output: inout ByteBuffer, keepsContext: Bool) {
        let start = output.writerIndex
        message.withUnsafeReadableBytes { input in
            var rest = input
            var isFull = true
            while isFull || !rest.isEmpty {
                let room = max(256, rest.count / 2 + 64)
                _ = output.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { target in
                    let result = resdev_deflate(
                        stream,
                        rest.bindMemory(to: UInt8.self).baseAddress,
                        rest.count,
                        target.bindMemory(to: UInt8.self).baseAddress,
                        target.count
                    )
                    precondition(result.status == 0, "a compressor that was set up takes any input")
                    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(result.consumed))
                    isFull = result.produced == target.count
                    return result.produced
                }
            }
        }
        if !keepsContext { resdev_deflate_reset(stream) }
        output.moveWriterIndex(to: max(start, output.writerIndex - Deflater.tail.count))
        // An empty message is a single byte: the header of the empty block (RFC 7692 section 7.2.3.6).
        if output.writerIndex == start { output.writeInteger(0 as UInt8) }
    }
}
