import CSQLite
import RESProtocol

import struct NIOCore.ByteBuffer

/// A compiled statement. Parameters count from 1, columns from 0.
///
/// The one place that reads SQLite's memory: a column's bytes are borrowed between a `step` that gave a row and the
/// next call on the statement, and never leave the closure or method that reads them.
final class SQLiteStatement {
    private let connection: SQLiteConnection
    private let handle: OpaquePointer

    init(_ connection: SQLiteConnection, _ sql: String, isPersistent: Bool) throws(SQLiteError) {
        var prepared: OpaquePointer?
        let flags = isPersistent ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
        let code = sqlite3_prepare_v3(connection.handle, sql, -1, flags, &prepared, nil)
        guard code == SQLITE_OK else { throw connection.error(code) }
        guard let prepared else {
            throw SQLiteError(extendedCode: SQLITE_MISUSE, message: "there is no statement in the text")
        }
        self.connection = connection
        handle = prepared
    }

    deinit { sqlite3_finalize(handle) }

    /// Binds a value; SQLite keeps a copy.
    func bind(_ value: SQLValue, at index: Int) throws(SQLiteError) {
        let index = Int32(clamping: index)
        let code =
            switch value {
            case .null: sqlite3_bind_null(handle, index)
            case .integer(let number): sqlite3_bind_int64(handle, index, number)
            case .real(let number): sqlite3_bind_double(handle, index, number)
            case .text(let text): text.bytes.withUnsafeBytes { bindText($0, index) }
            case .blob(let bytes): bytes.withUnsafeBytes { bindBlob($0, index) }
            }
        guard code == SQLITE_OK else { throw connection.error(code) }
    }

    /// Binds values to the parameters from the first one on.
    func bind(_ values: some Sequence<SQLValue>) throws(SQLiteError) {
        var index = 1
        for value in values {
            try bind(value, at: index)
            index += 1
        }
    }

    /// Advances to the next row; false when there is none, and then the statement is reset.
    func step() throws(SQLiteError) -> Bool {
        let code = sqlite3_step(handle)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE:
            sqlite3_reset(handle)
            return false
        default:
            let error = connection.error(code)
            sqlite3_reset(handle)
            throw error
        }
    }

    /// Runs a statement that gives no rows, or whose rows do not matter.
    func run() throws(SQLiteError) {
        while try step() {}
    }

    /// Ends a run early, so that its locks are released.
    func reset() { sqlite3_reset(handle) }

    /// How many columns a row has.
    var columnCount: Int { Int(sqlite3_column_count(handle)) }

    func isNull(_ column: Int) -> Bool { sqlite3_column_type(handle, Int32(clamping: column)) == SQLITE_NULL }

    func integer(_ column: Int) -> Int64 { sqlite3_column_int64(handle, Int32(clamping: column)) }

    /// The text of a column; empty for NULL.
    func text(_ column: Int) -> String {
        String(decoding: bytes(column), as: UTF8.self)
    }

    /// The name of a column of the result.
    func columnName(_ column: Int) -> String {
        sqlite3_column_name(handle, Int32(clamping: column)).map { String(cString: $0) } ?? ""
    }

    /// The names of the columns of the result.
    var columnNames: [String] { (0..<columnCount).map(columnName) }

    /// How the columns of the result are shown, by the declared types of the table's columns that they are.
    var columnForms: [ColumnForm] {
        (0..<columnCount).map { column in
            let type = sqlite3_column_decltype(handle, Int32(clamping: column)).map { String(cString: $0) }
            return ColumnForm(declaredType: type ?? "")
        }
    }

    /// Whether the statement changes nothing.
    var isReadOnly: Bool { sqlite3_stmt_readonly(handle) != 0 }

    /// Whether the statement is one that changes the schema.
    var isDeclaration: Bool {
        guard !isReadOnly, let sql = sqlite3_sql(handle) else { return false }
        let word = SQLStatements.firstWord(String(cString: sql))
        return ["CREATE", "DROP", "ALTER", "REINDEX", "ANALYZE"].contains(word)
    }

    /// The names of the parameters without their marks, by index.
    ///
    /// - Throws: when a parameter has no name.
    func parameterNames() throws(SQLiteError) -> [String] {
        var names: [String] = []
        for index in 0..<sqlite3_bind_parameter_count(handle) {
            guard let name = sqlite3_bind_parameter_name(handle, index + 1).map({ String(cString: $0) }),
                !name.hasPrefix("?")
            else {
                throw SQLiteError(
                    extendedCode: SQLITE_MISUSE,
                    message: "a parameter has no name; :name would be right"
                )
            }
            names.append(String(name.dropFirst()))
        }
        return names
    }

    /// What SQLite counted since this was last asked.
    func takeCost() -> ReadCost {
        ReadCost(
            steps: Int(sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_VM_STEP, 1)),
            scanned: Int(sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1))
        )
    }

    /// A copy of a column's value.
    func value(_ column: Int) -> SQLValue {
        let index = Int32(clamping: column)
        switch sqlite3_column_type(handle, index) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(handle, index))
        case SQLITE_FLOAT: return .real(sqlite3_column_double(handle, index))
        case SQLITE_TEXT: return .text(SQLBytes(Array(bytes(column))))
        case SQLITE_BLOB: return .blob(Array(bytes(column)))
        default: return .null
        }
    }

    /// Writes a column's value without copying it first; false, with nothing written, for a blob too large for that.
    func write(_ column: Int, as form: ColumnForm, into buffer: inout ByteBuffer) -> Bool {
        let index = Int32(clamping: column)
        switch sqlite3_column_type(handle, index) {
        case SQLITE_INTEGER: buffer.writeValue(sqlite3_column_int64(handle, index), as: form)
        case SQLITE_FLOAT: buffer.writeValue(sqlite3_column_double(handle, index))
        case SQLITE_TEXT: buffer.writeValue(text: Span(_unsafeElements: bytes(column)), as: form)
        case SQLITE_BLOB:
            let bytes = bytes(column)
            guard bytes.count <= ModelEncoding.maximumInlineBlob else { return false }
            buffer.writeSmallBlob(Span(_unsafeElements: bytes))
        default: buffer.writeStaticString("null")
        }
        return true
    }

    /// A copy of a blob.
    func blob(_ column: Int) -> [UInt8] { Array(bytes(column)) }

    /// Writes a column's value as it stands inside a data value, where no `data` may be around it.
    func writeInner(_ column: Int, as form: ColumnForm, into buffer: inout ByteBuffer) {
        var value = ByteBuffer()
        if !write(column, as: form, into: &value) { value.writeLargeBlob(blob(column), at: nil) }
        let slice = JSONSlice(unchecked: value)
        buffer.writeJSON(slice.kind == .object ? slice["data"] ?? slice : slice)
    }

    /// The bytes of a text or blob, in SQLite's memory.
    private func bytes(_ column: Int) -> UnsafeBufferPointer<UInt8> {
        let index = Int32(clamping: column)
        // The pointer has to be asked for before the length: asking converts the value.
        let start =
            sqlite3_column_type(handle, index) == SQLITE_BLOB
            ? sqlite3_column_blob(handle, index)
            : sqlite3_column_text(handle, index).map { UnsafeRawPointer($0) }
        guard let start else { return UnsafeBufferPointer(start: nil, count: 0) }
        return UnsafeBufferPointer(
            start: start.assumingMemoryBound(to: UInt8.self),
            count: Int(sqlite3_column_bytes(handle, index))
        )
    }

    private func bindText(_ bytes: UnsafeRawBufferPointer, _ index: Int32) -> Int32 {
        guard let start = bytes.bindMemory(to: CChar.self).baseAddress else {
            return resdev_bind_text(handle, index, "", 0)
        }
        return resdev_bind_text(handle, index, start, UInt64(bytes.count))
    }

    private func bindBlob(_ bytes: UnsafeRawBufferPointer, _ index: Int32) -> Int32 {
        guard let start = bytes.baseAddress, !bytes.isEmpty else {
            return sqlite3_bind_zeroblob(handle, index, 0)
        }
        return resdev_bind_blob(handle, index, start, UInt64(bytes.count))
    }
}

extension SQLiteStatement {
    /// Binds values by the names of parameters, of which some may have several indices.
    ///
    /// - Parameter indexed: the statement's parameter names by index.
    func bind(_ indexed: [String], _ names: [String], _ values: [SQLValue]) throws(SQLiteError) {
        for (index, name) in indexed.enumerated() {
            guard let position = names.firstIndex(of: name), position < values.count else { continue }
            try bind(values[position], at: index + 1)
        }
    }

    /// The row as an object.
    ///
    /// - Parameter names: the members' names with their colons.
    func object(_ names: [ByteBuffer], _ forms: [ColumnForm]) -> JSONSlice {
        var buffer = ByteBuffer()
        buffer.writeStaticString("{")
        for (column, name) in names.enumerated() {
            if column > 0 { buffer.writeStaticString(",") }
            buffer.writeImmutableBuffer(name)
            writeInner(column, as: column < forms.count ? forms[column] : .plain, into: &buffer)
        }
        buffer.writeStaticString("}")
        return JSONSlice(unchecked: buffer)
    }
}
