import Logging
import NIOCore

/// The clients of one loop: takes them in, lets them go, and sees to it in time that they answer.
final class BrokerCore {
    /// The first PING comes this long after a client came in, so that the round trip is known early.
    private static let firstPing: Duration = .seconds(2)

    let eventLoop: any EventLoop
    let environment: SessionEnvironment
    /// How long a write may wait for a client.
    let writeDeadline: TimeAmount

    let configuration: BrokerConfiguration
    /// When the broker was made, and when it was last configured.
    let start = Moment.now
    private(set) var configured: Moment
    let clock: WallClock
    /// Connections that are gone.
    private(set) var closedConnections: ClosedConnections
    /// How many clients did not answer PING.
    private(set) var staleConnections: UInt64 = 0
    /// How often a publisher was made to wait for a receiver.
    var stalledClients: UInt64 = 0

    /// The broker takes no more clients, and sends those away that it has.
    private(set) var lameDuckMode: LameDuckMode?

    private let limits: BrokerLimits
    private let logger: Logger
    private var connections: [UInt64: ClientHandler] = [:]
    private var lastClientID: UInt64 = 0
    private var authenticationDeadlines: DeadlineTimer?
    private var firstPings: DeadlineTimer?
    private var pings: DeadlineTimer?
    private var isFlushScheduled = false

    init(
        configuration: BrokerConfiguration,
        environment: SessionEnvironment,
        eventLoop: any EventLoop,
        logger: Logger
    ) {
        self.configuration = configuration
        limits = configuration.limits
        configured = start
        clock = .system
        closedConnections = ClosedConnections(capacity: configuration.limits.maximumClosedConnections)
        self.environment = environment
        self.eventLoop = eventLoop
        self.logger = logger
        writeDeadline = .nanoseconds(limits.writeDeadline.nanoseconds)
        authenticationDeadlines = DeadlineTimer(after: configuration.access.timeout, on: eventLoop) {
            [unowned self] id, _ in connections[id]?.session?.missedAuthenticationDeadline()
        }
        let first = min(BrokerCore.firstPing, limits.pingInterval)
        firstPings = DeadlineTimer(after: first, on: eventLoop) { [unowned self] id, now in ping(id, at: now)
        }
        pings = DeadlineTimer(after: limits.pingInterval, on: eventLoop) { [unowned self] id, now in
            ping(id, at: now)
        }
        environment.router.wake = { [unowned self] in scheduleFlush() }
    }

    /// How many clients are connected.
    var connectionCount: Int { connections.count }

    /// How many clients there have been.
    var totalConnections: UInt64 { lastClientID }

    /// The sessions of the clients that are connected.
    var sessions: some Sequence<ClientSession> { connections.values.lazy.compactMap(\.session) }

    /// Takes a client in, or turns it away when there are too many.
    func open(_ handler: ClientHandler, address: SocketAddress?) -> ClientSession {
        lastClientID += 1
        let session = ClientSession(
            id: lastClientID,
            address: address?.ipAddress ?? "",
            port: address?.port ?? 0,
            start: .now,
            environment: environment
        )
        session.connection = handler
        guard connections.count < limits.maximumConnections else {
            session.turnAway()
            return session
        }
        connections[session.id] = handler
        session.begin()
        if environment.authentication.isRequired { authenticationDeadlines?.add(session.id) }
        firstPings?.add(session.id)
        logger.debug("client connected", metadata: ["cid": "\(session.id)", "address": "\(session.address)"])
        return session
    }

    /// Lets a client go whose connection is closed.
    func closed(_ session: ClientSession) {
        connections[session.id] = nil
        session.connectionClosed(.clientClosed)
        let reason = session.closeReason ?? .clientClosed
        if reason == .staleConnection { staleConnections += 1 }
        closedConnections.add(
            session.record(withSubscriptions: true, atMost: ConnectionRecord.keptSubscriptions)
                .closed(at: .now, reason: reason.rawValue)
        )
        environment.router.statistics.add(session.statistics)
        lameDuckMode?.clientLeft()
        logger.debug(
            "client gone",
            metadata: ["cid": "\(session.id)", "reason": "\(session.closeReason?.rawValue ?? "")"]
        )
    }

    /// Sends all clients away in turn.
    ///
    /// - Returns: completes when the last one is gone.
    func enterLameDuckMode(_ settings: BrokerLameDuck) -> EventLoopFuture<Void> {
        if let lameDuckMode { return lameDuckMode.done }
        let mode = LameDuckMode(of: self, settings)
        lameDuckMode = mode
        mode.begin()
        return mode.done
    }

    /// Ends all clients' sessions.
    func closeAll() {
        lameDuckMode?.end()
        for handler in Array(connections.values) { handler.session?.end(.serverShutdown) }
    }

    private func ping(_ id: UInt64, at now: Moment) {
        guard let session = connections[id]?.session, !session.isClosed else { return }
        session.pingIntervalPassed(at: now, interval: limits.pingInterval)
        if !session.isClosed { pings?.add(id) }
    }

    private func scheduleFlush() {
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        eventLoop.assumeIsolated().execute { [self] in
            isFlushScheduled = false
            environment.router.flush()
        }
    }
}
