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
        usage: "resdev store <source> --nats <url> [options]"
    )

    @OptionGroup(title: "Source options") var source: SourceOptions

    @Option(
        help: ArgumentHelp("NATS server, as nats://host:4222.", valueName: "url"),
        transform: NATSOptions.init(argument:)
    )
    var nats: NATSOptions

    @OptionGroup(title: "NATS options") var natsClient: NATSClientOptions

    @OptionGroup(title: "Server options") var server: ServerOptions

    func run() throws {
        var plan = ServerPlan(server)
        plan.sources = try source.sources()
        var nats = nats
        try natsClient.apply(to: &nats)
        plan.nats = nats
        try Server.run(plan)
    }
}
