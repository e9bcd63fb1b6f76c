import WebServer

/// Decides whether an HTTP request becomes a NATS client, by the rules of nats-server.
struct WebSocketAdmission {
    private let settings: BrokerWebSocket
    private let allowedOrigins: [Origin]

    /// Where a page comes from, or a request goes to.
    private struct Origin: Equatable {
        var scheme: String
        var host: String
        var port: String
    }

    init(_ settings: BrokerWebSocket) {
        self.settings = settings
        allowedOrigins = settings.allowedOrigins.compactMap(WebSocketAdmission.origin)
    }

    /// The status with which a request is refused; nil when it may become a client.
    ///
    /// - Parameter isSecure: whether it came over TLS.
    func refusal(of request: HTTPRequest, isHandshake: Bool, isSecure: Bool) -> Int? {
        guard request.method == .get else { return 405 }
        guard isHandshake, !request.host.isEmpty else { return 400 }
        return isAllowed(request, isSecure: isSecure) ? nil : 403
    }

    /// What the request tells of its client.
    func origin(of request: HTTPRequest) -> ClientOrigin {
        var origin = ClientOrigin(transport: .webSocket)
        origin.address = request.fields["X-Forwarded-For"].flatMap(WebSocketAdmission.address) ?? ""
        let cookies = WebSocketAdmission.cookies(request.fields.values(of: "Cookie"))
        origin.cookies.jwt = settings.cookies.jwt.flatMap { cookies[$0] }
        origin.cookies.user = settings.cookies.user.flatMap { cookies[$0] }
        origin.cookies.password = settings.cookies.password.flatMap { cookies[$0] }
        origin.cookies.token = settings.cookies.token.flatMap { cookies[$0] }
        return origin
    }

    /// Whether a page of the request's origin may connect; what names no origin is no page and may.
    private func isAllowed(_ request: HTTPRequest, isSecure: Bool) -> Bool {
        guard settings.requiresSameOrigin || !settings.allowedOrigins.isEmpty else { return true }
        guard let text = request.fields["Origin"] ?? request.fields["Sec-WebSocket-Origin"], !text.isEmpty
        else {
            return true
        }
        guard let origin = WebSocketAdmission.origin(text) else { return false }
        if settings.requiresSameOrigin {
            let own = WebSocketAdmission.place(request.host[...], scheme: isSecure ? "https" : "http")
            guard origin.host == own.host, origin.port == own.port else { return false }
        }
        return settings.allowedOrigins.isEmpty || allowedOrigins.contains(origin)
    }

    private static func origin(_ text: String) -> Origin? {
        guard let mark = text.firstIndex(of: ":"), text[mark...].hasPrefix("://") else { return nil }
        let rest = text[text.index(mark, offsetBy: 3)...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard mark > text.startIndex, !rest.isEmpty else { return nil }
        return place(rest, scheme: text[..<mark].lowercased())
    }

    /// Host and port, the port of the scheme where none is named.
    private static func place(_ text: Substring, scheme: String) -> Origin {
        var host = text
        var port = scheme == "https" || scheme == "wss" ? "443" : "80"
        if let colon = text.lastIndex(of: ":"), !text[colon...].contains("]") {
            host = text[..<colon]
            if colon != text.indices.last { port = String(text[text.index(after: colon)...]) }
        }
        return Origin(scheme: scheme, host: host.lowercased(), port: port)
    }

    /// Cookies by their names (RFC 6265 section 4.2); of several with one name the first counts.
    private static func cookies(_ fields: [String]) -> [String: String] {
        var cookies: [String: String] = [:]
        for pair in fields.joined(separator: ";").split(separator: ";") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2 else { continue }
            let name = String(trimmed(halves[0]))
            var value = trimmed(halves[1])
            if value.count >= 2, value.first == "\"", value.last == "\"" {
                value = value.dropFirst().dropLast()
            }
            if cookies[name] == nil { cookies[name] = String(value) }
        }
        return cookies
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }

    /// The text if it is an IP address, as one proxy alone sends it.
    private static func address(_ text: String) -> String? {
        let isAddress =
            !text.isEmpty && text.utf8.count <= 45
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x3a, 0x61...0x66, 0x41...0x46, UInt8(ascii: "."): true
                default: false
                }
            } && (text.contains(".") || text.contains(":"))
        return isAddress ? text : nil
    }
}
