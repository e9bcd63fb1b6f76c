import Logging
import NIOCore
import Synchronization
import WebServer

/// The HTTP listener of a broker's monitoring.
final class MonitoringListener: @unchecked Sendable {
    // Safe to share: all but the address, which is behind a lock, is used on the core's loop only.
    let monitor: Monitor
    private let core: BrokerCore
    private let application: MonitoringServer
    private let logger: Logger
    private var server: HTTPServer?
    private let boundAddress = Mutex<SocketAddress?>(nil)

    init(_ core: BrokerCore, logger: Logger) {
        self.core = core
        self.logger = logger
        monitor = Monitor(of: core)
        application = MonitoringServer(
            monitor,
            basePath: core.configuration.monitoring.basePath,
            serverName: core.environment.info.serverName,
            isHealthy: { [unowned core] in !core.environment.info.isLameDuck }
        )
    }

    /// Where it listens, once started. From any thread.
    var address: SocketAddress? { boundAddress.withLock { $0 } }

    /// Listens, if the configuration says so.
    ///
    /// - Returns: fails with a `BrokerStartError` when the address cannot be bound.
    func start() -> EventLoopFuture<Void> {
        let settings = core.configuration.monitoring
        guard let port = settings.port else { return core.eventLoop.makeSucceededVoidFuture() }
        let host = settings.host ?? core.configuration.host
        let resolved: SocketAddress
        do {
            resolved = try SocketAddress.makeAddressResolvingHost(host, port: port)
        } catch {
            return core.eventLoop.makeFailedFuture(
                BrokerStartError(.monitoring, host: host, port: port, error)
            )
        }
        let server = HTTPServer(
            configuration: HTTPServerConfiguration(host: resolved.ipAddress ?? host, port: port),
            application: application,
            eventLoop: core.eventLoop,
            logger: logger
        )
        return server.start().assumeIsolated().map { [self] in
            self.server = server
            boundAddress.withLock { $0 = server.address }
            monitor.ports.monitoring = server.address?.port ?? port
        }.flatMapErrorThrowing { error in
            throw BrokerStartError(.monitoring, host: host, port: port, error)
        }.nonisolated()
    }

    /// Stops to listen.
    func stop() -> EventLoopFuture<Void> {
        let stopped = server?.stop() ?? core.eventLoop.makeSucceededVoidFuture()
        server = nil
        return stopped
    }
}
