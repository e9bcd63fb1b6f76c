import CSQLite

/// One connection to a database, used by one thread at a time.
///
/// `@unchecked Sendable`: it is opened and introspected by the thread that starts the store, handed over once to the
/// database thread before that thread runs, and from then on touched by it alone.
final class SQLiteConnection: @unchecked Sendable {
    /// How a file is opened.
    enum Mode {
        case readWrite, readWriteCreate, readOnly
    }

    let handle: OpaquePointer
    /// The file; nil for a database in memory.
    let path: String?

    /// Opens a file, or `:memory:`.
    init(path: String, mode: Mode) throws(SQLiteError) {
        let flags =
            switch mode {
            case .readWrite: SQLITE_OPEN_READWRITE
            case .readWriteCreate: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            case .readOnly: SQLITE_OPEN_READONLY
            }
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(path, &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard let opened, code == SQLITE_OK else {
            let message = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(opened)
            throw SQLiteError(extendedCode: code, message: message)
        }
        handle = opened
        self.path = path == ":memory:" ? nil : path
        if let path = self.path { resdev_guard_index(path) }
    }

    deinit { sqlite3_close_v2(handle) }

    /// The error of the last call that failed.
    func error(_ code: Int32) -> SQLiteError {
        let error = SQLiteError(extendedCode: code, message: String(cString: sqlite3_errmsg(handle)))
        if error.isOfFile { fileError = error }
        return error
    }

    /// The last error that may be the file's, wherever it came up.
    var fileError: SQLiteError?

    /// Runs statements that give no rows and take no values.
    func execute(_ sql: String) throws(SQLiteError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code) }
    }

    /// Compiles one statement, for use now.
    func prepare(_ sql: String, isPersistent: Bool = false) throws(SQLiteError) -> SQLiteStatement {
        try SQLiteStatement(self, sql, isPersistent: isPersistent)
    }

    /// Compiles the statement that begins at an offset in a text that ends with a zero byte.
    ///
    /// - Returns: SQLite's code; the statement, which the caller finalizes, nil where only blanks or an error are; and
    ///   the offset behind it.
    func compileNext(of text: [UInt8], from offset: Int) -> (code: Int32, statement: OpaquePointer?, end: Int)
    {
        precondition(
            text.last == 0 && offset < text.count,
            "the text ends with a zero byte, behind the offset"
        )
        var statement: OpaquePointer?
        var end = offset
        let code = text.withUnsafeBytes { bytes -> Int32 in
            guard let start = bytes.bindMemory(to: CChar.self).baseAddress else { return SQLITE_MISUSE }
            var tail: UnsafePointer<CChar>?
            let code = sqlite3_prepare_v2(handle, start + offset, -1, &statement, &tail)
            if let tail { end = tail - start }
            return code
        }
        return (code, statement, end)
    }

    /// How long a call waits for a lock before it fails as busy.
    func setBusyTimeout(milliseconds: Int32) { sqlite3_busy_timeout(handle, milliseconds) }

    /// Whether the file could be opened for reading only.
    var isReadOnly: Bool { sqlite3_db_readonly(handle, "main") == 1 }

    /// Whether the file that is open is no longer at its path.
    var hasMoved: Bool {
        var moved: Int32 = 0
        return sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0
    }

    /// How often the index of a write-ahead log, of any database of the process, was cut off by somebody.
    static var indexFaults: UInt32 { resdev_index_faults() }

    /// Whether no transaction is open.
    var isAutocommit: Bool { sqlite3_get_autocommit(handle) != 0 }

    /// How many rows the last statement changed, without those of triggers.
    var changes: Int { Int(sqlite3_changes64(handle)) }

    /// The rowid of the last row that was inserted.
    var lastInsertRowid: Int64 { sqlite3_last_insert_rowid(handle) }

    /// The single text that a statement gives.
    func text(_ sql: String) throws(SQLiteError) -> String {
        let statement = try prepare(sql)
        defer { statement.reset() }
        return try statement.step() ? statement.text(0) : ""
    }

    /// The single integer that a statement gives.
    func integer(_ sql: String) throws(SQLiteError) -> Int64 {
        let statement = try prepare(sql)
        defer { statement.reset() }
        return try statement.step() ? statement.integer(0) : 0
    }
}
