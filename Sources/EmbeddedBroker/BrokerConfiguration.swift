/// How a broker is set up.
public struct BrokerConfiguration: Sendable {
    /// The address clients connect to: a host name or an IP address.
    public var host = "127.0.0.1"
    /// The port clients connect to: 0 for any free one, nil for no listener at all.
    public var port: Int? = 4222
    /// The name the broker gives itself in INFO; nil for its id.
    public var serverName: String?
    /// Who may come in.
    public var access = BrokerAccess()
    /// What clients may use.
    public var limits = BrokerLimits()

    /// A broker for this machine's own programs, on the usual port.
    public init() {}
}

/// Who may come in. Without users and token, anyone may.
public struct BrokerAccess: Sendable {
    /// Names and passwords.
    public var users: [(name: String, password: String)] = []
    /// A secret that lets anyone in who presents it.
    public var token: String?
    /// The user that clients are taken for who present nothing; nil when they are refused.
    public var userWithoutCredentials: String?
    /// How long a client may take to present its credentials.
    public var timeout: Duration = .seconds(2)

    /// Anyone may come in.
    public init() {}
}

/// What clients may use. The defaults are nats-server's.
public struct BrokerLimits: Sendable {
    /// Header block and payload of one message, in bytes.
    public var maximumPayload = 1_048_576
    /// The arguments of one operation, in bytes.
    public var maximumControlLine = 4_096
    /// What may wait to be written to one client, in bytes. Who takes less than it is sent is disconnected.
    public var maximumPending = 67_108_864
    /// How long a write to one client may take.
    public var writeDeadline: Duration = .seconds(10)
    /// Connections at the same time.
    public var maximumConnections = 65_536
    /// Subscriptions of one client; zero for any number.
    public var maximumSubscriptions = 0
    /// After how long without a word a client is sent a PING.
    public var pingInterval: Duration = .seconds(120)
    /// How many PING may go unanswered before a client is disconnected.
    public var maximumPingsOutstanding = 2

    /// nats-server's limits.
    public init() {}
}
