public import Logging
public import NIOCore
public import NIOPosix

// What programs use that a broker is embedded in.
extension EmbeddedBroker {
    /// Sets a broker up; nothing is opened until `start()`, but clients can be made.
    ///
    /// - Parameters:
    ///   - configuration: how it is set up. With `port` nil it listens nowhere, and serves this process alone.
    ///   - eventLoopGroup: one of its loops owns the broker and all its connections.
    ///   - logger: where it says what happens; nothing is logged for single messages.
    public convenience init(
        _ configuration: BrokerConfiguration = BrokerConfiguration(),
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger = Logger(label: "EmbeddedBroker")
    ) {
        self.init(configuration: configuration, eventLoop: eventLoopGroup.any(), logger: logger)
    }

    /// Opens the listeners that are configured; their addresses are known when it returns.
    ///
    /// - Throws: `BrokerStartError` when an address cannot be bound; what is wrong with a file for TLS.
    public func start() async throws { try await start().get() }

    /// Closes the listeners, all connections, and all clients of this process. It cannot be started again.
    public func stop() async { try? await stop().get() }

    /// Takes no more clients over the network and sends those away that are there: tells them to go elsewhere, waits, and
    /// closes them one after the other, as the configuration's `lameDuck` says. Returns when the last one is gone; the
    /// broker then waits to be stopped.
    public func enterLameDuckMode() async { try? await enterLameDuckMode().get() }

    /// Takes another configuration while clients are connected.
    ///
    /// Clients whose user is gone, or has other credentials, are disconnected; subscriptions that a user may no longer have
    /// end with an error; everything else goes on.
    /// - Throws: `BrokerReloadError` when something differs that only a start can change; nothing has changed then.
    public func reload(_ configuration: BrokerConfiguration) async throws {
        try await reload(configuration).get()
    }

    /// A client for this program, which needs no credentials and may do everything within its account.
    ///
    /// - Parameters:
    ///   - name: what people know it by.
    ///   - account: the account in whose subjects it publishes and subscribes.
    /// - Throws: `BusError` of code `unknownAccount`, or of code `closed` when the broker was stopped.
    public func makeClient(
        name: String = "",
        account: String = BrokerAccess.globalAccount
    ) async throws -> BusClient {
        try await eventLoop.submit { [self] in try makeBusClient(name: name, account: account) }.get()
    }

    /// How many clients are connected over the network now.
    public var connectionCount: Int {
        get async { (try? await eventLoop.submit { [self] in core.connectionCount }.get()) ?? 0 }
    }
}
