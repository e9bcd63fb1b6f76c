import CSQLite

/// What SQLite says when it refuses.
struct SQLiteError: Error, Hashable {
    /// The extended result code.
    let extendedCode: Int32
    let message: String

    /// The primary result code.
    var code: Int32 { extendedCode & 0xff }

    /// Whether another connection holds a lock, so that trying again may help.
    var isBusy: Bool { code == SQLITE_BUSY || code == SQLITE_LOCKED }

    /// The file is no longer where it was opened.
    static let moved = SQLiteError(
        extendedCode: SQLITE_READONLY | 4 << 8,
        message: "the database file is no longer where it was; it was removed or replaced"
    )

    /// Somebody has cut off the index of the write-ahead log while a transaction was using it.
    static let indexLost = SQLiteError(
        extendedCode: SQLITE_IOERR | 20 << 8,
        message: "another program has cut off the index of its write-ahead log"
    )

    /// Whether the file is not what it was: what opening it again may mend.
    var isOfFile: Bool {
        switch code {
        case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_CANTOPEN: true
        // Reads, of which short ones tell of a file that was cut off.
        case SQLITE_IOERR: [1, 2].contains(extendedCode >> 8)
        case SQLITE_READONLY: extendedCode == SQLiteError.moved.extendedCode
        default: false
        }
    }

    /// Whether a constraint of the schema was violated, or a trigger raised an error.
    var isConstraint: Bool { code == SQLITE_CONSTRAINT }
}

/// Extended codes of violated constraints, whose macros Swift does not import.
enum ConstraintCode {
    static let check = SQLITE_CONSTRAINT | 1 << 8
    static let foreignKey = SQLITE_CONSTRAINT | 3 << 8
    static let notNull = SQLITE_CONSTRAINT | 5 << 8
    static let primaryKey = SQLITE_CONSTRAINT | 6 << 8
    static let unique = SQLITE_CONSTRAINT | 8 << 8
    static let rowid = SQLITE_CONSTRAINT | 10 << 8
    static let dataType = SQLITE_CONSTRAINT | 12 << 8
}
