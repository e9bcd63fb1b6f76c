@testable import Store

/// A database of random shape, and changes and questions that fit it.
struct RandomSchema {
    /// A table, as far as requests have to know it.
    struct Table {
        let name: String
        let columns: [String]
        let key: [String]
        /// The tables that columns refer to.
        let references: [(column: String, table: String)]
        let isKeyInteger: Bool
    }

    private(set) var tables: [Table] = []
    private(set) var script = ""
    private(set) var views: [String] = []
    private(set) var named: [NamedSQL] = []
    private(set) var options: [String: TableOptions] = [:]

    /// Columns that rows are changed in; what is computed or refers to others is none of them.
    static let plainColumns = ["n", "t", "x", "odd \"col\""]

    init(using random: inout SeededGenerator) {
        for index in 0..<Int.random(in: 2...4, using: &random) { addTable(index, &random) }
        addTriggers(&random)
        addSearch()
        addViews(&random)
    }

    private mutating func addTable(_ index: Int, _ random: inout SeededGenerator) {
        let name = ["people", "odd.name \"q\"", "select", "Ünï"][index]
        let isStrict = Bool.random(using: &random)
        let kind = Int.random(in: 0..<5, using: &random)
        var columns = [
            "n INTEGER",
            "t TEXT" + ["", " COLLATE NOCASE", " COLLATE RTRIM"][Int.random(in: 0..<3, using: &random)],
            isStrict ? "x ANY" : ["x", "x NUMERIC", "x REAL"][Int.random(in: 0..<3, using: &random)],
            "\"odd \"\"col\"\"\" TEXT DEFAULT 'd'",
        ]
        if Bool.random(using: &random) { columns.append("g INTEGER AS (coalesce(n, 0) % 3) STORED") }
        if Bool.random(using: &random) { columns.append("v TEXT AS (upper(t)) VIRTUAL") }
        var references: [(String, String)] = []
        if let target = tables.filter(\.isKeyInteger).randomElement(using: &random) {
            let action = ["CASCADE", "SET NULL"][Int.random(in: 0..<2, using: &random)]
            columns.append(
                "up_id INTEGER REFERENCES \(SQLText.quoted(target.name)) ON DELETE \(action) ON UPDATE CASCADE"
            )
            references = [("up_id", target.name)]
        }
        var key: [String] = []
        var suffix = isStrict ? "STRICT" : ""
        switch kind {
        case 0, 1:
            key = ["id"]
            columns.insert("id INTEGER PRIMARY KEY", at: 0)
        case 2:
            key = ["code"]
            columns.append("code TEXT PRIMARY KEY NOT NULL COLLATE NOCASE")
            suffix += (suffix.isEmpty ? "" : ", ") + "WITHOUT ROWID"
        case 3:
            key = ["k2", "k1"]
            columns += ["k1 INTEGER NOT NULL", "k2 TEXT NOT NULL", "PRIMARY KEY (k2, k1)"]
            if Bool.random(using: &random) { suffix += (suffix.isEmpty ? "" : ", ") + "WITHOUT ROWID" }
        default: break
        }
        script += "CREATE TABLE \(SQLText.quoted(name)) (\(columns.joined(separator: ", "))) \(suffix);\n"
        if Bool.random(using: &random) {
            script += "CREATE INDEX i\(index) ON \(SQLText.quoted(name)) (n, t);\n"
        }
        let isInteger = kind < 2
        tables.append(
            Table(
                name: name,
                columns: Self.plainColumns,
                key: key,
                references: references,
                isKeyInteger: isInteger
            )
        )
    }

    private mutating func addTriggers(_ random: inout SeededGenerator) {
        guard let from = tables.randomElement(using: &random), let to = tables.last, from.name != to.name,
            to.key.count < 2, to.key != ["code"]
        else { return }
        script += """
            CREATE TRIGGER copied AFTER UPDATE OF n ON \(SQLText.quoted(from.name)) WHEN new.n > 3 BEGIN
                INSERT INTO \(SQLText.quoted(to.name)) (n, t) VALUES (new.n - 10, new.t);
                UPDATE \(SQLText.quoted(to.name)) SET x = new.n WHERE n = old.n;
            END;

            """
    }

    private mutating func addSearch() {
        guard let table = tables.first(where: \.isKeyInteger) else { return }
        let name = SQLText.quoted(table.name)
        let content = "'" + table.name.replacing("'", with: "''") + "'"
        script += """
            CREATE VIRTUAL TABLE found USING fts5(t, content=\(content), content_rowid='id');
            CREATE TRIGGER f1 AFTER INSERT ON \(name) BEGIN INSERT INTO found (rowid, t) VALUES (new.id, new.t); END;
            CREATE TRIGGER f2 AFTER DELETE ON \(name) BEGIN
                INSERT INTO found (found, rowid, t) VALUES ('delete', old.id, old.t);
            END;
            CREATE TRIGGER f3 AFTER UPDATE ON \(name) BEGIN
                INSERT INTO found (found, rowid, t) VALUES ('delete', old.id, old.t);
                INSERT INTO found (rowid, t) VALUES (new.id, new.t);
            END;

            """
    }

    private mutating func addViews(_ random: inout SeededGenerator) {
        for (index, table) in tables.enumerated() {
            let name = SQLText.quoted(table.name)
            views.append("sums\(index)")
            script +=
                "CREATE VIEW sums\(index) AS SELECT t, count(*) AS n, max(n) AS x FROM \(name) GROUP BY t;\n"
            if table.isKeyInteger {
                views.append("keyed\(index)")
                var keyed = TableOptions()
                keyed.key = ["id"]
                options["keyed\(index)"] = keyed
                script += "CREATE VIEW keyed\(index) AS SELECT id, n, t, x FROM \(name) WHERE n IS NOT 2;\n"
            }
            if let other = tables.randomElement(using: &random) {
                // Columns that only USING names are read as well.
                views.append("joined\(index)")
                script +=
                    "CREATE VIEW joined\(index) AS SELECT a.t AS t, a.n AS n, b.n AS x FROM \(name) AS a"
                    + " LEFT JOIN \(SQLText.quoted(other.name)) AS b USING (\(Bool.random(using: &random) ? "t" : "x"));\n"
            }
            named.append(
                NamedSQL(name: "above\(index)", sql: "SELECT n, t FROM \(name) WHERE n > :n ORDER BY n, t")
            )
            named.append(
                NamedSQL(
                    name: "grow\(index)",
                    sql: "UPDATE \(name) SET n = n + 1 WHERE n < :n; SELECT changes() AS c"
                )
            )
        }
    }
}
