import NIOCore
import RESProtocol
import Synchronization
import Testing

@testable import Store
@testable import StoreOracle

@Suite("Administration of a database")
struct AdministrationTests {
    private let fixture: StoreFixture

    init() throws {
        fixture = try StoreFixture(
            "CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT); INSERT INTO t VALUES (1, 'a'), (2, NULL);"
        )
    }

    /// The result, or the error as `code: message`; then what was sent.
    private func ask(_ request: AdministrationRequest) -> (answer: String, sent: [String]) {
        let answer: String
        do throws(RESError) {
            answer = try fixture.engine.administer(request, now: fixture.now).text
        } catch {
            answer = "\(error.code): \(error.message)"
        }
        let sent = fixture.engine.outbox.take().map { "\($0.subject) \(String(buffer: $0.payload))" }
        return (answer, sent)
    }

    private func run(_ sql: String, write: Bool = false) -> String {
        ask(.run(sql: sql, mayWrite: write, isPlanWanted: false)).answer
    }

    @Test(
        "what a person's SQL must not do is refused, whatever it is hidden in",
        arguments: [
            ("ATTACH 'x.db' AS x", "ATTACH"), ("DETACH x", "ATTACH"), ("COMMIT", "one transaction"),
            ("BEGIN", "one transaction"), ("SAVEPOINT x", "one transaction"),
            ("PRAGMA journal_mode = OFF", "PRAGMA"),
            ("PRAGMA writable_schema = 1", "PRAGMA"), ("SELECT load_extension('x')", ""),
            ("VACUUM INTO 'x.db'", ""),
            ("PRAGMA query_only = 1", "PRAGMA"), ("", "no statement"), ("-- nothing", "no statement"),
            ("SELECT 1; SELEC 2", "Line 1"), ("SELECT 1;\nSELECT x", "Line 2"), ("SELECT '\0'", "zero byte"),
        ]
    )
    func refused(sql: String, message: String) {
        for write in [false, true] {
            let answer = run(sql, write: write)
            #expect(answer.hasPrefix("system."), "\(answer)")
            #expect(answer.contains(message), "\(answer)")
        }
        #expect(run("SELECT count(*) FROM t").contains("[[2]]"))
    }

    @Test("a statement that writes needs leave, and then its changes are events like any others")
    func writing() {
        #expect(run("UPDATE t SET name = 'b'").hasPrefix("system.forbidden"))
        _ = fixture.get("library.t.1")
        let (answer, sent) = ask(
            .run(sql: "UPDATE t SET name = 'b' WHERE id = 1", mayWrite: true, isPlanWanted: false)
        )
        #expect(answer.contains("\"changes\":1"))
        #expect(sent == [#"event.library.t.1.change {"values":{"name":"b"}}"#])
    }

    @Test("one wrong statement undoes those before it")
    func oneTransaction() {
        #expect(
            run("DELETE FROM t; INSERT INTO nothing VALUES (1)", write: true).hasPrefix(
                "system.invalidParams"
            )
        )
        #expect(run("SELECT count(*) FROM t").contains("[[2]]"))
        #expect(fixture.call("library.t.1.set", "{\"name\":\"c\"}").count == 2)
    }

    @Test("rows are cut at the limit, and values keep their kinds")
    func results() {
        let numbers =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %) SELECT i FROM n"
        let most = SQLConsole.maximumRows
        #expect(run(numbers.replacing("%", with: "\(most)")).contains("\"isCut\":false"))
        #expect(run(numbers.replacing("%", with: "\(most + 1)")).contains("\"isCut\":true"))
        #expect(
            run("SELECT NULL, 1, 9007199254740993, 0.5, '', x'0102', 1e999").contains(
                #"[[null,1,"9007199254740993",0.5,"",{"blob":2},"inf"]]"#
            )
        )
    }

    @Test("a new table is served at once")
    func schema() {
        let (_, sent) = ask(
            .run(sql: "CREATE VIEW v AS SELECT name FROM t", mayWrite: true, isPlanWanted: false)
        )
        #expect(sent.contains(#"system.reset {"resources":["library.v","library.v.>"]}"#), "\(sent)")
        #expect(fixture.get("library.v").contains(#"{"data":{"name":"a"}}"#))
    }

    @Test("a plan is told without running anything")
    func plans() {
        let answer = ask(.explain(sql: "DELETE FROM t WHERE id = 1")).answer
        #expect(answer.contains("SEARCH t USING INTEGER PRIMARY KEY"))
        #expect(run("SELECT count(*) FROM t").contains("[[2]]"))
    }

    @Test("a snapshot is restored with its rows and tables, and everyone asks anew")
    func snapshots() {
        #expect(ask(.snapshot(name: "before")).answer == "null")
        _ = run("DELETE FROM t; CREATE TABLE u(x)", write: true)
        let (answer, sent) = ask(.restore(name: "before"))
        #expect(answer == "null")
        #expect(sent.last == #"system.reset {"resources":["library","library.>"]}"#, "\(sent)")
        #expect(run("SELECT count(*) FROM t").contains("[[2]]"))
        #expect(fixture.get("library.u").contains("system.notFound"))
        #expect(
            ask(.restore(name: "nothing")).answer == "system.notFound: No snapshot nothing; there are: before"
        )
        #expect(ask(.forget(name: "before")).answer == "null")
        #expect(ask(.overview).answer.contains(#""snapshots":[]"#))
    }

    @Test("there are as many snapshots as the limit says")
    func snapshotLimit() {
        for number in 1...Snapshots.maximumCount {
            #expect(ask(.snapshot(name: "\(number)")).answer == "null")
        }
        #expect(ask(.snapshot(name: "more")).answer.hasPrefix("system.invalidParams"))
        #expect(ask(.snapshot(name: "1")).answer == "null")
        #expect(
            ask(.snapshot(name: String(repeating: "x", count: 101))).answer.hasPrefix("system.invalidParams")
        )
    }

    @Test("a reset makes of the database what the script says")
    func reset() {
        _ = run("DELETE FROM t", write: true)
        #expect(ask(.reset).answer == "null")
        #expect(run("SELECT count(*) FROM t").contains("[[2]]"))
    }

    @Test("changes are counted by table")
    func tally() {
        _ = fixture.call("library.t", #"{"name":"c"}"#)
        _ = fixture.call("library.t.1.set", #"{"name":"x"}"#)
        _ = fixture.call("library.t.2.delete")
        _ = fixture.call("library.t.new", #"{"name":"d"}"#)
        #expect(ask(.overview).answer.contains(#""t":{"created":2,"changed":1,"deleted":1}"#))
    }

    @Test("statements are told with their values, and whose they are")
    func tracing() throws {
        let seen = Mutex<[StatementTrace]>([])
        fixture.engine.tracer = StatementTracer(fixture.engine.database.connection) { traces in
            seen.withLock { $0 += traces }
        }
        _ = fixture.call("library.t.1.set", #"{"name":"it's"}"#)
        let traces = seen.withLock { $0 }
        #expect(traces.contains { $0.reply == "reply" && $0.sql.contains("'it''s'") })
        #expect(traces.contains { $0.reply == nil && $0.sql == "COMMIT" })
        fixture.engine.tracer = nil
        _ = fixture.call("library.t.1.set", #"{"name":"y"}"#)
        #expect(seen.withLock { $0.count } == traces.count)
    }
}
