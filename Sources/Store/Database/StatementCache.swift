/// Compiled statements by their text, so that a shape of statement is compiled once.
final class StatementCache {
    /// How many statements are kept; when there are more, all are compiled anew as they are needed.
    private let capacity: Int
    private let connection: SQLiteConnection
    private var statements: [String: SQLiteStatement] = [:]

    init(_ connection: SQLiteConnection, capacity: Int = 256) {
        self.connection = connection
        self.capacity = capacity
    }

    /// The statement with that text. It is in use until it is reset or run to its end.
    func statement(_ sql: String) throws(SQLiteError) -> SQLiteStatement {
        if let statement = statements[sql] { return statement }
        if statements.count >= capacity { statements.removeAll(keepingCapacity: true) }
        let statement = try connection.prepare(sql, isPersistent: true)
        statements[sql] = statement
        return statement
    }

    /// Drops everything, as after a change of the schema.
    func removeAll() { statements.removeAll() }
}
