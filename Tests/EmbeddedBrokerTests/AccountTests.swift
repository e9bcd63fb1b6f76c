import Testing

@testable import EmbeddedBroker

@Suite("accounts")
struct AccountTests {
    static let configuration = """
        accounts {
          A { users: [{user: a, pass: p}], limits { max_conn: 2, max_subs: 3, max_payload: 100 }
              imports: [{stream: {account: B, subject: "s.*.*"}, to: "t.$2.$1"}, {stream: {account: B, subject: "plain.>"}},
                        {service: {account: B, subject: "svc.*"}, to: "my.*"}, {service: {account: B, subject: "many"}},
                        {service: {account: B, subject: "chunks"}, share: true}]
              mappings { old: new } }
          B { users: [{user: b, pass: p}]
              exports: [{stream: "s.*.*"}, {stream: "plain.>"}, {service: "svc.*"}, {service: many, response_type: stream},
                        {service: chunks, response_type: chunked, accounts: [A]}] }
          C { users: [{user: c, pass: p}] }
        }
        """

    @Test("accounts do not hear each other")
    func isolation() throws {
        let harness = try SessionHarness(Self.configuration)
        let (b, c) = (harness.client(user: "b"), harness.client(user: "c"))
        b.send("SUB > 1\r\n")
        c.send("SUB x 1\r\nPUB x 1\r\nq\r\n")
        #expect(b.take() == "" && c.take() == "MSG x 1 1\r\nq\r\n")
    }

    @Test(
        "a stream comes in under its local subject, to whoever's subscription has a subject of it",
        arguments: [
            ("t.*.*", "MSG t.y.x 1 1\r\n1\r\nMSG t.v.u 1 re 1\r\n2\r\n"),
            ("t.v.*", "MSG t.v.u 1 re 1\r\n2\r\n"),
            ("t.v.u", "MSG t.v.u 1 re 1\r\n2\r\n"), ("t.v.x", ""),
            ("t.>", "MSG t.y.x 1 1\r\n1\r\nMSG t.v.u 1 re 1\r\n2\r\n"),
            ("*.*.u", "MSG t.v.u 1 re 1\r\n2\r\n"), ("s.>", ""), ("t.*", ""),
            ("plain.*", "MSG plain.a 1 1\r\n3\r\n"),
            (">", "MSG t.y.x 1 1\r\n1\r\nMSG t.v.u 1 re 1\r\n2\r\nMSG plain.a 1 1\r\n3\r\n"),
        ]
    )
    func streams(_ pattern: String, _ expected: String) throws {
        let harness = try SessionHarness(Self.configuration)
        let (a, b) = (harness.client(user: "a"), harness.client(user: "b"))
        a.send("SUB \(pattern) 1\r\n")
        b.send("PUB s.x.y 1\r\n1\r\nPUB s.u.v re 1\r\n2\r\nPUB plain.a 1\r\n3\r\nPUB t.v.u 1\r\n4\r\n")
        #expect(a.take() == expected)
        a.send("UNSUB 1\r\n")
        b.send("PUB s.x.y 1\r\n1\r\nPUB plain.a 1\r\n3\r\n")
        #expect(a.take() == "")
        #expect(harness.router.account(named: "B").sublist.count == 0)
    }

    @Test("a maximum counts what came in from another account too")
    func maximum() throws {
        let harness = try SessionHarness(Self.configuration)
        let (a, b) = (harness.client(user: "a"), harness.client(user: "b"))
        a.send("SUB plain.> 1\r\nUNSUB 1 2\r\n")
        for _ in 0..<4 { b.send("PUB plain.a 1\r\nx\r\n") }
        #expect(a.take() == "MSG plain.a 1 1\r\nx\r\nMSG plain.a 1 1\r\nx\r\n")
    }

    /// What the reply subject of a delivered request is.
    private func reply(in text: String) throws -> String {
        try String(#require(text.split(separator: " ").first { $0.hasPrefix("_R_.") }))
    }

    @Test("a request goes over to the service's account, and one answer comes back")
    func service() throws {
        let harness = try SessionHarness(Self.configuration)
        let (a, b) = (harness.client(user: "a"), harness.client(user: "b"))
        a.send("SUB in.* 7\r\nPUB my.x in.1 2\r\nhi\r\n")
        #expect(a.take() == "HMSG in.1 7 36 36\r\nNATS/1.0 503\r\nNats-Subject: my.x\r\n\r\n\r\n")
        b.send("SUB svc.* 3\r\n")
        a.send("PUB my.x in.1 2\r\nhi\r\n")
        let request = b.take()
        #expect(request.hasPrefix("HMSG svc.x 3 _R_."))
        #expect(request.hasSuffix("\r\nNATS/1.0\r\nNats-Request-Info: {\"acc\":\"A\"}\r\n\r\nhi\r\n"))
        let inbox = try reply(in: request)
        b.send("PUB \(inbox) 2\r\nok\r\nPUB \(inbox) 2\r\nno\r\n")
        #expect(a.take() == "MSG in.1 7 2\r\nok\r\n")
        #expect(harness.router.account(named: "B").sublist.count == 1)
    }

    @Test("a service may send many answers, or answers up to an empty one")
    func manyAnswers() throws {
        let harness = try SessionHarness(Self.configuration)
        let (a, b) = (harness.client(user: "a"), harness.client(user: "b"))
        b.send("SUB many 3\r\nSUB chunks 4\r\n")
        a.send("SUB in 7\r\nPUB many in 0\r\n\r\n")
        let many = try reply(in: b.take())
        for _ in 0..<3 { b.send("PUB \(many) 1\r\nx\r\n") }
        #expect(a.take() == String(repeating: "MSG in 7 1\r\nx\r\n", count: 3))
        a.send("PUB chunks in 0\r\n\r\n")
        let request = b.take()
        #expect(request.contains("\"user\":\"a\"") && request.contains("\"host\":\"127.0.0.1\""))
        let chunks = try reply(in: request)
        b.send("PUB \(chunks) 1\r\nx\r\nPUB \(chunks) 0\r\n\r\nPUB \(chunks) 1\r\ny\r\n")
        #expect(a.take() == "MSG in 7 1\r\nx\r\nMSG in 7 0\r\n\r\n")
    }

    @Test("a header that tells who asks cannot be forged")
    func forgery() throws {
        let harness = try SessionHarness(Self.configuration)
        let (a, b) = (harness.client(user: "a"), harness.client(user: "b"))
        b.send("SUB svc.* 3\r\n")
        let block = "NATS/1.0\r\nnats-request-info: {\"acc\":\"Z\"}\r\nX: y\r\n\r\n"
        a.send("HPUB my.x \(block.utf8.count) \(block.utf8.count)\r\n\(block)\r\n")
        #expect(b.take().hasSuffix("\r\nNATS/1.0\r\nX: y\r\nNats-Request-Info: {\"acc\":\"A\"}\r\n\r\n\r\n"))
    }

    @Test("requests that nobody answers are given up when their time is over")
    func expiry() throws {
        let harness = try SessionHarness(Self.configuration)
        let (a, b) = (harness.client(user: "a"), harness.client(user: "b"))
        b.send("SUB svc.* 3\r\n")
        for second in 0..<5 {
            a.now = Moment(nanoseconds: Int64(second) * 60_000_000_000)
            a.send("PUB my.x in 0\r\n\r\n")
        }
        // The service's subscription, and the requests of the last two minutes.
        #expect(harness.router.account(named: "B").sublist.count == 1 + 2)
    }

    @Test("an account's limits hold for its clients")
    func limits() throws {
        let harness = try SessionHarness(Self.configuration)
        let (first, second, third) = (
            harness.client(user: "a"), harness.client(user: "a"), harness.client(user: "a")
        )
        #expect(third.take() == "-ERR 'maximum account active connections exceeded'\r\n" && third.isClosed)
        first.send("SUB a 1\r\nSUB b 2\r\nSUB c 3\r\nSUB d 4\r\n")
        #expect(first.take() == "-ERR 'maximum subscriptions exceeded'\r\n")
        second.send("PUB a 100\r\n\(String(repeating: "x", count: 100))\r\nPUB a 101\r\n")
        #expect(second.take() == "-ERR 'Maximum Payload Violation'\r\n" && second.isClosed)
        #expect(!harness.client(user: "a").isClosed)
    }

    @Test("what is published to a mapped subject is delivered under the other")
    func mapping() throws {
        let client = try SessionHarness(Self.configuration).client(user: "a")
        client.send("SUB old 1\r\nSUB new 2\r\nPUB old 1\r\nx\r\n")
        #expect(client.take() == "MSG new 2 1\r\nx\r\n")
    }

    @Test("weights share messages out, and what they leave is as it was, or lost on purpose")
    func weights() throws {
        let text = """
            mappings { a: [{dest: b, weight: 30%}, {dest: c, weight: 30%}], l: [{dest: l, weight: 40%}] }
            """
        let client = try SessionHarness(text).client()
        client.send("SUB a 1\r\nSUB b 2\r\nSUB c 3\r\nSUB l 4\r\n")
        for _ in 0..<1_000 { client.send("PUB a 0\r\n\r\nPUB l 0\r\n\r\n") }
        let received = client.take().split(separator: "\r\n")
        func count(_ name: String) -> Int { received.count { $0.hasPrefix("MSG \(name) ") } }
        #expect(count("a") + count("b") + count("c") == 1_000)
        #expect(
            320...480 ~= count("a") && 220...380 ~= count("b") && 220...380 ~= count("c")
                && 320...480 ~= count("l")
        )
    }
}
