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
        /// Whether a SQLite file is made where there is none.
        var creates = false
        /// Whether a SQLite file is converted to write-ahead logging.
        var convertsToWAL = false
        /// What a commit waits for, where that was asked for.
        var durability: StoreConfiguration.Durability?

        /// The service's name: the one asked for, else the file's name without its ending.
        var serviceName: String {
            if let name { return name }
            let file = path.split(separator: "/").last ?? "data"
            guard let dot = file.lastIndex(of: "."), dot > file.startIndex else { return String(file) }
            return String(file[..<dot])
        }
    }

    /// How a start and a stop are told.
    enum Style {
        /// A banner for people.
        case banner
        /// Log records for programs.
        case records
        /// Log records as Resgate has them.
        case resgate
    }

    /// A recording, and how much faster than recorded it is played.
    struct Replay: Sendable {
        let lines: [RecordedLine]
        let speed: Double
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
    /// What the embedded broker's block of the configuration says; where it listens is above.
    var broker: BrokerConfiguration?
    /// How the gateway serves clients; where it listens is above.
    var gateway = GatewayConfiguration()
    /// Whether the process ends when the external NATS server is lost.
    var exitsOnDisconnect = false
    /// The databases that stores serve.
    var databases: [StoreConfiguration] = []
    /// The sources given on the command line, of which the databases were made.
    var sources: [Source] = []
    /// Where to write down what the gateway and the services say to each other.
    var recording: String?
    /// A recording that is played in the place of services.
    var replay: Replay?
    /// Who reaches the console and the resources below `$sys`.
    var console = ConsoleReach.local
    /// What is to go wrong on purpose, and from which seed chance comes.
    var chaos: (rules: [ChaosRule], seed: UInt64?) = ([], nil)
    /// The folder whose files are served beside the API.
    var staticFolder: String?
    /// What is read again while the server runs; nil for a plan without a configuration.
    var configuration: ResdevConfiguration?
    /// What runs beside the server.
    var companion: CompanionCommand?
    /// Whether keys of the terminal do something, where the process has one.
    var takesKeys = false
    /// What people should know of how the plan came about.
    var remarks: [String] = []
    /// Where to say that the server is up.
    var readyFile: ReadyFile?
    var style: Style
    var logger: Logger

    init(_ options: ServerOptions) {
        host = options.addr ?? "127.0.0.1"
        strictPorts = options.strictPort
        readyFile = options.readyFile.map { ReadyFile(path: $0) }
        style = options.log == .json ? .records : .banner
        logger = options.logger
    }

    /// Takes what a configuration says of all roles; the databases are its own, or the sources given.
    mutating func adopt(_ configuration: ResdevConfiguration, sources: [Source]) throws(StartFailure) {
        broker = configuration.broker
        gateway = configuration.gateway ?? gateway
        databases = try configuration.stores(of: sources)
        self.sources = sources
        self.configuration = configuration
    }

    /// A plan without roles, to be filled in.
    init(logger: Logger) {
        host = "127.0.0.1"
        strictPorts = false
        style = .records
        self.logger = logger
    }
}

extension GatewayConfiguration {
    /// Has PUT, PATCH and DELETE call the methods of a store's rows, where no others are named.
    mutating func mapMethodsOfStore() {
        putMethod = putMethod ?? "put"
        patchMethod = patchMethod ?? "set"
        deleteMethod = deleteMethod ?? "delete"
    }
}
