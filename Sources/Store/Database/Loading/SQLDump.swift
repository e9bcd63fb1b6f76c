import struct NIOCore.ByteBuffer

/// A database as a script that makes it anew.
struct SQLDump {
    let connection: SQLiteConnection

    /// Writes the script: tables with their rows, then full-text indexes, indexes, triggers and views.
    ///
    /// - Parameter names: tables and views to write, with their indexes and triggers; nil for all.
    func write(only names: Set<String>?, _ write: (ByteBuffer) -> Bool) throws(SQLiteError) {
        var buffer = ByteBuffer()
        buffer.writeString("PRAGMA foreign_keys = OFF;\nBEGIN;\n")
        let objects = try objects().filter { names?.contains($0.table) ?? true }
        for object in objects where object.kind == .table {
            buffer.writeString(object.sql + ";\n")
            guard try writeRows(of: object.name, &buffer, write) else { return }
        }
        if names == nil { try writeSequence(&buffer) }
        for object in objects where object.kind == .virtual {
            buffer.writeString(object.sql + ";\n")
            if FullTextClause.index(name: object.name, sql: object.sql) != nil {
                let name = SQLText.quoted(object.name)
                buffer.writeString("INSERT INTO \(name) (\(name)) VALUES ('rebuild');\n")
            } else {
                guard try writeRows(of: object.name, &buffer, write) else { return }
            }
        }
        for object in objects where object.kind == .other { buffer.writeString(object.sql + ";\n") }
        buffer.writeString("COMMIT;\n")
        _ = write(buffer)
    }

    private struct Object {
        enum Kind { case table, virtual, other }

        let name: String
        /// The table that it belongs to.
        let table: String
        let sql: String
        let kind: Kind
    }

    private func objects() throws(SQLiteError) -> [Object] {
        let rows = try connection.prepare(
            """
            SELECT s.name, s.tbl_name, s.sql, s.type, l.type FROM sqlite_schema AS s
            LEFT JOIN pragma_table_list AS l ON l.schema = 'main' AND l.name = s.name AND s.type = 'table'
            WHERE s.sql IS NOT NULL AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND coalesce(l.type, '') <> 'shadow'
            ORDER BY s.type = 'view', s.type = 'trigger', s.rowid
            """
        )
        var objects: [Object] = []
        while try rows.step() {
            let kind: Object.Kind =
                rows.text(3) != "table" ? .other : rows.text(4) == "virtual" ? .virtual : .table
            objects.append(Object(name: rows.text(0), table: rows.text(1), sql: rows.text(2), kind: kind))
        }
        return objects
    }

    private func writeRows(
        of table: String,
        _ buffer: inout ByteBuffer,
        _ write: (ByteBuffer) -> Bool
    ) throws(SQLiteError) -> Bool {
        // What the database computes is not written.
        let columns = try connection.prepare("SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0")
        try columns.bind([.text(SQLBytes(table))])
        var names: [String] = []
        while try columns.step() { names.append(SQLText.quoted(columns.text(0))) }
        let list = names.joined(separator: ", ")
        let rows = try connection.prepare("SELECT \(list) FROM main.\(SQLText.quoted(table))")
        while try rows.step() {
            buffer.writeString("INSERT INTO \(SQLText.quoted(table)) (\(list)) VALUES (")
            for column in names.indices {
                if column > 0 { buffer.writeString(", ") }
                buffer.writeSQL(rows.value(column))
            }
            buffer.writeString(");\n")
            if buffer.readableBytes >= 1 << 16 {
                guard write(buffer) else { return false }
                buffer = ByteBuffer()
            }
        }
        return true
    }

    /// Writes where AUTOINCREMENT goes on.
    private func writeSequence(_ buffer: inout ByteBuffer) throws(SQLiteError) {
        guard try connection.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_sequence'") > 0
        else {
            return
        }
        buffer.writeString("DELETE FROM sqlite_sequence;\n")
        let rows = try connection.prepare("SELECT name, seq FROM sqlite_sequence")
        while try rows.step() {
            buffer.writeString("INSERT INTO sqlite_sequence VALUES (")
            buffer.writeSQL(rows.value(0))
            buffer.writeString(", ")
            buffer.writeSQL(rows.value(1))
            buffer.writeString(");\n")
        }
    }
}

extension ByteBuffer {
    /// Writes a value as a literal of SQL that gives it back exactly.
    fileprivate mutating func writeSQL(_ value: SQLValue) {
        switch value {
        case .null: writeString("NULL")
        case .integer(.min): writeString("(-9223372036854775807 - 1)")
        case .integer(let number): writeString(String(number))
        case .real(let number) where number.isInfinite: writeString(number < 0 ? "-1e999" : "1e999")
        case .real(let number): writeString(number.description)
        case .text(let text)
        where text.bytes.contains(0) || String(validating: text.bytes, as: UTF8.self) == nil:
            writeString("CAST(")
            writeBlobLiteral(text.bytes)
            writeString(" AS TEXT)")
        case .text(let text):
            writeString("'")
            for byte in text.bytes {
                if byte == UInt8(ascii: "'") { writeInteger(byte) }
                writeInteger(byte)
            }
            writeString("'")
        case .blob(let bytes): writeBlobLiteral(bytes)
        }
    }

    private mutating func writeBlobLiteral(_ bytes: [UInt8]) {
        writeString("x'")
        writeHex(bytes)
        writeString("'")
    }
}
