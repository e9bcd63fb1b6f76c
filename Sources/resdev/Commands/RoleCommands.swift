import ArgumentParser
import RESProtocol

/// `resdev broker`: the NATS-compatible broker alone.
struct BrokerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "broker",
        abstract: "Run the NATS-compatible broker alone.",
        usage: "resdev broker [options]"
    )

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Port for NATS clients; 0 for any free one.", valueName: "port")
    )
    var port: Port = .nats

    @OptionGroup(title: "Server options") var server: ServerOptions

    func run() throws {
        var plan = ServerPlan(server)
        plan.brokerPort = port.number
        try Server.run(plan)
    }
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
        usage: "resdev store [<source> ...] --nats <url> [options]"
    )

    @OptionGroup(title: "Source options") var source: SourceOptions

    @Option(
        help: ArgumentHelp("NATS server, as nats://host:4222.", valueName: "url"),
        transform: NATSOptions.init(argument:)
    )
    var nats: NATSOptions?

    @OptionGroup(title: "Configuration options") var file: ConfigurationOptions

    @OptionGroup(title: "Server options") var server: ServerOptions

    func run() throws {
        let configuration = try ResdevConfiguration.load(file.config)
        var server = server
        try server.complete(by: configuration)
        var plan = ServerPlan(server)
        try plan.adopt(configuration, sources: try source.sources())
        guard !plan.databases.isEmpty else {
            throw ValidationError(
                "Name a database to serve, as in 'resdev store library.db', or a file with databases by --config."
            )
        }
        guard let nats = try nats ?? configuration.nats.map({ try NATSOptions(argument: $0) }) else {
            throw ValidationError("Name a NATS server, as in --nats nats://localhost:4222.")
        }
        plan.nats = nats
        try Server.run(plan)
    }
}
