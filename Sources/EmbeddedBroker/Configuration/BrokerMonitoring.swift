/// The HTTP listeners for monitoring.
public struct BrokerMonitoring: Sendable, Equatable {
    /// Where they listen; nil for the clients' address.
    public var host: String?
    /// The port for HTTP: 0 for any free one, nil for no listener.
    public var port: Int?
    /// The port for HTTPS, with the clients' TLS configuration: 0 for any free one, nil for no listener.
    public var securePort: Int?
    /// What paths begin with, as in `/nats`; empty for nothing.
    public var basePath = ""

    /// No listeners.
    public init() {}
}
