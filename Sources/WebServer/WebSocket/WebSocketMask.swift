import struct NIOCore.ByteBuffer

/// Takes the mask off a client's payload, eight bytes at a time (RFC 6455 section 5.3).
///
/// The module's only unsafe code: raw loads and stores within the bounds that the two buffers report, of
/// `count` bytes which
/// are clamped to what the source holds and reserved in the target before a pointer is taken.
enum WebSocketMask {
    /// Moves bytes from one buffer to the other, unmasked; true when all of them are ASCII.
    ///
    /// - Parameter mask: the key, its first byte lowest, rotated so that it starts at the first byte that is
    ///   moved.
    static func move(
        _ count: Int,
        from source: inout ByteBuffer,
        to target: inout ByteBuffer,
        mask: UInt32
    ) -> Bool {
        let count = min(count, source.readableBytes)
        var bits: UInt64 = 0
        source.withUnsafeReadableBytes { input in
            _ = target.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { output in
                bits = unmask(input, into: output, count: count, mask: mask)
                return count
            }
        }
        source.moveReaderIndex(forwardBy: count)
        return bits & 0x8080_8080_8080_8080 == 0
    }

    /// The key as it applies that many bytes later.
    static func rotated(_ mask: UInt32, by count: Int) -> UInt32 {
        let shift = UInt32(count & 3) * 8
        return shift == 0 ? mask : mask >> shift | mask << (32 - shift)
    }

    /// Writes the unmasked bytes and returns all of them joined by OR.
    private static func unmask(
        _ input: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer,
        count: Int,
        mask: UInt32
    ) -> UInt64 {
        let wideMask = UInt64(mask) << 32 | UInt64(mask)
        var bits: UInt64 = 0
        var offset = 0
        while offset + 8 <= count {
            let word = UInt64(littleEndian: input.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            let plain = word ^ wideMask
            bits |= plain
            output.storeBytes(of: plain.littleEndian, toByteOffset: offset, as: UInt64.self)
            offset += 8
        }
        var rest = wideMask
        while offset < count {
            let plain = input[offset] ^ UInt8(truncatingIfNeeded: rest)
            bits |= UInt64(plain)
            output[offset] = plain
            rest >>= 8
            offset += 1
        }
        return bits
    }
}
