public import Logging
public import NIOCore
import NIOPosix
package import RESProtocol
import Synchronization
package import WebServer

/// A NATS broker inside this process.
///
/// It speaks core NATS as nats-server does, to any client over TCP, and to the program it runs in through a bus that
/// never turns messages into bytes. Everything happens on one event loop.
///
///     let broker = EmbeddedBroker(configuration: .init(), eventLoop: loop, logger: logger)
///     try broker.start().wait()
///     print(broker.address)
///     try broker.stop().wait()
public final class EmbeddedBroker: @unchecked Sendable {
    // Safe to share: the core, the configuration and the listener are used on the loop only once it is started, the address
    // is behind a lock, and the rest never changes.
    let eventLoop: any EventLoop
    private let core: BrokerCore
    /// How the broker is set up now. On the broker's loop.
    package private(set) var configuration: BrokerConfiguration
    private var listener: (any Channel)?
    private let monitoring: MonitoringListener
    /// The buses of this process.
    private var localBuses: [InProcessBus] = []
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
    public init(configuration: BrokerConfiguration, eventLoop: any EventLoop, logger: Logger) {
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
    public func start() -> EventLoopFuture<Void> {
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
    public func stop() -> EventLoopFuture<Void> {
        eventLoop.flatSubmit { [self] in
            core.environment.events?.stopping()
            tls?.closePending()
            core.closeAll()
            return closeListeners()
        }
    }

    /// Takes no more clients and sends those away that are there: tells them to go elsewhere, waits, and closes them
    /// one after the other, as the configuration's `lameDuck` says. From any thread.
    ///
    /// - Returns: completes when the last one is gone; the broker then waits to be stopped.
    public func enterLameDuckMode() -> EventLoopFuture<Void> {
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
        let bus = InProcessBus(
            router: core.environment.router,
            label: label,
            maximumPayload: configuration.limits.maximumPayload,
            eventLoop: eventLoop
        )
        localBuses.append(bus)
        return bus
    }

    /// Who watches the messages that pass; nil for nobody. On the broker's loop.
    package func observe(_ observer: (any TrafficObserver)?) {
        eventLoop.preconditionInEventLoop()
        core.environment.router.observer = observer
    }

    /// The clients that are connected, the oldest first. On the broker's loop.
    package var clients: [BrokerClient] {
        eventLoop.preconditionInEventLoop()
        return core.sessions.sorted { $0.id < $1.id }.map(\.snapshot)
    }

    /// All subscriptions, or those of one client, as many as `limit`. On the broker's loop.
    package func subscriptions(of client: UInt64? = nil, limit: Int) -> [BrokerSubscription] {
        eventLoop.preconditionInEventLoop()
        var found: [BrokerSubscription] = client == nil ? localBuses.flatMap(\.subscriptions) : []
        for session in core.sessions.sorted(by: { $0.id < $1.id })
        where client == nil || session.id == client {
            guard found.count < limit else { break }
            found += session.subscriptions.values.prefix(limit - found.count)
                .map { $0.snapshot(client: session.label) }
        }
        return Array(found.prefix(limit))
    }

    /// Ends the connection of a client; false when there is none of that id. On the broker's loop.
    package func disconnect(_ client: UInt64) -> Bool {
        eventLoop.preconditionInEventLoop()
        guard let session = core.session(client) else { return false }
        session.end(.kicked)
        core.environment.router.flush()
        return true
    }

    /// Whether anyone, in this process or outside, subscribes to a subject. On the broker's loop.
    package func hasInterest(in subject: Subject) -> Bool {
        eventLoop.preconditionInEventLoop()
        return core.environment.router.hasInterest(in: subject.text.utf8Span.span)
    }

    /// How many clients are connected over the network. From any thread.
    public func connectionCount() -> EventLoopFuture<Int> {
        eventLoop.submit { [self] in core.connectionCount }
    }

    private func bind(port: Int) -> EventLoopFuture<any Channel> {
        ServerBootstrap(group: eventLoop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 4_096)
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
