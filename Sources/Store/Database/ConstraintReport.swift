import CSQLite
import RESProtocol

/// Says in terms of the API what SQLite refused.
struct ConstraintReport {
    let statements: StatementCache
    let schema: Schema

    /// The error for who asked for a write.
    func report(_ error: SQLiteError, writing table: Table, values: [Int: SQLValue], key: RowKey?) -> RESError
    {
        guard error.isConstraint else { return RESError(error) }
        switch error.extendedCode {
        case ConstraintCode.notNull:
            return violation(error, table) { "\($0): a value is required" }
        case ConstraintCode.unique, ConstraintCode.primaryKey, ConstraintCode.rowid:
            return violation(error, table) { "\($0): another row of \(table.name) has this already" }
        case ConstraintCode.check: return failedCheck(error, table)
        case ConstraintCode.foreignKey: return foreignKey(error, table, values, key)
        case ConstraintCode.dataType:
            let column = error.message.split(separator: ".").last.map(String.init) ?? ""
            return .invalidColumn(column, error.message)
        default: return .invalidParams.saying(error.message)
        }
    }

    /// Reads `… constraint failed: table.column, table.column`.
    private func violation(_ error: SQLiteError, _ table: Table, _ say: (String) -> String) -> RESError {
        let detail = ConstraintReport.detail(error)
        let prefix = table.name + "."
        let columns = table.columns.map(\.name).filter { (detail + ", ").contains(prefix + $0 + ", ") }
        guard !columns.isEmpty else { return .invalidParams.saying(error.message) }
        return .invalidColumns(columns, say(columns.joined(separator: ", ")))
    }

    private func failedCheck(_ error: SQLiteError, _ table: Table) -> RESError {
        let detail = ConstraintReport.detail(error)
        let words = Set(
            detail.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map { $0.lowercased() }
        )
        let columns = table.columns.map(\.name).filter { words.contains($0.lowercased()) }
        let subject = columns.isEmpty ? "The row" : columns.joined(separator: ", ")
        return .invalidColumns(columns, "\(subject) must satisfy CHECK (\(detail))")
    }

    private static func detail(_ error: SQLiteError) -> String {
        guard let colon = error.message.utf8.firstIndex(of: UInt8(ascii: ":")) else { return error.message }
        return String(error.message[colon...].dropFirst().drop { $0 == " " })
    }

    /// SQLite does not say which foreign key failed, so each is tried.
    private func foreignKey(
        _ error: SQLiteError,
        _ table: Table,
        _ values: [Int: SQLValue],
        _ key: RowKey?
    ) -> RESError {
        for reference in table.references {
            let wanted = reference.columns.compactMap { values[$0] }
            guard wanted.count == reference.columns.count, !wanted.contains(.null),
                (try? exists(in: reference.target, reference.targetColumns, wanted)) == false
            else { continue }
            let columns = reference.columns.map { table.columns[$0].name }
            return .invalidColumns(
                columns,
                "\(columns.joined(separator: ", ")): no such row in \(reference.target)"
            )
        }
        if let key, let referrer = referrer(to: table, key) {
            return .invalidParams.saying("\(referrer) refers to this row")
        }
        return .invalidParams.saying(error.message)
    }

    /// A column by which another row refers to this one, and keeps it from being deleted.
    private func referrer(to table: Table, _ key: RowKey) -> String? {
        for child in schema.tables {
            for reference in child.references
            where reference.restrictsDelete
                && reference.target.lowercased() == table.name.lowercased()
                && reference.columns.count == key.bindings.count
            {
                let columns = reference.columns.map { child.columns[$0].name }
                if (try? exists(in: child.name, columns, key.bindings)) == true {
                    return "\(child.name).\(columns.joined(separator: ","))"
                }
            }
        }
        return nil
    }

    private func exists(in table: String, _ columns: [String], _ values: [SQLValue]) throws(SQLiteError)
        -> Bool
    {
        let conditions = columns.map { SQLText.quoted($0) + " = ?" }.joined(separator: " AND ")
        let rows = try statements.statement(
            "SELECT 1 FROM main.\(SQLText.quoted(table)) WHERE \(conditions) LIMIT 1"
        )
        defer { rows.reset() }
        try rows.bind(values)
        return try rows.step()
    }
}

extension RESError {
    /// What SQLite's errors other than constraints mean to who asked.
    init(_ error: SQLiteError) {
        switch error.code {
        case SQLITE_BUSY, SQLITE_LOCKED:
            self = .serviceUnavailable.saying("The database is locked by another process; try again")
        case SQLITE_READONLY where error.extendedCode == SQLiteError.moved.extendedCode:
            self = .serviceUnavailable.saying(
                "The database file was removed or replaced; nothing was written"
            )
        case SQLITE_READONLY where error.extendedCode >> 8 == 6:
            self = .serviceUnavailable.saying(
                "The database's directory cannot be written; nothing was written"
            )
        case SQLITE_READONLY, SQLITE_PERM:
            self = .forbidden.saying("The database is read-only")
        case SQLITE_FULL: self = .serviceUnavailable.saying("The disk is full; nothing was written")
        case SQLITE_CANTOPEN:
            self = .serviceUnavailable.saying(
                "The database cannot be opened: its file or directory is missing, or closed to this user"
            )
        case SQLITE_IOERR where [1, 2].contains(error.extendedCode >> 8):
            self = .serviceUnavailable.saying("The database file cannot be read; it may have been cut off")
        case SQLITE_IOERR:
            self = .serviceUnavailable.saying(
                "The database file cannot be written (\(error.message)); nothing was written"
            )
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            self = .serviceUnavailable.saying(
                "The database file is damaged (\(error.message)); restore a backup"
            )
        case SQLITE_NOMEM: self = .serviceUnavailable.saying("There is no memory left for the database")
        case SQLITE_TOOBIG: self = .invalidParams.saying("A value is larger than the database takes")
        case SQLITE_MISMATCH:
            self = .invalidParams.saying("A key that is a whole number is given another value")
        case SQLITE_CONSTRAINT: self = .invalidParams.saying(error.message)
        case SQLITE_INTERRUPT: self = .timeout.saying("The query took too long")
        default: self = .internalError.saying("Database error: \(error.message)")
        }
    }
}
