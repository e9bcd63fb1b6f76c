/// The way to accept or refuse one WebSocket handshake.
package final class WebSocketUpgrade {
    /// Called once when the client went away before the handshake was answered.
    package var onAbandon: (() -> Void)?

    /// The client's address and port, as `127.0.0.1:50312`.
    package var remoteAddress: String { "" }

    init() {}

    /// Completes the handshake. Messages come to the delegate from the next turn of the loop on.
    ///
    /// - Parameter extraFields: fields added to the answer, in canonical form.
    /// - Returns: the connection; already closed when the client went away, in which case `closed` follows as well.
    package func accept(
        extraFields: [HTTPField] = [],
        delegate: any WebSocketDelegate
    ) -> WebSocketConnection {
        WebSocketConnection()
    }

    /// Answers the handshake as any other request.
    package func refuse(_ response: HTTPResponse) {
    }
}
