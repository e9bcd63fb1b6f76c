import RESProtocol

/// Creates a table for rows of a file, or adds them to one that is there.
struct TableLoader {
    let connection: SQLiteConnection
    let existing: SourceLoader.Existing

    /// Loads one table; `tables` are all of the file, which columns may refer to.
    func load(_ table: LoadedTable, among tables: [LoadedTable]) throws(SQLiteError) {
        let name = SQLText.quoted(table.name)
        if try exists(table.name) {
            switch existing {
            case .refuse:
                throw SQLiteError(extendedCode: 0, message: "there is a table \(table.name) already")
            case .append: return try insert(table, into: name)
            case .replace: try connection.execute("DROP TABLE main.\(name)")
            }
        }
        try connection.execute("CREATE TABLE main.\(name) (\(declaration(table, tables)))")
        try insert(table, into: name)
    }

    private func exists(_ name: String) throws(SQLiteError) -> Bool {
        let rows = try connection.prepare(
            "SELECT 1 FROM main.sqlite_schema WHERE type IN ('table', 'view') AND name = ? COLLATE NOCASE"
        )
        defer { rows.reset() }
        try rows.bind([.text(SQLBytes(name))])
        return try rows.step()
    }

    private func declaration(_ table: LoadedTable, _ tables: [LoadedTable]) -> String {
        let key = table.key
        return table.columns.indices.map { column in
            let name = SQLText.quoted(table.columns[column])
            let type = table.type(of: column)
            if let key, key.column == column {
                return "\(name) \(key.type) PRIMARY KEY" + (key.type == "TEXT" ? " NOT NULL" : "")
            }
            guard let target = table.target(of: column, among: tables), let id = target.key?.column else {
                return "\(name) \(type)"
            }
            return "\(name) \(type) REFERENCES \(SQLText.quoted(target.name)) "
                + "(\(SQLText.quoted(target.columns[id]))) ON DELETE CASCADE"
        }.joined(separator: ", ")
    }

    private func insert(_ table: LoadedTable, into name: String) throws(SQLiteError) {
        let columns = table.columns.map { SQLText.quoted($0) }.joined(separator: ", ")
        let marks = Array(repeating: "?", count: table.columns.count).joined(separator: ", ")
        let types = table.columns.indices.map { table.type(of: $0) }
        let row = try connection.prepare(
            "INSERT INTO main.\(name) (\(columns)) VALUES (\(marks))",
            isPersistent: true
        )
        for values in table.rows {
            try row.bind(zip(values, types).map { $0.stored(as: $1) })
            try row.run()
        }
    }
}
