/// How a WebSocket carries a stream of bytes.
package struct WebSocketStreamOptions {
    /// Payload bytes of one frame that is sent; nil for any number.
    package var maximumFrame: Int?
    /// Whether a compressed message is sent in several frames where `maximumFrame` asks for it.
    package var fragmentsCompressed = true
    /// Bytes that a compressed message of the client may have, compressed and decompressed.
    package var maximumCompressedMessage = 16 << 20
    /// Offered compression; nil for none.
    package var compression: StreamCompression?
    /// Says with which code and words the connection is closed when the handler behind closes it.
    package var closing: () -> (code: UInt16, reason: String) = { (1000, "") }

    package init() {}
}

/// The compression that the streams of one listener share. It keeps no context, so all of them use one compressor.
///
/// Belongs to the listener's event loop.
package final class StreamCompression {
    let options: CompressionOptions
    private var deflaters: [Int: Deflater] = [:]
    let inflater = SharedInflater()

    package init(_ options: CompressionOptions = CompressionOptions()) {
        var options = options
        options.serverTakesContextOver = false
        options.clientTakesContextOver = false
        self.options = options
    }

    /// The compressor for a window.
    func deflater(windowBits: Int) -> Deflater? {
        if deflaters[windowBits] == nil {
            deflaters[windowBits] = Deflater(windowBits: windowBits, level: options.level)
        }
        return deflaters[windowBits]
    }
}
