public import ArgumentParser
public import Logging
import NIOCore
import RESProtocol

/// What every role that runs as a server can be told.
struct ServerOptions: ParsableArguments {
    @Option(
        name: [.customShort("i"), .long],
        help: ArgumentHelp(
            "IP address to listen on; 0.0.0.0, a gateway's default, opens the server to the network.",
            valueName: "ip"
        )
    )
    var addr: String?

    @Flag(help: "Fail when a port is taken, instead of taking the next free one.")
    var strictPort = false

    @Option(
        help: ArgumentHelp("Write the chosen URLs to this file once everything is up.", valueName: "file")
    )
    var readyFile: String?

    @Option(help: "Log lines for people or for programs (default: text).")
    var log: LogFormat?

    @Option(help: "The least serious records to log (default: info).")
    var logLevel: Logger.Level?

    /// What is not given, as a configuration has it.
    mutating func complete(by configuration: ResdevConfiguration) throws {
        addr = addr ?? configuration.addr
        strictPort = strictPort || configuration.strictPort ?? false
        readyFile = readyFile ?? configuration.readyFile
        log = log ?? configuration.log
        logLevel = logLevel ?? configuration.logLevel
        try validate()
    }

    /// A logger as the options ask for it.
    var logger: Logger {
        Logger(label: "resdev") { [log, logLevel] label in
            LineLogHandler(
                threshold: LogThreshold(logLevel ?? .info),
                format: log ?? .text,
                label: label
            )
        }
    }

    func validate() throws {
        guard let addr else { return }
        guard (try? SocketAddress(ipAddress: addr, port: 0)) != nil else {
            throw ValidationError(
                "--addr takes an IP address, such as 127.0.0.1 or 0.0.0.0, and not '\(addr)'."
            )
        }
    }
}

extension LogFormat: ExpressibleByArgument {}
extension Logger.Level: @retroactive ExpressibleByArgument {}

/// A TCP port as an option's value: 0 for any free one.
struct Port: ExpressibleByArgument, Equatable {
    let number: Int

    init?(argument: String) {
        guard let number = Int(argument), 0...65_535 ~= number else { return nil }
        self.number = number
    }

    var defaultValueDescription: String { "\(number)" }

    static let http = Port(number: 8080)
    static let nats = Port(number: 4222)

    private init(number: Int) {
        self.number = number
    }
}

extension NATSOptions {
    /// The servers of a `--nats` option.
    init(argument: String) throws {
        do {
            try self.init(urls: argument)
        } catch {
            throw ValidationError("\(error.message)")
        }
        version = resdevVersion
    }
}
