import CSQLite
import RESProtocol

import struct NIOCore.ByteBuffer

/// Loads a script, JSON or CSV file into a database.
struct SourceLoader {
    /// What becomes of a table that is there already.
    enum Existing: Hashable, Sendable {
        case refuse
        /// Rows are added to it, by the names of its columns.
        case append
        /// It is dropped first.
        case replace
    }

    let path: String
    /// The service name that resource ids in JSON may begin with, and the table that values without a name go to.
    let name: String
    var existing = Existing.refuse

    /// What was loaded.
    struct Loaded {
        /// Tables with the number of rows.
        var tables: [(name: String, rows: Int)] = []
        /// Number of resources without a schema.
        var resources = 0
    }

    /// Loads bytes of a kind; nothing is kept when this throws, but of a script that ends transactions by itself.
    func load(_ bytes: [UInt8], _ kind: SourceKind, into connection: SQLiteConnection) throws(StoreError)
        -> Loaded
    {
        switch kind {
        case .script, .database:
            try loadScript(bytes, into: connection)
            return Loaded()
        case .json:
            let document = try JSONDocument(bytes, path: path, serviceName: name)
            return try write(document.tables, document.resources, into: connection)
        case .csv:
            let table = try CSVDocument(bytes, path: path).table(named: name)
            return try write([table], [], into: connection)
        }
    }

    private func loadScript(_ script: [UInt8], into connection: SQLiteConnection) throws(StoreError) {
        do throws(ScriptLoader.Failure) {
            try ScriptLoader.run(script, on: connection)
        } catch {
            throw StoreError(
                .script,
                "\(path):\(error.line): \(error.message), in: \(error.statement)",
                remedy: "correct the script; nothing of it was kept"
            )
        }
        guard connection.isAutocommit else {
            throw StoreError(
                .script,
                "\(path): a transaction is begun and not ended",
                remedy: "end the script with COMMIT; nothing of it was kept"
            )
        }
    }

    private func write(
        _ tables: [LoadedTable],
        _ resources: [(name: String, content: GenericContent)],
        into connection: SQLiteConnection
    ) throws(StoreError) -> Loaded {
        var loaded = Loaded(resources: resources.count)
        do throws(SQLiteError) {
            try connection.execute("BEGIN IMMEDIATE")
            for table in tables {
                try TableLoader(connection: connection, existing: existing).load(table, among: tables)
                loaded.tables.append((table.name, table.rows.count))
            }
            let store = ResourceTable(connection, StatementCache(connection))
            for (name, content) in resources { try store.put(name, content) }
            try connection.execute("COMMIT")
        } catch {
            if !connection.isAutocommit { try? connection.execute("ROLLBACK") }
            throw StoreError(
                .script,
                "\(path): \(error.message)",
                remedy: "nothing of the file was kept"
            )
        }
        return loaded
    }
}
