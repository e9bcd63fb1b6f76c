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

    @OptionGroup(title: "NATS options") var natsClient: NATSClientOptions

    @OptionGroup(title: "Server options") var server: ServerOptions

    func run() throws {
        let configuration = try ResdevConfiguration.load(file.config)
        var server = server
        try server.complete(by: configuration)
        var plan = ServerPlan(server)
        try plan.adopt(configuration, sources: try source.sources())
        guard !plan.databases.isEmpty else {
            throw ValidationError(
                "There is no source to serve: name one, as in 'resdev store library.db', or a file with databases by --config."
            )
        }
        guard var nats = try nats ?? configuration.nats.map({ try NATSOptions(argument: $0) }) else {
            throw ValidationError("Name a NATS server, as in --nats nats://localhost:4222.")
        }
        try natsClient.apply(to: &nats)
        plan.nats = nats
        try Server.run(plan)
    }
}
