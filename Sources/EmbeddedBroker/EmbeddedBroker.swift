package import Logging
public import NIOCore
import NIOPosix
package import RESProtocol
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
    private(set) var localBuses: [InProcessBus] = []
    /// The clients that `makeClient` made.
    private var busClients: [ObjectIdentifier: BusClientCore] = [:]
    private var isStopped = false
    private var tls: TLSListener?
    private let webSockets: WebSocketListener?
    private let logger: Logger
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
            throw error is IOError
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
            tls = try makeTLSListener()
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
            throw error is IOError ? BrokerStartError(.clients, host: host, port: port, error) : error
        }
    }

    private func makeTLSListener() throws(TLSError) -> TLSListener? {
        guard let settings = configuration.tls else { return nil }
        let tls = try TLSListener(settings, allowsPlaintext: configuration.allowsPlaintext)
        tls.onFailure = { [logger] reason in
            logger.debug("a TLS handshake failed", metadata: ["reason": "\(reason)"])
        }
        core.environment.info.requiresTLS = !configuration.allowsPlaintext
        core.environment.info.offersTLS = configuration.allowsPlaintext
        core.environment.info.verifiesTLS = settings.verifiesClients || settings.mapsCertificates
        return tls
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
    func take(_ configuration: BrokerConfiguration) {
        eventLoop.preconditionInEventLoop()
        self.configuration = configuration
        core.apply(configuration)
    }

    /// A bus client inside this process; on the broker's loop, or before it is started.
    ///
    /// - Parameter label: what people know it by.
    package func makeBus(label: String = "") -> any MessageBus {
        makeLocalBus(label: label, account: core.environment.router.globalAccount)
    }

    private func makeLocalBus(label: String, account: Account) -> InProcessBus {
        let bus = InProcessBus(
            router: core.environment.router,
            label: label,
            account: account,
            maximumPayload: configuration.limits.maximumPayload,
            eventLoop: eventLoop
        )
        localBuses.append(bus)
        bus.onClose = { [weak self, unowned bus] in self?.localBuses.removeAll { $0 === bus } }
        return bus
    }

    /// A client for the program the broker runs in. On the broker's loop.
    func makeBusClient(name: String, account: String) throws(BusError) -> BusClient {
        eventLoop.preconditionInEventLoop()
        guard !isStopped else { throw BusError.closed }
        guard let place = core.environment.router.accounts[account] else {
            throw BusError(.unknownAccount, "the broker has no account '\(account)'")
        }
        let bus = makeLocalBus(label: name, account: place)
        let operations = BusOperations(on: eventLoop)
        let client = BusClientCore(
            bus: bus,
            operations: operations,
            stalls: configuration.stallsFastProducers,
            logger: logger
        )
        operations.attach(client)
        busClients[ObjectIdentifier(client)] = client
        client.onClose = { [weak self, unowned client] in self?.busClients[ObjectIdentifier(client)] = nil }
        return BusClient(
            name: name,
            account: account,
            maximumPayload: bus.maximumPayload,
            operations: operations
        )
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

extension Authentication {
    /// What a configuration says of who may come in.
    init(_ configuration: BrokerConfiguration) {
        self.init(
            configuration.access,
            webSocket: configuration.webSocket,
            mapsCertificates: configuration.tls?.mapsCertificates ?? false
        )
    }
}

extension SessionLimits {
    /// What a configuration says of what one client may use.
    init(_ limits: BrokerLimits) {
        controlLine = limits.maximumControlLine
        payload = limits.maximumPayload
        pending = limits.maximumPending
        subscriptions = limits.maximumSubscriptions
        subscriptionTokens = limits.maximumSubscriptionTokens
        pingsOutstanding = limits.maximumPingsOutstanding
    }
}
