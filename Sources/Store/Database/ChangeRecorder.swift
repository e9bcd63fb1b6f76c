import CSQLite

/// Hears of every row that the connection's statements touch, through SQLite's preupdate hook.
///
/// The hook sees what others miss: WITHOUT ROWID tables, the deletes inside REPLACE, cascades, triggers and deletes of
/// whole tables. It also fires for what is rolled back later; see `TouchedRows`.
final class ChangeRecorder {
    /// Most rows of one transaction that are told apart; another one counts from the next transaction on.
    var capacity: Int
    private let connection: SQLiteConnection
    private var schema: Schema
    private var touched: TouchedRows
    /// Rows as they were before the transaction, read ahead of a write.
    private var known: [LiveRows.ID: RowImage] = [:]

    /// Starts recording. The recorder must live as long as the connection is used.
    init(_ connection: SQLiteConnection, schema: Schema, capacity: Int) {
        self.connection = connection
        self.schema = schema
        self.capacity = capacity
        touched = TouchedRows(capacity: capacity)
        // An unretained reference: `deinit` removes the hook before it dangles.
        sqlite3_preupdate_hook(
            connection.handle,
            ChangeRecorder.hook,
            Unmanaged.passUnretained(self).toOpaque()
        )
    }

    deinit { sqlite3_preupdate_hook(connection.handle, nil, nil) }

    /// Takes what was recorded and starts anew; after a commit or a rollback.
    func take() -> TouchedRows {
        defer {
            touched = TouchedRows(capacity: capacity)
            known.removeAll()
        }
        return touched
    }

    /// Tells what a row is that is about to be written, where the hook alone could not tell every column.
    func know(_ table: Table, _ key: RowKey, _ image: RowImage) {
        guard !touched.contains(table, key) else { return }
        known[LiveRows.ID(table: ObjectIdentifier(table), key: key)] = image
    }

    /// From now on tables are those of another schema.
    func schemaChanged(_ schema: Schema) {
        self.schema = schema
        touched = TouchedRows(capacity: capacity)
    }

    private static let hook:
        @convention(c) (
            UnsafeMutableRawPointer?, OpaquePointer?, Int32, UnsafePointer<CChar>?, UnsafePointer<CChar>?,
            sqlite3_int64, sqlite3_int64
        ) -> Void = { context, _, operation, database, table, oldRowid, newRowid in
            guard let context, let database, let table, strcmpIsMain(database) else { return }
            Unmanaged<ChangeRecorder>.fromOpaque(context).takeUnretainedValue()
                .record(operation, table: String(cString: table), oldRowid: oldRowid, newRowid: newRowid)
        }

    private func record(_ operation: Int32, table name: String, oldRowid: Int64, newRowid: Int64) {
        guard let table = schema.table(named: name) else { return }
        if operation != SQLITE_INSERT, let key = oldKey(table, oldRowid) {
            touched.touch(table, key) {
                known[LiveRows.ID(table: ObjectIdentifier(table), key: key)] ?? oldImage(table)
            }
        }
        if operation != SQLITE_DELETE, let key = newKey(table, newRowid, operation) {
            touched.touch(table, key) { nil }
        }
    }

    private func oldKey(_ table: Table, _ rowid: Int64) -> RowKey? {
        guard !table.key.isInteger else { return .integer(rowid) }
        let values = table.keyColumns.map { oldValue($0, of: table) }
        return values.contains(nil) ? nil : .values(values.compactMap { $0 })
    }

    private func newKey(_ table: Table, _ rowid: Int64, _ operation: Int32) -> RowKey? {
        guard !table.key.isInteger else { return .integer(rowid) }
        let values = table.keyColumns.map { newValue($0, of: table, operation) }
        return values.contains(nil) ? nil : .values(values.compactMap { $0 })
    }

    private func oldImage(_ table: Table) -> PriorImage {
        table.columns.map { column in
            guard column.generation != .virtual, let value = oldValue(column, of: table) else { return nil }
            // A row stored before its column was added reads as NULL here, whatever the column's default.
            return value.isNull && column.hasConstantDefault ? nil : value
        }
    }

    /// The hook counts the columns of rowid tables as they are stored: without the virtual ones.
    private func oldValue(_ column: Column, of table: Table) -> SQLValue? {
        let index = table.hasRowid ? column.storedPosition : column.position
        var value: OpaquePointer?
        guard sqlite3_preupdate_old(connection.handle, Int32(clamping: index), &value) == SQLITE_OK, let value
        else { return nil }
        return SQLValue(copying: value, for: column)
    }

    private func newValue(_ column: Column, of table: Table, _ operation: Int32) -> SQLValue? {
        let isDeclaredOrder = !table.hasRowid && operation == SQLITE_INSERT
        let index = isDeclaredOrder ? column.position : column.storedPosition
        var value: OpaquePointer?
        guard sqlite3_preupdate_new(connection.handle, Int32(clamping: index), &value) == SQLITE_OK, let value
        else { return nil }
        return SQLValue(copying: value, for: column)
    }
}

private func strcmpIsMain(_ name: UnsafePointer<CChar>) -> Bool {
    name[0] == 0x6d && name[1] == 0x61 && name[2] == 0x69 && name[3] == 0x6e && name[4] == 0
}

extension SQLValue {
    /// A copy of a value that SQLite lends.
    fileprivate init(copying value: OpaquePointer, for column: Column) {
        switch sqlite3_value_type(value) {
        case SQLITE_INTEGER:
            let number = sqlite3_value_int64(value)
            // Whole numbers in a REAL column are stored as integers.
            self = column.affinity == .real ? .real(Double(number)) : .integer(number)
        case SQLITE_FLOAT: self = .real(sqlite3_value_double(value))
        case SQLITE_TEXT:
            let start = UnsafeRawPointer(sqlite3_value_text(value))
            self = .text(SQLBytes(SQLValue.bytes(start, sqlite3_value_bytes(value))))
        case SQLITE_BLOB:
            let start = sqlite3_value_blob(value)
            self = .blob(SQLValue.bytes(start, sqlite3_value_bytes(value)))
        default: self = .null
        }
    }

    private static func bytes(_ start: UnsafeRawPointer?, _ count: Int32) -> [UInt8] {
        Array(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : Int(count)))
    }
}
