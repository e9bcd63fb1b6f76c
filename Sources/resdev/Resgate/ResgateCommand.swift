import Gateway
import Glibc
import Logging
import RESProtocol

/// `resgate`: what the program is when it is started under that name. Options, files, messages and exit codes are Resgate's.
enum ResgateCommand {
    /// Whether the program was started under the name.
    static func isName(_ path: String) -> Bool {
        path.split(separator: "/").last == "resgate"
    }

    /// Runs what the arguments ask for and ends the process: 0 after an orderly stop or when it only tells about itself,
    /// else 1.
    static func main(_ arguments: [String]) -> Never {
        let values: [String: [String]]
        do throws(FlagSet.Failure) {
            values = try flags.parse(arguments)
        } catch {
            StandardError.write(error.message + "\n")
            return tell(usage)
        }
        if values["h"]?.last == "true" { tell(usage) }
        if values["v"]?.last == "true" {
            tell("resgate  v\(OpenMetricsText.resgateVersion)\nprotocol v\(OpenMetricsText.protocolVersion)")
        }
        do {
            try run(values)
            exit(0)
        } catch {
            let failure = error as? StartFailure ?? StartFailure("\(error)")
            StandardError.write(failure.message + "\n")
            if let remedy = failure.remedy { StandardError.write("\t\(remedy)\n") }
            exit(1)
        }
    }

    private static func tell(_ text: String) -> Never {
        StandardOutput.write(text + "\n")
        exit(0)
    }

    private static func run(_ values: [String: [String]]) throws {
        var configuration = ResgateConfiguration()
        let file = values["c"]?.last ?? ""
        var isMissing = false
        if !file.isEmpty {
            let read = try ResgateConfiguration.read(file)
            isMissing = read == nil
            configuration = read ?? configuration
        }
        try configuration.apply(ResgateOverrides(values))
        if isMissing { try AtomicFile.replace(file, with: configuration.fileText) }
        let logger = Logger(label: "resgate") { [configuration] _ in
            ResgateLogHandler(showsDebug: configuration.debug, showsTrace: configuration.trace)
        }
        if configuration.hasTimeoutInSeconds {
            let seconds = configuration.requestTimeout
            StandardError.write(
                "[DEPRECATED] A request timeout of \(seconds) is taken as seconds; write \(seconds * 1000) milliseconds.\n"
            )
        }
        logger.info("Starting resgate version \(OpenMetricsText.resgateVersion) (resdev \(resdevVersion))")
        var plan = ServerPlan(logger: logger)
        plan.style = .resgate
        plan.strictPorts = true
        try configuration.fill(&plan)
        plan.exitsOnDisconnect = true
        try Server.run(plan)
    }

    private static let flags = FlagSet([
        FlagSet.Flag("h", "help", kind: .bool), FlagSet.Flag("v", "version", kind: .bool),
        FlagSet.Flag("c", "config"), FlagSet.Flag("n", "nats"), FlagSet.Flag("i", "addr"),
        FlagSet.Flag("p", "port", kind: .unsigned), FlagSet.Flag("w", "wspath"), FlagSet.Flag("a", "apipath"),
        FlagSet.Flag("r", "reqtimeout", kind: .integer), FlagSet.Flag("u", "headauth"),
        FlagSet.Flag("t", "wsheadauth"), FlagSet.Flag("m", "metricsport", kind: .unsigned),
        FlagSet.Flag("apiencoding"), FlagSet.Flag("putmethod"), FlagSet.Flag("deletemethod"),
        FlagSet.Flag("patchmethod"), FlagSet.Flag("wscompression", kind: .bool),
        FlagSet.Flag("resetthrottle", kind: .integer), FlagSet.Flag("referencethrottle", kind: .integer),
        FlagSet.Flag("tls", kind: .bool), FlagSet.Flag("tlscert"), FlagSet.Flag("tlskey"),
        FlagSet.Flag("creds"),
        FlagSet.Flag("natscert"), FlagSet.Flag("natskey"), FlagSet.Flag("natsrootca"),
        FlagSet.Flag("alloworigin"), FlagSet.Flag("D", "debug", kind: .bool),
        FlagSet.Flag("V", "trace", kind: .bool), FlagSet.Flag("DV", kind: .bool),
    ])

    private static let usage = """

        Usage: resgate [options]

        Server options:
            -n, --nats <url>                 NATS server (default: nats://127.0.0.1:4222)
            -i, --addr <ip>                  IP address to listen on (default: 0.0.0.0)
            -p, --port <port>                Port for HTTP and WebSocket (default: 8080)
            -w, --wspath <path>              Path of the WebSocket (default: /)
            -a, --apipath <path>             Path that web resources lie below (default: /api/)
            -r, --reqtimeout <milliseconds>  Time that a service has to answer (default: 3000)
            -u, --headauth <method>          Method that authenticates HTTP requests
            -t, --wsheadauth <method>        Method that authenticates WebSocket handshakes
            -m, --metricsport <port>         Port of the OpenMetrics endpoint (default: none)
                --apiencoding <type>         Encoding of web resources: json, jsonflat (default: json)
                --putmethod <name>           Method that HTTP PUT calls
                --deletemethod <name>        Method that HTTP DELETE calls
                --patchmethod <name>         Method that HTTP PATCH calls
                --wscompression              Compress WebSocket messages
                --resetthrottle <limit>      Requests under way at a time after a system reset
                --referencethrottle <limit>  Requests under way at a time to follow references
            -c, --config <file>              Configuration file, made where it is missing

        Security options:
                --tls                        Listen with TLS (default: false)
                --tlscert <file>             Certificate of the server
                --tlskey <file>              Private key of the certificate
                --creds <file>               NATS user credentials
                --natscert <file>            Client certificate for NATS
                --natskey <file>             Private key of that certificate
                --natsrootca <file>          Root certificate for NATS; may be repeated
                --alloworigin <origin>       Allowed origin: *, or <scheme>://<hostname>[:<port>]; may be repeated
                                             (default: *)

        Logging options:
            -D, --debug                      Write debug records
            -V, --trace                      Write every message
            -DV                              Both

        Common options:
            -h, --help                       Show this text
            -v, --version                    Show the version

        """
}

extension ResgateOverrides {
    /// What flags set.
    init(_ values: [String: [String]]) {
        func text(_ name: String) -> String? { values[name]?.last }
        func number(_ name: String) -> Int? {
            text(name).flatMap { UInt($0).map { Int(clamping: $0) } ?? Int($0) }
        }
        func flag(_ name: String) -> Bool? { text(name).map { $0 == "true" } }
        nats = text("n")
        addr = text("i")
        port = number("p")
        wspath = text("w")
        apipath = text("a")
        reqtimeout = number("r")
        headauth = text("u")
        wsheadauth = text("t")
        metricsport = number("m")
        apiencoding = text("apiencoding")
        putmethod = text("putmethod")
        deletemethod = text("deletemethod")
        patchmethod = text("patchmethod")
        wscompression = flag("wscompression")
        resetthrottle = number("resetthrottle")
        referencethrottle = number("referencethrottle")
        tls = flag("tls")
        tlscert = text("tlscert")
        tlskey = text("tlskey")
        creds = text("creds")
        natscert = text("natscert")
        natskey = text("natskey")
        natsrootca = values["natsrootca"]
        alloworigin = values["alloworigin"]
        let both = flag("DV") == true ? true : nil
        debug = both ?? flag("D")
        trace = both ?? flag("V")
    }
}
