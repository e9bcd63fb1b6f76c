import CSQLite
import NIOCore
import RESProtocol
import Testing

@testable import Store

/// Whatever names, queries and parameters say, reads change nothing, and writes change rows alone.
@Suite("Nothing a client sends becomes SQL")
struct InjectionTests {
    private static let script = """
        CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, "b""; DROP TABLE t; --" INTEGER, j JSON);
        CREATE TABLE "u'); DELETE FROM t; --" (k TEXT PRIMARY KEY, t_id INTEGER REFERENCES t (id)) WITHOUT ROWID;
        CREATE VIRTUAL TABLE f USING fts5(a, content='t', content_rowid='id');
        INSERT INTO t VALUES (1, 'x', 2, '{}'), (2, 'y', 3, NULL);
        INSERT INTO "u'); DELETE FROM t; --" VALUES ('q', 1);
        """

    private static let pieces = [
        "'", "\"", ";", "--", "/*", "*/", "DROP TABLE t", "1=1", " OR ", "UNION SELECT", "%27", "%22", "%00",
        "%", "%%", "a", "b\"",
        "=", "&", "__", "__gt=", "__in=", "__like=", "sort=", "fields=", "limit=", "start=", "expand=", "q=",
        ",", "-", "t", "id",
        ".", "$count", "$q", "$schema", "$live", "~27", "~", "*", "NEAR(", "^", "{", "}", "\\", "\u{0}", "ü",
        "💥", "NULL", "x'00'",
        "9223372036854775808", "-1", "1e999", ":n", "?1", "@a", "))", "ATTACH DATABASE 'x' AS y",
        "load_extension('x')",
    ]

    private func text(_ random: inout SeededGenerator) -> String {
        (0..<Int.random(in: 0...7, using: &random)).map { _ in Self.pieces.randomElement(using: &random) ?? ""
        }
        .joined()
    }

    private func declarations(_ store: StoreFixture) throws -> String {
        try store.engine.database.connection.text(
            "SELECT group_concat(name || coalesce(sql, ''), char(10)) FROM sqlite_schema"
        )
    }

    private func fixture() throws -> StoreFixture {
        try StoreFixture(Self.script) {
            $0.namedSQL = [NamedSQL(name: "n", sql: "SELECT * FROM t WHERE a = :n")]
        }
    }

    @Test("ten thousand reads of anything change nothing", arguments: 1...4)
    func reads(seed: UInt64) throws {
        let store = try fixture()
        var random = SeededGenerator(seed: seed)
        let handle = store.engine.database.connection.handle
        let before = try declarations(store)
        let changes = sqlite3_total_changes64(handle)
        let names = [
            "t", "t.1", "t.$count", "u~27~29~3B~20DELETE~20FROM~20t~3B~20--", "t.1.x", "$q.n", "$live", "",
        ]
        for _ in 0..<10_000 {
            var name = "library"
            if Bool.random(using: &random), let known = names.randomElement(using: &random) {
                name += "." + known
            } else {
                name += "." + text(&random).filter { !$0.isWhitespace && $0 != "\u{0}" }
            }
            let query = text(&random)
            let payload = Bool.random(using: &random) ? "" : "{\"query\":\(JSONSlice(string: query).text)}"
            let lines = store.send("get." + name, payload)
            let reply = try #require(lines.last.map { String($0.dropFirst("reply ".count)) })
            let response = try #require(
                ServiceResponse(decoding: ByteBuffer(string: reply)),
                "\(name) \(query) \(reply)"
            )
            if case .error(let error) = response.outcome {
                // A mistake of the client is never one of the database's.
                try #require(!error.message.contains("Database error"), "\(name)?\(query): \(error.message)")
            }
        }
        #expect(sqlite3_total_changes64(handle) == changes)
        #expect(try declarations(store) == before)
    }

    @Test("writes with any names and values change rows alone", arguments: 11...14)
    func writes(seed: UInt64) throws {
        let store = try fixture()
        var random = SeededGenerator(seed: seed)
        let before = try declarations(store)
        let columns = ["id", "a", "b\"; DROP TABLE t; --", "j", "k", "t_id"]
        let subjects = [
            "library.t.new", "library.t.1.set", "library.t.2.put", "library.t.1.increment", "library.t",
            "library.u~27~29~3B~20DELETE~20FROM~20t~3B~20--.new",
            "library.u~27~29~3B~20DELETE~20FROM~20t~3B~20--.q.set",
            "library.$q.n", "library.batch",
        ]
        for _ in 0..<3000 {
            let members = (0..<Int.random(in: 0...3, using: &random)).map { _ -> String in
                let isKnown = Bool.random(using: &random)
                let name = isKnown ? columns.randomElement(using: &random) ?? "a" : text(&random)
                let value =
                    [
                        JSONSlice(string: text(&random)).text, "1", "null", "-1.5e300", "true", "[\"x\"]",
                        "{\"a\":1}",
                        #"{"$base64":true,"encoded":"AAE="}"#, #"{"action":"delete"}"#,
                    ].randomElement(using: &random) ?? "1"
                return JSONSlice(string: name).text + ":" + value
            }
            let lines = store.call(
                subjects.randomElement(using: &random) ?? "",
                "{\(members.joined(separator: ","))}"
            )
            let error = store.error(lines) ?? ""
            try #require(!error.contains("Database error"), "\(members): \(error)")
        }
        #expect(try declarations(store) == before)
        #expect(try store.engine.database.connection.text("PRAGMA integrity_check") == "ok")
    }
}
