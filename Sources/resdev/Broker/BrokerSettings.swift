import EmbeddedBroker
import Glibc
import RESProtocol

/// How a broker is to run: what its configuration file says, and over it what its command line says.
struct BrokerSettings: Sendable {
    var configuration: BrokerConfiguration
    /// The file that was read, and a digest of its text.
    var file: (path: String, digest: String)?

    /// Reads the configuration file, if there is one, and applies the flags.
    ///
    /// - Throws: what is wrong, with file, line and column where it is in a file.
    static func load(
        _ arguments: BrokerArguments,
        as program: BrokerProgram
    ) throws(StartFailure) -> BrokerSettings {
        var settings = BrokerSettings(configuration: BrokerConfiguration())
        if program == .natsServer { settings.configuration.host = "0.0.0.0" }
        if let path = arguments.configurationFile { try settings.read(path) }
        settings.apply(arguments, as: program)
        try settings.check()
        return settings
    }

    private mutating func read(_ path: String) throws(StartFailure) {
        let text: String
        do throws(TextFile.Failure) {
            text = try TextFile.read(path, maximumSize: ConfigurationParser.Limits().size)
        } catch {
            throw StartFailure(
                "open \(path): \(error.reason.prefix(1).lowercased() + error.reason.dropFirst())"
            )
        }
        let surroundings = ConfigurationParser.Surroundings(
            read: { path throws(TextFile.Failure) in
                try TextFile.read(path, maximumSize: ConfigurationParser.Limits().size)
            },
            environment: { name in getenv(name).map { String(cString: $0) } }
        )
        do throws(ConfigurationError) {
            let map = try ConfigurationParser.parse(text, file: path, surroundings: surroundings)
            guard !map.fields.isEmpty else { throw Self.emptyFile(path) }
            configuration = try BrokerConfiguration(reading: map)
        } catch {
            throw StartFailure("\(error)")
        }
        file = (path, "sha256:\(SHA256.hexadecimal(of: Array(text.utf8)))")
    }

    private static func emptyFile(_ path: String) -> ConfigurationError {
        let start = ConfigurationPosition(file: path, line: 1, column: 1)
        return ConfigurationError("config has no values or is empty", at: start)
    }

    /// What can only be said once file and flags are put together.
    private func check() throws(StartFailure) {
        let monitoring = configuration.monitoring
        if monitoring.port != nil, monitoring.securePort != nil {
            throw StartFailure("can't specify both HTTP and HTTPs ports")
        }
        if monitoring.securePort != nil, configuration.tls == nil {
            throw StartFailure("TLS cert and key required for HTTPS")
        }
    }

    // MARK: Flags

    private mutating func apply(_ arguments: BrokerArguments, as program: BrokerProgram) {
        if let host = arguments.host { configuration.host = host }
        if let port = arguments.port {
            let free = program == .natsServer ? -1...(-1) : -1...0
            configuration.port = free.contains(port) ? 0 : port == 0 ? 4222 : port
        }
        if let name = arguments.serverName, !name.isEmpty { configuration.serverName = name }
        if let file = arguments.pidFile { configuration.pidFile = file }
        if let folder = arguments.portsFileFolder { configuration.portsFileFolder = folder }
        if let advertise = arguments.clientAdvertise { configuration.clientAdvertise = advertise }
        if let port = arguments.httpPort { configuration.monitoring.port = Self.listenerPort(port) }
        if let port = arguments.httpsPort { configuration.monitoring.securePort = Self.listenerPort(port) }
        applyAccess(arguments)
        applyLog(arguments)
        applyTLS(arguments)
    }

    /// The port of a listener that is there only when a port is named.
    private static func listenerPort(_ number: Int) -> Int? {
        number == 0 ? nil : max(0, number)
    }

    private mutating func applyAccess(_ arguments: BrokerArguments) {
        if let user = arguments.user {
            configuration.access.users = [BrokerUser(name: user, password: arguments.password ?? "")]
        }
        if let token = arguments.token { configuration.access.token = token }
    }

    private mutating func applyLog(_ arguments: BrokerArguments) {
        if let debug = arguments.debug { configuration.log.debug = debug }
        if let trace = arguments.trace { configuration.log.trace = trace }
        if let verbose = arguments.tracesSystemAccount { configuration.log.tracesSystemAccount = verbose }
        if let length = arguments.maximumTracedLength {
            configuration.log.maximumTracedLength = max(0, length)
        }
        if let timestamps = arguments.timestamps { configuration.log.timestamps = timestamps }
        if let utc = arguments.timestampsInUTC { configuration.log.timestampsInUTC = utc }
        if let file = arguments.logFile { configuration.log.file = file }
        if let limit = arguments.logSizeLimit { configuration.log.fileSizeLimit = max(0, limit) }
        if let syslog = arguments.syslog { configuration.log.syslog = syslog }
        if let remote = arguments.remoteSyslog { configuration.log.remoteSyslog = remote }
    }

    private mutating func applyTLS(_ arguments: BrokerArguments) {
        guard arguments.tls else { return }
        var tls = configuration.tls ?? BrokerTLS()
        if let certificate = arguments.tlsCertificate, let key = arguments.tlsKey {
            tls.certificates = [.init(certificateFile: certificate, keyFile: key)]
        }
        if let authority = arguments.tlsAuthority { tls.authorityFile = authority }
        if arguments.tlsVerify { tls.verifiesClients = true }
        configuration.tls = tls
    }
}

extension BrokerConfiguration {
    /// Whether anyone who can read the configuration knows a secret that lets clients in.
    var hasPlainPasswords: Bool {
        let users = access.users + access.accounts.flatMap(\.users)
        let secrets = users.compactMap(\.password) + [access.token].compactMap(\.self)
        return secrets.contains { !$0.isEmpty && !$0.hasPrefix("$2") }
    }
}
