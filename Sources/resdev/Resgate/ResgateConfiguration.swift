import Gateway
import Glibc
import NIOCore
import RESProtocol

/// The settings of a Resgate: its configuration file, which command-line options go before.
struct ResgateConfiguration {
    var natsURL = ResgateConfiguration.defaultNATSURL
    /// A credentials file; empty for none, as are the others.
    var natsCredentials = ""
    var natsCertificate = ""
    var natsKey = ""
    var natsRootCAs: [String] = []
    /// As it was given: milliseconds, or seconds where it is 10 at most.
    var requestTimeout = 3000
    /// Of no effect here, where messages do not wait in a buffer; kept so that a file stays what it was.
    var bufferSize = 8192
    var debug = false
    var trace = false
    /// All else. `requestTimeout` is above.
    var gateway = GatewayConfiguration()

    static let defaultNATSURL = "nats://127.0.0.1:4222"
    static let defaultAddress = "0.0.0.0"
    private static let longestTimeout = Int(GatewayConfiguration.maximumTimeout)

    /// Resgate's defaults.
    init() {
        gateway.addr = ResgateConfiguration.defaultAddress
    }

    /// The settings of a file. Members that Resgate does not know are passed over.
    init(reading value: ConfigurationValue) throws(ConfigurationError) {
        self.init()
        let map = try value.map()
        gateway = try GatewayConfiguration(reading: value, ignoresOthers: true)
        if map["addr"].map(\.value.isNull) ?? true { gateway.addr = ResgateConfiguration.defaultAddress }
        if gateway.port == 0 { gateway.port = GatewayConfiguration().port }
        for field in map.fields where !field.value.isNull {
            let value = field.value
            switch field.key.lowercased() {
            case "natsurl": natsURL = try value.string()
            case "natscreds": natsCredentials = try value.string()
            case "natscert": natsCertificate = try value.string()
            case "natskey": natsKey = try value.string()
            case "natsrootcas": natsRootCAs = try value.strings()
            case "buffersize": bufferSize = try value.integer(in: 0...Int(Int32.max))
            case "debug": debug = try value.bool()
            case "trace": trace = try value.bool()
            case "requesttimeout":
                guard case .integer(_, unit: "") = value.content else {
                    requestTimeout = Int(gateway.requestTimeout.nanoseconds / 1_000_000)
                    continue
                }
                requestTimeout = try value.integer(in: 0...ResgateConfiguration.longestTimeout)
            default: break
            }
        }
        fillIn()
    }

    /// The settings of a file, where there is one.
    ///
    /// - Returns: nil when there is no file at the path.
    /// - Throws: what is wrong with the file, and where.
    static func read(_ path: String) throws(StartFailure) -> ResgateConfiguration? {
        guard access(path, F_OK) == 0 || errno != ENOENT else { return nil }
        do {
            let text = try TextFile.read(path, maximumSize: maximumFileSize)
            let surroundings = ConfigurationParser.Surroundings(
                read: { path throws(TextFile.Failure) in
                    try TextFile.read(path, maximumSize: maximumFileSize)
                },
                environment: { name in getenv(name).map { String(cString: $0) } }
            )
            let map = try ConfigurationParser.parse(text, file: path, surroundings: surroundings)
            let start = ConfigurationPosition(file: path, line: 1, column: 1)
            return try ResgateConfiguration(reading: ConfigurationValue(.map(map), at: start))
        } catch let failure as TextFile.Failure {
            throw StartFailure("Error loading config file: \(failure)")
        } catch {
            throw StartFailure("Error parsing config file: \(error)")
        }
    }

    private static let maximumFileSize = 1 << 20

    /// Puts the default where a text or number is empty, which is how Resgate leaves a setting out.
    mutating func fillIn() {
        let defaults = GatewayConfiguration()
        if natsURL.isEmpty { natsURL = ResgateConfiguration.defaultNATSURL }
        if requestTimeout == 0 { requestTimeout = 3000 }
        if bufferSize == 0 { bufferSize = 8192 }
        if gateway.wsPath.isEmpty { gateway.wsPath = defaults.wsPath }
        if gateway.apiPath.isEmpty { gateway.apiPath = defaults.apiPath }
        gateway.requestTimeout = GatewayConfiguration.requestTimeout(number: requestTimeout)
    }

    /// Whether the timeout was given in seconds, as was right long ago.
    var hasTimeoutInSeconds: Bool { 1...10 ~= requestTimeout }
}

extension ResgateConfiguration {
    /// Plans a gateway with these settings.
    ///
    /// - Throws: what is wrong with the address or the credentials of the NATS server.
    func fill(_ plan: inout ServerPlan) throws(StartFailure) {
        // An empty address stands for all of IPv4 and IPv6.
        plan.host = gateway.addr.isEmpty ? "::" : gateway.addr
        plan.gatewayPort = gateway.port
        plan.gateway = gateway
        do throws(NATSError) {
            var options = try NATSOptions(urls: natsURL)
            options.version = resdevVersion
            if !natsCredentials.isEmpty {
                _ = try NATSCredentials(path: natsCredentials)
                options.authentication = .credentialsFile(path: natsCredentials)
            }
            plan.nats = options
        } catch {
            throw StartFailure(error.message)
        }
        try plan.nats?.secure(certificate: natsCertificate, key: natsKey, authorities: natsRootCAs)
    }
}
