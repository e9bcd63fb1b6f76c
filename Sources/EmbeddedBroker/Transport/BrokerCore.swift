import Logging
import NIOCore
import NIOPosix
import RESProtocol

/// The clients of one loop: takes them in, lets them go, and sees to it in time that they answer.
final class BrokerCore {
    /// The first PING comes this long after a client came in, so that the round trip is known early.
    private static let firstPing: Duration = .seconds(2)

    /// How often the system account is told how the server is doing.
    static let statisticsInterval = TimeAmount.seconds(10)

    /// Clocks are set right in between, so that no timer waits for longer, in seconds.
    private static let longestTimer: Int64 = 3_600

    let eventLoop: any EventLoop
    let environment: SessionEnvironment
    /// How long a write may wait for a client.
    private(set) var writeDeadline: TimeAmount

    /// How the broker is set up now.
    var configuration: BrokerConfiguration {
        didSet { configured = .now }
    }
    /// Answers questions about the broker; set before accounts are set up.
    weak var monitor: Monitor?
    /// When the broker was made.
    let start = Moment.now
    /// When it was last configured.
    private(set) var configured: Moment
    let clock: WallClock
    /// Connections that are gone.
    private(set) var closedConnections: ClosedConnections
    /// How many clients did not answer PING.
    private(set) var staleConnections: UInt64 = 0
    /// Whether all clients have been sent away for good.
    private(set) var isStopped = false
    /// How often a publisher was made to wait for a receiver.
    var stalledClients: UInt64 = 0

    /// The broker takes no more clients, and sends those away that it has.
    private(set) var lameDuckMode: LameDuckMode?

    private(set) var limits: BrokerLimits
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
        environment.logger = logger
        environment.trace = ProtocolTrace(configuration.log)
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
        environment.router.wake = { [unowned self] in flushSoon() }
        environment.wallTime = { .now }
        environment.checkPassword = { [unowned self] in check($0, $1, completion: $2) }
        environment.scheduleExpiry = { [unowned self] in scheduleExpiry(of: $0, at: $1) }
    }

    /// All clients' sessions, in no order.
    var sessions: [ClientSession] { connections.values.compactMap(\.session) }

    /// Takes other limits, for clients that are there too.
    func change(_ limits: BrokerLimits, accessTimeout: Duration) {
        self.limits = limits
        writeDeadline = .nanoseconds(limits.writeDeadline.nanoseconds)
        authenticationDeadlines?.interval = accessTimeout
        firstPings?.interval = min(BrokerCore.firstPing, limits.pingInterval)
        pings?.interval = limits.pingInterval
        guard connections.count > limits.maximumConnections else { return }
        for session in sessions.sorted(by: { $0.id > $1.id }).prefix(
            connections.count - limits.maximumConnections
        ) {
            session.end(.maximumConnections, saying: .maximumConnections)
        }
    }

    /// Works a password over on a thread of its own, since that takes long on purpose.
    private func check(_ hash: PasswordHash, _ password: String, completion: @escaping (Bool) -> Void) {
        NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) { hash.matches(password) }
            .assumeIsolated().whenComplete { result in completion((try? result.get()) ?? false) }
    }

    /// Ends a client's session when its user's time is over. Times far away are looked at again on the way.
    private func scheduleExpiry(of session: ClientSession, at expires: Int64) {
        let id = session.id
        let seconds = min(max(0, expires - WallTime.now.seconds), BrokerCore.longestTimer)
        eventLoop.assumeIsolated().scheduleTask(in: .seconds(seconds)) { [weak self] in
            guard let self, let session = self.connections[id]?.session, !session.isClosed else { return }
            if WallTime.now.seconds >= expires {
                session.expired(expires)
            } else if session.identity.expires == expires {
                self.scheduleExpiry(of: session, at: expires)
            }
        }
    }

    /// How many clients are connected.
    var connectionCount: Int { connections.count }

    /// How many clients there have been.
    var totalConnections: UInt64 { lastClientID }

    /// The session of one client.
    func session(_ id: UInt64) -> ClientSession? { connections[id]?.session }

    /// Takes a client in, or turns it away when there are too many.
    func open(_ handler: ClientHandler, origin: ClientOrigin) -> ClientSession {
        lastClientID += 1
        let session = ClientSession(id: lastClientID, origin: origin, environment: environment)
        session.connection = handler
        session.log(.debug, "Client connection created")
        guard connections.count < limits.maximumConnections else {
            session.turnAway()
            return session
        }
        connections[session.id] = handler
        session.begin()
        if environment.authentication.isRequired(for: origin.transport) {
            authenticationDeadlines?.add(session.id)
        }
        firstPings?.add(session.id)
        return session
    }

    /// Lets a client go whose connection is closed.
    func closed(_ session: ClientSession) {
        connections[session.id] = nil
        session.connectionClosed(.clientClosed)
        let reason = session.closeReason ?? .clientClosed
        if reason == .staleConnection { staleConnections += 1 }
        closedConnections.add(
            session.record(subscriptions: ConnectionRecord.keptSubscriptions, clock: clock)
                .closed(at: .now, reason: reason.rawValue)
        )
        session.account.statistics.add(session.statistics)
        if environment.events?.isListenedTo == true { environment.events?.disconnected(session, reason) }
        environment.router.statistics.add(session.statistics)
        lameDuckMode?.clientLeft()
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
        isStopped = true
        lameDuckMode?.end()
        for handler in Array(connections.values) { handler.session?.end(.serverShutdown) }
    }

    private func ping(_ id: UInt64, at now: Moment) {
        guard let session = connections[id]?.session, !session.isClosed else { return }
        session.pingIntervalPassed(at: now, interval: limits.pingInterval)
        if !session.isClosed { pings?.add(id) }
    }

    /// Writes out what is to be sent, once all has been read that arrived at the same time.
    func flushSoon() {
        guard !isFlushScheduled, environment.router.isFlushDue else { return }
        isFlushScheduled = true
        eventLoop.assumeIsolated().execute { [self] in
            isFlushScheduled = false
            environment.router.flush()
        }
    }
}
