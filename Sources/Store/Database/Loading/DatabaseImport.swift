import CSQLite
import Glibc

/// Brings files into a database file: what `resdev import` does.
package struct DatabaseImport {
    /// What becomes of a table that is there already.
    package enum Existing: String, Sendable, CaseIterable {
        case refuse, append, replace
    }

    /// What one file brought.
    package struct Loaded: Sendable {
        package var path: String
        /// Tables with the number of rows; of a script they are not known.
        package var tables: [(name: String, rows: Int)]
        /// Number of resources without a schema.
        package var resources: Int
    }

    /// The database file; made where there is none.
    package let database: String
    package var existing = Existing.refuse

    package init(database: String) {
        self.database = database
    }

    /// Whether a file is a SQLite database, by how it begins; an empty one is, too.
    package static func isDatabase(_ path: String) -> Bool {
        FileContents.kind(of: path) == .file && FileContents.isSQLite(path) == true
    }

    /// Brings in one file. Blocks, for up to five seconds also where another process writes.
    ///
    /// - Parameter name: the table of a CSV file or of an array, and how resource ids may begin; the file's own when nil.
    package func load(_ path: String, named name: String? = nil) throws(StoreError) -> Loaded {
        let kind = SourceKind(path: path)
        guard kind != .database else {
            throw StoreError(
                .notADatabase,
                "\(path) is neither an SQL script nor JSON nor CSV, by its name",
                remedy: "name a file that ends in .sql, .json or .csv"
            )
        }
        guard let bytes = FileContents.read(path) else {
            throw StoreError(.unreadable, "\(path): \(FileContents.lastError)", remedy: "check the path")
        }
        return try load(bytes, kind, from: path, named: name ?? SourceKind.stem(of: path))
    }

    /// Runs an SQL script that is in no file.
    ///
    /// - Parameter source: what errors name it.
    package func load(script: String, from source: String) throws(StoreError) {
        _ = try load(Array(script.utf8), .script, from: source, named: source)
    }

    private func load(_ bytes: [UInt8], _ kind: SourceKind, from path: String, named name: String)
        throws(StoreError) -> Loaded
    {
        let wasMissing = FileContents.kind(of: database) == .missing
        let connection = try open()
        var loader = SourceLoader(path: path, name: name)
        loader.existing =
            switch existing {
            case .refuse: .refuse
            case .append: .append
            case .replace: .replace
            }
        do throws(StoreError) {
            let loaded = try loader.load(bytes, kind, into: connection)
            return Loaded(path: path, tables: loaded.tables, resources: loaded.resources)
        } catch {
            if wasMissing { for suffix in ["", "-wal", "-shm", "-journal"] { unlink(database + suffix) } }
            guard error.message.contains("already") else { throw error }
            throw StoreError(
                error.code,
                error.message,
                remedy: "--append adds rows to it, --replace drops it first"
            )
        }
    }

    private func open() throws(StoreError) -> SQLiteConnection {
        if FileContents.kind(of: database) == .file, FileContents.isSQLite(database) == false {
            throw StoreError(
                .notADatabase,
                "\(database) is not a SQLite database",
                remedy: "name another file; one that is not there is made"
            )
        }
        do throws(SQLiteError) {
            let connection = try SQLiteConnection(path: database, mode: .readWriteCreate)
            connection.setBusyTimeout(milliseconds: 5000)
            if try connection.integer("SELECT count(*) FROM sqlite_schema") == 0 {
                try connection.execute("PRAGMA journal_mode = WAL")
            }
            return connection
        } catch {
            throw StoreError(
                .unwritable,
                "\(database): \(error.message)",
                remedy: "name a file that can be written"
            )
        }
    }
}
