import CSQLite

/// Which tables and views a statement reads, as SQLite's authorizer sees them while it compiles the statement.
final class ReadDependencies {
    private var columns: [String: Set<String>] = [:]
    /// Views through which something is read.
    private var views: Set<String> = []

    /// Everything in the database's main schema that a statement reads, by name, each with its columns in lower case.
    ///
    /// A table of which only rows are counted has no columns.
    static func of(_ sql: String, on connection: SQLiteConnection) throws(SQLiteError) -> [String: Set<
        String
    >] {
        let dependencies = ReadDependencies()
        // The callback gets an unretained reference: it is removed before `dependencies` ends its life.
        let context = Unmanaged.passUnretained(dependencies).toOpaque()
        sqlite3_set_authorizer(connection.handle, ReadDependencies.authorize, context)
        defer { sqlite3_set_authorizer(connection.handle, nil, nil) }
        _ = try withExtendedLifetime(dependencies) { () throws(SQLiteError) in try connection.prepare(sql) }
        sqlite3_set_authorizer(connection.handle, nil, nil)
        try dependencies.addHidden(sql, on: connection)
        return dependencies.columns
    }

    /// Adds what the authorizer does not hear of.
    private func addHidden(_ sql: String, on connection: SQLiteConnection) throws(SQLiteError) {
        var isHidden = OpenedTables.areHidden(in: sql)
        if !isHidden {
            let view = try connection.prepare(
                "SELECT sql FROM sqlite_schema WHERE type = 'view' AND name = ?"
            )
            for name in views.union(columns.keys) where !isHidden {
                try view.bind([.text(SQLBytes(name))])
                if try view.step() { isHidden = OpenedTables.areHidden(in: view.text(0)) }
                view.reset()
            }
        }
        guard isHidden else { return }
        columns.merge(try OpenedTables(sql, on: connection).tables.mapValues(\.columns)) { $0.union($1) }
    }

    private static let authorize:
        @convention(c) (
            UnsafeMutableRawPointer?, Int32, UnsafePointer<CChar>?, UnsafePointer<CChar>?,
            UnsafePointer<CChar>?, UnsafePointer<CChar>?
        ) -> Int32 = { context, action, table, column, schema, view in
            guard let context else { return SQLITE_DENY }
            let dependencies = Unmanaged<ReadDependencies>.fromOpaque(context).takeUnretainedValue()
            // Within a trigger this is its name, and no view is called like that.
            if let view { dependencies.views.insert(String(cString: view)) }
            guard action == SQLITE_READ, let table else { return SQLITE_OK }
            let column = column.map { String(cString: $0).lowercased() } ?? ""
            var columns = dependencies.columns[String(cString: table), default: []]
            if !column.isEmpty { columns.insert(column) }
            dependencies.columns[String(cString: table)] = columns
            return SQLITE_OK
        }
}
