/// How clients are sent away before a broker stops.
public struct BrokerLameDuck: Sendable, Equatable {
    /// The shortest duration that a configuration file may ask for.
    public static let minimumDuration: Duration = .seconds(30)

    /// How long it takes until the last client is sent away.
    public var duration: Duration = .seconds(120)
    /// How long clients may stay that were told to go.
    public var gracePeriod: Duration = .seconds(10)

    /// nats-server's pace.
    public init() {}
}
