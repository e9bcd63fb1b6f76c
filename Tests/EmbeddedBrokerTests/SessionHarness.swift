import NIOCore

@testable import EmbeddedBroker

/// Some clients of one broker without a network: what each sends, and what each has been sent.
final class SessionHarness {
    let environment: SessionEnvironment
    let router: Router
    private(set) var clients: [TestClient] = []

    init(
        limits: SessionLimits = SessionLimits(),
        authentication: Authentication = Authentication(),
        seed: UInt64 = 1,
        gatherLimit: Int = 1 << 20
    ) {
        router = Router(seed: seed, gatherLimit: gatherLimit)
        let info = ServerInfo(
            serverID: "NTEST",
            serverName: "test",
            host: "127.0.0.1",
            port: 4222,
            maximumPayload: limits.payload,
            requiresAuthentication: authentication.isRequired()
        )
        environment = SessionEnvironment(
            router: router,
            info: info,
            authentication: authentication,
            limits: limits
        )
    }

    /// A broker set up by the text of a configuration file, at this time of the calendar.
    convenience init(_ text: String, at seconds: Int64 = 0, gatherLimit: Int = 1 << 20) throws {
        let configuration = try BrokerConfigurationTests.read(text)
        self.init(
            limits: SessionLimits(configuration.limits),
            authentication: Authentication(configuration),
            gatherLimit: gatherLimit
        )
        environment.wallTime = { WallTime(nanoseconds: seconds * 1_000_000_000) }
        var accounts = configuration.access.accounts
        if let trust = configuration.access.trust { accounts += trust.describedAccounts(at: seconds) }
        AccountSetup(accounts, router: router).apply(globalMappings: configuration.access.mappings)
    }

    /// A client that came in as a user with the password `p`.
    func client(user: String) -> TestClient {
        client(
            connect:
                #"{"verbose":false,"pedantic":false,"headers":true,"no_responders":true,"user":"\#(user)","pass":"p"}"#
        )
    }

    /// A client that has been greeted, and has read it; with a CONNECT accepted, if one is given.
    func client(connect: String? = #"{"verbose":false,"pedantic":false}"#) -> TestClient {
        let session = ClientSession(
            id: UInt64(clients.count + 1),
            origin: ClientOrigin(address: "127.0.0.1"),
            environment: environment
        )
        let client = TestClient(session, router)
        session.connection = client
        clients.append(client)
        session.begin()
        client.take()
        if let connect { client.send("CONNECT \(connect)\r\n") }
        return client
    }
}

/// One client: its session, and a connection that takes everything at once unless it is blocked.
final class TestClient: SessionConnection {
    let session: ClientSession
    private let router: Router
    private var received = ByteBuffer()
    var isBlocked = false
    var now = Moment(nanoseconds: 0)
    private(set) var isClosed = false
    /// Whether it is not read from.
    private(set) var isPaused = false
    private(set) var resumptions = 0

    init(_ session: ClientSession, _ router: Router) {
        self.session = session
        self.router = router
    }

    /// Sends bytes, as one piece and as one turn.
    func send(_ text: String) {
        router.isInTurn = true
        session.receive(ByteBuffer(string: text), at: now)
        router.isInTurn = false
        router.flush()
    }

    /// What it has been sent since it was last asked.
    @discardableResult
    func take() -> String {
        router.flush()
        flushOutbox()
        defer { received.clear() }
        return String(buffer: received)
    }

    func flushOutbox() {
        guard !isBlocked else { return }
        session.outbox.written()
        while let segment = session.outbox.next() { received.writeImmutableBuffer(segment.bytes) }
        session.outbox.written()
        session.resumeWaiting()
    }

    func closeAfterFlush(lingering: Bool) {
        flushOutbox()
        isClosed = true
    }

    func pauseReading() { isPaused = true }

    func resumeReading() {
        isPaused = false
        resumptions += 1
    }
}
