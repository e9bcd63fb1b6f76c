import EmbeddedBroker
import Gateway
import Logging
import RESProtocol
import Store

/// Which roles one process runs, and how: what the command line comes down to.
struct ServerPlan {
    /// One database to serve.
    struct Source: Equatable, Sendable {
        /// A SQLite file or an SQL script.
        let path: String
        /// Where a script is loaded into; memory when nil.
        let databaseFile: String?
        /// The service name that was asked for.
        let name: String?

        /// The service's name: the one asked for, else the file's name without its ending.
        var serviceName: String {
            if let name { return name }
            let file = path.split(separator: "/").last ?? "data"
            guard let dot = file.lastIndex(of: "."), dot > file.startIndex else { return String(file) }
            return String(file[..<dot])
        }
    }

    /// The RES methods that HTTP's PUT, PATCH and DELETE call; a request method is not allowed where there is none.
    struct Methods: Equatable, Sendable {
        var put: String?
        var patch: String?
        var delete: String?

        /// The methods of the store's rows.
        static let ofStore = Methods(put: "put", patch: "set", delete: "delete")
    }

    /// IP address that all roles listen on.
    var host: String
    /// Whether a port that is taken ends the start.
    var strictPorts: Bool
    /// The external NATS server; the embedded broker is the bus when nil.
    var nats: NATSOptions?
    /// Port of the embedded broker, where it runs.
    var brokerPort: Int?
    /// Port of the gateway, where it runs.
    var gatewayPort: Int?
    /// What PUT, PATCH and DELETE do.
    var methods = Methods()
    /// What the embedded broker's block of the configuration says; where it listens is above.
    var broker: BrokerConfiguration?
    /// What the gateway's block of the configuration says; where it listens is above.
    var gatewayBlock: GatewayConfiguration?
    /// The databases that stores serve.
    var databases: [StoreConfiguration] = []
    /// Reads the configuration again while the server runs; nil without a file.
    var reload: ConfigurationReload?
    /// Where to say that the server is up.
    var readyFile: ReadyFile?
    /// Whether to greet people; programs read the log instead.
    var showsBanner: Bool
    var logger: Logger

    init(_ options: ServerOptions) {
        host = options.addr ?? "127.0.0.1"
        strictPorts = options.strictPort
        readyFile = options.readyFile.map { ReadyFile(path: $0) }
        showsBanner = options.log != .json
        logger = options.logger
    }

    /// Takes what a configuration says of all roles; the databases are its own, or the sources given.
    mutating func adopt(_ configuration: ResdevConfiguration, sources: [Source]) throws(StartFailure) {
        broker = configuration.broker
        gatewayBlock = configuration.gateway
        databases = try configuration.stores(of: sources)
        reload = ConfigurationReload(configuration, sources: sources, logger: logger)
    }
}
