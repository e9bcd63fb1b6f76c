import CSQLite
import NIOCore
import RESProtocol
import Testing

@testable import Store
@testable import StoreOracle

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
            var typed = NamedSQL(name: "typed", sql: "SELECT :i AS i, :b AS b")
            typed.parameters = ["i": .init(.integer), "b": .init(.boolean, isOptional: true)]
            $0.namedSQL = [
                NamedSQL(name: "n", sql: "SELECT * FROM t WHERE a = :n"), typed,
                NamedSQL(name: "w", sql: "UPDATE t SET a = :n WHERE id = 1; SELECT a FROM t WHERE id = 1"),
            ]
        }
    }

    private static let other = "u~27~29~3B~20DELETE~20FROM~20t~3B~20--"

    /// What is asked of each kind of resource, before text that a client makes up.
    private static let asked: [(name: String, query: String)] = [
        ("t", ""), ("t", "a="), ("t", "a__like="), ("t", "id__in="), ("t", "sort="), ("t", "fields="),
        ("t", "q="),
        ("t", "limit="), ("t", "b%22%3B%20DROP%20TABLE%20t%3B%20--__gt="), ("t.1", ""), ("t.1", "expand="),
        ("t.$count", "a="), (other, "expand="), (other, "expand=t."), ("t.1.\(other)", "k__startswith="),
        ("t.1.\(other).$count", "k="), ("t.1.x", ""), ("$q.n", "n="), ("$q.typed", "i="),
        ("$q.typed", "i=1&b="),
        ("$q.w", "n="), ("$live", "limit="), ("", ""),
    ]

    @Test("ten thousand reads of anything change nothing", arguments: 1...4)
    func reads(seed: UInt64) throws {
        let store = try fixture()
        var random = SeededGenerator(seed: seed)
        let handle = store.engine.database.connection.handle
        let before = try declarations(store)
        let changes = sqlite3_total_changes64(handle)
        var answered: [String: Int] = [:]
        for _ in 0..<10_000 {
            var name = "library"
            var query = text(&random)
            var kind = ""
            if Bool.random(using: &random), let known = Self.asked.randomElement(using: &random) {
                name += known.name.isEmpty ? "" : "." + known.name
                kind = known.name + "?" + known.query
                // Now and then what is asked for is there.
                let there =
                    ["x", "1", "q", "t", "true", "a,id", "-id", "\(Self.other).t"].randomElement(
                        using: &random
                    ) ?? ""
                query = known.query + (Bool.random(using: &random) ? there : query)
            } else {
                name += "." + text(&random).filter { !$0.isWhitespace && $0 != "\u{0}" }
            }
            let isBare = Int.random(in: 0..<8, using: &random) == 0
            let payload = isBare ? "" : "{\"query\":\(JSONSlice(string: query).text)}"
            let lines = store.send("get." + name, payload)
            let reply = try #require(lines.last.map { String($0.dropFirst("reply ".count)) })
            let response = try #require(
                ServiceResponse(decoding: ByteBuffer(string: reply)),
                "\(name) \(query) \(reply)"
            )
            if case .error(let error) = response.outcome {
                // A mistake of the client is never one of the database's.
                try #require(!error.message.contains("Database error"), "\(name)?\(query): \(error.message)")
            } else {
                answered[kind, default: 0] += 1
            }
        }
        for known in Self.asked where !["t.1.x", "$q.w"].contains(known.name) {
            #expect(answered[known.name + "?" + known.query] != nil, "\(known) is never answered")
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
            "library.t.1.\(Self.other).new", "library.$q.n", "library.$q.w", "library.batch",
        ]
        var answered: [String: Int] = [:]
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
            let subject = subjects.randomElement(using: &random) ?? ""
            var params = "{\(members.joined(separator: ","))}"
            if subject.contains("$q") { params = "{\"n\":\(JSONSlice(string: text(&random)).text)}" }
            if subject == "library.batch" { params = batch(params, subjects, &random) }
            let lines = store.call(subject, params)
            if store.error(lines) == nil { answered[subject, default: 0] += 1 }
            let error = store.error(lines) ?? ""
            try #require(!error.contains("Database error"), "\(members): \(error)")
        }
        for subject in subjects where subject != "library.$q.n" {
            #expect(answered[subject] != nil, "\(subject) never succeeds")
        }
        #expect(try declarations(store) == before)
        #expect(try store.engine.database.connection.text("PRAGMA integrity_check") == "ok")
    }

    /// Calls in one transaction, of which many name what is not there.
    private func batch(
        _ params: String,
        _ subjects: [String],
        _ random: inout SeededGenerator
    ) -> String {
        let calls = (0..<Int.random(in: 0...2, using: &random)).map { _ -> String in
            var parts = (subjects.randomElement(using: &random) ?? "").split(separator: ".").map(String.init)
            if Int.random(in: 0..<4, using: &random) == 0 { parts[parts.count - 1] = text(&random) }
            if Int.random(in: 0..<4, using: &random) == 0 { parts[0] = text(&random) }
            let method = JSONSlice(string: parts.removeLast()).text
            let resource = JSONSlice(string: parts.joined(separator: ".")).text
            return #"{"rid":\#(resource),"method":\#(method),"params":\#(params)}"#
        }
        return "[\(calls.joined(separator: ","))]"
    }

    @Test("tokens, queries and parameters that rules compare reach SQL as values alone", arguments: 21...22)
    func rules(seed: UInt64) throws {
        let store = try StoreFixture(Self.script) {
            let access = ResourceAccess(
                get: rule("a = :token.sub OR j IN (SELECT value FROM json_each(:token.roles))"),
                call: CallRules(
                    others: rule("a IS :token.sub AND :params.a IS :token.name AND :method <> 'put'")
                )
            )
            $0.access.tables["t"] = .init(access, at: anywhere)
        }
        var random = SeededGenerator(seed: seed)
        let before = try declarations(store)
        func value() -> String {
            [
                JSONSlice(string: text(&random)).text, "null", "1", "[]",
                "[\(JSONSlice(string: text(&random)).text)]", "{}",
            ]
            .randomElement(using: &random) ?? "1"
        }
        let handle = store.engine.database.connection.handle
        let changes = sqlite3_total_changes64(handle)
        for _ in 0..<2000 {
            // No row has such an owner, so nobody may do anything.
            let token = #"{"sub":"nobody","name":\#(value()),"roles":\#(value())}"#
            let query = JSONSlice(string: "a=" + text(&random)).text
            for resource in [
                "library.t", "library.t.1", "library.t.\(Int.random(in: 2...3, using: &random))",
            ] {
                let reply = store.send(
                    "access.\(resource)",
                    #"{"token":\#(token),"cid":"c","query":\#(query)}"#
                )
                try #require(reply.last?.contains(#""get":true"#) == false, "\(token) \(query) \(reply)")
            }
            let lines = store.call("library.t.1.set", #"{"a":\#(value())}"#, token: token)
            try #require(store.error(lines)?.contains("system.accessDenied") == true, "\(token) \(lines)")
        }
        #expect(sqlite3_total_changes64(handle) == changes)
        #expect(try declarations(store) == before)
    }
}
