import Logging
import NIOCore
import RESProtocol
import Synchronization
import WebServer

/// The broker's listener for NATS over WebSocket.
final class WebSocketListener: @unchecked Sendable {
    // Safe to share: all but the address, which is behind a lock, is used on the core's loop only.
    private let core: BrokerCore
    private let settings: BrokerWebSocket
    private let door: WebSocketDoor
    private let logger: Logger
    private var server: HTTPServer?
    private let boundAddress = Mutex<SocketAddress?>(nil)

    init(_ core: BrokerCore, _ settings: BrokerWebSocket, logger: Logger) {
        self.core = core
        self.settings = settings
        self.logger = logger
        door = WebSocketDoor(core, settings)
    }

    /// Where it listens, once started. From any thread.
    var address: SocketAddress? { boundAddress.withLock { $0 } }

    /// Listens.
    ///
    /// - Parameter defaultHost: where to, when the configuration does not say.
    /// - Returns: fails with the system's error when the address cannot be bound, or with a `TLSError`.
    func start(defaultHost: String) -> EventLoopFuture<Void> {
        let host = settings.host ?? defaultHost
        let resolved: SocketAddress
        do {
            resolved = try SocketAddress.makeAddressResolvingHost(host, port: settings.port)
        } catch {
            return core.eventLoop.makeFailedFuture(error)
        }
        var configuration = HTTPServerConfiguration(host: resolved.ipAddress ?? host, port: settings.port)
        configuration.tls = settings.tls.map { TLSSettings($0) }
        if let timeout = settings.tls?.timeout {
            configuration.handshakeTimeout = .nanoseconds(timeout.nanoseconds)
        }
        if let timeout = settings.handshakeTimeout {
            configuration.headTimeout = .nanoseconds(timeout.nanoseconds)
        }
        let server = HTTPServer(
            configuration: configuration,
            application: door,
            eventLoop: core.eventLoop,
            logger: logger
        )
        let isSecure = settings.tls != nil
        return server.start().assumeIsolated().map { [self] in
            self.server = server
            boundAddress.withLock { $0 = server.address }
            core.environment.webSocketPlace = (host, server.address?.port ?? settings.port)
            if !isSecure {
                logger.warning("Websocket not configured with TLS. DO NOT USE IN PRODUCTION!")
            }
        }.nonisolated()
    }

    /// Has connections from now on speak TLS as other settings say.
    func renewTLS(_ settings: BrokerTLS) throws(TLSError) { try server?.renewTLS(TLSSettings(settings)) }

    /// Stops to listen; clients that came through it stay.
    func stop() -> EventLoopFuture<Void> {
        let stopped = server?.stop() ?? core.eventLoop.makeSucceededVoidFuture()
        server = nil
        return stopped
    }
}
