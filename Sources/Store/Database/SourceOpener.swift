import CSQLite
import Glibc
import RESProtocol

/// Opens what a store serves: a database file in place, or a script loaded into memory or a file.
struct SourceOpener {
    let configuration: StoreConfiguration

    /// An open source.
    struct Opened {
        let connection: SQLiteConnection
        let isInMemory: Bool
        /// Where the data is, for people.
        let place: String
        /// What people should know.
        var remarks: [String]
    }

    /// Opens the source.
    func open() throws(StoreError) -> Opened {
        switch FileContents.kind(of: configuration.path) {
        case .missing:
            throw StoreError(
                .missing,
                "\(configuration.path): there is no such file",
                remedy: "check the path; an SQL script or a SQLite file is wanted"
            )
        case .directory:
            throw StoreError(
                .notADatabase,
                "\(configuration.path) is a directory",
                remedy: "name a SQLite file or an SQL script in it"
            )
        case .file: break
        }
        let isScript = configuration.path.lowercased().hasSuffix(".sql")
        if !isScript { try checkKind() }
        var opened =
            isScript
            ? try openScript() : try openFile(configuration.path)
        if opened.connection.isReadOnly {
            opened.remarks.append("served read-only: the file cannot be written")
        }
        try prepare(opened.connection, opened.place)
        return opened
    }

    /// Refuses a file that is no SQLite file. SQLite itself would take one of a few bytes for an empty database.
    private func checkKind() throws(StoreError) {
        guard FileContents.isSQLite(configuration.path) == false else { return }
        throw StoreError(
            .notADatabase,
            "\(configuration.path) is not a SQLite database",
            remedy: "a SQLite file (.db, .sqlite, .sqlite3) or an SQL script (.sql) is wanted"
        )
    }

    private func openFile(_ path: String) throws(StoreError) -> Opened {
        let connection: SQLiteConnection
        do throws(SQLiteError) {
            connection = try SQLiteConnection(
                path: path,
                mode: configuration.isReadOnly ? .readOnly : .readWrite
            )
        } catch {
            throw failure(error, path)
        }
        return Opened(connection: connection, isInMemory: false, place: path, remarks: [])
    }

    private func openScript() throws(StoreError) -> Opened {
        guard let script = FileContents.read(configuration.path) else {
            throw StoreError(
                .unreadable,
                "\(configuration.path): \(FileContents.lastError)",
                remedy: "make the file readable for this user"
            )
        }
        guard let file = configuration.databaseFile else {
            let connection: SQLiteConnection
            do throws(SQLiteError) {
                connection = try SQLiteConnection(path: ":memory:", mode: .readWriteCreate)
            } catch {
                throw failure(error, "memory")
            }
            try load(script, into: connection)
            return Opened(connection: connection, isInMemory: true, place: "memory", remarks: [])
        }
        return try openScript(script, into: file)
    }

    /// A database in memory with what the script makes of it.
    func loadAgain() throws(RESError) -> SQLiteConnection {
        guard configuration.path.lowercased().hasSuffix(".sql") else {
            throw .invalidParams.saying(
                "Only what was loaded from an SQL script can be reset; take a snapshot of a file and restore that"
            )
        }
        guard let script = FileContents.read(configuration.path) else {
            throw .internalError.saying("\(configuration.path): \(FileContents.lastError)")
        }
        do {
            let connection = try SQLiteConnection(path: ":memory:", mode: .readWriteCreate)
            try load(script, into: connection)
            return connection
        } catch let error as StoreError {
            throw .internalError.saying(error.message)
        } catch {
            throw .internalError.saying("\(error)")
        }
    }

    private func openScript(_ script: [UInt8], into file: String) throws(StoreError) -> Opened {
        let wasMissing = FileContents.kind(of: file) == .missing
        if FileContents.kind(of: file) == .directory {
            throw StoreError(.notADatabase, "\(file) is a directory", remedy: "name a file in it")
        }
        if wasMissing, access(FileContents.directory(of: file), W_OK) != 0 {
            throw StoreError(
                .unwritable,
                "\(file): no file can be created in \(FileContents.directory(of: file)): \(FileContents.lastError)",
                remedy: "name a file in a directory that exists and can be written"
            )
        }
        let connection: SQLiteConnection
        let isEmpty: Bool
        do throws(SQLiteError) {
            connection = try SQLiteConnection(path: file, mode: .readWriteCreate)
            connection.setBusyTimeout(milliseconds: Int32(clamping: configuration.busyTimeout))
            isEmpty = try connection.integer("SELECT count(*) FROM sqlite_schema") == 0
            if isEmpty {
                if wasMissing { try connection.execute("PRAGMA journal_mode = WAL") }
                try connection.execute("PRAGMA synchronous = OFF")
            }
        } catch {
            throw failure(error, file)
        }
        var opened = Opened(connection: connection, isInMemory: false, place: file, remarks: [])
        guard isEmpty else {
            opened.remarks = ["\(file) has tables already and is served as it is; the script was not loaded"]
            return opened
        }
        do throws(StoreError) { try load(script, into: connection) } catch {
            if wasMissing { for suffix in ["", "-wal", "-shm", "-journal"] { unlink(file + suffix) } }
            throw error
        }
        return opened
    }

    private func load(_ script: [UInt8], into connection: SQLiteConnection) throws(StoreError) {
        do throws(ScriptLoader.Failure) {
            try ScriptLoader.run(script, on: connection)
        } catch {
            throw StoreError(
                .script,
                "\(configuration.path):\(error.line): \(error.message), in: \(error.statement)",
                remedy: "correct the script; nothing of it was kept"
            )
        }
        guard connection.isAutocommit else {
            throw StoreError(
                .script,
                "\(configuration.path): a transaction is begun and not ended",
                remedy: "end the script with COMMIT; nothing of it was kept"
            )
        }
    }

    /// Makes the connection ready to serve; the first read shows whether this is a database at all.
    private func prepare(_ connection: SQLiteConnection, _ place: String) throws(StoreError) {
        connection.setBusyTimeout(milliseconds: Int32(clamping: configuration.busyTimeout))
        do throws(SQLiteError) {
            _ = try connection.integer("SELECT count(*) FROM sqlite_schema")
            try connection.execute("PRAGMA foreign_keys = ON")
            if configuration.isReadOnly { try connection.execute("PRAGMA query_only = ON") }
            let synchronous = configuration.durability == .full ? "FULL" : "NORMAL"
            try connection.execute("PRAGMA synchronous = \(synchronous)")
        } catch {
            throw failure(error, place)
        }
    }

    private func failure(_ error: SQLiteError, _ path: String) -> StoreError {
        switch error.code {
        case SQLITE_NOTADB:
            StoreError(
                .notADatabase,
                "\(path) is no SQLite database: \(error.message)",
                remedy: "name a SQLite file, or an SQL script whose name ends in .sql"
            )
        case SQLITE_BUSY, SQLITE_LOCKED:
            StoreError(
                .locked,
                "\(path) is locked by another process",
                remedy: "end the transaction that holds the lock and start again"
            )
        case SQLITE_CORRUPT:
            StoreError(
                .notADatabase,
                "\(path) is damaged: \(error.message)",
                remedy: "restore a backup, or recover what is left with: sqlite3 \(path) .recover"
            )
        default:
            StoreError(
                .unreadable,
                "\(path) cannot be opened: \(error.message)",
                remedy: "make the file, and the directory it is in, readable for this user"
            )
        }
    }
}
