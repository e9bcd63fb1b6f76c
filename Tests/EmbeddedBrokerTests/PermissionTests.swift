import NIOCore
import RESProtocol
import Testing

@testable import EmbeddedBroker

@Suite("permissions")
struct PermissionTests {
    static let configuration = """
        authorization { users [
          {user: a, pass: p, permissions: {
            subscribe: {allow: ["foo.*", "bar.>", "q v1", "r", "r v2", "z w.*"], deny: ["bar.no", "bar.x.*", "bar.qq g"]}
            publish: {allow: "foo.*", deny: "foo.no"}}}
          {user: r, pass: p, permissions: {allow_responses: {max: 2, expires: "1s"}, subscribe: "req"}}
          {user: free, pass: p} ] }
        """

    @Test(
        "a subscription is refused that is not allowed, or lies within what is denied",
        arguments: [
            ("foo.a", "", true), ("foo.*", "", true), ("foo", "", false), (">", "", false),
            ("*.*", "", false),
            ("bar.>", "", true), ("bar.no", "", false), ("bar.x.y", "", false), ("bar.x.>", "", false),
            ("q", "", false), ("q", "v1", true), ("q", "v2", false), ("r", "", true), ("r", "v1", false),
            ("r", "v2", true),
            ("z", "w.a", true), ("z", "x", false), ("bar.no", "g", false), ("bar.qq", "g", false),
            ("bar.qq", "h", true),
            ("bar.qq", "", true), ("foo..x", "", false),
        ]
    )
    func subscribing(_ subject: String, _ queue: String, _ isAllowed: Bool) throws {
        let client = try SessionHarness(Self.configuration).client(user: "a")
        client.send("SUB \(subject) \(queue) 1\r\nPING\r\n")
        let using = queue.isEmpty ? "" : " using queue \"\(queue)\""
        let error = "-ERR 'Permissions Violation for Subscription to \"\(subject)\"\(using)'\r\n"
        #expect(client.take() == (isAllowed ? "" : error) + "PONG\r\n")
        #expect(client.session.subscriptions.count == (isAllowed ? 1 : 0))
    }

    @Test(
        "a message is refused that is not allowed, and the client stays",
        arguments: [
            ("foo.a", true), ("foo.no", false), ("foo", false), ("bar", false), ("foo..a", false),
            ("foo.>", true),
        ]
    )
    func publishing(_ subject: String, _ isAllowed: Bool) throws {
        let harness = try SessionHarness(Self.configuration)
        let (client, other) = (harness.client(user: "a"), harness.client(user: "free"))
        other.send("SUB > 1\r\n")
        client.send("PUB \(subject) 1\r\nx\r\nPUB \(subject) 1\r\nx\r\nPING\r\n")
        let error = "-ERR 'Permissions Violation for Publish to \"\(subject)\"'\r\n"
        #expect(client.take() == (isAllowed ? "" : error + error) + "PONG\r\n")
        #expect(other.take().isEmpty == !isAllowed)
    }

    @Test("what is not delivered does not count towards a subscription's maximum")
    func maximum() throws {
        let harness = try SessionHarness(Self.configuration)
        let (client, other) = (harness.client(user: "a"), harness.client(user: "free"))
        client.send("SUB bar.> 1\r\nUNSUB 1 2\r\n")
        other.send(
            "PUB bar.no 0\r\n\r\nPUB bar.no 0\r\n\r\n" + String(repeating: "PUB bar.a 0\r\n\r\n", count: 3)
        )
        #expect(client.take() == "MSG bar.a 1 0\r\n\r\nMSG bar.a 1 0\r\n\r\n")
    }

    @Test("a subscription wider than what is denied does not get what is denied, nor one what is not allowed")
    func filtering() throws {
        let harness = try SessionHarness(Self.configuration)
        let (client, other) = (harness.client(user: "a"), harness.client(user: "free"))
        client.send("SUB bar.> 5\r\nSUB bar.> g 6\r\nSUB foo.> 7\r\n")
        for subject in ["bar.no", "bar.x.y", "bar.ok", "bar.no", "foo.a.b", "foo.a"] {
            other.send("PUB \(subject) 1\r\nx\r\n")
        }
        let expected = "MSG bar.ok 5 1\r\nx\r\nMSG bar.ok 6 1\r\nx\r\nMSG foo.a 7 1\r\nx\r\n"
        #expect(client.take() == expected)
    }

    @Test("who may answer publishes to the reply subjects of what it got, so often and so long")
    func responses() throws {
        let harness = try SessionHarness(Self.configuration)
        let (service, other) = (harness.client(user: "r"), harness.client(user: "free"))
        service.send("SUB req 1\r\nPUB in 0\r\n\r\n")
        #expect(service.take() == "-ERR 'Permissions Violation for Publish to \"in\"'\r\n")
        other.send("SUB in.* 9\r\nPUB req in.1 2\r\nhi\r\nPUB req in.2 2\r\nho\r\n")
        service.take()
        for _ in 0..<3 { service.send("PUB in.1 1\r\nx\r\n") }
        #expect(service.take() == "-ERR 'Permissions Violation for Publish to \"in.1\"'\r\n")
        service.now = Moment(nanoseconds: 1_000_000_001)
        service.send("PUB in.2 1\r\nx\r\n")
        #expect(service.take() == "-ERR 'Permissions Violation for Publish to \"in.2\"'\r\n")
        #expect(other.take() == "MSG in.1 9 1\r\nx\r\nMSG in.1 9 1\r\nx\r\n")
    }

    @Test("reply subjects and decisions that are kept are limited")
    func bounds() throws {
        let rules = try #require(PermissionRules(.responder))
        let permissions = SessionPermissions(rules: rules, seed: 1)
        for number in 0...SessionPermissions.Limits.replies {
            var publication = Publication(
                message: .init(subject: "req", reply: .init("in.\(number)"), payload: .init())
            )
            publication.encode()
            #expect(permissions.mayDeliver(publication, at: Moment(nanoseconds: Int64(number))))
        }
        let (first, last) = (Array("in.0".utf8), Array("in.\(SessionPermissions.Limits.replies)".utf8))
        let mayAnswerFirst = permissions.mayPublish(to: first.span, at: Moment(nanoseconds: 0))
        let mayAnswerLast = permissions.mayPublish(to: last.span, at: Moment(nanoseconds: 0))
        #expect(!mayAnswerFirst && mayAnswerLast)
    }

    @Test("more tokens than the limit are refused")
    func tokens() throws {
        let client = try SessionHarness("max_sub_tokens: 3").client()
        client.send("SUB a.b.c 1\r\nSUB a.b.c.d 2\r\nPING\r\n")
        #expect(
            client.take()
                == "-ERR 'Permissions Violation for Subscription to \"a.b.c.d\", too many tokens'\r\nPONG\r\n"
        )
    }
}

extension SubjectPermissions {
    fileprivate static var responder: SubjectPermissions {
        var permissions = SubjectPermissions()
        permissions.responses = Responses(maximum: 1, expires: .seconds(120))
        return permissions
    }
}
