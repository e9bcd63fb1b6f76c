package import RESProtocol

/// How a broker is set up: what nats-server's configuration file and command line say, as values.
///
/// `init()` is a broker for this machine's own programs; `init(reading:readFile:)` reads a configuration file.
public struct BrokerConfiguration: Sendable {
    /// The address clients connect to: a host name or an IP address.
    public var host = "127.0.0.1"
    /// The port clients connect to: 0 for any free one, nil for no listener at all.
    public var port: Int? = 4222
    /// The `host:port` told to clients in place of `host` and `port`; nil for those.
    public var clientAdvertise: String?
    /// The name the broker gives itself in INFO; nil for its id.
    public var serverName: String?
    /// Words that describe the server in monitoring and in `$SYS` messages (`server_tags`).
    public var tags: [String] = []
    /// More about the server, shown in monitoring (`server_metadata`).
    public var metadata: [String: String] = [:]
    /// Who may come in, and as whom.
    public var access = BrokerAccess()
    /// What clients may use.
    public var limits = BrokerLimits()
    /// TLS for clients; nil for none.
    public var tls: BrokerTLS?
    /// Whether clients may do without TLS although it is configured (`allow_non_tls`).
    public var allowsPlaintext = false
    /// The listener for NATS over WebSocket; nil for none.
    public var webSocket: BrokerWebSocket?
    /// The HTTP listeners for monitoring.
    public var monitoring = BrokerMonitoring()
    /// What is logged, and where to.
    public var log = BrokerLog()
    /// How clients are sent away before the broker stops.
    public var lameDuck = BrokerLameDuck()
    /// The file that holds the process id while the broker runs.
    public var pidFile: String?
    /// The folder for the file that names the ports in use.
    public var portsFileFolder: String?
    /// Whether messages may have headers; `no_header_support` turns it off.
    public var allowsHeaders = true
    /// Whether publishers wait for receivers that are behind; `no_fast_producer_stall` turns it off.
    public var stallsFastProducers = true
    /// A digest of the file that it was read from, as `sha256:…`; empty without one.
    package var digest = ""
    /// What the file says that has no effect here, in the order of the file.
    package var warnings: [ConfigurationWarning] = []

    /// A broker for this machine's own programs, on the usual port.
    public init() {}
}

/// Something in a configuration file that is understood but has no effect.
package struct ConfigurationWarning: Hashable, Sendable, CustomStringConvertible {
    package let position: ConfigurationPosition
    package let message: String

    package var description: String { "\(position): \(message)" }
}
