import NIOCore
import RESProtocol
import Testing

@testable import EmbeddedBroker

@Suite("another configuration while clients are connected")
struct ReloadTests {
    /// Takes another configuration in a harness as a broker does.
    private func reload(_ harness: SessionHarness, _ text: String) throws {
        let configuration = try BrokerConfigurationTests.read(text)
        harness.environment.authentication = Authentication(configuration)
        harness.environment.limits = SessionLimits(configuration.limits)
        AccountSetup(configuration.access.accounts, router: harness.router)
            .apply(globalMappings: configuration.access.mappings)
        for client in harness.clients { client.session.configurationChanged() }
    }

    @Test("who is no longer known, or has another password, is told so and closed; the others go on")
    func users() throws {
        let harness = try SessionHarness(
            "authorization { users [{user: a, pass: p}, {user: b, pass: p}, {user: c, pass: p}] }"
        )
        let clients = ["a", "b", "c"].map { harness.client(user: $0) }
        try reload(harness, "authorization { users [{user: a, pass: p}, {user: b, pass: q}] }")
        #expect(clients[0].take() == "" && !clients[0].isClosed)
        for client in clients[1...] {
            #expect(client.take() == "-ERR 'Authorization Violation'\r\n" && client.isClosed)
            #expect(client.session.closeReason == .authenticationFailure)
        }
    }

    @Test(
        "a subscription that the user may no longer have ends with an error, and so do what it gets and sends"
    )
    func permissions() throws {
        let harness = try SessionHarness("authorization { users [{user: a, pass: p}] }")
        let client = harness.client(user: "a")
        client.send("SUB kept 1\r\nSUB lost q 2\r\nPUB lost 0\r\n\r\n")
        #expect(client.take() == "MSG lost 2 0\r\n\r\n")
        try reload(
            harness,
            "authorization { users [{user: a, pass: p, permissions: {subscribe: kept, publish: kept}}] }"
        )
        #expect(client.take() == "-ERR 'Permissions Violation for Subscription to \"lost\" (sid \"2\")'\r\n")
        client.send("PUB lost 0\r\n\r\nPUB kept 0\r\n\r\n")
        #expect(
            client.take() == "-ERR 'Permissions Violation for Publish to \"lost\"'\r\nMSG kept 1 0\r\n\r\n"
        )
        #expect(harness.router.subscriptionCount == 1)
    }

    @Test("who is in another account now is closed")
    func moved() throws {
        let harness = try SessionHarness("accounts { A {users [{user: a, pass: p}]}, B {} }")
        let client = harness.client(user: "a")
        try reload(harness, "accounts { A {}, B {users [{user: a, pass: p}]} }")
        #expect(client.take() == "" && client.isClosed)
        #expect(harness.router.account(named: "A").clientCount == 0)
    }

    @Test("subscriptions get what is imported from now on, and no more what is not")
    func imports() throws {
        let without =
            "accounts { A {users [{user: a, pass: p}]}, B {users [{user: b, pass: p}], exports [{stream: s}, {service: v}]} }"
        let with = without.replacingFirst(
            "A {",
            by:
                "A {imports [{stream: {account: B, subject: s}, to: t}, {service: {account: B, subject: v}}], "
        )
        let harness = try SessionHarness(without)
        let (a, b) = (harness.client(user: "a"), harness.client(user: "b"))
        a.send("SUB t 1\r\n")
        b.send("SUB v 1\r\n")
        for (text, isImported) in [(without, false), (with, true), (with, true), (without, false)] {
            try reload(harness, text)
            b.send("PUB s 1\r\nx\r\n")
            a.send("PUB v 1\r\nx\r\n")
            #expect(a.take() == (isImported ? "MSG t 1 1\r\nx\r\n" : ""))
            #expect(b.take().isEmpty == !isImported)
        }
        #expect(harness.router.subscriptionCount == 2)
    }

    @Test("limits hold for those who are there")
    func limits() throws {
        let harness = try SessionHarness("max_payload: 100")
        let client = harness.client()
        try reload(harness, "max_payload: 10")
        client.send("PUB a 11\r\n")
        #expect(client.take() == "-ERR 'Maximum Payload Violation'\r\n")
    }

    @Test(
        "what only a start can change is refused by name",
        arguments: [
            ("port: 4223", "Port: old=4222, new=4223"),
            ("host: localhost", "Host: old=0.0.0.0, new=localhost"),
            ("server_name: n", "ServerName: old=, new=n"),
            ("http: 8222", "HTTPPort: old=0, new=8222"),
            ("max_subs: 5", "MaxSubs: old=0, new=5"),
            ("max_pending: 100000", "MaxPending: old=67108864, new=100000"),
            ("no_header_support: true", "NoHeaderSupport: old=false, new=true"),
            ("lame_duck_duration: 40s", "LameDuckDuration: old=2m0s, new=40s"),
            ("websocket {port: 1, no_tls: true}", "Websocket: old={ 0}, new={ 1}"),
            ("max_payload: 1000, debug: true, authorization {user: a, pass: b}", nil),
        ] as [(String, String?)]
    )
    func obstacles(_ text: String, _ error: String?) throws {
        let old = try BrokerConfigurationTests.read("max_payload: 10")
        let new = try BrokerConfigurationTests.read(text)
        let change = ConfigurationChange(from: old, to: new, ports: ListenerPorts())
        #expect(change.refusal.map { "\($0)" } == error.map { "config reload not supported for \($0)" })
    }
}

@Suite("what a reload says")
struct ConfigurationChangeTests {
    @Test(
        "what changes is told in nats-server's words",
        arguments: [
            ("", "", []),
            ("", "trace: true, debug: true", ["trace = true", "debug = true"]),
            ("server_tags: [a]", "server_tags: [b]", ["tags"]),
            ("", "max_payload: 1000, ping_interval: 5s", ["max_payload = 1000", "ping_interval = 5s"]),
            (
                "authorization {user: a, pass: b}", "authorization {user: a, pass: c}",
                ["authorization password"]
            ),
            ("", "no_fast_producer_stall: true", ["fast producers will not be stalled"]),
        ] as [(String, String, [String])]
    )
    func effects(_ old: String, _ new: String, expected: [String]) throws {
        let change = ConfigurationChange(
            from: try BrokerConfigurationTests.read("max_control_line: 1000, \(old)"),
            to: try BrokerConfigurationTests.read("max_control_line: 1000, \(new)"),
            ports: ListenerPorts()
        )
        let usual = ["Reloaded: authorization users", "Reloaded: accounts"]
        #expect(change.effects.filter { !usual.contains($0) } == expected.map { "Reloaded: \($0)" })
    }

    @Test("a port that was free to choose stays the one in use, which may be named")
    func freePorts() throws {
        let old = try BrokerConfigurationTests.read("port: -1")
        let named = try BrokerConfigurationTests.read("port: 4711")
        let ports = ListenerPorts(clients: 4_711)
        #expect(ConfigurationChange(from: old, to: named, ports: ports).refusal == nil)
        let other = ConfigurationChange(from: old, to: named, ports: ListenerPorts(clients: 1)).refusal
        #expect(other?.change == "old=-1, new=4711")
    }
}

@Suite("account folders")
struct AccountFolderTests {
    @Test(
        "the resolver's block is read, and what is wrong with it told",
        arguments: [
            ("{type: full, dir: \"/x\", allow_delete: true, limit: 5, interval: \"2m\"}", nil),
            ("{type: full}", "dir has no value and needs to point to a directory"),
            ("{type: odd, dir: x}", "full or cache"),
            ("{dir: x, foo: 1}", "foo"),
        ] as [(String, String?)]
    )
    func reading(block: String, problem: String?) throws {
        let text = "trusted_keys: [], resolver: \(block)"
        guard let problem else {
            let folder = try BrokerConfigurationTests.read(text).access.trust?.folder
            var expected = AccountFolder(path: "/x")
            expected.allowsDelete = true
            expected.limit = 5
            #expect(folder == expected)
            return
        }
        #expect { _ = try BrokerConfigurationTests.read(text) } throws: { "\($0)".contains(problem) }
    }
}

extension String {
    fileprivate func replacingFirst(_ text: String, by other: String) -> String {
        guard let start = indices.first(where: { self[$0...].hasPrefix(text) }) else { return self }
        return self[..<start] + other + self[index(start, offsetBy: text.count)...]
    }
}

@Suite("hashed passwords")
struct HashedPasswordTests {
    /// `secret`, at the lowest cost.
    private let configuration = """
        authorization { users [{user: a, pass: "$2a$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"}] }
        """

    @Test("nothing of a client is acted on until its password has been checked", arguments: [true, false])
    func pending(isSplit: Bool) throws {
        let harness = try SessionHarness(configuration)
        var completions: [(Bool) -> Void] = []
        harness.environment.checkPassword = { _, password, completion in
            #expect(password == "secret")
            completions.append(completion)
        }
        let client = harness.client(connect: nil)
        let text =
            #"CONNECT {"user":"a","pass":"secret","verbose":false}"# + "\r\nSUB x 1\r\nPUB x 2\r\nhi\r\nPI"
        if isSplit {
            for byte in text.unicodeScalars { client.send(String(byte)) }
        } else {
            client.send(text)
        }
        client.send("NG\r\n")
        #expect(client.take() == "" && client.isPaused && completions.count == 1)
        completions.first?(true)
        #expect(client.take() == "MSG x 1 2\r\nhi\r\nPONG\r\n" && !client.isPaused)
    }

    @Test("a wrong one closes the connection, and one that comes too late is not acted on")
    func wrong() throws {
        let harness = try SessionHarness(configuration)
        var completions: [(Bool) -> Void] = []
        harness.environment.checkPassword = { _, _, completion in completions.append(completion) }
        let (wrong, late) = (harness.client(connect: nil), harness.client(connect: nil))
        for client in [wrong, late] { client.send(#"CONNECT {"user":"a","pass":"x"}"# + "\r\nPING\r\n") }
        completions[0](false)
        #expect(wrong.take() == "-ERR 'Authorization Violation'\r\n" && wrong.isClosed)
        late.session.missedAuthenticationDeadline()
        completions[1](true)
        #expect(late.take() == "-ERR 'Authentication Timeout'\r\n")
    }

    @Test("without a thread beside it, the check is made at once")
    func atOnce() throws {
        let harness = try SessionHarness(configuration)
        let right = harness.client(connect: #"{"user":"a","pass":"secret"}"#)
        let wrong = harness.client(connect: #"{"user":"a","pass":"secre"}"#)
        #expect(right.take() == "+OK\r\n" && wrong.take() == "-ERR 'Authorization Violation'\r\n")
    }
}

@Suite("times of the calendar, headers, and who a client is")
struct SystemMessageTests {
    @Test(
        "a time is written as RFC 3339 has it",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (1_709_210_096_000_000_001, "2024-02-29T12:34:56.000000001Z"),
            (-1, "1969-12-31T23:59:59.999999999Z"), (951_782_400_500_000_000, "2000-02-29T00:00:00.5Z"),
            (4_107_542_399_000_000_000, "2100-02-28T23:59:59Z"),
            (4_107_542_400_000_000_000, "2100-03-01T00:00:00Z"),
        ] as [(Int64, String)]
    )
    func times(_ nanoseconds: Int64, _ text: String) {
        #expect(WallTime(nanoseconds: nanoseconds).text == text)
    }

    @Test(
        "a header field takes the place of those with its name",
        arguments: [
            ("", "NATS/1.0\r\nA: x\r\n\r\n"), ("NATS/1.0\r\n\r\n", "NATS/1.0\r\nA: x\r\n\r\n"),
            ("NATS/1.0\r\na: y\r\nB: z\r\nA:w\r\n\r\n", "NATS/1.0\r\nB: z\r\nA: x\r\n\r\n"),
            ("NATS/1.0 503\r\n\r\n", "NATS/1.0 503\r\nA: x\r\n\r\n"), ("odd", "odd\r\nA: x\r\n\r\n"),
        ]
    )
    func headers(_ block: String, _ expected: String) {
        let bytes = MessageHeaders.setting("A", to: "x", in: Array(block.utf8))
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    @Test("a client learns who it is and what it may do")
    func userInfo() throws {
        let harness = try SessionHarness(
            "accounts { A {users [{user: a, pass: p, permissions: {publish: {allow: \"$SYS.>\", deny: x}, subscribe: [in], allow_responses: {max: 2, ttl: \"1s\"}}}]} }"
        )
        let account = harness.router.account(named: "A")
        let receiver = UserInfo(in: account, environment: harness.environment)
        harness.router.insert(receiver.makeSubscription())
        let client = harness.client(user: "a")
        client.send("SUB in 1\r\nPUB $SYS.REQ.USER.INFO in 0\r\n\r\n")
        let data = """
            "data":{"user":"a","account":"A","account_name":"A","permissions":{"publish":{"allow":["$SYS.>"],"deny":["x"]},"subscribe":{"allow":["in"]},"responses":{"max":2,"ttl":1000000000}}}}
            """
        #expect(client.take().hasSuffix(data + "\r\n"))
    }
}
