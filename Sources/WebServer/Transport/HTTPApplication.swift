/// What serves the requests of an `HTTPServer`. Called on the server's event loop.
package protocol HTTPApplication: AnyObject {
    /// A request has come in whole. Exactly one answer is given through the exchange, at once or later.
    func received(_ exchange: HTTPExchange)
}
