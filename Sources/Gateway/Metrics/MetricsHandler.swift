import WebServer

/// Serves metrics at `/metrics`, on a port of their own.
final class MetricsHandler: HTTPApplication {
    private let context: SessionContext

    init(context: SessionContext) {
        self.context = context
    }

    func received(_ exchange: HTTPExchange) {
        let request = exchange.request
        guard request.path == "/metrics" else { return exchange.respond(.text(404, "404 page not found\n")) }
        guard request.method == .get || request.method == .head else {
            return exchange.respond(.text(405, "405 method not allowed; GET is\n"))
        }
        var state = GatewayMetrics.State()
        state.webSockets = context.webSocketCount
        state.resources = context.cache.count
        state.subscriptions = context.cache.subscriptionCount
        state.memory = ResidentMemory.bytes
        exchange.respond(
            HTTPResponse(
                200,
                fields: [HTTPField("Content-Type", OpenMetricsText.contentType)],
                body: OpenMetricsText.encode(context.metrics, state)
            )
        )
    }
}
