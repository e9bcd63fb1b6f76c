/// What clients may use. The defaults are nats-server's.
public struct BrokerLimits: Sendable, Equatable {
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
    /// Tokens of a subscription's subject; zero for any number.
    public var maximumSubscriptionTokens = 0
    /// After how long without a word a client is sent a PING.
    public var pingInterval: Duration = .seconds(120)
    /// How many PING may go unanswered before a client is disconnected.
    public var maximumPingsOutstanding = 2
    /// How many connections that are gone are kept for monitoring.
    public var maximumClosedConnections = 10_000

    /// nats-server's limits.
    public init() {}
}
