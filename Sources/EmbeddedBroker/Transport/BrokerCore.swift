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
        limits = configuration.limits
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

    /// The sessions of the clients that are connected, the oldest first.
    var sessions: [ClientSession] {
        connections.values.compactMap(\.session).sorted { $0.id < $1.id }
    }

    /// The session of one client.
    func session(_ id: UInt64) -> ClientSession? { connections[id]?.session }

    /// Takes a client in, or turns it away when there are too many.
    func open(_ handler: ClientHandler, address: SocketAddress?) -> ClientSession {
        lastClientID += 1
        let session = ClientSession(
            id: lastClientID,
            address: address?.ipAddress ?? "",
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
        environment.router.statistics.add(session.statistics)
        logger.debug(
            "client gone",
            metadata: ["cid": "\(session.id)", "reason": "\(session.closeReason?.rawValue ?? "")"]
        )
    }

    /// Ends all clients' sessions.
    func closeAll() {
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
