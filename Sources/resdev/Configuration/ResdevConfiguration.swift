import EmbeddedBroker
import Gateway
import Logging
import RESProtocol
import Store

/// What `resdev.conf` and the environment say: one file for all roles.
///
/// Everything is optional; what the command line says goes before.
struct ResdevConfiguration: Sendable {
    /// IP address that all roles listen on.
    var addr: String?
    /// Port for HTTP and WebSocket.
    var port: Int?
    /// Port of the embedded broker.
    var natsPort: Int?
    /// The external NATS server that is the bus.
    var nats: String?
    var strictPort: Bool?
    var readyFile: String?
    var log: LogFormat?
    var logLevel: Logger.Level?
    /// The block of the broker, in nats-server's words.
    var broker: BrokerConfiguration?
    /// The block of the gateway, in Resgate's words.
    var gateway: GatewayConfiguration?
    /// The databases, in the order of the file.
    var databases: [StoreConfiguration] = []
    /// The text as it was read, and where; nil without a file.
    var file: (path: String, map: ConfigurationMap)?

    /// The fields at the top of a file.
    static let fieldNames = [
        "addr", "port", "nats_port", "nats", "strict_port", "ready_file", "log", "log_level", "broker",
        "gateway",
        "databases",
    ]
    /// The file that is read when none is named.
    static let defaultFile = "resdev.conf"
    static let environmentPrefix = "RESDEV_"
    /// Largest file, in bytes.
    static let maximumSize = 1_048_576

    /// Reads a file.
    ///
    /// - Throws: the first thing that is wrong, and where.
    init(reading map: ConfigurationMap, path: String) throws(ConfigurationError) {
        try map.expectOnly(ResdevConfiguration.fieldNames, variablesAllowed: true)
        file = (path, map)
        for field in map.fields { try read(field) }
    }

    init() {}

    private mutating func read(_ field: ConfigurationField) throws(ConfigurationError) {
        let value = field.value
        switch field.key.lowercased() {
        case "addr": addr = try value.string()
        case "port": port = try value.integer(in: 0...65_535)
        case "nats_port": natsPort = try value.integer(in: 0...65_535)
        case "nats": nats = try value.strings().joined(separator: ",")
        case "strict_port": strictPort = try value.bool()
        case "ready_file": readyFile = path(try value.string())
        case "log":
            guard let format = LogFormat(rawValue: try value.string()) else {
                throw value.expected("one of " + LogFormat.allCases.map(\.rawValue).joined(separator: ", "))
            }
            log = format
        case "log_level":
            guard let level = Logger.Level(rawValue: try value.string()) else {
                throw value.expected(
                    "one of " + Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
                )
            }
            logLevel = level
        case "broker": broker = try BrokerConfiguration(reading: value)
        case "gateway": gateway = try GatewayConfiguration(reading: value)
        case "databases":
            for field in try value.map().fields {
                let database = try StoreConfiguration(
                    reading: field.value,
                    name: field.key,
                    folder: folder
                )
                if databases.contains(where: { $0.name == database.name }) {
                    throw ConfigurationError(
                        "another database is called \(database.name) already",
                        at: field.position
                    )
                }
                databases.append(database)
            }
        default: break
        }
    }

    /// What relative paths of the file start from: the folder that it lies in.
    private var folder: String {
        guard let path = file?.path, let slash = path.lastIndex(of: "/") else { return "" }
        return String(path[...slash])
    }

    private func path(_ path: String) -> String { path.hasPrefix("/") ? path : folder + path }
}
