import struct NIOCore.ByteBuffer

/// Decompresses what one WebSocket client sends.
///
/// Without context takeover a whole message is decompressed in one go, so all connections of a loop share one
/// decompressor; with it each has its own, from its first compressed message on.
final class IncomingCompression {
    private let keepsContext: Bool
    private let shared: SharedInflater
    private var own: Inflater?

    init(keepsContext: Bool, shared: SharedInflater) {
        self.keepsContext = keepsContext
        self.shared = shared
    }

    /// The message that the bytes stand for.
    ///
    /// - Parameter limit: bytes that it may have.
    func decompressed(_ bytes: ByteBuffer, limit: Int) throws(Inflater.Failure) -> ByteBuffer {
        if keepsContext, own == nil { own = Inflater() }
        guard let inflater = keepsContext ? own : shared.inflater else { throw .malformed }
        return try inflater.inflate(bytes, limit: limit, keepsContext: keepsContext)
    }
}

/// The decompressor of all connections without context takeover, made when the first of them needs it.
final class SharedInflater {
    private(set) lazy var inflater: Inflater? = Inflater()
}
