import RESProtocol
import WebServer

/// Requests that become WebSockets.
extension APIHandler {
    func webSocketRequested(_ exchange: HTTPExchange) {
        let request = exchange.request
        guard exchange.isWebSocketHandshake else { return exchange.respond(.refusedHandshake(400)) }
        guard policy.allowsWebSocket(request) else { return exchange.respond(.refusedHandshake(403)) }
        let origin = ClientOrigin(request, peer: exchange.peer)
        let session = ClientSession(id: makeConnectionID(), context: context, output: nil) {
            origin.description
        }
        guard let webSocketHeaderAuth else {
            session.open()
            return accept(exchange, session, extraFields: [])
        }
        exchange.onAbandon = { session.close() }
        session.authenticate(webSocketHeaderAuth.resource, method: webSocketHeaderAuth.method) {
            [self] response in
            let meta = ResponseMeta(merging: response.meta.map { [$0] } ?? [])
            guard meta.status == nil else {
                exchange.respond(
                    answers.response(to: .init(response), meta: meta, method: request.method, own: [])
                )
                return session.close()
            }
            accept(exchange, session, extraFields: meta.fields)
        }
    }

    private func accept(
        _ exchange: HTTPExchange,
        _ session: ClientSession,
        extraFields: [HTTPField]
    ) {
        let client = WebSocketClient(session: session, tracer: tracer)
        let address = tracer == nil ? "" : exchange.remoteAddress
        guard let connection = exchange.accept(extraFields: extraFields, delegate: client) else {
            return session.close()
        }
        context.metrics.webSockets += 1
        context.webSocketCount += 1
        guard let tracer else { return session.attach(connection) }
        tracer.connected(session.id, from: address)
        session.attach(TracedOutput(connection, connection: session.id, tracer: tracer))
    }
}

extension HTTPResponse {
    /// The answer to what is no handshake, or one that is not allowed, as WebSocket servers in the field give
    /// it.
    static func refusedHandshake(_ status: Int) -> HTTPResponse {
        var response = HTTPResponse.text(status, HTTPStatus.reason(of: status) + "\n")
        response.fields += [
            HTTPField("Sec-Websocket-Version", "13"), HTTPField("X-Content-Type-Options", "nosniff"),
        ]
        return response
    }
}
