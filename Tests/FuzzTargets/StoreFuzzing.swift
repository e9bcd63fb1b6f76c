import CSQLite
import Glibc
import NIOCore
import RESProtocol
import Synchronization

@testable import Store

extension FuzzTarget {
    /// What is asked of a store, line by line: a name, a tab, a query (or a token, where the line begins with `access`).
    /// Nothing of it is part of a statement, nothing in the database is another thing behind it, and no mistake of who asks
    /// is one of the database's.
    static let queries = FuzzTarget(name: "queries") { input in
        shared.withLock { store in
            if store == nil { store = FuzzStore() }
            guard let store else { preconditionFailure("the target's own database cannot be opened") }
            let before = store.changes
            for line in input.split(separator: UInt8(ascii: "\n")).prefix(64) {
                let parts = line.split(
                    separator: UInt8(ascii: "\t"),
                    maxSplits: 1,
                    omittingEmptySubsequences: false
                )
                let name = String(decoding: parts[0], as: UTF8.self)
                let rest = parts.count > 1 ? String(decoding: parts[1], as: UTF8.self) : ""
                if name.hasPrefix("access") {
                    store.send(
                        "access.library\(name.dropFirst(6))",
                        "{\"token\":\(JSONSlice(string: rest).text)}"
                    )
                    store.send(
                        "access.library\(name.dropFirst(6))",
                        "{\"token\":{\"sub\":\(JSONSlice(string: rest).text)}}"
                    )
                } else {
                    let query = "{\"query\":\(JSONSlice(string: rest).text)}"
                    store.send("get.library\(name)", parts.count > 1 ? query : "")
                }
            }
            precondition(store.changes == before, "reading has changed the database")
        }
    }

    /// What is called in a store, line by line: a name with its method, a tab, parameters. Whatever is called, rows change
    /// and nothing else does.
    static let methods = FuzzTarget(name: "methods", isSlow: true) { input in
        guard let store = FuzzStore() else {
            preconditionFailure("the target's own database cannot be opened")
        }
        let before = store.declarations
        for line in input.split(separator: UInt8(ascii: "\n")).prefix(64) {
            let parts = line.split(
                separator: UInt8(ascii: "\t"),
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            let name = String(decoding: parts[0], as: UTF8.self)
            let parameters = parts.count > 1 ? String(decoding: parts[1], as: UTF8.self) : "null"
            store.send("call.library\(name)", "{\"params\":\(parameters)}")
        }
        precondition(store.declarations == before, "a call has changed the schema")
        precondition(store.integrity == "ok", "a call has broken the database")
    }

    private static let shared = Mutex<FuzzStore?>(nil)
}

/// A database in memory, every statement of which is looked at before it runs.
private final class FuzzStore {
    /// Cases have this wherever a text may stand; it is part of no statement of our own.
    fileprivate static let mark = "zq7"

    private let engine: StoreEngine

    init?() {
        guard let script = FuzzStore.script else { return nil }
        var configuration = StoreConfiguration(path: script, name: "library")
        configuration.namedSQL = [NamedSQL(name: "n", sql: "SELECT * FROM t WHERE a = :n")]
        let rule = AccessRule.expression(
            RuleText("a = :token.sub OR id > 1", at: ConfigurationPosition(file: "f", line: 1, column: 1))
        )
        var access = ResourceAccess(get: rule)
        access.call = CallRules(others: .open)
        configuration.access.tables["t"] = .init(
            access,
            at: ConfigurationPosition(file: "f", line: 1, column: 1)
        )
        guard let opened = try? StoreEngine.open(configuration, instance: "fuzz").0 else { return nil }
        engine = opened
        sqlite3_trace_v2(
            handle,
            UInt32(SQLITE_TRACE_STMT),
            { _, _, statement, _ in
                guard let text = sqlite3_sql(OpaquePointer(statement)) else { return 0 }
                precondition(strstr(text, FuzzStore.mark) == nil, "unbound: \(String(cString: text))")
                return 0
            },
            nil
        )
    }

    private var handle: OpaquePointer { engine.database.connection.handle }

    /// Rows changed so far.
    var changes: Int64 { sqlite3_total_changes64(handle) }

    var declarations: String {
        text("SELECT group_concat(name || coalesce(sql, ''), char(10)) FROM sqlite_schema")
    }

    var integrity: String { text("PRAGMA integrity_check") }

    private func text(_ sql: String) -> String { (try? engine.database.connection.text(sql)) ?? "?" }

    /// Sends a request, which must be answered.
    func send(_ subject: String, _ payload: String) {
        // What is no subject never gets as far as a store.
        guard let subject = Subject(subject) else { return }
        let message = Message(subject: subject, reply: "reply", payload: ByteBuffer(string: payload))
        let outputs = engine.process([message], now: 1_000_000_000_000)
        guard let answer = outputs.last(where: { $0.subject.text == "reply" }) else {
            preconditionFailure("no answer to \(subject) \(payload)")
        }
        guard let response = ServiceResponse(decoding: answer.payload) else {
            preconditionFailure("no response: \(String(buffer: answer.payload))")
        }
        if case .error(let error) = response.outcome {
            precondition(!error.message.contains("Database error"), "\(subject) \(payload): \(error.message)")
        }
    }

    /// The script, in a file that stays for the life of the process.
    private static let script: String? = {
        var template = Array("/tmp/fuzz-store-XXXXXX.sql".utf8CString)
        let descriptor = mkstemps(&template, 4)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let text = Array(
            """
            CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c REAL, j JSON, d BLOB);
            CREATE TABLE u (k TEXT PRIMARY KEY, t_id INTEGER REFERENCES t (id) ON DELETE CASCADE) WITHOUT ROWID;
            CREATE TABLE p (x INTEGER, y TEXT, n TEXT UNIQUE, PRIMARY KEY (x, y)) STRICT;
            CREATE VIEW v AS SELECT a, count(*) AS n FROM t GROUP BY a;
            CREATE VIRTUAL TABLE f USING fts5(a, content='t', content_rowid='id');
            INSERT INTO t VALUES (1, 'x', 2, 0.5, '{}', NULL), (2, 'y', 3, NULL, NULL, x'0001');
            INSERT INTO u VALUES ('q', 1);
            INSERT INTO p VALUES (1, 'one', 'uno');
            """.utf8
        )
        guard write(descriptor, text, text.count) == text.count else { return nil }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }()
}
