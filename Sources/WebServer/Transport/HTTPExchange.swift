package import NIOCore
package import RESProtocol

/// The way to answer one request, or to make a WebSocket of its connection.
///
/// Requests of one connection are handed over one after the other: the next one comes when this one is
/// answered.
package final class HTTPExchange {
    /// The request that is to be answered.
    package let request: HTTPRequest
    /// Called once when the client went away before the answer was given; an answer is then no longer needed.
    package var onAbandon: (() -> Void)?
    /// Called once when the answer is given, or, with nil, when the connection is gone; set by who only watches.
    package var onEnd: ((HTTPResponse?) -> Void)?

    private var connection: HTTPConnection?
    private let handshake: WebSocketHandshake?

    init(_ request: HTTPRequest, connection: HTTPConnection, handshake: WebSocketHandshake?) {
        self.request = request
        self.connection = connection
        self.handshake = handshake
    }

    /// The client's address and port, as `127.0.0.1:50312`; empty once the request is answered.
    package var remoteAddress: String { peer.text }

    /// The same, for who may not need it as a text.
    package var peer: PeerAddress { connection?.peer ?? PeerAddress(nil) }

    /// Whether the request came over TLS.
    package var isSecure: Bool { connection?.isSecure ?? false }

    /// What the TLS handshake has told of the client; nil without TLS.
    package var tlsPeer: TLSPeer? { connection?.tlsPeer }

    /// Whether the request is a valid handshake, which may be accepted (RFC 6455 section 4.2.1).
    package var isWebSocketHandshake: Bool { handshake != nil }

    /// Gives the answer. Only the first one counts, and one to a client that went away is dropped.
    package func respond(_ response: HTTPResponse) {
        let connection = connection.take()
        onAbandon = nil
        onEnd.take()?(response)
        connection?.respond(response)
    }

    /// Cuts the connection without an answer.
    package func drop() {
        onAbandon = nil
        onEnd.take()?(nil)
        connection.take()?.drop()
    }

    /// Completes a handshake. Messages come to the delegate when this call has returned, never within.
    ///
    /// - Parameter extraFields: fields added to the answer.
    /// - Returns: the connection; nil when the client went away before, or the request is no handshake. Then
    ///   the delegate is not called.
    package func accept(
        extraFields: [HTTPField] = [],
        delegate: any WebSocketDelegate
    ) -> WebSocketConnection? {
        guard let handshake, let connection = connection.take() else { return nil }
        onAbandon = nil
        return connection.accept(handshake, extraFields: extraFields, delegate: delegate)
    }

    /// Completes a handshake and hands the connection over: from now on a handler of the caller's gets what the client's
    /// messages hold as one stream of bytes, and what it writes goes out in binary messages, one for each flush.
    ///
    /// The connection is no longer the server's: not its limits, nor its stop reach it.
    /// - Parameters:
    ///   - extraFields: fields added to the answer.
    ///   - handler: makes the handler that is told of the connection as of one that has just become active.
    /// - Returns: whether it was handed over; not when the client went away before, or the request is no handshake.
    package func accept(
        extraFields: [HTTPField] = [],
        stream options: WebSocketStreamOptions,
        handler: (any Channel) -> any ChannelHandler
    ) -> Bool {
        guard let handshake, let connection = connection.take() else { return false }
        onAbandon = nil
        return connection.accept(handshake, extraFields: extraFields, stream: options, handler: handler)
    }

    /// The client is gone.
    func abandoned() {
        connection = nil
        onEnd.take()?(nil)
        onAbandon.take()?()
    }
}
