/// The way to answer one request.
///
/// Requests of one connection are handed over one after the other: the next one comes when this one is answered.
package final class HTTPExchange {
    /// Called once when the client went away before the answer was given; an answer is then no longer needed.
    package var onAbandon: (() -> Void)?

    private var connection: HTTPConnection?

    init(connection: HTTPConnection) {
        self.connection = connection
    }

    /// The client's address and port, as `127.0.0.1:50312`; empty once the request is answered.
    package var remoteAddress: String { connection?.remoteAddress ?? "" }

    /// Gives the answer. Only the first one counts, and one to a client that went away is dropped.
    package func respond(_ response: HTTPResponse) {
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
