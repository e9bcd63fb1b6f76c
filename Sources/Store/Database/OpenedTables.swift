/// The tables that a statement reads by itself, as the program says that SQLite makes of it.
///
/// The authorizer is not asked about columns that `USING` or `NATURAL` compares, so it may not hear of their tables at all.
struct OpenedTables {
    struct Opened {
        /// All columns, in lower case.
        var columns: Set<String> = []
        /// How often the table, or an index of it, is opened.
        var count = 0
    }

    /// Those of the main schema, by name.
    private(set) var tables: [String: Opened] = [:]

    /// Whether something may be read that the authorizer is not asked about; some texts are suspected in vain.
    static func areHidden(in sql: String) -> Bool {
        let folded = sql.lowercased()
        return folded.contains("using") || folded.contains("natural")
    }

    /// Finds out what a statement opens.
    init(_ sql: String, on connection: SQLiteConnection) throws(SQLiteError) {
        let program = try connection.prepare("EXPLAIN " + sql)
        var pages: [Int64: Int] = [:]
        while try program.step() {
            // Of these, p2 is the page where the table or index begins, and p3 the schema.
            guard ["OpenRead", "OpenWrite", "ReopenIdx"].contains(program.text(1)), program.integer(4) == 0
            else { continue }
            pages[program.integer(3), default: 0] += 1
        }
        guard !pages.isEmpty else { return }
        let roots = try connection.prepare("SELECT rootpage, tbl_name FROM sqlite_schema WHERE rootpage > 0")
        while try roots.step() {
            guard let count = pages[roots.integer(0)] else { continue }
            tables[roots.text(1), default: Opened()].count += count
        }
        let columns = try connection.prepare("SELECT lower(name) FROM pragma_table_xinfo(?)")
        for name in tables.keys {
            try columns.bind([.text(SQLBytes(name))])
            while try columns.step() { tables[name]?.columns.insert(columns.text(0)) }
        }
    }
}
