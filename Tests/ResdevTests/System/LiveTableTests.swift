import NIOCore
import RESProtocol
import Testing

@testable import resdev

@Suite("Tables below $sys")
struct LiveTableTests {
    private func row(_ value: Int) -> JSONObject {
        var row = JSONObject()
        row.set("value", integer: value)
        return row
    }

    private func events(_ table: inout LiveTable, _ rows: [(String, Int)]) -> [String] {
        table.update(rows.map { (key: $0.0, row: row($0.1)) }).map {
            "\($0.subject) \(String(buffer: $0.payload))"
        }
    }

    @Test("what is different becomes events: changes, removals from the end, additions at the end")
    func transcript() {
        var table = LiveTable(name: "$sys.t")
        #expect(
            events(&table, [("a", 1), ("b", 2)]) == [
                #"event.$sys.t.add {"value":{"rid":"$sys.t.a"},"idx":0}"#,
                #"event.$sys.t.add {"value":{"rid":"$sys.t.b"},"idx":1}"#,
            ]
        )
        #expect(events(&table, [("a", 1), ("b", 2)]).isEmpty)
        #expect(
            events(&table, [("c", 5), ("b", 3)]) == [
                #"event.$sys.t.b.change {"values":{"value":3}}"#,
                #"event.$sys.t.remove {"idx":0}"#, "event.$sys.t.a.delete ",
                #"event.$sys.t.add {"value":{"rid":"$sys.t.c"},"idx":1}"#,
            ]
        )
        #expect(table.collection.text == #"{"collection":[{"rid":"$sys.t.b"},{"rid":"$sys.t.c"}]}"#)
        #expect(table.model("b")?.text == #"{"model":{"value":3}}"#)
        #expect(table.model("a") == nil)
    }

    @Test(
        "only what has $sys as its second part stays in the process",
        arguments: [
            ("get.$sys", true), ("call.$sys.chaos.set", true), ("event.$sys.x.*", true),
            ("get.$system", false),
            ("get.library.$sys", false), ("$sys", false), ("get.library", false), ("_INBOX.abc.1", false),
        ]
    )
    func routing(subject: String, isSystem: Bool) {
        #expect(GatewayBus.isSystem(subject) == isSystem)
    }
}

@Suite("What passes on the bus")
struct SubjectTallyTests {
    @Test("requests are counted with who answers them, and those nobody hears or answers stand out")
    func transcript() throws {
        var tally = SubjectTally()
        func count(
            _ subject: String,
            _ reply: String? = nil,
            by publisher: String,
            heard: Bool = true,
            at now: UInt64
        ) {
            tally.count(subject, reply: reply, bytes: 10, publisher: publisher, isDelivered: heard, now: now)
        }
        count("get.a", "_INBOX.1", by: "gateway", at: 0)
        count("_INBOX.1", by: "service", at: 2_000)
        count("get.a", "_INBOX.2", by: "gateway", at: 5_000)
        count("event.a", by: "service", heard: false, at: 6_000)
        count("get.b", "_INBOX.3", by: "gateway", heard: false, at: 7_000)
        tally.secondPassed(now: 6_000 + SubjectTally.answerTime)
        let a = try #require(tally.entries["get.a"])
        #expect((a.messages, a.requests, a.unanswered, a.unheard) == (2, 2, 1, 0))
        #expect((a.answeredBy, a.answerTime) == ("service", 2_000))
        #expect(tally.entries["event.a"]?.unheard == 1)
        #expect(tally.entries["get.b"]?.unanswered == 1)
        #expect(tally.entries["_INBOX.1"] == nil)
    }

    @Test("subjects beyond the limit are counted together")
    func limit() {
        var tally = SubjectTally()
        for number in 0...SubjectTally.maximumSubjects {
            tally.count("s.\(number)", reply: nil, bytes: 1, publisher: "", isDelivered: true, now: 0)
        }
        #expect(tally.entries.count == SubjectTally.maximumSubjects)
        #expect(tally.others == 1)
    }
}
