/// Limits on what a WebSocket client sends.
package struct WebSocketLimits: Hashable, Sendable {
    /// Bytes of one message, fragments put together.
    package var maximumMessage = 16 << 20

    package init() {}
}
