import Testing

@testable import resdev

@Suite("The broker's command line is read as nats-server reads it")
struct BrokerArgumentsTests {
    private func read(_ line: String, as program: BrokerProgram = .natsServer) -> BrokerArguments.Request {
        BrokerArguments.read(line.split(separator: " ").map(String.init), as: program)
    }

    private func arguments(_ line: String, as program: BrokerProgram = .natsServer) throws -> BrokerArguments
    {
        guard case .run(let arguments) = read(line, as: program) else {
            throw Unexpected(request: read(line, as: program))
        }
        return arguments
    }

    private struct Unexpected: Error {
        let request: BrokerArguments.Request
    }

    @Test(arguments: ["-p 4333", "--port 4333", "-port=4333", "--p=4333", "-p=0x10ed", "-p 0b1000011101101"])
    func aPortInEveryForm(_ line: String) throws {
        #expect(try arguments(line).port == 4333)
    }

    @Test(arguments: ["-a h", "--addr h", "-net h", "--net=h"])
    func anAddressInEveryForm(_ line: String) throws {
        #expect(try arguments(line).host == "h")
    }

    @Test(
        arguments: [
            ("-D", true, nil), ("-debug=true", true, nil), ("-D=0", false, nil), ("-V", nil, true),
            ("-DV", true, true),
            ("-DVV", true, true), ("-VV", nil, true), ("-DV -D=F", false, true),
        ] as [(String, Bool?, Bool?)]
    )
    func debugAndTrace(_ line: String, _ debug: Bool?, _ trace: Bool?) throws {
        let arguments = try arguments(line)
        #expect(arguments.debug == debug)
        #expect(arguments.trace == trace)
    }

    @Test func whatFollowsAFlagIsItsValueWhateverItLooksLike() throws {
        let arguments = try arguments("--user -p --pass --auth -p -1 -m 0 -user=a=b")
        #expect(arguments.user == "a=b")
        #expect(arguments.password == "--auth")
        #expect(arguments.port == -1)
        #expect(arguments.httpPort == 0)
    }

    @Test func filesAndNames() throws {
        let arguments = try arguments(
            "-n one -P pid -l log -c conf --ports_file_dir dir --client_advertise x:1 --log_size_limit 10 -T=false"
        )
        #expect(arguments.serverName == "one")
        #expect(arguments.pidFile == "pid")
        #expect(arguments.logFile == "log")
        #expect(arguments.configurationFile == "conf")
        #expect(arguments.portsFileFolder == "dir")
        #expect(arguments.clientAdvertise == "x:1")
        #expect(arguments.logSizeLimit == 10)
        #expect(arguments.timestamps == false)
    }

    @Test func tlsFlags() throws {
        let arguments = try arguments("--tlsverify --tlscert c --tlskey k --tlscacert a")
        #expect(arguments.tls && arguments.tlsVerify)
        #expect([arguments.tlsCertificate, arguments.tlsKey, arguments.tlsAuthority] == ["c", "k", "a"])
    }

    @Test(arguments: [
        "-js", "--jetstream -sd dir",
        "--cluster nats://h:1 --routes x,y --cluster_name c --connect_retries 3",
    ])
    func whatThisBrokerHasNotIsNamedAndNoError(_ line: String) throws {
        #expect(try arguments(line).unsupported.count == 1)
    }

    @Test(arguments: [
        ("--bogus", "flag provided but not defined: -bogus"),
        ("-p x", "invalid value \"x\" for flag -p: parse error"),
        ("-p 1.5", "invalid value \"1.5\" for flag -p: parse error"),
        ("-p 99999999999999999999", "invalid value \"99999999999999999999\" for flag -p: parse error"),
        ("-p", "flag needs an argument: -p"),
        ("--user", "flag needs an argument: -user"),
        ("-D=x", "invalid boolean value \"x\" for -D: parse error"),
        ("---p", "bad flag syntax: ---p"),
        ("--=1", "bad flag syntax: --=1"),
        ("--strict-port", "flag provided but not defined: -strict-port"),
    ])
    func misreadings(_ line: String, _ problem: String) {
        #expect(read(line) == .misread(problem))
    }

    @Test(arguments: [
        ("foo", "unrecognized command: \"foo\""),
        ("-", "unrecognized command: \"-\""),
        ("-- -p", "unrecognized command: \"-p\""),
        ("-n a b", "unrecognized command: \"b\""),
        ("-t", "must specify [-c, --config] option to check configuration file syntax"),
        ("--tls", "TLS Server certificate must be present and valid"),
        ("--tlscert c", "TLS Server private key must be present and valid"),
        ("--routes nats://h:1", "solicited routes require cluster capabilities, e.g. --cluster"),
        ("-m -1 -ms -1", "can't specify both HTTP (-1) and HTTPs (-1) ports"),
        ("-p 65536", "65536 is no port: a port is a number up to 65535, or -1 for any free one"),
        ("-m -2", "-2 is no port: a port is a number up to 65535, or -1 for any free one"),
    ])
    func refusals(_ line: String, _ problem: String) {
        #expect(read(line) == .refused(problem))
    }

    @Test func otherRequests() {
        #expect(read("-h") == .help)
        #expect(read("help me") == .help)
        #expect(read("--help -p x") != .help)
        #expect(read("-v") == .version)
        #expect(read("version") == .version)
        #expect(read("--help_tls") == .helpTLS)
        #expect(read("-sl ldm") == .signal(BrokerSignal(command: .ldm, target: .only)))
        #expect(
            read("--signal=reload=/run/pid")
                == .signal(BrokerSignal(command: .reload, target: .named("/run/pid")))
        )
        guard case .refused(let problem) = read("-sl restart") else { return #expect(Bool(false)) }
        #expect(problem.contains("restart") && problem.contains("reload"))
        guard case .check(let arguments) = read("-t -c file") else { return #expect(Bool(false)) }
        #expect(arguments.configurationFile == "file")
    }

    @Test func resdevsOwnFlagsStandBesideThem() throws {
        let arguments = try arguments(
            "--port 0 --strict-port --ready-file r --log json --log-level debug",
            as: .resdev
        )
        #expect(arguments.strictPort && arguments.port == 0)
        #expect(arguments.readyFile == "r")
        #expect(arguments.logFormat == .json && arguments.logFile == nil)
        #expect(arguments.logLevel == "debug")
        #expect(try self.arguments("--log out.log", as: .resdev).logFile == "out.log")
    }

    @Test(arguments: [
        (["/usr/bin/nats-server", "-p", "1"], BrokerProgram.natsServer, ["-p", "1"]),
        (["nats-server"], .natsServer, []),
        (["resdev", "broker", "-p", "1"], .resdev, ["-p", "1"]),
        (["resdev", "help", "broker"], .resdev, ["--help"]),
    ])
    func theNameDecidesWhichProgramItIs(_ words: [String], _ program: BrokerProgram, _ arguments: [String])
        throws
    {
        let called = try #require(BrokerProgram.called(by: words))
        #expect(called.program == program)
        #expect(called.arguments == arguments)
    }

    @Test(arguments: [["resdev"], ["resdev", "serve", "x.db"], ["resdev", "--help"], []])
    func otherwiseItIsNoBroker(_ words: [String]) {
        #expect(BrokerProgram.called(by: words) == nil)
    }
}
