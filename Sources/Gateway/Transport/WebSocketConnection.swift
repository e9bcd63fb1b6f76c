package import struct NIOCore.ByteBuffer

/// Who receives the messages of a WebSocket. Every method is called on the server's event loop.
package protocol WebSocketDelegate: AnyObject {
    /// A text or binary message has come in whole. A text is valid UTF-8.
    ///
    /// The buffer may be reused once nobody refers to it: who keeps a small part for long copies it.
    func received(text: ByteBuffer, on connection: WebSocketConnection)

    /// The connection is gone, for whatever reason; called once, and never inside a call of the connection's methods.
    func closed(_ connection: WebSocketConnection)
}

/// One open WebSocket: sends messages, in order, written once per turn of the loop.
///
/// Belongs to its server's event loop. What is sent on a closed connection is dropped.
package final class WebSocketConnection {
    /// The client's address and port, as `127.0.0.1:50312`.
    package var remoteAddress: String { "" }

    /// Whether messages can still be sent.
    package var isOpen: Bool { true }

    init() {}

    /// Sends a text message.
    package func send(_ text: consuming ByteBuffer) {
    }

    /// Sends a text message that was framed for several connections.
    package func send(frame: SharedFrame) {
    }

    /// Sends what is pending and a close frame, and closes the connection when the client answers or a deadline passes.
    ///
    /// - Parameters:
    ///   - code: why, as 1001 for a server that stops (RFC 6455 section 7.4.1).
    ///   - reason: at most 123 bytes of UTF-8; cut at a character when it is longer.
    package func close(code: UInt16, reason: String = "") {
    }
}
