/// The flags of nats-server, and what resdev adds to them in `resdev broker`.
enum BrokerFlag: CaseIterable {
    case host, port, serverName, pidFile, httpPort, httpsPort, configuration, check, signal
    case clientAdvertise, portsFileFolder
    case logFile, logTime, logTimeUTC, syslog, remoteSyslog, debug, trace, traceVerbose
    case debugAndTrace, debugAndTraceVerbose, logSizeLimit, maximumTracedLength
    case jetStream, storeFolder
    case user, password, token
    case tls, tlsCertificate, tlsKey, tlsVerify, tlsAuthority
    case routes, cluster, clusterName, noAdvertise, clusterAdvertise, connectRetries, clusterListen
    case profile
    case help, version, helpTLS
    case strictPort, readyFile, logLevel

    /// What a flag's value is.
    enum Kind: Equatable {
        /// True where the flag stands alone.
        case bool
        case text
        case integer
    }

    /// Its names, the usual one first, without dashes.
    var names: [String] {
        switch self {
        case .host: ["addr", "a", "net"]
        case .port: ["port", "p"]
        case .serverName: ["name", "n", "server_name"]
        case .pidFile: ["pid", "P"]
        case .httpPort: ["http_port", "m"]
        case .httpsPort: ["https_port", "ms"]
        case .configuration: ["config", "c"]
        case .check: ["t"]
        case .signal: ["signal", "sl"]
        case .clientAdvertise: ["client_advertise"]
        case .portsFileFolder: ["ports_file_dir"]
        case .logFile: ["log", "l"]
        case .logTime: ["logtime", "T"]
        case .logTimeUTC: ["logtime_utc"]
        case .syslog: ["syslog", "s"]
        case .remoteSyslog: ["remote_syslog", "r"]
        case .debug: ["debug", "D"]
        case .trace: ["trace", "V"]
        case .traceVerbose: ["VV"]
        case .debugAndTrace: ["DV"]
        case .debugAndTraceVerbose: ["DVV"]
        case .logSizeLimit: ["log_size_limit"]
        case .maximumTracedLength: ["max_traced_msg_len"]
        case .jetStream: ["jetstream", "js"]
        case .storeFolder: ["store_dir", "sd"]
        case .user: ["user"]
        case .password: ["pass"]
        case .token: ["auth"]
        case .tls: ["tls"]
        case .tlsCertificate: ["tlscert"]
        case .tlsKey: ["tlskey"]
        case .tlsVerify: ["tlsverify"]
        case .tlsAuthority: ["tlscacert"]
        case .routes: ["routes"]
        case .cluster: ["cluster"]
        case .clusterName: ["cluster_name"]
        case .noAdvertise: ["no_advertise"]
        case .clusterAdvertise: ["cluster_advertise"]
        case .connectRetries: ["connect_retries"]
        case .clusterListen: ["cluster_listen"]
        case .profile: ["profile"]
        case .help: ["help", "h"]
        case .version: ["version", "v"]
        case .helpTLS: ["help_tls"]
        case .strictPort: ["strict-port"]
        case .readyFile: ["ready-file"]
        case .logLevel: ["log-level"]
        }
    }

    var kind: Kind {
        switch self {
        case .check, .logTime, .logTimeUTC, .syslog, .debug, .trace, .traceVerbose, .debugAndTrace,
            .debugAndTraceVerbose, .jetStream, .tls, .tlsVerify, .noAdvertise, .help, .version, .helpTLS,
            .strictPort:
            .bool
        case .port, .httpPort, .httpsPort, .logSizeLimit, .maximumTracedLength, .connectRetries, .profile:
            .integer
        default: .text
        }
    }

    /// Whether `resdev broker` alone knows it.
    var isResdevs: Bool { [.strictPort, .readyFile, .logLevel].contains(self) }

    /// The flag of a name.
    static func named(_ name: String, for program: BrokerProgram) -> BrokerFlag? {
        allCases.first { $0.names.contains(name) && (program == .resdev || !$0.isResdevs) }
    }
}

/// As which program the broker was called.
enum BrokerProgram: Equatable {
    /// Under the name `nats-server`: everything is as there.
    case natsServer
    /// As `resdev broker`: for this machine only unless told otherwise, and with a banner.
    case resdev
}
