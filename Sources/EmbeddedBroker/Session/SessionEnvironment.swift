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

    init(router: Router, info: ServerInfo, authentication: Authentication, limits: SessionLimits) {
        self.router = router
        self.info = info
        self.authentication = authentication
        self.limits = limits
    }
}
