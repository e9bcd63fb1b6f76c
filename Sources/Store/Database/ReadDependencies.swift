import CSQLite

/// Which tables and views a statement reads, as SQLite's authorizer sees them while it compiles the statement.
final class ReadDependencies {
    private var columns: [String: Set<String>] = [:]

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
        return dependencies.columns
    }

    private static let authorize:
        @convention(c) (
            UnsafeMutableRawPointer?, Int32, UnsafePointer<CChar>?, UnsafePointer<CChar>?,
            UnsafePointer<CChar>?, UnsafePointer<CChar>?
        ) -> Int32 = { context, action, table, column, schema, _ in
            if action == SQLITE_READ, let context, let table {
                let dependencies = Unmanaged<ReadDependencies>.fromOpaque(context).takeUnretainedValue()
                let column = column.map { String(cString: $0).lowercased() } ?? ""
                var columns = dependencies.columns[String(cString: table), default: []]
                if !column.isEmpty { columns.insert(column) }
                dependencies.columns[String(cString: table)] = columns
            }
            return SQLITE_OK
        }
}
