import CSQLite
import Glibc
import RESProtocol

package import struct NIOCore.ByteBuffer

/// Writes what a database holds, as of one moment, while others may write: what `resdev export` does.
package struct DatabaseExport {
    package enum Format: String, Sendable, CaseIterable {
        /// A script that makes the database anew.
        case sql
        /// An object of tables, each an array of objects, and of resources without a schema.
        case json
        /// The rows of one table.
        case csv
        /// A SQLite file: a compact copy.
        case db
    }

    private let connection: SQLiteConnection
    private let path: String
    private let schema: Schema

    /// Opens a database to read.
    package init(path: String) throws(StoreError) {
        self.path = path
        guard FileContents.kind(of: path) == .file else {
            throw StoreError(.missing, "\(path): there is no such file", remedy: "name a SQLite file")
        }
        guard FileContents.isSQLite(path) != false else {
            throw StoreError(.notADatabase, "\(path) is not a SQLite database", remedy: "name a SQLite file")
        }
        do throws(SQLiteError) {
            connection = try SQLiteConnection(path: path, mode: .readOnly)
            connection.setBusyTimeout(milliseconds: 5000)
            schema = try SchemaReader.read(connection, serviceName: "export", options: MappingOptions())
        } catch {
            throw StoreError(.unreadable, "\(path) cannot be read: \(error.message)")
        }
    }

    /// The names of tables, and of views, in the order of their declaration.
    package var tables: [(name: String, isView: Bool)] { schema.tables.map { ($0.name, $0.isView) } }

    /// Makes a copy of the database as a file that is not there yet.
    package func copy(to file: String) throws(StoreError) {
        guard FileContents.kind(of: file) == .missing else {
            throw StoreError(.unwritable, "\(file) is there already", remedy: "name a file that is not")
        }
        do throws(SQLiteError) {
            let statement = try connection.prepare("VACUUM INTO ?")
            try statement.bind([.text(SQLBytes(file))])
            try statement.run()
        } catch {
            throw StoreError(.unwritable, "\(file) cannot be written: \(error.message)")
        }
    }

    /// Writes the database, or some of its tables.
    ///
    /// - Parameters:
    ///   - tables: names of tables and views; nil for all tables.
    ///   - write: takes pieces of text; false when it can take no more, which ends the export.
    package func write(
        _ format: Format,
        tables names: [String]? = nil,
        _ write: (ByteBuffer) -> Bool
    ) throws(StoreError) {
        let tables = try chosen(names)
        do throws(SQLiteError) {
            try connection.execute("BEGIN")
            defer { try? connection.execute("ROLLBACK") }
            switch format {
            case .sql: try SQLDump(connection: connection).write(only: names.map { Set($0) }, write)
            case .json: try writeJSON(tables, withResources: names == nil, write)
            case .csv: for table in tables { try writeCSV(table, write) }
            case .db: break
            }
        } catch {
            throw StoreError(.unreadable, "\(path) cannot be read: \(error.message)")
        }
    }

    private func chosen(_ names: [String]?) throws(StoreError) -> [Table] {
        guard let names else { return schema.tables.filter { !$0.isView } }
        var tables: [Table] = []
        for name in names {
            guard let table = schema.table(named: name) else {
                let question = NearestName.question(name, among: schema.tables.map(\.name))
                throw StoreError(.missing, "there is no table \(name) in \(path)\(question)")
            }
            tables.append(table)
        }
        return tables
    }

    private func writeJSON(
        _ tables: [Table],
        withResources: Bool,
        _ write: (ByteBuffer) -> Bool
    ) throws(SQLiteError) {
        var buffer = ByteBuffer()
        buffer.writeStaticString("{")
        var isFirst = true
        for table in tables {
            buffer.writeString(isFirst ? "\n  " : ",\n  ")
            isFirst = false
            buffer.writeJSON(table.name)
            buffer.writeStaticString(": [")
            let rows = try rows(of: table)
            var isFirstRow = true
            while try rows.step() {
                buffer.writeString(isFirstRow ? "\n    " : ",\n    ")
                isFirstRow = false
                rows.writeObject(of: table, into: &buffer)
                guard buffer.readableBytes < 1 << 16 || flush(&buffer, write) else { return }
            }
            buffer.writeString(isFirstRow ? "]" : "\n  ]")
        }
        if withResources {
            let resources = ResourceTable(connection, StatementCache(connection))
            for name in try resources.names(limit: .max) {
                guard let content = try resources.content(name) else { continue }
                buffer.writeString(isFirst ? "\n  " : ",\n  ")
                isFirst = false
                buffer.writeJSON(name)
                buffer.writeStaticString(": ")
                buffer.writeImmutableBuffer(content.json)
                guard buffer.readableBytes < 1 << 16 || flush(&buffer, write) else { return }
            }
        }
        buffer.writeString(isFirst ? "}\n" : "\n}\n")
        _ = flush(&buffer, write)
    }

    private func writeCSV(_ table: Table, _ write: (ByteBuffer) -> Bool) throws(SQLiteError) {
        var buffer = ByteBuffer()
        for column in table.columns {
            if column.index > 0 { buffer.writeStaticString(",") }
            buffer.writeCSV(column.name)
        }
        buffer.writeStaticString("\r\n")
        let rows = try rows(of: table)
        while try rows.step() {
            for column in table.columns {
                if column.index > 0 { buffer.writeStaticString(",") }
                buffer.writeCSV(rows.value(column.index), column.form)
            }
            buffer.writeStaticString("\r\n")
            guard buffer.readableBytes < 1 << 16 || flush(&buffer, write) else { return }
        }
        _ = flush(&buffer, write)
    }

    private func rows(of table: Table) throws(SQLiteError) -> SQLiteStatement {
        let columns = table.columns.map { SQLText.quoted($0.name) }.joined(separator: ", ")
        let order = SQLText.key(of: table)
        return try connection.prepare(
            "SELECT \(columns) FROM \(SQLText.name(of: table))"
                + (order.isEmpty ? "" : " ORDER BY " + order.joined(separator: ", "))
        )
    }

    private func flush(_ buffer: inout ByteBuffer, _ write: (ByteBuffer) -> Bool) -> Bool {
        defer { buffer = ByteBuffer() }
        return write(buffer)
    }
}

extension SQLiteStatement {
    /// Writes the row as an object whose values come back as they are when the file is loaded.
    fileprivate func writeObject(of table: Table, into buffer: inout ByteBuffer) {
        buffer.writeStaticString("{")
        for column in table.columns {
            if column.index > 0 { buffer.writeStaticString(", ") }
            buffer.writeImmutableBuffer(column.memberPrefix)
            buffer.writeStaticString(" ")
            if case .blob(let bytes) = value(column.index) {
                buffer.writeStaticString("{\"$base64\":true,\"encoded\":\"")
                buffer.writeBytes(Base64.encode(bytes.span))
                buffer.writeStaticString("\"}")
            } else {
                writeInner(column.index, as: column.form, into: &buffer)
            }
        }
        buffer.writeStaticString("}")
    }
}

extension ByteBuffer {
    /// Writes a field; NULL is empty, empty text is a pair of quotes.
    fileprivate mutating func writeCSV(_ value: SQLValue, _ form: ColumnForm) {
        switch value {
        case .null: break
        case .integer(let number) where form == .boolean && (number == 0 || number == 1):
            writeString(number == 1 ? "true" : "false")
        case .integer(let number): writeString(String(number))
        case .real(let number): writeString(number.description)
        case .text(let text): writeCSV(text.string)
        case .blob(let bytes): writeBytes(Base64.encode(bytes.span))
        }
    }

    /// Writes text as a field, in quotes where it has to be.
    fileprivate mutating func writeCSV(_ text: String) {
        let special: (UInt8) -> Bool = {
            $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") || $0 == 0x0a || $0 == 0x0d
        }
        guard text.isEmpty || text.utf8.contains(where: special) else {
            writeString(text)
            return
        }
        writeStaticString("\"")
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") { writeInteger(byte) }
            writeInteger(byte)
        }
        writeStaticString("\"")
    }
}
