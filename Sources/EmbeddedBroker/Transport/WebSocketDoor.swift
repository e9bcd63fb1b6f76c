import WebServer

/// Makes NATS clients of HTTP requests, at any path: the application of the broker's own WebSocket listener, and of the
/// path that another server keeps for it.
///
/// Belongs to the broker's event loop.
final class WebSocketDoor: HTTPApplication {
    /// Payload bytes of a frame for browsers, which take large ones badly.
    private static let browserFrame = 4_096
    /// What a message of a client may hold beyond the largest NATS message, since clients send many in one.
    private static let compressedSlack = 16 << 20

    private let core: BrokerCore
    private let admission: WebSocketAdmission
    private let compression: StreamCompression?
    private let fields: [HTTPField]

    init(_ core: BrokerCore, _ settings: BrokerWebSocket) {
        self.core = core
        admission = WebSocketAdmission(settings)
        compression = settings.compresses ? StreamCompression() : nil
        fields = settings.headers.sorted { $0.key < $1.key }.map { HTTPField($0.key, $0.value) }
    }

    func received(_ exchange: HTTPExchange) {
        let request = exchange.request
        let isSecure = exchange.isSecure
        let isHandshake = exchange.isWebSocketHandshake
        if let status = admission.refusal(of: request, isHandshake: isHandshake, isSecure: isSecure) {
            return exchange.respond(WebSocketDoor.refusal(status))
        }
        var origin = admission.origin(of: request)
        origin.isEncrypted = isSecure
        if let peer = exchange.tlsPeer { origin.take(peer) }
        let client = ClientHandler(core: core, origin: origin)
        _ = exchange.accept(extraFields: fields, stream: options(for: request, client)) { channel in
            ClientChannel.prepare(channel)
            return client
        }
    }

    private func options(for request: HTTPRequest, _ client: ClientHandler) -> WebSocketStreamOptions {
        var options = WebSocketStreamOptions()
        options.compression = compression
        options.maximumCompressedMessage =
            core.environment.limits.payload + WebSocketDoor.compressedSlack
        let agent = request.fields["User-Agent"] ?? ""
        if agent.hasPrefix("Mozilla/") {
            options.maximumFrame = WebSocketDoor.browserFrame
            // Safari does not take compressed messages in several frames; its name alone stands in Chrome's too.
            options.fragmentsCompressed = !(agent.contains("Version/") && agent.contains("Safari/"))
        }
        options.closing = {
            let reason = client.session?.closeReason ?? .clientClosed
            return (reason.webSocketCode, reason.rawValue)
        }
        return options
    }

    /// The answer to what does not become a client, as Go's servers write it.
    private static func refusal(_ status: Int) -> HTTPResponse {
        var response = HTTPResponse.text(status, HTTPStatus.reason(of: status) + "\n")
        response.fields += [
            HTTPField("Sec-Websocket-Version", "13"), HTTPField("X-Content-Type-Options", "nosniff"),
        ]
        return response
    }
}
