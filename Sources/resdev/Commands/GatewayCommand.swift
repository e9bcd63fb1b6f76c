import ArgumentParser
import Gateway
import Logging
import RESProtocol

/// `resdev gateway`: the RES gateway alone, on a NATS server. Options have Resgate's names and defaults.
struct GatewayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gateway",
        abstract: "Run the RES gateway alone, on a NATS server.",
        usage: "resdev gateway [options]",
        discussion: """
            Every option may stand in a file instead (--config), as Resgate's JSON or in the simpler form of resdev.conf.
            Under the name 'resgate' this program is a drop-in Resgate, with its messages and exit codes.
            """
    )

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "NATS server, as nats://host:4222 (default: nats://127.0.0.1:4222).",
            valueName: "url"
        ),
        transform: NATSOptions.init(argument:)
    )
    var nats: NATSOptions?

    @OptionGroup(title: "NATS options") var natsClient: NATSClientOptions

    @Option(
        name: .shortAndLong,
        parsing: .unconditional,
        help: ArgumentHelp(
            "Port for HTTP and WebSocket; 0 for any free one (default: 8080).",
            valueName: "port"
        )
    )
    var port: Port?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "File with settings; one that is not there is made, with those given.",
            valueName: "file"
        )
    )
    var config: String?

    @Flag(help: "End, with exit code 1, when the NATS server is lost, instead of waiting for it.")
    var exitOnDisconnect = false

    @OptionGroup(title: "Gateway options") var gateway: GatewayOptions

    @OptionGroup(title: "Chaos options") var chaos: ChaosOptions

    @OptionGroup(title: "Server options") var server: ServerOptions

    func run() throws {
        var configuration = ResgateConfiguration()
        var isMissing = false
        if let config {
            let read = try ResgateConfiguration.read(config)
            isMissing = read == nil
            configuration = read ?? configuration
        }
        var overrides = gateway.overrides
        overrides.addr = server.addr
        overrides.port = port?.number
        overrides.creds = natsClient.creds
        overrides.natscert = natsClient.natscert
        overrides.natskey = natsClient.natskey
        overrides.natsrootca = natsClient.natsrootca.isEmpty ? nil : natsClient.natsrootca
        overrides.nats = nats.map { $0.servers.map { "\($0)" }.joined(separator: ",") }
        try configuration.apply(overrides)
        if isMissing, let config { try AtomicFile.replace(config, with: configuration.fileText) }
        var plan = ServerPlan(server)
        if configuration.trace {
            plan.logger.logLevel = .trace
        } else if configuration.debug, plan.logger.logLevel > .debug {
            plan.logger.logLevel = .debug
        }
        try configuration.fill(&plan)
        // The URL of the command line still has its password.
        plan.nats =
            nats.map { options in
                var options = options
                options.authentication = plan.nats?.authentication ?? .none
                return options
            } ?? plan.nats
        if port?.number == 0 { plan.gatewayPort = 0 }
        if var options = plan.nats {
            try natsClient.apply(to: &options)
            plan.nats = options
        }
        plan.exitsOnDisconnect = exitOnDisconnect
        plan.chaos = try chaos.plan()
        try Server.run(plan)
    }
}

/// How clients are served.
struct GatewayOptions: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Path of the WebSocket (default: /).", valueName: "path")
    )
    var wspath: String?

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Path that web resources lie below (default: /api/).", valueName: "path")
    )
    var apipath: String?

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Time that a service has to answer (default: 3000).", valueName: "milliseconds")
    )
    var reqtimeout: Int?

    @Option(
        name: [.customShort("u"), .long],
        help: ArgumentHelp("Method that authenticates HTTP requests.", valueName: "method")
    )
    var headauth: String?

    @Option(
        name: [.customShort("t"), .long],
        help: ArgumentHelp("Method that authenticates WebSocket handshakes.", valueName: "method")
    )
    var wsheadauth: String?

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Port of the OpenMetrics endpoint (default: none).", valueName: "port")
    )
    var metricsport: Int?

    @Option(
        help: ArgumentHelp("Encoding of web resources: json or jsonflat (default: json).", valueName: "type")
    )
    var apiencoding: String?

    @Option(help: ArgumentHelp("Method that HTTP PUT calls.", valueName: "method"))
    var putmethod: String?

    @Option(help: ArgumentHelp("Method that HTTP DELETE calls.", valueName: "method"))
    var deletemethod: String?

    @Option(help: ArgumentHelp("Method that HTTP PATCH calls.", valueName: "method"))
    var patchmethod: String?

    @Flag(help: "Compress WebSocket messages for clients that offer it.")
    var wscompression = false

    @Option(help: ArgumentHelp("Requests under way at a time after a system reset.", valueName: "limit"))
    var resetthrottle: Int?

    @Option(help: ArgumentHelp("Requests under way at a time to follow references.", valueName: "limit"))
    var referencethrottle: Int?

    @Flag(help: "Listen with TLS.")
    var tls = false

    @Option(help: ArgumentHelp("Certificate of the server, a PEM file.", valueName: "file"))
    var tlscert: String?

    @Option(help: ArgumentHelp("Private key of the certificate, a PEM file.", valueName: "file"))
    var tlskey: String?

    @Option(
        help: ArgumentHelp(
            "Origin of pages that may use the gateway: *, or <scheme>://<host>[:<port>]; may be repeated (default: *).",
            valueName: "origin"
        )
    )
    var alloworigin: [String] = []

    @Flag(name: [.customShort("D"), .long], help: "Write debug records.")
    var debug = false

    @Flag(name: [.customShort("V"), .long], help: "Write every message.")
    var trace = false

    /// The same, as they go before the settings of a file.
    var overrides: ResgateOverrides {
        var overrides = ResgateOverrides()
        overrides.wspath = wspath
        overrides.apipath = apipath
        overrides.reqtimeout = reqtimeout
        overrides.headauth = headauth
        overrides.wsheadauth = wsheadauth
        overrides.metricsport = metricsport
        overrides.apiencoding = apiencoding
        overrides.putmethod = putmethod
        overrides.deletemethod = deletemethod
        overrides.patchmethod = patchmethod
        overrides.wscompression = wscompression ? true : nil
        overrides.resetthrottle = resetthrottle
        overrides.referencethrottle = referencethrottle
        overrides.tls = tls ? true : nil
        overrides.tlscert = tlscert
        overrides.tlskey = tlskey
        overrides.alloworigin = alloworigin.isEmpty ? nil : alloworigin
        overrides.debug = debug ? true : nil
        overrides.trace = trace ? true : nil
        return overrides
    }
}
