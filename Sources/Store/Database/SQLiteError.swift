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
