import struct NIOCore.ByteBuffer

/// What the sessions of one loop share.
final class SessionEnvironment {
    /// Who gets what.
    let router: Router
    /// What is said of the broker.
    var info: ServerInfo
    /// Who may come in.
    var authentication: Authentication
    let limits: SessionLimits
    /// Where the listener for WebSockets is; nil without one.
    var webSocketPlace: (host: String, port: Int)?

    /// What is said of the broker to a client, which depends on how it came.
    func info(for link: ClientLink) -> ServerInfo {
        guard let webSocket = link.webSocket else { return info }
        var info = info
        if let webSocketPlace { (info.host, info.port) = webSocketPlace }
        info.requiresTLS = webSocket.isSecure
        info.offersTLS = webSocket.isSecure
        return info
    }

    init(router: Router, info: ServerInfo, authentication: Authentication, limits: SessionLimits) {
        self.router = router
        self.info = info
        self.authentication = authentication
        self.limits = limits
    }
}
