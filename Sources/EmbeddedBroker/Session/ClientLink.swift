import RESProtocol

/// What a client's connection is made of, as far as a session has to know.
struct ClientLink {
    /// What the TLS handshake has told; nil without TLS.
    var tls: TLSPeer?
    /// What the HTTP request has told that the connection began with; nil for a client over TCP.
    var webSocket: WebSocket?

    /// A client over WebSocket.
    struct WebSocket: Equatable {
        /// Whether TLS secures it.
        var isSecure = false
        /// The address that a proxy in front says the client has; nil for the connection's own.
        var forwardedAddress: String?
        /// What the configured cookies hold.
        var cookies = Cookies()
    }

    /// Credentials from cookies; nil where there is none.
    struct Cookies: Equatable {
        var jwt: String?
        var user: String?
        var password: String?
        var token: String?

        /// Puts them in the place of what CONNECT has not said.
        func complete(_ options: inout ConnectOptions) {
            if options.jwt.isEmpty, let jwt { options.jwt = jwt }
            if options.user.isEmpty, let user { options.user = user }
            if options.password.isEmpty, let password { options.password = password }
            if options.token.isEmpty, let token { options.token = token }
        }
    }

    /// Whether the client came over WebSocket.
    var isWebSocket: Bool { webSocket != nil }
}
