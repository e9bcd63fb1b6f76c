/// How a server compresses WebSocket messages (permessage-deflate, RFC 7692).
///
/// Without context takeover, which is the default, a connection holds no state between messages, and a message for many
/// clients is compressed once. With it small, similar messages get much smaller, for up to 256 KiB a connection that sends
/// and 40 KiB for one that receives.
package struct CompressionOptions: Hashable, Sendable {
    /// Whether what is sent may refer to messages before, unless the client wants otherwise.
    package var serverTakesContextOver = false
    /// Whether what clients send may refer to messages before.
    package var clientTakesContextOver = false
    /// The window for what is sent, as the power of two of its bytes: 9 to 15. A client may ask for a smaller one.
    package var serverMaximumWindowBits = 15
    /// The window that clients that can be told are told to use: 9 to 15.
    package var clientMaximumWindowBits = 15
    /// Messages with fewer bytes are sent as they are.
    package var threshold = 65
    /// 1 to 9, from fast to small.
    package var level = 1

    package init() {}
}
