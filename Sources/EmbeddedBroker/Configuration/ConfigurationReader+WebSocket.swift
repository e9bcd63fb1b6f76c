import RESProtocol

extension ConfigurationReader {
    private static let webSocketKeys: Set<String> = [
        "listen", "port", "host", "net", "advertise", "no_tls", "tls", "same_origin", "allowed_origins",
        "allowed_origin",
        "allow_origins", "allow_origin", "origins", "origin", "handshake_timeout", "compress", "compression",
        "authorization", "authentication", "jwt_cookie", "user_cookie", "pass_cookie", "token_cookie",
        "no_auth_user",
        "ping_interval", "headers",
    ]

    mutating func readWebSocket(_ value: ConfigurationValue) throws(ConfigurationError) -> BrokerWebSocket? {
        let map = try value.map()
        try map.expectOnly(ConfigurationReader.webSocketKeys, variablesAllowed: true)
        var webSocket = BrokerWebSocket()
        var isListening = false
        for field in map.fields {
            switch field.key.lowercased() {
            case "listen":
                let (host, port) = try field.value.hostAndPort()
                webSocket.host = host
                isListening = port != 0
                webSocket.port = max(port, 0)
            case "port":
                let port = try field.value.port()
                isListening = port != 0
                webSocket.port = max(port, 0)
            default: try readWebSocket(field, into: &webSocket)
            }
        }
        guard isListening else { return nil }
        guard webSocket.tls != nil || webSocket.allowsPlaintext else {
            throw ConfigurationError(
                "websocket requires TLS configuration, or 'no_tls: true'",
                at: value.position
            )
        }
        return webSocket
    }

    private mutating func readWebSocket(
        _ field: ConfigurationField,
        into webSocket: inout BrokerWebSocket
    ) throws(ConfigurationError) {
        let value = field.value
        switch field.key.lowercased() {
        case "host", "net": webSocket.host = try value.optionalString()
        case "advertise": webSocket.advertise = try value.optionalString()
        case "no_tls": webSocket.allowsPlaintext = try value.bool()
        case "tls":
            var inner = ConfigurationReader(readFile: readFile)
            try inner.readTransport("tls", value)
            webSocket.tls = inner.configuration.tls
            configuration.warnings += inner.configuration.warnings
        case "same_origin": webSocket.requiresSameOrigin = try value.bool()
        case "allowed_origins", "allowed_origin", "allow_origins", "allow_origin", "origins", "origin":
            webSocket.allowedOrigins = try origins(value)
        case "handshake_timeout": webSocket.handshakeTimeout = try value.positiveDuration()
        case "compress", "compression": webSocket.compresses = try value.bool()
        case "authorization", "authentication": webSocket.access = try webSocketAccess(value)
        case "jwt_cookie": webSocket.cookies.jwt = try value.optionalString()
        case "user_cookie": webSocket.cookies.user = try value.optionalString()
        case "pass_cookie": webSocket.cookies.password = try value.optionalString()
        case "token_cookie": webSocket.cookies.token = try value.optionalString()
        case "no_auth_user": webSocket.userWithoutCredentials = try value.optionalString()
        case "ping_interval": webSocket.pingInterval = try value.positiveDuration()
        case "headers": webSocket.headers = try headers(value)
        default: break
        }
    }

    private func origins(_ value: ConfigurationValue) throws(ConfigurationError) -> [String] {
        var origins: [String] = []
        for element in value.elements {
            let origin = try element.string()
            guard origin.lowercased().hasPrefix("http://") || origin.lowercased().hasPrefix("https://") else {
                throw element.expected("an origin such as \"https://example.com\"")
            }
            origins.append(origin)
        }
        return origins
    }

    private func headers(_ value: ConfigurationValue) throws(ConfigurationError) -> [String: String] {
        var headers: [String: String] = [:]
        for field in try value.map().fields {
            let text = try field.value.string()
            let isToken = field.key.utf8.allSatisfy { 0x21...0x7e ~= $0 && $0 != UInt8(ascii: ":") }
            guard isToken, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
                throw ConfigurationError("no name or no value of a header field", at: field.position)
            }
            guard !field.key.lowercased().hasPrefix("sec-websocket-") else {
                throw ConfigurationError("\"\(field.key)\" is set by the server", at: field.position)
            }
            headers[field.key] = text
        }
        return headers
    }

    private func webSocketAccess(
        _ value: ConfigurationValue
    ) throws(ConfigurationError) -> BrokerWebSocket.Access {
        let map = try value.map()
        try map.expectOnly(
            ["user", "username", "pass", "password", "token", "timeout"],
            variablesAllowed: true
        )
        var access = BrokerWebSocket.Access()
        for field in map.fields {
            switch field.key.lowercased() {
            case "user", "username": access.user = try field.value.string()
            case "pass", "password": access.password = try field.value.string()
            case "token": access.token = try field.value.string()
            case "timeout": access.timeout = try field.value.positiveDuration()
            default: break
            }
        }
        return access
    }
}
