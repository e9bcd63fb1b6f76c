/// Limits on what a WebSocket client sends.
package struct WebSocketLimits: Hashable, Sendable {
    /// Bytes of one message, fragments put together and decompressed.
    package var maximumMessage = 16 << 20

    /// Whether messages are a stream without bounds: what has arrived is handed over at once, text is not checked, and a
    /// message without compression may have any size.
    package var deliversParts = false

    package init() {}
}
