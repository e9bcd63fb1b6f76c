import Logging
import NIOCore
import RESProtocol
import Synchronization
import Testing

@testable import EmbeddedBroker

@Suite("what is logged of operations")
struct ProtocolTraceTests {
    /// Keeps lines as `LEVEL client - text`.
    private final class Lines: LogHandler, Sendable {
        private let lines = Mutex<[String]>([])
        let level: Logger.Level

        init(_ level: Logger.Level) { self.level = level }

        var metadata: Logger.Metadata {
            get { [:] }
            set {}
        }

        var logLevel: Logger.Level {
            get { level }
            set {}
        }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { nil }
            set {}
        }

        func log(event: LogEvent) {
            let client = event.metadata?["client"].map { "\($0)" } ?? ""
            lines.withLock { $0.append("\(event.level) \(client) - \(event.message)") }
        }

        func take() -> [String] {
            lines.withLock { lines in
                defer { lines = [] }
                return lines
            }
        }
    }

    private func harness(
        _ level: Logger.Level = .trace,
        _ configure: (inout BrokerLog) -> Void = { _ in }
    ) -> (SessionHarness, Lines) {
        let harness = SessionHarness()
        let lines = Lines(level)
        var log = BrokerLog()
        log.trace = level == .trace
        configure(&log)
        harness.environment.logger = Logger(label: "test") { _ in lines }
        harness.environment.trace = ProtocolTrace(log)
        return (harness, lines)
    }

    @Test("operations, answers and payloads stand as nats-server writes them")
    func transcript() {
        let (harness, lines) = harness()
        let client = harness.client(connect: nil)
        client.send(
            #"CONNECT {"verbose":true,"user":"a","pass":"secret","name":"n","lang":"py","version":"1.2","headers":true}"#
                + "\r\nPING\r\nSUB foo q 1\r\nPUB foo 5\r\nhello\r\n"
                + "HPUB foo r 12 15\r\nNATS/1.0\r\n\r\nxyz\r\nPUB foo 0\r\n\r\nUNSUB 1\r\nPONG\r\n"
        )
        let base = "trace 127.0.0.1:0 - cid:1 - "
        let named = base + #""v1.2:py:n" - "$G/user:a" - "#
        #expect(
            lines.take() == [
                base + #"<<- [CONNECT {"verbose":true,"user":"a","pass":"[REDACTED]","name":"n","#
                    + #""lang":"py","version":"1.2","headers":true}]"#,
                named + "->> [OK]",
                named + "<<- [PING]",
                named + "->> [PONG]",
                named + "<<- [SUB foo q 1]",
                named + "->> [OK]",
                named + "<<- [PUB foo 5]",
                named + #"<<- MSG_PAYLOAD: ["hello"]"#,
                named + "->> [OK]",
                named + "->> [MSG foo 1 5]",
                named + #"->> MSG_PAYLOAD: ["hello"]"#,
                named + "<<- [HPUB foo r 12 15]",
                named + #"<<- MSG_PAYLOAD: ["NATS/1.0\r\n\r\nxyz"]"#,
                named + "->> [OK]",
                named + "->> [HMSG foo 1 r 12 15]",
                named + #"->> MSG_PAYLOAD: ["NATS/1.0\r\n\r\nxyz"]"#,
                named + "<<- [PUB foo 0]",
                named + "->> [OK]",
                named + "->> [MSG foo 1 0]",
                named + "<<- [UNSUB 1]",
                named + "->> [OK]",
                named + "<-> [DELSUB 1]",
                named + "<<- [PONG]",
            ]
        )
    }

    @Test(
        "a payload is cut at the limit, and not one byte below",
        arguments: [
            (3, #"["hel..."]"#), (4, #"["hell..."]"#), (5, #"["hello"]"#), (0, #"["hello"]"#),
        ]
    )
    func maximumLength(limit: Int, expected: String) {
        let (harness, lines) = harness { $0.maximumTracedLength = limit }
        let client = harness.client()
        _ = lines.take()
        client.send("PUB foo 5\r\nhello\r\n")
        #expect(lines.take().last == "trace 127.0.0.1:0 - cid:1 - <<- MSG_PAYLOAD: \(expected)")
    }

    @Test("only header blocks are logged where that was asked for")
    func headersOnly() {
        let (harness, lines) = harness { $0.tracesHeadersOnly = true }
        let client = harness.client(connect: #"{"verbose":false,"headers":true}"#)
        _ = lines.take()
        client.send("HPUB foo 12 15\r\nNATS/1.0\r\n\r\nxyz\r\nPUB foo 3\r\nabc\r\n")
        #expect(
            lines.take() == [
                "trace 127.0.0.1:0 - cid:1 - <<- [HPUB foo 12 15]",
                #"trace 127.0.0.1:0 - cid:1 - <<- MSG_PAYLOAD: ["NATS/1.0\r\n\r\n"]"#,
                "trace 127.0.0.1:0 - cid:1 - <<- [PUB foo 3]",
            ]
        )
    }

    @Test("operations of the system account are logged only when asked for", arguments: [true, false])
    func systemAccount(isVerbose: Bool) {
        let (harness, lines) = harness { $0.tracesSystemAccount = isVerbose }
        harness.environment.systemAccount = harness.router.globalAccount
        let client = harness.client()
        _ = lines.take()
        client.send("PING\r\n")
        #expect(lines.take().isEmpty == !isVerbose)
    }

    @Test(
        "what ends a connection is logged",
        arguments: [
            ("BOGUS\r\n", #"Client parser ERROR, i=0: proto='"BOGUS\r"...'"#),
            ("PUB x a\r\n", #"processPub Bad or Missing Size: "x a""#),
            ("PUB x\r\n", #"processPub Parse Error: "x""#),
            ("SUB a b c d\r\n", #"processSub Parse Error: "a b c d""#),
            ("UNSUB a b c\r\n", #"processUnsub Parse Error: "a b c""#),
            ("PUB x 2000000\r\n", "maximum payload exceeded: 2000000 vs 1048576"),
            ("HPUB a 5\r\n", "message headers not supported"),
            ("-ERR 'x'\r\n", "Client Error 'x'"),
            ("PUB _GR_.x 0\r\n\r\n", #"Publish Violation - Subject "_GR_.x""#),
            ("PUB x _R_.a 0\r\n\r\n", #"Publish Violation - Reply "_R_.a""#),
        ]
    )
    func errors(bytes: String, expected: String) {
        let (harness, lines) = harness(.info)
        let client = harness.client()
        client.send(bytes)
        #expect(lines.take() == ["error 127.0.0.1:0 - cid:1 - \(expected)"])
    }

    @Test(
        "text is quoted as Go quotes it",
        arguments: [
            (Array("a\"\\b".utf8), #""a\"\\b""#),
            (Array("\u{7}\u{8}\t\n\u{b}\u{c}\r\u{1}\u{7f}".utf8), #""\a\b\t\n\v\f\r\x01\x7f""#),
            (Array("\u{a0}\u{2028}ü€😀".utf8), #""\u00a0\u2028ü€😀""#),
            ([0x61, 0xff, 0xc3, 0x62, 0xe2, 0x82], #""a\xff\xc3b\xe2\x82""#),
        ]
    )
    func quoting(bytes: [UInt8], expected: String) {
        #expect(QuotedText.quote(bytes) == expected)
    }

    @Test(
        "secrets are struck out of CONNECT, in any case of letters",
        arguments: [
            (
                #"{"PASS":"x","auth_token" : "y","sig":"z","jwt":"j","nkey":"k","name":"pass"}"#,
                #"{"PASS":"[REDACTED]","auth_token":"[REDACTED]","sig":"[REDACTED]","jwt":"[REDACTED]","#
                    + #""nkey":"[REDACTED]","name":"pass"}"#
            ),
            (#"{"pass":"x"#, ""), ("{}", "{}"),
        ]
    )
    func redaction(json: String, expected: String) {
        #expect(ProtocolTrace.redacted(ByteBuffer(string: json)) == expected)
    }
}
