/// The way to answer one request.
///
/// Requests of one connection are handed over one after the other: the next one comes when this one is answered.
package final class HTTPExchange {
    /// Called once when the client went away before the answer was given; an answer is then no longer needed.
    package var onAbandon: (() -> Void)?

    /// The client's address and port, as `127.0.0.1:50312`.
    package var remoteAddress: String { "" }

    init() {}

    /// Gives the answer. A second answer is a mistake of the caller; an answer to a client that went away is dropped.
    package func respond(_ response: HTTPResponse) {
    }
}
