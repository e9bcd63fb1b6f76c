import NIOCore
import Testing

@testable import EmbeddedBroker

@Suite("client session")
struct ClientSessionTests {
    @Test("a message goes to every matching subscription, also twice to one client")
    func delivery() {
        let harness = SessionHarness()
        let (one, two) = (harness.client(), harness.client())
        one.send("SUB foo.* 1\r\nSUB foo.> 2\r\nSUB bar 3\r\n")
        two.send("SUB foo.a x\r\n")
        two.send("PUB foo.a in 5\r\nhello\r\n")
        #expect(two.take() == "MSG foo.a x in 5\r\nhello\r\n")
        let lines = one.take().split(separator: "\r\n").filter { $0.hasPrefix("MSG") }.sorted()
        #expect(lines == ["MSG foo.a 1 in 5", "MSG foo.a 2 in 5"])
    }

    @Test("verbose clients get +OK before what the operation causes, and not for PING")
    func verbose() {
        let client = SessionHarness().client(connect: nil)
        client.send("CONNECT {}\r\nSUB foo 1\r\nPUB foo 2\r\nhi\r\nUNSUB 1\r\nPING\r\n")
        #expect(client.take() == "+OK\r\n+OK\r\n+OK\r\nMSG foo 1 2\r\nhi\r\n+OK\r\nPONG\r\n")
    }

    @Test("a pedantic client is told of an invalid subject, and the message still goes out")
    func pedantic() {
        let client = SessionHarness().client(connect: #"{"verbose":false}"#)
        client.send("SUB > 1\r\nPUB foo.* 2\r\nhi\r\nPUB foo..x 2\r\nhi\r\n")
        let error = "-ERR 'Invalid Publish Subject'\r\n"
        #expect(client.take() == "\(error)MSG foo.* 1 2\r\nhi\r\n\(error)")
    }

    @Test("the second INFO follows the first PONG, once, for protocol 1 only")
    func connectInfo() {
        let harness = SessionHarness()
        let client = harness.client(connect: #"{"verbose":false,"protocol":1}"#)
        client.send("PING\r\nPING\r\n")
        let text = client.take()
        #expect(text.hasPrefix("PONG\r\nINFO {") && text.hasSuffix("} \r\nPONG\r\n"))
        #expect(text.contains(#""connect_info":true,"remote_account":"$G""#))
        let old = harness.client()
        old.send("PING\r\n")
        #expect(old.take() == "PONG\r\n")
    }

    @Test("what a second CONNECT does not mention stays, and subscriptions are gone")
    func secondConnect() {
        let client = SessionHarness().client(connect: #"{"verbose":false,"pedantic":false}"#)
        client.send("SUB foo 1\r\nCONNECT {}\r\nPUB foo 2\r\nhi\r\nPING\r\n")
        #expect(client.take() == "PONG\r\n")
    }

    @Test(
        "a CONNECT that cannot be accepted closes, with these words",
        arguments: [
            ("[]", ""), (#"{"verbose":1}"#, ""), (#"{"protocol":2}"#, "invalid client protocol"),
            (#"{"no_responders":true}"#, "no responders requires headers support"),
            (#"{"account":"A"}"#, "Authorization Violation"),
            (#"{"new_account":true}"#, "Authorization Violation"),
        ]
    )
    func refusedConnect(json: String, words: String) {
        let client = SessionHarness().client(connect: nil)
        client.send("CONNECT \(json)\r\nPING\r\n")
        #expect(client.take() == (words.isEmpty ? "" : "-ERR '\(words)'\r\n"))
        #expect(client.isClosed)
    }

    @Test("UNSUB with a maximum counts all messages since SUB")
    func maximum() {
        let client = SessionHarness().client()
        let publish = "PUB foo 1\r\nx\r\n"
        let message = "MSG foo 1 1\r\nx\r\n"
        client.send("SUB foo 1\r\n\(publish)\(publish)UNSUB 1 3\r\n\(publish)\(publish)")
        #expect(client.take() == message + message + message)
        #expect(client.session.subscriptions.isEmpty)
        client.send("SUB foo 1\r\n\(publish)\(publish)UNSUB 1 2\r\n\(publish)")
        #expect(client.take() == message + message)
    }

    @Test("a live sid is not taken again, a dead one is")
    func duplicateSID() {
        let client = SessionHarness().client()
        client.send("SUB foo 1\r\nSUB bar 1\r\nPUB bar 0\r\n\r\nUNSUB 1\r\nSUB bar 1\r\nPUB bar 0\r\n\r\n")
        #expect(client.take() == "MSG bar 1 0\r\n\r\n")
    }

    @Test("queue members share evenly")
    func queueGroups() {
        let harness = SessionHarness(seed: 5)
        let members = (0..<3).map { _ in harness.client() }
        for member in members { member.send("SUB job workers 1\r\n") }
        let sender = harness.client()
        sender.send(String(repeating: "PUB job 0\r\n\r\n", count: 3_000))
        let counts = members.map { $0.take().split(separator: "MSG").count }
        #expect(counts.reduce(0, +) == 3_000)
        #expect(counts.allSatisfy { $0 > 700 && $0 < 1_300 })
    }

    @Test("a sender without echo is no receiver, in a queue group or outside")
    func echo() {
        let harness = SessionHarness()
        let (sender, other) = (harness.client(connect: #"{"verbose":false,"echo":false}"#), harness.client())
        sender.send("SUB job workers 1\r\nSUB job 2\r\n")
        other.send("SUB job workers 1\r\n")
        sender.send(String(repeating: "PUB job 0\r\n\r\n", count: 20))
        #expect(other.take() == String(repeating: "MSG job 1 0\r\n\r\n", count: 20))
        #expect(sender.take() == "")
    }

    @Test("a group's message goes to another member when the chosen one has had its maximum")
    func exhaustedMembers() {
        let harness = SessionHarness()
        let (one, two) = (harness.client(), harness.client())
        one.send("SUB job q 1\r\nUNSUB 1 2\r\n")
        two.send("SUB job q 1\r\n" + String(repeating: "PUB job 0\r\n\r\n", count: 50))
        #expect(one.take() == "MSG job 1 0\r\n\r\nMSG job 1 0\r\n\r\n")
        #expect(two.take() == String(repeating: "MSG job 1 0\r\n\r\n", count: 48))
    }

    @Test("headers are delivered as HMSG, and taken off for who does not know them")
    func headers() {
        let harness = SessionHarness()
        let modern = harness.client(connect: #"{"verbose":false,"headers":true}"#)
        let plain = harness.client()
        modern.send("SUB foo 1\r\n")
        plain.send("SUB foo 1\r\n")
        modern.send("HPUB foo in 12 14\r\nNATS/1.0\r\n\r\nhi\r\n")
        #expect(modern.take() == "HMSG foo 1 in 12 14\r\nNATS/1.0\r\n\r\nhi\r\n")
        #expect(plain.take() == "MSG foo 1 in 2\r\nhi\r\n")
        plain.send("HPUB foo 12 12\r\nNATS/1.0\r\n\r\n\r\n")
        #expect(plain.isClosed && plain.take() == "")
    }

    @Test("a request that nobody subscribes to is answered with 503 and its subject")
    func noResponders() {
        let client = SessionHarness().client(
            connect: #"{"verbose":false,"headers":true,"no_responders":true}"#
        )
        client.send("SUB in.* 7\r\nPUB foo in.1 0\r\n\r\nPUB foo 0\r\n\r\nPUB foo elsewhere 0\r\n\r\n")
        #expect(client.take() == "HMSG in.1 7 35 35\r\nNATS/1.0 503\r\nNats-Subject: foo\r\n\r\n\r\n")
    }

    @Test("subjects brokers use among themselves are refused, and nothing else happens")
    func reserved() {
        let client = SessionHarness().client()
        client.send("SUB > 1\r\nPUB a _R_.x 0\r\n\r\nPUB a $JS.ACK.x 0\r\n\r\nPUB _GR_.x 0\r\n\r\n")
        let violation = "-ERR 'Permissions Violation for Publish"
        #expect(
            client.take() == """
                \(violation) with Reply of "_R_.x"'\r
                \(violation) with Reply of "$JS.ACK.x"'\r
                \(violation) to "_GR_.x"'\r\n
                """
        )
        #expect(!client.isClosed)
    }

    @Test("invalid subjects are not subscribed to, and the client stays")
    func invalidSubject() {
        let client = SessionHarness().client()
        client.send("SUB foo. 1\r\nPING\r\n")
        #expect(client.take() == "-ERR 'Invalid Subject'\r\nPONG\r\n")
        #expect(client.session.subscriptions.isEmpty)
    }

    @Test("the limit of subscriptions holds at the limit and one above")
    func subscriptionLimit() {
        let client = SessionHarness(limits: SessionLimits(subscriptions: 2)).client()
        client.send("SUB a 1\r\nSUB b 2\r\n")
        #expect(client.take() == "")
        client.send("SUB c 3\r\n")
        #expect(client.take() == "-ERR 'maximum subscriptions exceeded'\r\n")
        #expect(!client.isClosed)
    }

    @Test("the limit of the payload holds at the limit and one above")
    func payloadLimit() {
        let client = SessionHarness(limits: SessionLimits(payload: 10)).client()
        client.send("SUB a 1\r\nPUB a 10\r\n0123456789\r\n")
        #expect(client.take() == "MSG a 1 10\r\n0123456789\r\n")
        client.send("PUB a 11\r\n")
        #expect(client.take() == "-ERR 'Maximum Payload Violation'\r\n")
        #expect(client.session.closeReason == .maximumPayload)
    }

    @Test("a client that takes too little is cut at its limit, and nobody else is harmed")
    func slowConsumer() {
        let harness = SessionHarness(limits: SessionLimits(pending: 1_000))
        let (slow, quick, publisher) = (harness.client(), harness.client(), harness.client())
        slow.send("SUB a 1\r\n")
        quick.send("SUB a 1\r\n")
        slow.isBlocked = true
        let body = String(repeating: "x", count: 88)
        var delivered = ""
        for _ in 0..<20 {
            publisher.send("PUB a 88\r\n\(body)\r\n")
            delivered += quick.take()
        }
        #expect(slow.isClosed && slow.session.closeReason == .slowConsumerPendingBytes)
        #expect(delivered == String(repeating: "MSG a 1 88\r\n\(body)\r\n", count: 20))
        #expect(harness.router.statistics.slowConsumers == 1)
        #expect(harness.router.subscriptionCount == 1)
    }

    @Test("who publishes to a client that falls behind is slowed before that client is lost")
    func backPressure() {
        let harness = SessionHarness(limits: SessionLimits(pending: 1_000))
        let (slow, publisher) = (harness.client(), harness.client())
        slow.send("SUB a 1\r\n")
        slow.isBlocked = true
        let message = "PUB a 88\r\n\(String(repeating: "x", count: 88))\r\n"
        while publisher.session.pressedReceiver == nil, !slow.isClosed { publisher.send(message) }
        #expect(publisher.session.pressedReceiver === slow.session)
        #expect(!slow.isClosed)
        slow.session.addWaiting(publisher.session)
        slow.isBlocked = false
        slow.take()
        #expect(publisher.resumptions == 1)
    }

    @Test("a session that ends takes its subscriptions with it")
    func endOfSession() {
        let harness = SessionHarness()
        let (one, two) = (harness.client(), harness.client())
        one.send("SUB a 1\r\nSUB b.* 2\r\nSUB c q 3\r\n")
        #expect(harness.router.subscriptionCount == 3)
        one.session.connectionClosed(.clientClosed)
        #expect(harness.router.subscriptionCount == 0)
        two.send("PUB a 0\r\n\r\nPING\r\n")
        #expect(two.take() == "PONG\r\n")
    }

    @Test(
        "messages are shared, not copied, from some size on, and arrive the same",
        arguments: [8_000, 8_192, 100_000]
    )
    func largeMessages(size: Int) {
        let harness = SessionHarness()
        let receivers = (0..<3).map { _ in harness.client() }
        for receiver in receivers { receiver.send("SUB a 1\r\n") }
        receivers[2].isBlocked = true
        let body = String(repeating: "y", count: size)
        let publisher = harness.client()
        publisher.send("PUB a r \(size)\r\n\(body)\r\nPUB a 1\r\nz\r\n")
        let expected = "MSG a 1 r \(size)\r\n\(body)\r\nMSG a 1 1\r\nz\r\n"
        receivers[2].isBlocked = false
        for receiver in receivers { #expect(receiver.take() == expected) }
    }
}

@Suite("authentication")
struct AuthenticationTests {
    static let users = authentication { $0.users = [.init(name: "ann", password: "secret")] }

    static func authentication(_ configure: (inout BrokerAccess) -> Void) -> Authentication {
        var access = BrokerAccess()
        configure(&access)
        return Authentication(access)
    }

    @Test(
        "credentials decide, and the first operation must be CONNECT",
        arguments: [
            (#"CONNECT {"user":"ann","pass":"secret"}"#, true),
            (#"CONNECT {"user":"ann","pass":"secre"}"#, false),
            (#"CONNECT {"user":"ann"}"#, false), (#"CONNECT {"user":"bob","pass":"secret"}"#, false),
            (#"CONNECT {"user":"","pass":""}"#, false), ("CONNECT {}", false), ("PING", false),
            ("SUB a 1", false),
        ]
    )
    func users(line: String, isAccepted: Bool) {
        let client = SessionHarness(authentication: Self.users).client(connect: nil)
        client.send("\(line)\r\nPING\r\n")
        #expect(client.take() == (isAccepted ? "+OK\r\nPONG\r\n" : "-ERR 'Authorization Violation'\r\n"))
        #expect(client.isClosed == !isAccepted)
    }

    @Test("a token counts in auth_token only")
    func token() {
        let harness = SessionHarness(authentication: Self.authentication { $0.token = "t" })
        #expect(harness.environment.info.requiresAuthentication)
        let right = harness.client(connect: #"{"auth_token":"t","verbose":false}"#)
        #expect(right.take() == "" && !right.isClosed)
        let wrong = harness.client(connect: #"{"pass":"t","verbose":false}"#)
        #expect(wrong.take() == "-ERR 'Authorization Violation'\r\n")
    }

    @Test("with a user for those without credentials, anything may come first")
    func withoutCredentials() {
        let authentication = Self.authentication {
            $0.users = [.init(name: "ann", password: "secret")]
            $0.userWithoutCredentials = "ann"
        }
        let harness = SessionHarness(authentication: authentication)
        #expect(!harness.environment.info.requiresAuthentication)
        let client = harness.client(connect: nil)
        client.send("PING\r\n")
        #expect(client.take() == "PONG\r\n")
        client.send(#"CONNECT {"user":"ann","pass":"wrong"}"# + "\r\n")
        #expect(client.isClosed)
    }

    @Test("who says nothing in time is told so and closed; who did is not")
    func timeout() {
        let harness = SessionHarness(authentication: Self.users)
        let (late, early) = (harness.client(connect: nil), harness.client(connect: nil))
        early.send(#"CONNECT {"user":"ann","pass":"secret","verbose":false}"# + "\r\n")
        for client in [late, early] { client.session.missedAuthenticationDeadline() }
        #expect(late.take() == "-ERR 'Authentication Timeout'\r\n" && late.isClosed)
        #expect(early.take() == "" && !early.isClosed)
    }
}

@Suite("liveness")
struct LivenessTests {
    @Test("a silent client gets two PING, then is stale")
    func silent() {
        let client = SessionHarness().client()
        for turn in 1...4 {
            client.session.pingIntervalPassed(
                at: Moment(nanoseconds: Int64(turn) * 1_000),
                interval: .nanoseconds(500)
            )
        }
        #expect(client.take() == "PING\r\nPING\r\n-ERR 'Stale Connection'\r\n")
        #expect(client.isClosed && client.session.closeReason == .staleConnection)
    }

    @Test("a client that answers is asked again and measured; one that was active is not asked")
    func active() {
        let client = SessionHarness().client()
        let interval = Duration.nanoseconds(500)
        client.session.pingIntervalPassed(at: Moment(nanoseconds: 1_000), interval: interval)
        client.now = Moment(nanoseconds: 1_200)
        client.send("PONG\r\n")
        #expect(client.session.liveness.roundTrip == .nanoseconds(200))
        client.session.pingIntervalPassed(at: Moment(nanoseconds: 1_600), interval: interval)
        #expect(client.take() == "PING\r\n")
        client.session.pingIntervalPassed(at: Moment(nanoseconds: 1_800), interval: interval)
        #expect(client.take() == "PING\r\n")
    }

    @Test("deadlines come up in order, and only when they are due")
    func deadlines() {
        var queue = DeadlineQueue()
        for (client, due) in [(1, 10), (2, 20), (3, 20)] as [(UInt64, Int64)] {
            queue.add(client, due: Moment(nanoseconds: due))
        }
        #expect(queue.popDue(at: Moment(nanoseconds: 9)) == nil)
        #expect(queue.popDue(at: Moment(nanoseconds: 10)) == 1)
        #expect(queue.popDue(at: Moment(nanoseconds: 10)) == nil)
        #expect(queue.next == Moment(nanoseconds: 20))
        #expect(
            [queue.popDue(at: Moment(nanoseconds: 30)), queue.popDue(at: Moment(nanoseconds: 30))] == [2, 3]
        )
        #expect(queue.next == nil)
    }

    @Test("durations too long for nanoseconds do not overflow")
    func longDurations() {
        let moment = Moment(nanoseconds: 1) + .seconds(Int64.max / 2)
        #expect(moment.nanoseconds > 1_000_000_000_000_000_000)
    }
}
