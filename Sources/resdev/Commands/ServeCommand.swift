import ArgumentParser
import RESProtocol
import Store

/// `resdev serve`: broker, gateway and stores in one process.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve SQLite files as a live API over HTTP, WebSocket and NATS.",
        usage: "resdev serve [<source> ...] [options] [-- <command> ...]",
        discussion: """
            resdev serve library.db -- npm run dev
            resdev -- npm run dev

            Without a source, the one database of the directory is served, or a new dev.db with a small demo. The
            command runs beside the server and ends with it, as the server does with the command; its environment has
            RES_URL, RES_HTTP_URL and NATS_URL.

            Every table of library.db appears as library.books under http://localhost:8080/api/library/books,
            every row as library.books.42, and clients see each change as it happens, whoever makes it.
            """
    )

    @OptionGroup(title: "Source options") var source: SourceOptions

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Port for HTTP and WebSocket; 0 for any free one (default: 8080).",
            valueName: "port"
        )
    )
    var port: Port?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Port of the embedded NATS broker; 0 for any free one (default: 4222).",
            valueName: "port"
        )
    )
    var natsPort: Port?

    @Option(
        help: ArgumentHelp(
            "Use this NATS server as the bus, instead of the embedded broker.",
            valueName: "url"
        ),
        transform: NATSOptions.init(argument:)
    )
    var nats: NATSOptions?

    @OptionGroup(title: "Configuration options") var file: ConfigurationOptions
    @Option(
        name: .customLong("static"),
        help: ArgumentHelp(
            "Serve the files of this folder beside the API, and reload their pages when they change.",
            valueName: "dir"
        )
    )
    var staticFolder: String?

    @Option(help: "Who reaches the console and the resources below $sys: this machine, everyone, or nobody.")
    var console: ConsoleReach = .local

    @OptionGroup(title: "Chaos options") var chaos: ChaosOptions
    @OptionGroup(title: "NATS options") var natsClient: NATSClientOptions

    @OptionGroup(title: "Server options") var server: ServerOptions

    /// The words of the command behind `--`, which `ResdevCommand` makes options of: of two lists of arguments the
    /// parser could not tell the end of the first.
    @Option(name: .customLong(ServeCommand.wordOption), parsing: .unconditionalSingleValue, help: .hidden)
    var command: [String] = []
    static let wordOption = "beside"

    func run() throws {
        try Server.run(plan())
    }

    /// What the arguments come down to.
    func plan() throws -> ServerPlan {
        let configuration = try ResdevConfiguration.load(file.config)
        var server = server
        try server.complete(by: configuration)
        var plan = ServerPlan(server)
        var sources = try source.sources()
        if sources.isEmpty, configuration.databases.isEmpty {
            let (database, isNew) = try DirectoryDatabase.choose()
            sources = [ServerPlan.Source(path: database, databaseFile: nil, name: nil)]
            if isNew { plan.remarks.append("\(database) is new, and holds a small demo") }
        }
        try plan.adopt(configuration, sources: sources)
        plan.companion = CompanionCommand(command)
        plan.takesKeys = plan.style == .banner
        plan.chaos = try chaos.plan()
        plan.console = console
        plan.staticFolder = staticFolder
        plan.gatewayPort = port?.number ?? configuration.port ?? Port.http.number
        plan.gateway.mapMethodsOfStore()
        if var nats = try nats ?? configuration.nats.map({ try NATSOptions(argument: $0) }) {
            try natsClient.apply(to: &nats)
            plan.nats = nats
        }
        plan.brokerPort =
            plan.nats == nil ? natsPort?.number ?? configuration.natsPort ?? Port.nats.number : nil
        return plan
    }
}

/// The databases that a store serves.
struct SourceOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "SQLite files (.db, .sqlite, .sqlite3), served in place, or .sql, .json and .csv, loaded into memory.",
            valueName: "source"
        )
    )
    var source: [String] = []

    @Option(help: ArgumentHelp("Load the source into this file, instead of memory.", valueName: "file"))
    var db: String?

    @Flag(help: "Make a SQLite file where there is none.")
    var create = false

    @Flag(
        help: "Convert SQLite files to write-ahead logging, which lets readers and writers work side by side."
    )
    var wal = false

    @Option(
        help: ArgumentHelp(
            "What a commit waits for: full survives a power cut, normal the end of the process (default: full).",
            valueName: "full|normal"
        )
    )
    var durability: StoreConfiguration.Durability?

    @Option(
        help: ArgumentHelp(
            "Name of the service; the file's name without its ending, if left out.",
            valueName: "name"
        )
    )
    var name: String?

    func validate() throws {
        if source.count != 1, name != nil || db != nil {
            let given = source.isEmpty ? "none is" : "\(source.count) are"
            throw ValidationError("--name and --db go with a single source, and \(given) given.")
        }
    }

    /// The sources, each with the service name that it gets.
    func sources() throws -> [ServerPlan.Source] {
        let sources = source.map { path in
            var made = ServerPlan.Source(
                path: path,
                databaseFile: db,
                name: name,
                creates: create,
                convertsToWAL: wal
            )
            made.durability = durability
            return made
        }
        let byName = Dictionary(grouping: sources, by: \.serviceName)
        if let (name, same) = byName.first(where: { $0.value.count > 1 }) {
            throw StartFailure(
                "\(same.map(\.path).joined(separator: " and ")) would both be served as '\(name)'",
                remedy: "rename one of the files, or serve it by itself with --name"
            )
        }
        return sources
    }
}

extension StoreConfiguration.Durability: ExpressibleByArgument {}
