import RESProtocol
import Testing

@testable import EmbeddedBroker

@Suite("A broker's configuration file")
struct BrokerConfigurationTests {
    /// Reads a text as a file would be read.
    static func read(_ text: String) throws(ConfigurationError) -> BrokerConfiguration {
        let surroundings = ConfigurationParser.Surroundings(
            read: { path throws(TextFile.Failure) in
                throw TextFile.Failure(path: path, reason: "no such file")
            },
            environment: { _ in nil }
        )
        let map = try ConfigurationParser.parse(text, file: "t.conf", surroundings: surroundings)
        return try BrokerConfiguration(
            reading: map,
            readFile: { path throws(TextFile.Failure) in
                throw TextFile.Failure(path: path, reason: "no such file")
            }
        )
    }

    /// What is wrong with a text, as it is said.
    static func problem(_ text: String) -> String {
        do throws(ConfigurationError) {
            _ = try read(text)
            return "nothing"
        } catch {
            return "\(error)"
        }
    }

    @Test("an empty file is nats-server's defaults")
    func defaults() throws {
        let configuration = try Self.read("")
        #expect(configuration.host == "0.0.0.0")
        #expect(configuration.port == 4222)
        #expect(configuration.limits == BrokerLimits())
        #expect(configuration.tls == nil && configuration.webSocket == nil && configuration.warnings.isEmpty)
        #expect(configuration.access.systemAccount == "$SYS")
    }

    @Test("every option of a server is read, in each of its spellings")
    func server() throws {
        let configuration = try Self.read(
            """
            listen: "127.0.0.1:-1", server_name: n1, client_advertise: "a:1", server_tags: ["x", "y z"]
            http: "localhost:8222", https_port: -1, http_base_path: "/nats/"
            debug: true, trace: yes, trace_verbose: on, logtime: false, logtime_utc: true, log_file: "l", logfile_size_limit: 1kb
            log_max_num: 3, syslog: true, remote_syslog: "udp://x", max_traced_msg_len: 10
            max_payload: 2MB, max_control_line: 1k, max_pending: 8MiB, max_conn: 5, max_subs: 6, max_sub_tokens: 7
            ping_interval: "3s", ping_max: 4, write_deadline: "500ms", max_closed_clients: 8
            lame_duck_duration: "40s", lame_duck_grace_period: "1s", pid_file: "p", ports_file_dir: "d"
            no_header_support: true, no_fast_producer_stall: true, no_sublist_cache: true
            server_metadata: {zone: "a"}
            """
        )
        #expect(configuration.host == "127.0.0.1" && configuration.port == 0)
        #expect(configuration.tags == ["x", "y", "z"] && configuration.metadata == ["zone": "a"])
        #expect(configuration.monitoring.host == "localhost" && configuration.monitoring.port == 8222)
        #expect(configuration.monitoring.securePort == 0 && configuration.monitoring.basePath == "/nats")
        #expect(configuration.log.debug && configuration.log.trace && configuration.log.tracesSystemAccount)
        #expect(
            !configuration.log.timestamps && configuration.log.timestampsInUTC
                && configuration.log.file == "l"
        )
        #expect(configuration.log.fileSizeLimit == 1024 && configuration.log.maximumFiles == 3)
        #expect(
            configuration.limits.maximumPayload == 2_097_152
                && configuration.limits.maximumControlLine == 1000
        )
        #expect(
            configuration.limits.maximumPending == 8_388_608 && configuration.limits.maximumConnections == 5
        )
        #expect(configuration.limits.maximumSubscriptions == 6)
        #expect(configuration.limits.maximumSubscriptionTokens == 7)
        #expect(
            configuration.limits.pingInterval == .seconds(3)
                && configuration.limits.maximumPingsOutstanding == 4
        )
        #expect(configuration.limits.writeDeadline == .milliseconds(500))
        #expect(configuration.limits.maximumClosedConnections == 8)
        #expect(
            configuration.lameDuck.duration == .seconds(40)
                && configuration.lameDuck.gracePeriod == .seconds(1)
        )
        #expect(configuration.pidFile == "p" && configuration.portsFileFolder == "d")
        #expect(!configuration.allowsHeaders && !configuration.stallsFastProducers)
        #expect(configuration.warnings.isEmpty)
    }

    @Test("what other kinds of server do is understood, and warned of")
    func warnings() throws {
        let configuration = try Self.read(
            "cluster { name: x, listen: 4248 }\njetstream: true\nmqtt {}\nleafnodes {}\ngateway {}\nstore_dir: x"
        )
        let warnings = configuration.warnings.map { "\($0)" }
        #expect(warnings.first == "t.conf:1:1: \"cluster\" has no effect here")
        #expect(warnings.count == 6)
        #expect(try Self.read("jetstream: false").warnings.isEmpty)
    }

    @Test("TLS and WebSocket are plain values")
    func transport() throws {
        let configuration = try Self.read(
            """
            tls { cert_file: "c", key_file: "k", ca_file: "a", verify_and_map: true, timeout: 5, min_version: "1.3"
                  handshake_first: auto, cipher_suites: [A], curve_preferences: [X25519], connection_rate_limit: 9
                  pinned_certs: ["\(String(repeating: "aB", count: 32))"] }
            allow_non_tls: true
            websocket { port: 8080, host: h, no_tls: true, same_origin: true, allowed_origins: ["http://a.b"]
                        compression: true, handshake_timeout: "3s", jwt_cookie: j, user_cookie: u, pass_cookie: p
                        token_cookie: t, ping_interval: "4s", headers { X-A: "b" }
                        authorization { user: a, password: b, timeout: 2 } }
            """
        )
        let tls = try #require(configuration.tls)
        #expect(tls.certificates == [.init(certificateFile: "c", keyFile: "k")] && tls.authorityFile == "a")
        #expect(tls.verifiesClients && tls.mapsCertificates && tls.timeout == .seconds(5))
        #expect(tls.minimumVersion == .tls13 && tls.handshakeFirst == .within(.milliseconds(50)))
        #expect(tls.cipherSuites == ["A"] && tls.curves == ["X25519"] && tls.maximumHandshakesPerSecond == 9)
        #expect(
            tls.pinnedCertificates == [String(repeating: "ab", count: 32)] && configuration.allowsPlaintext
        )
        let webSocket = try #require(configuration.webSocket)
        #expect(webSocket.port == 8080 && webSocket.host == "h" && webSocket.allowsPlaintext)
        #expect(
            webSocket.requiresSameOrigin && webSocket.allowedOrigins == ["http://a.b"] && webSocket.compresses
        )
        #expect(webSocket.handshakeTimeout == .seconds(3) && webSocket.cookies.password == "p")
        #expect(webSocket.access?.user == "a" && webSocket.headers == ["X-A": "b"])
    }

    @Test("users, permissions and accounts are read")
    func access() throws {
        let configuration = try Self.read(
            """
            authorization {
              default_permissions { publish: "a.>" }
              users = [ {user: ann, password: s}, {nkey: UCNGL4W5QX66CFX6A6DCBVDH5VOHMI7B2UZZU7TXAUQQSI2JPHULCKBR
                permissions { publish { allow: [b, c], deny: d }, subscribe: ["e", "f q*"], allow_responses: { max: 5, ttl: "1s" } } } ]
            }
            accounts {
              B { users [ {user: bob, pass: t, connection_types: [websocket]} ], limits { max_conn: 3, max_subs: -1 }
                  exports [ {stream: "s.>"}, {service: "r.*", accounts: [C], response_type: chunked, response_threshold: "4s"} ] }
              C { imports [ {stream: {account: B, subject: "s.x"}, prefix: p}, {service: {account: B, subject: "r.1"}, to: "q"} ]
                  mappings { "m.*": [ {dest: "n.$1", weight: 30%}, {dest: "o.$1", weight: 70} ] } }
            }
            no_auth_user: ann
            """
        )
        let access = configuration.access
        #expect(
            access.users.map(\.name) == ["ann", "UCNGL4W5QX66CFX6A6DCBVDH5VOHMI7B2UZZU7TXAUQQSI2JPHULCKBR"]
        )
        #expect(access.defaultPermissions?.publish == .init(allow: ["a.>"]))
        let permissions = try #require(access.users[1].permissions)
        #expect(permissions.publish == .init(allow: ["b", "c"], deny: ["d"]))
        #expect(permissions.subscribe == .init(allow: ["e", "f q*"]))
        #expect(permissions.responses == .init(maximum: 5, expires: .seconds(1)))
        #expect(access.accounts.map(\.name) == ["B", "C"])
        #expect(access.accounts[0].users[0].connectionTypes == ["WEBSOCKET"])
        #expect(access.accounts[0].limits.connections == 3 && access.accounts[0].limits.subscriptions == nil)
        #expect(access.accounts[0].exports[1].kind == .service(.chunked))
        #expect(
            access.accounts[1].imports[0].localSubject == "p.s.x"
                && access.accounts[1].imports[1].localSubject == "q"
        )
        #expect(access.accounts[1].mappings[0].destinations.map(\.weight) == [30, 70])
        #expect(access.userWithoutCredentials == "ann")
    }

    @Test(
        "what is wrong is said, and where",
        arguments: [
            ("prot: 4222", "t.conf:1:1: unknown field \"prot\"; did you mean \"port\"?"),
            ("\n  authorization { usr: a }", "t.conf:2:19: unknown field \"usr\"; did you mean \"user\"?"),
            ("port: \"x\"", "t.conf:1:7: expected a whole number, found the string \"x\""),
            ("port: 65536", "t.conf:1:7: expected a whole number from -1 to 65535, found the number 65536"),
            (
                "listen: \"a:b\"",
                "t.conf:1:9: expected a port, or a host and a port as in \"localhost:4222\", found the string \"a:b\""
            ),
            ("server_name: \"a b\"", "t.conf:1:14: server name cannot contain spaces"),
            (
                "lame_duck_duration: \"5s\"",
                "t.conf:1:21: invalid lame_duck_duration of 5s, minimum is 30 seconds"
            ),
            (
                "authorization { user: a, pass: b, token: c }",
                "t.conf:1:15: Cannot have a user/pass and token"
            ),
            (
                "authorization { users: [{user: a, pass: b}, {user: a, pass: c}] }",
                "t.conf:1:1: Duplicate user \"a\" detected"
            ),
            ("authorization { users: [{pass: a}] }", "t.conf:1:25: User entry requires a user"),
            (
                "authorization { users: [{user: a, permissions: {pub: \"b..c\"}}] }",
                "t.conf:1:54: subject \"b..c\" is not a valid subject"
            ),
            ("authorization { auth_callout: {} }", "t.conf:1:17: \"auth_callout\" is not supported"),
            ("accounts { $G {} }", "t.conf:1:12: \"$G\" is a Reserved Account"),
            (
                "accounts { A {imports: [{stream: {account: X, subject: a}}]} }",
                "t.conf:1:1: \"X\" account not defined for stream import"
            ),
            (
                "accounts { B {}, A {imports: [{stream: {account: B, subject: a}}]} }",
                "t.conf:1:1: Error adding stream import \"a\": stream import not authorized"
            ),
            (
                "accounts { A {exports: [{service: x}], imports: [{service: {account: B, subject: y}, to: x}]}, B {exports: [{service: y}], imports: [{service: {account: A, subject: x}, to: y}]}}",
                "t.conf:1:1: Error adding service import \"y\": import forms a cycle"
            ),
            (
                "no_auth_user: z",
                "t.conf:1:1: no_auth_user: \"z\" not present as user or nkey in authorization block or account configuration"
            ),
            ("system_account: A", "t.conf:1:1: the account \"A\" is not defined"),
            (
                "trusted_keys: [\"OABC\"]",
                "t.conf:1:16: trust key \"OABC\" required to be a valid public operator nkey"
            ),
            ("operator: \"/nope.jwt\"", "t.conf:1:11: error parsing operator JWT: /nope.jwt: no such file"),
            ("tls { cert_file: \"c\" }", "t.conf:1:7: missing 'key_file' in TLS configuration"),
            (
                "websocket { port: 8080 }",
                "t.conf:1:11: websocket requires TLS configuration, or 'no_tls: true'"
            ),
            (
                "mappings { \"foo.*\": \"bar.$2\" }",
                "t.conf:1:12: Error adding mapping for \"foo.*\" to \"bar.$2\": invalid mapping destination: wildcard index out of range in $2"
            ),
            (
                "mappings { foo: [{dest: a, weight: 60%}, {dest: b, weight: 50%}] }",
                "t.conf:1:12: Error adding mapping for \"foo\": total weight needs to be <= 100"
            ),
            ("proxy_protocol: true", "t.conf:1:17: \"proxy_protocol\" is not supported"),
        ]
    )
    func problems(_ text: String, _ problem: String) {
        #expect(Self.problem(text) == problem)
    }
}
