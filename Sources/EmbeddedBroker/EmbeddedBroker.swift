package import Logging
public import NIOCore
import NIOPosix
import RESProtocol
import Synchronization
package import WebServer

/// A NATS broker inside this process.
///
/// It speaks core NATS as nats-server does, to any client over TCP, TLS and WebSocket, and to the program it runs in
/// through clients that never turn messages into bytes. Everything happens on one event loop.
///
///     let broker = EmbeddedBroker()
///     try await broker.start()
///     let client = try await broker.makeClient(name: "greeter")
///     try await client.publish("hello", to: "greetings")
///     await broker.stop()
public final class EmbeddedBroker: @unchecked Sendable {
    // Safe to share: the core, the configuration and the listener are used on the loop only once it is started, the address
    // is behind a lock, and the rest never changes.
    let eventLoop: any EventLoop
    let core: BrokerCore
    /// How the broker is set up now. On the broker's loop.
    package private(set) var configuration: BrokerConfiguration
    private var listener: (any Channel)?
    private let monitoring: MonitoringListener
    /// The buses of this process.
    var localBuses: [InProcessBus] = []
    /// The clients that `makeClient` made.
    var busClients: [ObjectIdentifier: BusClientCore] = [:]
    private(set) var isStopped = false
    private var tls: TLSListener?
    private let webSockets: WebSocketListener?
    let logger: Logger
    private let boundAddress = Mutex<SocketAddress?>(nil)
    /// The broker's id: a public key of kind server, `N` and 55 more characters.
    public let serverID: String
    /// The broker's name; its id unless it was given one.
    public let serverName: String

    /// The version of nats-server whose behaviour the broker has.
    public static let compatibleVersion = ServerInfo.version

    /// Sets a broker up; nothing is opened yet.
    ///
    /// - Parameter eventLoop: the loop that owns it, and every bus it makes.
    package init(configuration: BrokerConfiguration, eventLoop: any EventLoop, logger: Logger) {
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.logger = logger
        let identity = ServerIdentity.random()
        serverID = identity
        serverName = configuration.serverName ?? identity
        let authentication = Authentication(configuration)
        let seed = UInt64.random(in: .min ... .max)
        let environment = SessionEnvironment(
            router: Router(seed: seed),
            info: ServerInfo(
                serverID: identity,
                serverName: configuration.serverName ?? identity,
                host: configuration.host,
                port: configuration.port ?? 0,
                maximumPayload: configuration.limits.maximumPayload,
                allowsHeaders: configuration.allowsHeaders,
                requiresAuthentication: authentication.isRequired()
            ),
            authentication: authentication,
            limits: SessionLimits(configuration.limits),
            seed: seed
        )
        environment.allowsHeaders = configuration.allowsHeaders
        core = BrokerCore(
            configuration: configuration,
            environment: environment,
            eventLoop: eventLoop,
            logger: logger
        )
        webSockets = configuration.webSocket.map { [core] in WebSocketListener(core, $0, logger: logger) }
        monitoring = MonitoringListener(core, logger: logger)
        environment.tags = configuration.tags
        core.monitor = monitoring.monitor
        core.setUpAccounts(as: configuration.access)
    }

    /// Where clients connect, once started; nil without a listener.
    public var address: SocketAddress? { boundAddress.withLock { $0 } }

    /// Where clients connect over WebSocket, once started; nil without such a listener.
    public var webSocketAddress: SocketAddress? { webSockets?.address }

    /// Where the monitoring answers HTTP requests, once started; nil without such a listener.
    public var monitoringAddress: SocketAddress? { monitoring.address }

    /// Where the monitoring answers HTTPS requests, once started; nil without such a listener.
    public var secureMonitoringAddress: SocketAddress? { monitoring.secureAddress }

    /// Opens the listeners that are configured. From any thread.
    ///
    /// Fails with a `BrokerStartError` when an address cannot be bound, and when a file for TLS cannot be used.
    package func start() -> EventLoopFuture<Void> {
        eventLoop.flatSubmit { [self] in
            do {
                if configuration.access.trust?.folder != nil { try take(configuration) }
            } catch {
                return eventLoop.makeFailedFuture(error)
            }
            core.tellStatistics()
            return monitoring.start().flatMap { [self] in listenForWebSockets() }.flatMap { [self] in listen()
            }
            .flatMapError { [self] error in
                closeListeners().flatMapThrowing { throw error }
            }
        }
    }

    /// Closes the listeners and all connections. From any thread.
    package func stop() -> EventLoopFuture<Void> {
        eventLoop.flatSubmit { [self] in
            isStopped = true
            core.environment.events?.stopping()
            for client in Array(busClients.values) { client.close() }
            tls?.closePending()
            core.closeAll()
            return closeListeners()
        }
    }

    /// Takes no more clients and sends those away that are there: tells them to go elsewhere, waits, and closes them
    /// one after the other, as the configuration's `lameDuck` says. From any thread.
    ///
    /// - Returns: completes when the last one is gone; the broker then waits to be stopped.
    package func enterLameDuckMode() -> EventLoopFuture<Void> {
        eventLoop.flatSubmit { [self] in
            let closed = closeListener()
            let stopped = webSockets?.stop() ?? eventLoop.makeSucceededVoidFuture()
            return core.enterLameDuckMode(configuration.lameDuck).and(closed).and(stopped).map { _ in }
        }
    }

    private func closeListener() -> EventLoopFuture<Void> {
        let closed = listener?.close() ?? eventLoop.makeSucceededVoidFuture()
        listener = nil
        return closed
    }

    private func closeListeners() -> EventLoopFuture<Void> {
        let stopped = webSockets?.stop() ?? eventLoop.makeSucceededVoidFuture()
        return EventLoopFuture.andAllComplete([closeListener(), monitoring.stop(), stopped], on: eventLoop)
    }

    private func listenForWebSockets() -> EventLoopFuture<Void> {
        guard let webSockets, let settings = configuration.webSocket else {
            return eventLoop.makeSucceededVoidFuture()
        }
        let host = settings.host ?? configuration.host
        return webSockets.start(defaultHost: configuration.host).map { [self] in
            monitoring.monitor.ports.webSocket = webSockets.address?.port ?? settings.port
        }.flatMapErrorThrowing { error in
            throw error is IOError || BrokerStartError.isAboutAddress(error)
                ? BrokerStartError(.webSockets, host: host, port: settings.port, error) : error
        }
    }

    /// What makes NATS clients of the WebSocket requests that another HTTP server on the same loop gets for it, by the
    /// rules of the configured listener.
    ///
    /// Kept alive by the caller.
    package func makeWebSocketDoor() -> any HTTPApplication {
        WebSocketDoor(core, configuration.webSocket ?? BrokerWebSocket())
    }

    private func listen() -> EventLoopFuture<Void> {
        guard let port = configuration.port else { return eventLoop.makeSucceededVoidFuture() }
        do {
            tls = try makeTLSListener(configuration)
            tellTLS(configuration)
        } catch {
            return eventLoop.makeFailedFuture(error)
        }
        let host = configuration.host
        return bind(port: port).map { [self] channel in
            listener = channel
            boundAddress.withLock { $0 = channel.localAddress }
            let port = channel.localAddress?.port ?? port
            core.environment.info.port = port
            monitoring.monitor.ports.clients = port
        }.flatMapErrorThrowing { error in
            throw error is IOError || BrokerStartError.isAboutAddress(error)
                ? BrokerStartError(.clients, host: host, port: port, error) : error
        }
    }

    private func makeTLSListener(_ configuration: BrokerConfiguration) throws(TLSError) -> TLSListener? {
        guard let settings = configuration.tls else { return nil }
        let tls = try TLSListener(settings, allowsPlaintext: configuration.allowsPlaintext)
        tls.onFailure = { [logger] reason in
            logger.error("TLS handshake error: \(reason)")
        }
        return tls
    }

    /// Has INFO say what TLS is spoken.
    private func tellTLS(_ configuration: BrokerConfiguration) {
        let settings = configuration.tls
        core.environment.info.requiresTLS = settings != nil && !configuration.allowsPlaintext
        core.environment.info.offersTLS = settings != nil && configuration.allowsPlaintext
        core.environment.info.verifiesTLS =
            settings.map { $0.verifiesClients || $0.mapsCertificates } ?? false
    }

    /// Puts what a client needs into its channel: the one handler, behind a gate where there is TLS.
    private func open(_ channel: any Channel) throws {
        let client = ClientHandler(core: core)
        if let tls {
            let gate = TLSGate(tls) { client.secured(by: $0) }
            try channel.pipeline.syncOperations.addHandler(gate)
        }
        try channel.pipeline.syncOperations.addHandler(client)
    }

    /// Takes another configuration that nothing speaks against. On the broker's loop.
    ///
    /// - Throws: why the accounts in its folder cannot be read.
    func take(_ configuration: BrokerConfiguration) throws {
        eventLoop.preconditionInEventLoop()
        let configuration = try core.withStoredAccounts(configuration)
        self.configuration = configuration
        core.apply(configuration)
    }

    /// The ports that are listened on.
    var ports: ListenerPorts { monitoring.monitor.ports }

    /// Has connections from now on speak TLS as another configuration says.
    ///
    /// - Throws: a `TLSError` that names the file that is wrong; nothing has changed then.
    func renewTLS(_ configuration: BrokerConfiguration) throws {
        let renewed = try listener == nil ? nil : makeTLSListener(configuration)
        if let settings = configuration.webSocket?.tls { try webSockets?.renewTLS(settings) }
        guard listener != nil else { return }
        tls = renewed
        tellTLS(configuration)
    }

    private func bind(port: Int) -> EventLoopFuture<any Channel> {
        ServerBootstrap(group: eventLoop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 4_096)
            .serverChannelInitializer(AcceptPause.prepare)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.recvAllocator, value: ClientChannel.allocator)
            .childChannelOption(.writeBufferWaterMark, value: ClientChannel.waterMark)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    try open(channel)
                }
            }
            .bind(host: configuration.host, port: port)
    }
}
