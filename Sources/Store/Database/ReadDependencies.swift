import CSQLite

/// Which tables and views a statement reads, as SQLite's authorizer sees them while it compiles the statement.
final class ReadDependencies {
    private var names: Set<String> = []

    /// The names of everything in the database's main schema that a statement reads.
    static func of(_ sql: String, on connection: SQLiteConnection) throws(SQLiteError) -> Set<String> {
        let dependencies = ReadDependencies()
        // The callback gets an unretained reference: it is removed before `dependencies` ends its life.
        let context = Unmanaged.passUnretained(dependencies).toOpaque()
        sqlite3_set_authorizer(connection.handle, ReadDependencies.authorize, context)
        defer { sqlite3_set_authorizer(connection.handle, nil, nil) }
        _ = try withExtendedLifetime(dependencies) { () throws(SQLiteError) in try connection.prepare(sql) }
        return dependencies.names
    }

    private static let authorize:
        @convention(c) (
            UnsafeMutableRawPointer?, Int32, UnsafePointer<CChar>?, UnsafePointer<CChar>?,
            UnsafePointer<CChar>?, UnsafePointer<CChar>?
        ) -> Int32 = { context, action, table, _, schema, _ in
            if action == SQLITE_READ, let context, let table {
                let dependencies = Unmanaged<ReadDependencies>.fromOpaque(context).takeUnretainedValue()
                dependencies.names.insert(String(cString: table))
            }
            return SQLITE_OK
        }
}
