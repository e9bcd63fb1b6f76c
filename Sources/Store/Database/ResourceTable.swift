import RESProtocol

import struct NIOCore.ByteBuffer

/// The table of ours that holds resources without a schema, by name without the service. It is not served as a table.
///
/// It is made by the first write, so that a database that is only read stays as it is.
final class ResourceTable {
    static let name = "_resdev_resources"

    private let connection: SQLiteConnection
    private let statements: StatementCache

    init(_ connection: SQLiteConnection, _ statements: StatementCache) {
        self.connection = connection
        self.statements = statements
    }

    private static let search = "SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ?"

    /// Whether a database holds such resources.
    static func exists(in connection: SQLiteConnection) throws(SQLiteError) -> Bool {
        let rows = try connection.prepare(search)
        try rows.bind([.text(SQLBytes(name))])
        defer { rows.reset() }
        return try rows.step()
    }

    /// Makes the table where there is none.
    static func create(in connection: SQLiteConnection) throws(SQLiteError) {
        try connection.execute(
            "CREATE TABLE IF NOT EXISTS main.\(name) (id TEXT PRIMARY KEY, content TEXT NOT NULL) WITHOUT ROWID"
        )
    }

    /// What a resource holds; nil when there is none.
    func content(_ id: String) throws(SQLiteError) -> GenericContent? {
        guard try isThere() else { return nil }
        let rows = try statements.statement("SELECT content FROM main.\(Self.name) WHERE id = ?")
        defer { rows.reset() }
        try rows.bind([.text(SQLBytes(id))])
        guard try rows.step() else { return nil }
        return (try? JSONSlice(parsing: rows.text(0))).flatMap { GenericContent(stored: $0) }
    }

    /// Creates or replaces a resource.
    func put(_ id: String, _ content: GenericContent) throws(SQLiteError) {
        if try !isThere() { try Self.create(in: connection) }
        let row = try statements.statement("INSERT OR REPLACE INTO main.\(Self.name) VALUES (?, ?)")
        defer { row.reset() }
        try row.bind([.text(SQLBytes(id)), .text(SQLBytes(Array(content.json.readableBytesView)))])
        try row.run()
    }

    /// Deletes a resource.
    func delete(_ id: String) throws(SQLiteError) {
        guard try isThere() else { return }
        let row = try statements.statement("DELETE FROM main.\(Self.name) WHERE id = ?")
        defer { row.reset() }
        try row.bind([.text(SQLBytes(id))])
        try row.run()
    }

    /// The names of the first resources in their order.
    func names(limit: Int) throws(SQLiteError) -> [String] {
        guard try isThere() else { return [] }
        let rows = try statements.statement("SELECT id FROM main.\(Self.name) ORDER BY id LIMIT ?")
        defer { rows.reset() }
        try rows.bind([.integer(Int64(limit))])
        var names: [String] = []
        while try rows.step() { names.append(rows.text(0)) }
        return names
    }

    /// How many resources there are.
    func count() throws(SQLiteError) -> Int {
        guard try isThere() else { return 0 }
        let rows = try statements.statement("SELECT count(*) FROM main.\(Self.name)")
        defer { rows.reset() }
        return try rows.step() ? Int(rows.integer(0)) : 0
    }

    /// The smallest number above those of a parent's children, `notes.1`, `notes.2` and so on.
    func nextNumber(below parent: String) throws(SQLiteError) -> Int64 {
        guard try isThere() else { return 1 }
        let rows = try statements.statement(
            """
            SELECT max(CAST(substr(id, ?2) AS INTEGER)) FROM main.\(Self.name)
            WHERE id > ?1 || '.' AND id < ?1 || '/' AND substr(id, ?2) NOT GLOB '*[^0-9]*' AND length(id) < ?2 + 18
            """
        )
        defer { rows.reset() }
        try rows.bind([.text(SQLBytes(parent)), .integer(Int64(parent.utf8.count) + 2)])
        return try rows.step() ? rows.integer(0) + 1 : 1
    }

    private func isThere() throws(SQLiteError) -> Bool {
        let rows = try statements.statement(Self.search)
        try rows.bind([.text(SQLBytes(Self.name))])
        defer { rows.reset() }
        return try rows.step()
    }
}
