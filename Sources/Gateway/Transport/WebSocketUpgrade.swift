/// The way to accept or refuse one WebSocket handshake.
package final class WebSocketUpgrade {
    /// Called once when the client went away before the handshake was answered.
    package var onAbandon: (() -> Void)?

    private var connection: HTTPConnection?

    init(connection: HTTPConnection) {
        self.connection = connection
    }

    /// The client's address and port, as `127.0.0.1:50312`; empty once the handshake is answered.
    package var remoteAddress: String { connection?.remoteAddress ?? "" }

    /// Completes the handshake. Messages come to the delegate when this call has returned, never within.
    ///
    /// - Parameter extraFields: fields added to the answer.
    /// - Returns: the connection; nil when the client went away before, and then the delegate is not called.
    package func accept(
        extraFields: [HTTPField] = [],
        delegate: any WebSocketDelegate
    ) -> WebSocketConnection? {
        let connection = connection.take()
        onAbandon = nil
        return connection?.accept(extraFields: extraFields, delegate: delegate)
    }

    /// Answers the handshake as any other request.
    package func refuse(_ response: HTTPResponse) {
        let connection = connection.take()
        onAbandon = nil
        connection?.respond(response)
    }

    /// The client is gone.
    func abandoned() {
        connection = nil
        onAbandon.take()?()
    }
}
