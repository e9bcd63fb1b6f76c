/// The listener for NATS over WebSocket (the `websocket` block).
public struct BrokerWebSocket: Sendable, Equatable {
    /// Where it listens; nil for the address of the other clients.
    public var host: String?
    /// The port: 0 for any free one.
    public var port = 0
    /// The `host:port` told to clients in place of the listener's.
    public var advertise: String?
    /// TLS of this listener; there must be one unless `allowsPlaintext`.
    public var tls: BrokerTLS?
    /// Whether the listener speaks plain HTTP when there is no `tls` (`no_tls`).
    public var allowsPlaintext = false
    /// Whether a page's origin must be the listener's own.
    public var requiresSameOrigin = false
    /// Origins that pages may come from, as in `https://example.com`; empty for any.
    public var allowedOrigins: [String] = []
    /// Whether permessage-deflate is offered.
    public var compresses = false
    /// How long a client may take for its HTTP request; nil for no limit of its own.
    public var handshakeTimeout: Duration?
    /// Which cookies hold what a client has not said in CONNECT.
    public var cookies = Cookies()
    /// After how long without a word a client is sent a PING; nil as for other clients.
    public var pingInterval: Duration?
    /// Header fields added to the answer to the HTTP request.
    public var headers: [String: String] = [:]
    /// The user for clients of this listener that present nothing; nil as for other clients.
    public var userWithoutCredentials: String?
    /// What clients of this listener must present in place of the general users; nil for those.
    public var access: Access?

    /// Names of cookies.
    public struct Cookies: Sendable, Equatable {
        /// The cookie with the user's JWT.
        public var jwt: String?
        /// The cookie with the user's name.
        public var user: String?
        /// The cookie with the password.
        public var password: String?
        /// The cookie with the token.
        public var token: String?

        /// No cookies.
        public init() {}
    }

    /// A user or a token for this listener alone (`websocket { authorization {} }`).
    public struct Access: Sendable, Equatable {
        /// The user's name.
        public var user: String?
        /// The password, plain or as a bcrypt hash.
        public var password: String?
        /// A secret that lets anyone in who presents it; in place of a user.
        public var token: String?
        /// How long a client may take to present it; nil as for other clients.
        public var timeout: Duration?

        /// Nobody.
        public init() {}
    }

    /// A listener on any free port.
    public init() {}
}
