import Logging
import NIOCore
import RESProtocol
import Synchronization
import WebServer

/// The HTTP listener of a broker's monitoring.
final class MonitoringListener: @unchecked Sendable {
    // Safe to share: all but the address, which is behind a lock, is used on the core's loop only.
    let monitor: Monitor
    private let core: BrokerCore
    private let application: MonitoringServer
    private let logger: Logger
    private var servers: [HTTPServer] = []
    private let boundAddress = Mutex<SocketAddress?>(nil)
    private let boundSecureAddress = Mutex<SocketAddress?>(nil)

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

    /// Where it answers HTTP requests, once started. From any thread.
    var address: SocketAddress? { boundAddress.withLock { $0 } }

    /// Where it answers HTTPS requests, once started. From any thread.
    var secureAddress: SocketAddress? { boundSecureAddress.withLock { $0 } }

    /// Listens, if the configuration says so.
    ///
    /// - Returns: fails with a `BrokerStartError` when an address cannot be bound, and when a file for TLS cannot be used.
    func start() -> EventLoopFuture<Void> {
        let settings = core.configuration.monitoring
        let plain = settings.port.map { port in
            listen(port: port, tls: nil).map { [self] address in
                boundAddress.withLock { $0 = address }
                monitor.ports.monitoring = address?.port ?? port
            }
        }
        let secure = settings.securePort.map { port in
            listen(port: port, tls: core.configuration.tls.map { TLSSettings($0) }).map { [self] address in
                boundSecureAddress.withLock { $0 = address }
                monitor.ports.secureMonitoring = address?.port ?? port
            }
        }
        return EventLoopFuture.andAllSucceed([plain, secure].compactMap(\.self), on: core.eventLoop)
    }

    private func listen(port: Int, tls: TLSSettings?) -> EventLoopFuture<SocketAddress?> {
        let host = core.configuration.monitoring.host ?? core.configuration.host
        let resolved: SocketAddress
        do {
            resolved = try SocketAddress.makeAddressResolvingHost(host, port: port)
        } catch {
            return core.eventLoop.makeFailedFuture(
                BrokerStartError(.monitoring, host: host, port: port, error)
            )
        }
        var configuration = HTTPServerConfiguration(host: resolved.ipAddress ?? host, port: port)
        configuration.tls = tls
        let server = HTTPServer(
            configuration: configuration,
            application: application,
            eventLoop: core.eventLoop,
            logger: logger
        )
        return server.start().assumeIsolated().map { [self] in
            servers.append(server)
            return server.address
        }.flatMapErrorThrowing { error in
            throw error is IOError ? BrokerStartError(.monitoring, host: host, port: port, error) : error
        }.nonisolated()
    }

    /// Stops to listen.
    func stop() -> EventLoopFuture<Void> {
        let stopped = servers.map { $0.stop() }
        servers = []
        return EventLoopFuture.andAllComplete(stopped, on: core.eventLoop)
    }
}
