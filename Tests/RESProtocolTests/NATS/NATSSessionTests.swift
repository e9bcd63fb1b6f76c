import NIOCore
import Testing

@testable import RESProtocol

@Suite("One connection to a NATS server")
struct NATSSessionTests {
    private func session() -> NATSSession { NATSSession(server: ServerAddress(host: "a")) }

    @Test("INFO is answered by CONNECT, and its PONG makes the connection ready")
    func handshake() {
        var session = session()
        #expect(!session.acceptsOperations)
        #expect(session.infoReceived(ServerInfo()) == .connect)
        #expect(session.acceptsOperations && !session.isReady)
        #expect(session.pongReceived() == .ready)
        #expect(session.isReady)
        #expect(session.infoReceived(ServerInfo()) == .update)
        #expect(session.pongReceived() == .answered)
        #expect(session.handshakeTimePassed() == nil)
    }

    @Test(
        "TLS begins where the server requires it or the user does, and not where it began before INFO",
        arguments: [
            (NATSSession.Security.asAsked, false, false, NATSSession.InfoAction.connect),
            (.asAsked, false, true, .connect), (.asAsked, true, false, .secureAndConnect),
            (.required, true, false, .secureAndConnect), (.required, false, true, .secureAndConnect),
            (.established, true, false, .connect),
        ]
    )
    func tls(
        security: NATSSession.Security,
        isRequired: Bool,
        isAvailable: Bool,
        action: NATSSession.InfoAction
    ) {
        var session = NATSSession(server: ServerAddress(host: "a"), security: security)
        var info = ServerInfo()
        info.tlsRequired = isRequired
        info.tlsAvailable = isAvailable
        #expect(session.infoReceived(info) == action)
        #expect(session.acceptsOperations)
    }

    @Test("a server without TLS is refused where TLS is asked for, and hears nothing in the clear")
    func tlsMissing() {
        var session = NATSSession(server: ServerAddress(host: "a"), security: .required)
        guard case .fail(let error) = session.infoReceived(ServerInfo()) else {
            Issue.record("no failure")
            return
        }
        #expect(error.code == .tlsUnavailable)
        #expect(!session.acceptsOperations)
    }

    @Test("a server that does not answer is given up, with what it failed to do")
    func slow() {
        var silent = session()
        #expect(silent.handshakeTimePassed()?.message.contains("sends no INFO") == true)
        var deaf = session()
        _ = deaf.infoReceived(ServerInfo())
        #expect(deaf.handshakeTimePassed()?.message.contains("does not answer CONNECT") == true)
    }

    @Test("two pings without an answer are borne, a third is not sent")
    func keepAlive() {
        var session = session()
        #expect(session.pingIntervalPassed() == .ignore)
        _ = session.infoReceived(ServerInfo())
        _ = session.pongReceived()
        #expect(session.pingIntervalPassed() == .sendPing)
        #expect(session.pongReceived() == .answered)
        #expect(session.pingIntervalPassed() == .sendPing)
        #expect(session.pingIntervalPassed() == .sendPing)
        guard case .fail(let error) = session.pingIntervalPassed() else {
            Issue.record("no failure")
            return
        }
        #expect(error.code == .staleConnection)
    }

    @Test(
        "-ERR reaches as far as its text says",
        arguments: [
            ("Permissions Violation for Publish to \"a\"", ServerErrorKind.operation),
            ("Permissions Violation for Subscription to \"authorization.x\"", .operation),
            ("Invalid Subject", .operation), ("Invalid Publish Subject", .operation),
            ("maximum subscriptions exceeded", .operation), ("Authorization Violation", .authorization),
            ("Authentication Timeout", .authorization), ("User Authentication Expired", .authorization),
            ("User Authentication Revoked", .authorization),
            ("Account Authentication Expired", .authorization),
            ("Stale Connection", .connection), ("Maximum Payload Violation", .connection),
            ("maximum connections exceeded", .connection), ("Unknown Protocol Operation", .connection),
            ("something new", .connection),
        ]
    )
    func errors(text: String, kind: ServerErrorKind) {
        #expect(ServerErrorKind(text) == kind)
        var session = session()
        _ = session.infoReceived(ServerInfo())
        switch (session.errorReceived(text), kind) {
        case (.log, .operation): break
        case (.fail(let error), .authorization): #expect(error.code == .authorization)
        case (.fail(let error), .connection):
            #expect(error.code == .refusedByServer)
            #expect(error.message.contains(text))
        default: Issue.record("another action")
        }
    }

    @Test("the lines that a client sends")
    func output() {
        var output = NATSOutput()
        output.subscribe("a.*", queue: nil, sid: 1)
        output.subscribe("a.>", queue: "q", sid: 22)
        output.unsubscribe(sid: 1)
        output.publish(Message(subject: "s", payload: ByteBuffer(string: "hi")))
        output.publish(Message(subject: "s", reply: "r", payload: ByteBuffer()))
        let headers = MessageHeaders(fields: [("A", "b")])
        output.publish(Message(subject: "s", reply: "r", headers: headers, payload: ByteBuffer(string: "hi")))
        output.ping()
        output.pong()
        let expected =
            "SUB a.* 1\r\nSUB a.> q 22\r\nUNSUB 1\r\nPUB s 2\r\nhi\r\nPUB s r 0\r\n\r\n"
            + "HPUB s r 18 20\r\nNATS/1.0\r\nA: b\r\n\r\nhi\r\nPING\r\nPONG\r\n"
        #expect(output.byteCount == expected.utf8.count)
        #expect(output.takeAll().map { String(buffer: $0) } == [expected])
        #expect(output.byteCount == 0)
        #expect(output.takeAll().isEmpty)
    }

    @Test("a large payload is not copied, and stands at its place", arguments: [-1, 0, 1])
    func largePayload(difference: Int) {
        let size = NATSOutput.copyLimit + difference
        var output = NATSOutput()
        output.publish(Message(subject: "a", payload: ByteBuffer(repeating: 0x78, count: size)))
        output.ping()
        #expect(output.byteCount == "PUB a \(size)\r\n".utf8.count + size + 2 + 6)
        let pieces = output.takeAll()
        #expect(pieces.count == (difference < 0 ? 1 : 3))
        let whole = pieces.map { String(buffer: $0) }.joined()
        #expect(whole == "PUB a \(size)\r\n" + String(repeating: "x", count: size) + "\r\nPING\r\n")
    }

    @Test("the length of a line is what stands after its operation")
    func lineLength() {
        let plain = Message(subject: "abc", payload: ByteBuffer(repeating: 0, count: 10))
        #expect(NATSOutput.lineLength(of: plain) == "abc 10".utf8.count)
        let full = Message(
            subject: "abc",
            reply: "re",
            headers: MessageHeaders(),
            payload: ByteBuffer(repeating: 0, count: 99)
        )
        #expect(NATSOutput.lineLength(of: full) == "abc re 12 111".utf8.count)
        #expect(NATSOutput.lineLength(of: "a.>", queue: "q", sid: 123) == "a.> q 123".utf8.count)
        #expect(NATSOutput.lineLength(of: "a.>", queue: nil, sid: 1) == "a.> 1".utf8.count)
    }

    @Test("CONNECT says what the client can do and who it is")
    func connect() {
        let identities: [(ConnectRequest.Identity, String)] = [
            (.none, ""), (.user("u\"", password: "p"), ",\"user\":\"u\\\"\",\"pass\":\"p\""),
            (.token("t"), ",\"auth_token\":\"t\""),
            (.nkey("U", signature: "s"), ",\"nkey\":\"U\",\"sig\":\"s\""),
            (.jwt("j", signature: "s"), ",\"jwt\":\"j\",\"sig\":\"s\""),
        ]
        for (identity, text) in identities {
            var buffer = ByteBuffer()
            ConnectRequest(name: "n", version: "1", identity: identity).encode(into: &buffer)
            #expect(
                String(buffer: buffer)
                    == "CONNECT {\"verbose\":false,\"pedantic\":false,\"tls_required\":false,\"name\":\"n\",\"lang\":\"swift\",\"version\":\"1\",\"protocol\":1,\"echo\":true,\"headers\":true,\"no_responders\":true\(text)}\r\n"
            )
        }
    }
}
