#if canImport(Glibc)
    import Glibc
#endif

// The module's unsafe reads. Each is bounded by the span it is an extension of: offsets are checked before a pointer
// is formed, no pointer leaves its closure, and only plain integers are loaded.

extension Span where Element == UInt8 {
    /// The offset of the first line feed from an offset on, or nil when there is none.
    ///
    /// - Complexity: O(*n*), with the C library's vectorised search.
    func firstLineFeed(from start: Int) -> Int? {
        guard start < count else { return nil }
        return withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress,
                let found = memchr(base + start, 0x0a, bytes.count - start)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }

    /// Whether the span holds exactly these bytes.
    func holds(_ other: [UInt8]) -> Bool {
        guard count == other.count else { return false }
        return withUnsafeBytes { mine in
            other.withUnsafeBytes { theirs in
                guard let left = mine.baseAddress, let right = theirs.baseAddress else { return true }
                return memcmp(left, right, mine.count) == 0
            }
        }
    }

    /// The bytes in storage of their own.
    var copied: [UInt8] { indices.map { self[$0] } }

    /// A hash of the bytes that nobody can predict who does not know the seed.
    ///
    /// Eight bytes at a time are folded in by a full-width multiplication.
    func hash(seed: UInt64) -> UInt64 {
        withUnsafeBytes { bytes in
            var state = seed ^ (UInt64(truncatingIfNeeded: bytes.count) &* 0x9e37_79b9_7f4a_7c15)
            var offset = 0
            while offset &+ 8 <= bytes.count {
                let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                state = Self.fold(state ^ word, seed)
                offset &+= 8
            }
            var rest: UInt64 = 0
            while offset < bytes.count {
                rest = rest &<< 8 | UInt64(bytes[offset])
                offset &+= 1
            }
            return Self.fold(state ^ rest, 0xe703_7ed1_a0b4_28db)
        }
    }

    @inline(__always)
    private static func fold(_ value: UInt64, _ secret: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: secret | 1)
        return product.low ^ product.high
    }
}
