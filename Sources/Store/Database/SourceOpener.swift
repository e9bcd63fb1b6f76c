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
        let kind = SourceKind(path: configuration.path)
        switch FileContents.kind(of: configuration.path) {
        case .missing where kind == .database && configuration.createsFile: break
        case .missing:
            throw StoreError(
                .missing,
                "\(configuration.path): there is no such file",
                remedy: kind == .database
                    ? "check the path; --create makes a new SQLite file"
                    : "check the path; a SQLite file, SQL script, JSON or CSV file is wanted"
            )
        case .directory:
            throw StoreError(
                .notADatabase,
                "\(configuration.path) is a directory",
                remedy: "name a SQLite file or an SQL script in it"
            )
        case .file: break
        }
        if kind == .database, FileContents.kind(of: configuration.path) == .file { try checkKind() }
        var opened = kind == .database ? try openFile(configuration.path) : try openLoaded(kind)
        if opened.connection.isReadOnly {
            opened.remarks.append("served read-only: the file cannot be written")
        }
        try prepare(opened.connection, opened.place)
        if !opened.isInMemory { try chooseJournal(&opened) }
        return opened
    }

    /// Refuses a file that is no SQLite file. SQLite itself would take one of a few bytes for an empty database.
    private func checkKind() throws(StoreError) {
        guard FileContents.isSQLite(configuration.path) == false else { return }
        throw StoreError(
            .notADatabase,
            "\(configuration.path) is not a SQLite database",
            remedy: "a SQLite file (.db, .sqlite, .sqlite3), an SQL script (.sql), .json or .csv is wanted"
        )
    }

    private func openFile(_ path: String) throws(StoreError) -> Opened {
        let connection: SQLiteConnection
        do throws(SQLiteError) {
            let isNew = FileContents.kind(of: path) == .missing
            connection = try SQLiteConnection(
                path: path,
                mode: configuration.isReadOnly ? .readOnly : isNew ? .readWriteCreate : .readWrite
            )
            // Nobody has chosen a way for a new file yet.
            if isNew { try connection.execute("PRAGMA journal_mode = WAL") }
        } catch {
            throw failure(error, path)
        }
        return Opened(connection: connection, isInMemory: false, place: path, remarks: [])
    }

    /// Write-ahead logging, where it is asked for; else the file keeps its way, and people are told of the better one.
    private func chooseJournal(_ opened: inout Opened) throws(StoreError) {
        do throws(SQLiteError) {
            let mode = try opened.connection.text("PRAGMA main.journal_mode")
            guard mode != "wal", !opened.connection.isReadOnly else { return }
            guard configuration.convertsToWAL else {
                opened.remarks.append(
                    "\(configuration.name) keeps its journal mode (\(mode)): --wal makes writes faster, and lets others read meanwhile"
                )
                return
            }
            let now = try opened.connection.text("PRAGMA main.journal_mode = WAL")
            if now != "wal" {
                opened.remarks.append("\(opened.place) cannot be converted to WAL and stays in \(now) mode")
            }
        } catch {
            throw failure(error, opened.place)
        }
    }

    private func openLoaded(_ kind: SourceKind) throws(StoreError) -> Opened {
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
            try load(script, kind, into: connection)
            return Opened(connection: connection, isInMemory: true, place: "memory", remarks: [])
        }
        return try openLoaded(script, kind, into: file)
    }

    /// A database in memory with what the script makes of it.
    func loadAgain() throws(RESError) -> SQLiteConnection {
        let kind = SourceKind(path: configuration.path)
        guard kind != .database else {
            throw .invalidParams.saying(
                "Only what was loaded from a script, JSON or CSV can be reset; take a snapshot of a file and restore that"
            )
        }
        guard let script = FileContents.read(configuration.path) else {
            throw .internalError.saying("\(configuration.path): \(FileContents.lastError)")
        }
        do {
            let connection = try SQLiteConnection(path: ":memory:", mode: .readWriteCreate)
            try load(script, kind, into: connection)
            return connection
        } catch let error as StoreError {
            throw .internalError.saying(error.message)
        } catch {
            throw .internalError.saying("\(error)")
        }
    }

    private func openLoaded(_ script: [UInt8], _ kind: SourceKind, into file: String) throws(StoreError)
        -> Opened
    {
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
            opened.remarks = [
                "\(file) has tables already and is served as it is; \(configuration.path) was not loaded"
            ]
            return opened
        }
        do throws(StoreError) { try load(script, kind, into: connection) } catch {
            if wasMissing { for suffix in ["", "-wal", "-shm", "-journal"] { unlink(file + suffix) } }
            throw error
        }
        return opened
    }

    private func load(_ bytes: [UInt8], _ kind: SourceKind, into connection: SQLiteConnection)
        throws(StoreError)
    {
        _ = try SourceLoader(path: configuration.path, name: configuration.name).load(
            bytes,
            kind,
            into: connection
        )
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
