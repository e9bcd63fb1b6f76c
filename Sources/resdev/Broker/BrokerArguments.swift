/// The words of a broker's command line, read.
struct BrokerArguments: Equatable {
    /// What the command line asks for.
    enum Request: Equatable {
        case run(BrokerArguments)
        /// Say whether a configuration file is good.
        case check(BrokerArguments)
        case help
        case helpTLS
        case version
        /// Send a signal to a broker that runs.
        case signal(BrokerSignal)
        /// It cannot be read; the usage is shown.
        case misread(String)
        /// It can be read, but not done.
        case refused(String)
    }

    var host: String?
    var port: Int?
    var serverName: String?
    var pidFile: String?
    var httpPort: Int?
    var httpsPort: Int?
    var configurationFile: String?
    var clientAdvertise: String?
    var portsFileFolder: String?
    var logFile: String?
    var timestamps: Bool?
    var timestampsInUTC: Bool?
    var syslog: Bool?
    var remoteSyslog: String?
    var debug: Bool?
    var trace: Bool?
    var tracesSystemAccount: Bool?
    var logSizeLimit: Int?
    var maximumTracedLength: Int?
    var user: String?
    var password: String?
    var token: String?
    var tls = false
    var tlsVerify = false
    var tlsCertificate: String?
    var tlsKey: String?
    var tlsAuthority: String?
    /// What was asked for that this broker does not do, in words.
    var unsupported: [String] = []
    var strictPort = false
    var readyFile: String?
    var logLevel: String?
    var logFormat: LogFormat?

    private var wantsCheck = false
    private var wantsHelp = false
    private var wantsTLSHelp = false
    private var wantsVersion = false
    private var signal: String?
    private var routes: String?
    private var clusterListen: String?

    init() {}

    /// Reads the words behind the program's name.
    static func read(_ words: [String], as program: BrokerProgram) -> Request {
        var arguments = BrokerArguments()
        var rest = words[...]
        while let word = rest.first {
            switch FlagSyntax.word(word) {
            case .argument: return arguments.request(rest)
            case .end: return arguments.request(rest.dropFirst())
            case .malformed: return .misread("bad flag syntax: \(word)")
            case .flag(let syntax):
                rest = rest.dropFirst()
                if let problem = arguments.take(syntax, &rest, program) { return .misread(problem) }
            }
        }
        return arguments.request([])
    }

    /// Takes one flag, and its value from the words behind it.
    ///
    /// - Returns: what is wrong with it.
    private mutating func take(
        _ syntax: FlagSyntax,
        _ rest: inout ArraySlice<String>,
        _ program: BrokerProgram
    ) -> String? {
        guard let flag = BrokerFlag.named(syntax.name, for: program) else {
            return "flag provided but not defined: -\(syntax.name)"
        }
        if flag.kind == .bool {
            guard let value = FlagSyntax.bool(syntax.value ?? "true") else {
                return "invalid boolean value \(quoted(syntax.value)) for -\(syntax.name): parse error"
            }
            set(flag, value)
            return nil
        }
        guard let value = syntax.value ?? rest.popFirst() else {
            return "flag needs an argument: -\(syntax.name)"
        }
        if flag.kind == .text {
            set(flag, value, program)
        } else {
            guard let number = FlagSyntax.integer(value) else {
                return "invalid value \(quoted(value)) for flag -\(syntax.name): parse error"
            }
            set(flag, number)
        }
        return nil
    }

    private mutating func set(_ flag: BrokerFlag, _ value: Bool) {
        switch flag {
        case .check: wantsCheck = value
        case .logTime: timestamps = value
        case .logTimeUTC: timestampsInUTC = value
        case .syslog: syslog = value
        case .debug: debug = value
        case .trace: trace = value
        case .traceVerbose: (trace, tracesSystemAccount) = (value, value)
        case .debugAndTrace: (debug, trace) = (value, value)
        case .debugAndTraceVerbose: (debug, trace, tracesSystemAccount) = (value, value, value)
        case .jetStream: if value { unsupported.append("JetStream (-js)") }
        case .tls: tls = value
        case .tlsVerify: tlsVerify = value
        case .help: wantsHelp = value
        case .helpTLS: wantsTLSHelp = value
        case .version: wantsVersion = value
        case .strictPort: strictPort = value
        default: break
        }
    }

    private mutating func set(_ flag: BrokerFlag, _ value: Int) {
        switch flag {
        case .port: port = value
        case .httpPort: httpPort = value
        case .httpsPort: httpsPort = value
        case .logSizeLimit: logSizeLimit = value
        case .maximumTracedLength: maximumTracedLength = value
        case .profile: if value != 0 { unsupported.append("Go's profiles (-profile)") }
        default: break
        }
    }

    private mutating func set(_ flag: BrokerFlag, _ value: String, _ program: BrokerProgram) {
        switch flag {
        case .host: host = value
        case .serverName: serverName = value
        case .pidFile: pidFile = value
        case .configuration: configurationFile = value
        case .signal: signal = value
        case .clientAdvertise: clientAdvertise = value
        case .portsFileFolder: portsFileFolder = value
        case .logFile:
            if program == .resdev, let format = LogFormat(rawValue: value) {
                logFormat = format
            } else {
                logFile = value
            }
        case .remoteSyslog: remoteSyslog = value
        case .user: user = value
        case .password: password = value
        case .token: token = value
        case .tlsCertificate: tlsCertificate = value
        case .tlsKey: tlsKey = value
        case .tlsAuthority: tlsAuthority = value
        case .routes: routes = value
        case .cluster, .clusterListen: clusterListen = value
        case .readyFile: readyFile = value
        case .logLevel: logLevel = value
        default: break
        }
    }

    private func quoted(_ text: String?) -> String { "\"\(text ?? "")\"" }
}

extension BrokerArguments {
    /// What all flags together, and the words behind them, ask for.
    private func request(_ rest: ArraySlice<String>) -> Request {
        if wantsHelp { return .help }
        if wantsVersion { return .version }
        if wantsTLSHelp { return .helpTLS }
        if let signal { return BrokerSignal.request(signal) }
        switch rest.first?.lowercased() {
        case "version": return .version
        case "help": return .help
        case nil: break
        default: return .refused("unrecognized command: \"\(rest.first ?? "")\"")
        }
        var arguments = self
        if let problem = arguments.settle() { return .refused(problem) }
        guard wantsCheck else { return .run(arguments) }
        guard configurationFile != nil else {
            return .refused("must specify [-c, --config] option to check configuration file syntax")
        }
        return .check(arguments)
    }

    /// Draws together what several flags say.
    ///
    /// - Returns: what contradicts itself.
    private mutating func settle() -> String? {
        if routes != nil, clusterListen == nil, configurationFile == nil {
            return "solicited routes require cluster capabilities, e.g. --cluster"
        }
        if clusterListen != nil { unsupported.append("clusters (--cluster)") }
        if tls || tlsVerify || tlsCertificate != nil || tlsKey != nil || tlsAuthority != nil {
            if configurationFile == nil || tlsCertificate != nil || tlsKey != nil {
                if tlsCertificate == nil { return "TLS Server certificate must be present and valid" }
                if tlsKey == nil { return "TLS Server private key must be present and valid" }
            }
            tls = true
        }
        if let httpPort, let httpsPort, httpPort != 0, httpsPort != 0 {
            return "can't specify both HTTP (\(httpPort)) and HTTPs (\(httpsPort)) ports"
        }
        for port in [port, httpPort, httpsPort].compactMap(\.self) where !(-1...65_535 ~= port) {
            return "\(port) is no port: a port is a number up to 65535, or -1 for any free one"
        }
        return nil
    }
}
