import Logging
import RESProtocol

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
    /// The databases that stores serve.
    var sources: [Source] = []
    /// Where to say that the server is up.
    var readyFile: ReadyFile?
    /// Whether to greet people; programs read the log instead.
    var showsBanner: Bool
    var logger: Logger

    init(_ options: ServerOptions) {
        host = options.addr
        strictPorts = options.strictPort
        readyFile = options.readyFile.map { ReadyFile(path: $0) }
        showsBanner = options.log == .text
        logger = options.logger
    }
}
