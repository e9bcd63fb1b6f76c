import NIOCore
import Testing

@testable import RESProtocol

@Suite("Subjects and patterns")
struct SubjectTests {
    @Test(
        "a subject has tokens and no white space",
        arguments: [
            ("a", true), ("a.b.c", true), ("a.*.>", true), ("$SYS.x", true), ("é", true), ("", false),
            (".", false),
            ("a.", false), (".a", false), ("a..b", false), ("a b", false), ("a\tb", false), ("a\r\n", false),
        ]
    )
    func subjects(text: String, valid: Bool) {
        #expect((Subject(text) != nil) == valid)
    }

    @Test(
        "a pattern may hold > only as its last token",
        arguments: [
            (">", true), ("*", true), ("a.>", true), ("a.*.b", true), ("a*b.c>d", true), (">.a", false),
            ("a.>.b", false),
            ("a..>", false), ("", false),
        ]
    )
    func patterns(text: String, valid: Bool) {
        #expect((SubjectPattern(text) != nil) == valid)
    }

    @Test(
        "a pattern matches whole tokens",
        arguments: [
            ("a.b", "a.b", true), ("a.b", "a.c", false), ("a.b", "a", false), ("a", "a.b", false),
            ("*", "a", true),
            ("*", "a.b", false), ("a.*", "a.b", true), ("a.*", "a", false), ("a.*.c", "a.b.c", true),
            (">", "a", true),
            (">", "a.b.c", true), ("a.>", "a", false), ("a.>", "a.b", true), ("a.>", "a.b.c", true),
            ("a.>", "b.c", false),
            ("a.*.>", "a.b", false), ("a.*.>", "a.b.c", true), ("A", "a", false), ("a*", "ab", false),
            ("a*", "a*", true),
        ]
    )
    func matching(pattern: String, subject: String, expected: Bool) throws {
        #expect(try #require(SubjectPattern(pattern)).matches(subject) == expected)
    }
}

@Suite("Header blocks")
struct MessageHeadersTests {
    @Test("fields are found by their names, in order")
    func fields() {
        let headers = MessageHeaders(fields: [("A", "1"), ("B", "2"), ("A", "3")])
        #expect(String(buffer: headers.block) == "NATS/1.0\r\nA: 1\r\nB: 2\r\nA: 3\r\n\r\n")
        #expect(headers["A"] == ["1", "3"])
        #expect(headers["a"] == [])
        #expect(headers.status == nil)
    }

    @Test("the status stands in the first line")
    func status() {
        #expect(MessageHeaders(status: 503).status == 503)
        #expect(MessageHeaders(block: .init(string: "NATS/1.0 100 Idle Heartbeat\r\n\r\n")).status == 100)
        #expect(MessageHeaders(block: .init(string: "garbage")).status == nil)
        #expect(MessageHeaders(block: .init()).status == nil)
    }
}
