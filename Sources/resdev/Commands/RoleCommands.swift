import ArgumentParser
import RESProtocol

/// `resdev broker`: the NATS-compatible broker alone.
///
/// Here for the list of commands; its arguments are nats-server's, and `BrokerProgram` reads them.
struct BrokerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "broker",
        abstract: "Run the NATS-compatible broker alone.",
        usage: "resdev broker [options]"
    )
}

/// `resdev gateway`: the RES gateway alone, on a NATS server.
struct GatewayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gateway",
        abstract: "Run the RES gateway alone, on a NATS server.",
        usage: "resdev gateway --nats <url> [options]"
    )

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("NATS server, as nats://host:4222.", valueName: "url"),
        transform: NATSOptions.init(argument:)
    )
    var nats: NATSOptions

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Port for HTTP and WebSocket; 0 for any free one.", valueName: "port")
    )
    var port: Port = .http

    @Option(
        name: .customLong("putmethod"),
        help: ArgumentHelp("Method that HTTP PUT calls.", valueName: "method")
    )
    var putMethod: String?

    @Option(
        name: .customLong("patchmethod"),
        help: ArgumentHelp("Method that HTTP PATCH calls.", valueName: "method")
    )
    var patchMethod: String?

    @Option(
        name: .customLong("deletemethod"),
        help: ArgumentHelp("Method that HTTP DELETE calls.", valueName: "method")
    )
    var deleteMethod: String?

    @OptionGroup(title: "Server options") var server: ServerOptions

    func run() throws {
        var plan = ServerPlan(server)
        plan.methods = ServerPlan.Methods(put: putMethod, patch: patchMethod, delete: deleteMethod)
        plan.gatewayPort = port.number
        plan.nats = nats
        try Server.run(plan)
    }
}

/// `resdev store`: a SQLite file as a RES service, on a NATS server.
struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "Run a SQLite file as a RES service, on a NATS server.",
        usage: "resdev store <source> --nats <url> [options]"
    )

    @OptionGroup(title: "Source options") var source: SourceOptions

    @Option(
        help: ArgumentHelp("NATS server, as nats://host:4222.", valueName: "url"),
        transform: NATSOptions.init(argument:)
    )
    var nats: NATSOptions

    @OptionGroup(title: "Server options") var server: ServerOptions

    func run() throws {
        var plan = ServerPlan(server)
        plan.sources = try source.sources()
        plan.nats = nats
        try Server.run(plan)
    }
}
