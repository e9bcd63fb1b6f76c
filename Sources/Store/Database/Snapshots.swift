import CSQLite
import RESProtocol

/// Copies of a database that are kept in memory.
struct Snapshots {
    /// How many are kept at most.
    static let maximumCount = 8
    /// Larger databases are not copied, in bytes.
    static let maximumBytes = 256 << 20

    private var copies: [(name: String, connection: SQLiteConnection, bytes: Int)] = []

    /// Their names and sizes, the oldest first.
    var all: [(name: String, bytes: Int)] { copies.map { ($0.name, $0.bytes) } }

    /// Copies a database; a copy of that name is replaced.
    mutating func take(_ name: String, of connection: SQLiteConnection) throws(RESError) {
        guard !name.isEmpty, name.utf8.count <= 100 else {
            throw .invalidParams.saying("A snapshot has a name of 1 to 100 bytes")
        }
        guard copies.count < Snapshots.maximumCount || copies.contains(where: { $0.name == name }) else {
            throw .invalidParams.saying("There are \(Snapshots.maximumCount) snapshots already; delete one")
        }
        do throws(SQLiteError) {
            let bytes = Int(
                try connection.integer("PRAGMA page_count") * (try connection.integer("PRAGMA page_size"))
            )
            guard bytes <= Snapshots.maximumBytes else {
                throw SQLiteError(
                    extendedCode: SQLITE_TOOBIG,
                    message:
                        "the database has \(bytes) bytes; snapshots are kept up to \(Snapshots.maximumBytes)"
                )
            }
            let copy = try SQLiteConnection(path: ":memory:", mode: .readWriteCreate)
            try DatabaseCopy.run(from: connection, to: copy)
            forget(name)
            copies.append((name, copy, bytes))
        } catch {
            throw .internalError.saying("The snapshot could not be taken: \(error.message)")
        }
    }

    /// The copy of a name.
    func copy(named name: String) throws(RESError) -> SQLiteConnection {
        guard let copy = copies.first(where: { $0.name == name }) else {
            let known = copies.map(\.name).joined(separator: ", ")
            throw .notFound.saying("No snapshot \(name); there are: \(known.isEmpty ? "none" : known)")
        }
        return copy.connection
    }

    /// Forgets a copy, if there is one.
    mutating func forget(_ name: String) { copies.removeAll { $0.name == name } }
}

/// Copies the whole content of one database into another (SQLite's online backup).
enum DatabaseCopy {
    static func run(from source: SQLiteConnection, to target: SQLiteConnection) throws(SQLiteError) {
        guard let backup = sqlite3_backup_init(target.handle, "main", source.handle, "main") else {
            throw target.error(sqlite3_errcode(target.handle))
        }
        let code = sqlite3_backup_step(backup, -1)
        let end = sqlite3_backup_finish(backup)
        guard code == SQLITE_DONE, end == SQLITE_OK else {
            let failed = end == SQLITE_OK ? code : end
            throw SQLiteError(extendedCode: failed, message: String(cString: sqlite3_errstr(failed)))
        }
    }
}
