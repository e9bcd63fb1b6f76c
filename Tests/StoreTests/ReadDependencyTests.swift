import RESProtocol
import Testing

@testable import Store
@testable import StoreOracle

@Suite("What a view or named SQL reads")
struct ReadDependencyTests {
    private static let script = """
        CREATE TABLE a (id INTEGER PRIMARY KEY, b_id INTEGER, x, y);
        CREATE TABLE b (id INTEGER PRIMARY KEY, b_id INTEGER, name TEXT, y);
        CREATE TABLE c (b_id INTEGER PRIMARY KEY, z) WITHOUT ROWID;
        CREATE VIEW plain AS SELECT a.x, b.name FROM a JOIN b ON a.b_id = b.id;
        CREATE VIEW hidden AS SELECT a.x, b.name FROM a JOIN b USING (b_id);
        CREATE VIEW chained AS SELECT a.x, c.z FROM a JOIN b USING (b_id) JOIN c USING (b_id);
        CREATE VIEW stacked AS SELECT count(*) AS n FROM hidden;
        """

    private static let all = ["a": ["b_id", "id", "x", "y"], "b": ["b_id", "id", "name", "y"]]

    @Test(
        "tables and columns are known, also those that only USING or NATURAL names",
        arguments: [
            ("SELECT * FROM plain", ["a": ["b_id", "x"], "b": ["id", "name"], "plain": ["name", "x"]]),
            ("SELECT x FROM a ORDER BY y", ["a": ["x", "y"]]),
            ("SELECT count(*) FROM a", ["a": []]),
            ("SELECT * FROM hidden", all.merging(["hidden": ["name", "x"]]) { $1 }),
            ("SELECT a.x FROM a NATURAL JOIN b", all),
            ("SELECT n FROM stacked", all.merging(["stacked": ["n"]]) { $1 }),
            (
                "SELECT z FROM chained",
                all.merging(["c": ["b_id", "z"], "chained": ["z"]]) { $1 }
            ),
            ("SELECT 1", [:]),
        ] as [(String, [String: [String]])]
    )
    func reads(sql: String, expected: [String: [String]]) throws {
        let store = try StoreFixture(Self.script)
        let reads = try ReadDependencies.of(sql, on: store.engine.database.connection)
        #expect(reads == expected.mapValues(Set.init))
    }

    @Test("a view follows a change of a column that only USING names")
    func live() throws {
        let store = try StoreFixture(
            Self.script + "INSERT INTO a VALUES (1, 5, 'x', 0); INSERT INTO b VALUES (1, 4, 'b', 0);"
        )
        #expect(store.get("library.hidden") == #"{"result":{"collection":[],"query":"limit=100"}}"#)
        let lines = store.call("library.b.1.set", #"{"b_id":5}"#)
        #expect(
            lines.contains {
                $0.hasPrefix("event.library.hidden.query") && $0.contains(#"{"data":{"x":"x","name":"b"}}"#)
            }
        )
    }

    @Test("the search of a full-text index is no table that another statement opens")
    func virtualTables() throws {
        let store = try StoreFixture(
            Self.script + "CREATE VIRTUAL TABLE f USING fts5(name, content='b', content_rowid='id');"
        )
        let reads = try ReadDependencies.of(
            "SELECT b.y FROM b NATURAL JOIN (SELECT rowid AS id FROM f WHERE f MATCH 'x')",
            on: store.engine.database.connection
        )
        #expect(reads["b"] == ["b_id", "id", "name", "y"])
    }
}
