/// What serves the requests of an `HTTPServer`. Every method is called on the server's event loop.
package protocol HTTPApplication: AnyObject {
    /// A request has come in whole. Exactly one answer is given through the exchange, at once or later.
    func received(_ request: HTTPRequest, exchange: HTTPExchange)

    /// A request that asks for a WebSocket, with a valid handshake (RFC 6455 section 4.2.1), has come in.
    ///
    /// Exactly one of `accept` and `refuse` is called, at once or later. A request with `Upgrade` that is no valid handshake
    /// comes in by `received`.
    func upgradeRequested(_ request: HTTPRequest, upgrade: WebSocketUpgrade)
}
