import EmbeddedBroker
import Glibc
import Logging
import NIOCore

/// What a broker's process says: its log, and, called as `resdev broker`, its banner.
struct BrokerOutput: Sendable {
    let logger: Logger
    private let program: BrokerProgram
    private let destination: LogDestination
    private let level: LogThreshold
    private let showsBanner: Bool

    /// - Throws: when the log file cannot be opened, or the log level is none.
    init(
        _ arguments: BrokerArguments,
        _ configuration: BrokerConfiguration,
        _ program: BrokerProgram
    ) throws(StartFailure) {
        let log = configuration.log
        if log.syslog || log.remoteSyslog != nil {
            throw StartFailure(
                "syslog is not supported",
                remedy: "lines on standard error reach the system's log through systemd or logger(1)"
            )
        }
        let level = LogThreshold(try Self.level(arguments, log))
        let destination = try Self.destination(log)
        self.program = program
        self.level = level
        self.destination = destination
        let format = arguments.logFormat
        showsBanner = program == .resdev && format != .json
        let style = NATSServerLogHandler.Style(timestamps: log.timestamps, inUTC: log.timestampsInUTC)
        logger = Logger(label: "broker") { label -> any LogHandler in
            if program == .resdev, log.file == nil || format != nil {
                return LineLogHandler(
                    threshold: level,
                    format: format ?? .text,
                    label: label,
                    destination: destination
                )
            }
            return NATSServerLogHandler(threshold: level, style: style, destination: destination)
        }
    }

    private static func destination(_ log: BrokerLog) throws(StartFailure) -> LogDestination {
        guard let path = log.file else { return .standardError }
        return try LogDestination(
            .init(path: path, sizeLimit: log.fileSizeLimit, maximumCount: log.maximumFiles)
        )
    }

    private static func level(_ arguments: BrokerArguments, _ log: BrokerLog) throws(StartFailure)
        -> Logger.Level
    {
        guard let name = arguments.logLevel else { return level(log) }
        guard let level = Logger.Level(rawValue: name) else {
            let known = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw StartFailure("--log-level takes one of \(known), and not '\(name)'")
        }
        return level
    }

    private static func level(_ log: BrokerLog) -> Logger.Level {
        log.trace ? .trace : log.debug ? .debug : .info
    }

    // MARK: The log

    /// Opens the log file anew.
    func reopenLog() {
        guard destination.isFile else {
            logger.info("File log re-open ignored, not a file logger")
            return
        }
        do {
            try destination.reopen()
            logger.info("File log re-opened")
        } catch {
            logger.error("\(error.message)")
        }
    }

    /// Logs as much as a new configuration says.
    func apply(_ log: BrokerLog) { level.set(Self.level(log)) }

    // MARK: Starting

    /// Takes the next free port when the wanted one is taken.
    ///
    /// - Returns: what people should know about it.
    static func choosePort(
        _ configuration: inout BrokerConfiguration,
        strictly: Bool
    ) throws(StartFailure) -> String? {
        guard let wanted = configuration.port,
            (try? SocketAddress(ipAddress: configuration.host, port: 0)) != nil
        else { return nil }
        let choice = try PortChoice.choose(wanted, on: configuration.host, for: "NATS", strictly: strictly)
        configuration.port = choice.port
        return choice.remark
    }

    /// The broker is about to start.
    func starting(_ broker: EmbeddedBroker, _ settings: BrokerSettings, unsupported: [String]) {
        if program == .natsServer {
            logger.info("Starting nats-server")
            logger.info("  Version:  \(EmbeddedBroker.compatibleVersion)")
            logger.info("  Git:      [resdev \(resdevVersion)]")
            logger.info("  Name:     \(broker.serverName)")
            logger.info("  ID:       \(broker.serverID)")
            if let file = settings.file {
                logger.info("Using configuration file: \(file.path) (\(file.digest))")
            }
        }
        for warning in settings.configuration.warnings { logger.warning("\(warning)") }
        for feature in unsupported {
            logger.warning("\(feature) is not part of this broker: it serves core NATS, and runs without")
        }
        if settings.configuration.hasPlainPasswords {
            logger.log(
                level: program == .natsServer ? .warning : .debug,
                "Plaintext passwords detected, use nkeys or bcrypt"
            )
        }
    }

    /// The broker listens.
    func ready(
        _ addresses: BrokerAddresses,
        _ arguments: BrokerArguments,
        remark: String?
    ) throws(StartFailure) {
        if program == .natsServer {
            for url in addresses.monitoring {
                let parts = url.split(separator: "://")
                logger.info("Starting \(parts[0]) monitor on \(parts[1])")
            }
            for url in addresses.webSocket { logger.info("Listening for websocket clients on \(url)") }
            if let url = addresses.nats.first {
                logger.info("Listening for client connections on \(url.split(separator: "://")[1])")
            }
            logger.info("Server is ready")
            return
        }
        greet(addresses, remark: remark)
        guard let file = arguments.readyFile else { return }
        var ready = ServerAddresses()
        ready.nats = addresses.nats.first
        try ReadyFile(path: file).write(ready)
    }

    private func greet(_ addresses: BrokerAddresses, remark: String?) {
        guard showsBanner else {
            if let remark { logger.notice("\(remark)") }
            logger.info("ready", metadata: ["nats": "\(addresses.nats.first ?? "")"])
            return
        }
        var banner = Banner()
        banner.nats = addresses.nats.first
        banner.monitoring = addresses.monitoring.first
        if let remark { banner.remarks.append(remark) }
        let lines = banner.lines(inColour: StandardOutput.showsColour)
        StandardOutput.write(lines.joined(separator: "\n") + "\n")
    }

    // MARK: Failing

    /// Why the broker could not start.
    func failure(_ error: any Error) -> StartFailure {
        if let failure = error as? StartFailure { return failure }
        return fatal("\(error)")
    }

    /// Logs, where nats-server does, what ends the process.
    func fatal(_ message: String) -> StartFailure {
        guard program == .natsServer else { return StartFailure(message) }
        logger.critical("\(message)")
        return StartFailure("")
    }
}
