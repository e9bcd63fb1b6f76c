import EmbeddedBroker
import Gateway
import Logging
import NIOCore
import RESProtocol
import Store

/// What a start has brought about.
struct StartedServer: Sendable {
    let addresses: ServerAddresses
    let banner: Banner
}

/// The roles of one process, put together on one event loop, which is the actor's executor.
///
/// The order is that of need: databases are opened before a port is taken, and the gateway listens last, so that
/// whoever gets through is served. Only starting and stopping is asynchronous here; messages never pass this type.
actor Roles {
    private let plan: ServerPlan
    private let eventLoop: any EventLoop
    private let executor: any NIOSerialEventLoopExecutor
    private let failed: @Sendable (String) -> Void
    private var broker: EmbeddedBroker?
    private var buses: [any MessageBus] = []
    private var stores: [Store] = []
    private var gateway: Gateway?
    private var system: SystemHost?
    private var banner = Banner()
    private var addresses = ServerAddresses()

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameter failed: told on the loop when a role that ran cannot go on.
    init(
        _ plan: ServerPlan,
        on eventLoop: any EventLoop & NIOSerialEventLoopExecutor,
        failed: @escaping @Sendable (String) -> Void
    ) {
        self.plan = plan
        self.eventLoop = eventLoop
        self.executor = eventLoop
        self.failed = failed
        banner.remarks = plan.remarks
    }

    /// Starts all roles; those that started before one that could not are ended by `stop`.
    func start() async throws -> StartedServer {
        let opened = try openStores()
        try await startBroker()
        for store in opened {
            try await store.start(bus: makeBus(for: store.serviceName)).get()
            stores.append(store)
        }
        if let replay = plan.replay {
            try await ReplayService(replay.lines, bus: makeBus(for: "replay"), speed: replay.speed).start()
                .get()
        }
        try await startGateway()
        banner.http = addresses.http
        banner.webSocket = addresses.webSocket
        return StartedServer(addresses: addresses, banner: banner)
    }

    /// Stops all roles in turn: answers and events that are under way reach whom they are for.
    func stop() async {
        try? await gateway?.stop().get()
        system?.stop()
        for store in stores { try? await store.stop().get() }
        for bus in buses { try? await bus.close().get() }
        try? await broker?.stop().get()
    }

    /// Opens the databases; one that is not started after all closes when it is let go.
    private func openStores() throws(StartFailure) -> [Store] {
        var stores: [Store] = []
        for var configuration in plan.databases {
            if plan.gatewayPort != nil { configuration.blobPath = BlobAnswers.prefix }
            do throws(StoreError) {
                let store = try Store.open(configuration, logger: plan.logger)
                banner.add(store.summary)
                if !configuration.access.hasRules, !isLoopback { warnOpen(configuration) }
                stores.append(store)
            } catch {
                throw StartFailure(error.message, remedy: error.remedy)
            }
        }
        return stores
    }

    private var isLoopback: Bool {
        plan.host.hasPrefix("127.") || plan.host == "::1" || plan.host == "localhost"
    }

    private func warnOpen(_ configuration: StoreConfiguration) {
        plan.logger.warning(
            "everybody who reaches this machine can read and change the database; give it access rules in resdev.conf",
            metadata: ["database": "\(configuration.name)", "addr": "\(plan.host)"]
        )
    }

    /// Has a store take over other settings while it serves; gives why it does not.
    func reconfigure(_ configuration: StoreConfiguration) async -> StoreError? {
        guard let index = plan.databases.firstIndex(where: { $0.name == configuration.name }),
            index < stores.count
        else {
            return StoreError(.configuration, "\(configuration.name) is served from the next start on")
        }
        var configuration = configuration
        if plan.gatewayPort != nil { configuration.blobPath = BlobAnswers.prefix }
        return try? await stores[index].reconfigure(configuration).get()
    }

    /// Does what a key of the terminal asks for; gives what came of it, for people.
    func perform(_ action: HotKeys.Action) async -> [String] {
        switch action {
        case .latency: return system.map { ["latency: \($0.cycleLatency())"] } ?? []
        case .drop: return system.map { ["dropped \($0.dropSockets()) WebSockets"] } ?? []
        case .reset:
            var lines: [String] = []
            for store in stores { lines.append("\(store.serviceName): \(await reset(store))") }
            return lines
        case .help, .open, .quit, .askReset, .line: return []
        }
    }

    private func startBroker() async throws {
        banner.nats = plan.nats?.servers.first.map { "\($0)" }
        guard let wanted = plan.brokerPort else { return }
        var configuration = plan.broker ?? BrokerConfiguration()
        configuration.host = plan.host
        configuration.port = try choosePort(wanted, for: "NATS")
        let broker = EmbeddedBroker(configuration: configuration, eventLoop: eventLoop, logger: plan.logger)
        self.broker = broker
        try await broker.start().get()
        addresses.nats = url("nats", broker.address)
        banner.nats = addresses.nats
    }

    private func startGateway() async throws {
        guard let wanted = plan.gatewayPort else { return }
        var configuration = plan.gateway
        configuration.authenticate(by: plan.databases)
        configuration.addr = plan.host
        configuration.port = try choosePort(wanted, for: "HTTP")
        if let port = configuration.metricsPort {
            configuration.metricsPort = try choosePort(port, for: "metrics")
        }
        let outer = try await makeBus(for: "gateway")
        let system = try makeSystem(outer, requestTimeout: configuration.requestTimeout)
        self.system = system
        system?.configure(&configuration)
        if !stores.isEmpty { try await describe(&configuration) }
        let byName = Dictionary(
            stores.map { ($0.summary.service, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        if !byName.isEmpty { configuration.rawValues = BlobAnswers.values(of: byName, on: eventLoop) }
        let bus: any MessageBus = system?.gatewayBus ?? outer
        let gateway = Gateway(configuration: configuration, bus: bus, logger: plan.logger)
        if let broker { gateway.reserve("/nats", for: broker.makeWebSocketDoor()) }
        self.gateway = gateway
        system?.start(gateway)
        do {
            try await gateway.start().get()
        } catch let error as TLSError {
            throw StartFailure(
                error.message,
                remedy: "--tlscert and --tlskey take PEM files that belong together"
            )
        }
        let secure = configuration.tls ? "s" : ""
        addresses.http = url("http\(secure)", gateway.address)
        addresses.webSocket = url("ws\(secure)", gateway.address).map { $0 + configuration.wsPath }
        addresses.metrics = url("http\(secure)", gateway.metricsAddress).map { $0 + "/metrics" }
    }

    /// Serves the description of the HTTP API, and keeps it up to date.
    private func describe(_ configuration: inout GatewayConfiguration) async throws {
        let follower = try await SchemaFollower(
            stores.map(\.serviceName),
            apiPath: configuration.apiPath,
            bus: makeBus(for: "openapi")
        )
        try await follower.start().get()
        let description = NIOLoopBound(follower, eventLoop: eventLoop)
        let pages = configuration.pages
        configuration.pages = { path in
            path == "/openapi.json" ? description.value.response : pages?(path)
        }
    }

    /// The server's own resources and pages, and what goes wrong on purpose, where any of it is wanted.
    private func makeSystem(_ bus: any MessageBus, requestTimeout: TimeAmount) throws(StartFailure)
        -> SystemHost?
    {
        let hasConsole = !stores.isEmpty && plan.console != .off
        let hasTools = plan.staticFolder != nil || plan.recording != nil || plan.takesKeys
        guard hasConsole || hasTools || !plan.chaos.rules.isEmpty else { return nil }
        banner.remarks += plan.chaos.rules.map { "chaos: \($0)" }
        return try SystemHost(
            plan,
            broker: broker,
            stores: stores,
            bus: bus,
            busAddress: banner.nats,
            requestTimeout: requestTimeout,
            logger: plan.logger
        )
    }

    /// A bus of its own for one role: the embedded broker's, or a connection to the external server.
    private func makeBus(for role: String) async throws -> any MessageBus {
        let bus = if let options = plan.nats { try await connectBus(options) } else { try embeddedBus(role) }
        buses.append(bus)
        return bus
    }

    private func embeddedBus(_ role: String) throws(StartFailure) -> any MessageBus {
        guard let broker else { throw StartFailure("there is neither a broker nor a NATS server to join") }
        return broker.makeBus(label: role)
    }

    private func connectBus(_ options: NATSOptions) async throws(StartFailure) -> any MessageBus {
        let bus: any MessageBus
        do {
            bus = try await connection(options).get().value
        } catch {
            throw StartFailure("\(error)", remedy: "--nats takes the URL of a NATS server that runs")
        }
        bus.observeState { [failed, plan] state in
            switch state {
            case .failed(let reason): failed("the NATS server refuses: \(reason)")
            case .disconnected(let reason):
                if plan.exitsOnDisconnect { failed("lost NATS connection: \(reason)") }
            case .reconnected: break
            }
        }
        return bus
    }

    private func connection(_ options: NATSOptions) -> EventLoopFuture<NIOLoopBound<NATSBus>> {
        NATSBus.connect(options, on: eventLoop, logger: plan.logger).assumeIsolated()
            .map { [eventLoop] bus in NIOLoopBound(bus, eventLoop: eventLoop) }.nonisolated()
    }

    private func choosePort(_ wanted: Int, for role: String) throws(StartFailure) -> Int {
        let choice = try PortChoice.choose(wanted, on: plan.host, for: role, strictly: plan.strictPorts)
        if let remark = choice.remark { banner.remarks.append(remark) }
        return choice.port
    }

    private func url(_ scheme: String, _ address: SocketAddress?) -> String? {
        guard let port = address?.port else { return nil }
        // The address of all interfaces is none to connect to; this machine's own always works.
        let host = plan.host == "0.0.0.0" ? "127.0.0.1" : plan.host == "::" ? "::1" : plan.host
        return "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}

extension GatewayConfiguration {
    /// Has HTTP requests and WebSocket handshakes authenticated by the first store with a login, unless another method
    /// is named.
    fileprivate mutating func authenticate(by databases: [StoreConfiguration]) {
        guard let store = databases.first(where: { $0.authentication != nil }),
            let method = AuthenticationMethod(store.serviceName + ".$auth.header")
        else { return }
        headerAuth = headerAuth ?? method
        wsHeaderAuth = wsHeaderAuth ?? method
    }
}
