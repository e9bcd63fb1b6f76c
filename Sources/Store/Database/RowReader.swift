import RESProtocol

import struct NIOCore.ByteBuffer

/// Reads rows and collections.
final class RowReader {
    private let statements: StatementCache
    /// What the last collection, count or named SQL that was read has cost.
    private(set) var cost = ReadCost()
    private var byKey: [ObjectIdentifier: SQLiteStatement] = [:]

    init(_ statements: StatementCache) {
        self.statements = statements
    }

    /// Forgets the statements of a schema that is no more.
    func schemaChanged() { byKey.removeAll() }

    /// Writes the model of a row; false, with nothing written, when no row has exactly that key.
    ///
    /// - Complexity: one lookup by key; values go from SQLite to the buffer without copies between.
    func writeModel(
        _ table: Table,
        _ key: RowKey,
        expanding expansion: Expansion? = nil,
        into buffer: inout ByteBuffer
    ) throws(SQLiteError) -> Bool {
        guard let row = try row(table, key) else { return false }
        defer { row.reset() }
        buffer.writeStaticString("{")
        for column in table.columns {
            if column.index > 0 { buffer.writeStaticString(",") }
            buffer.writeImmutableBuffer(column.memberPrefix)
            if !row.write(column.index, as: column.form, into: &buffer) {
                buffer.writeLargeBlob(row.blob(column.index), at: table.blobAddress(key, column))
            }
        }
        table.writeReferences(key: key, expanding: expansion, into: &buffer) { row.value($0) }
        buffer.writeStaticString("}")
        return true
    }

    /// The values of a row; nil when no row has exactly that key.
    func image(_ table: Table, _ key: RowKey) throws(SQLiteError) -> RowImage? {
        guard let row = try row(table, key) else { return nil }
        defer { row.reset() }
        return table.columns.map { row.value($0.index) }
    }

    /// One value of a row; nil when no row has exactly that key.
    func value(_ table: Table, _ key: RowKey, _ column: Column) throws(SQLiteError) -> SQLValue? {
        guard let row = try row(table, key) else { return nil }
        defer { row.reset() }
        return row.value(column.index)
    }

    /// Whether a row has exactly that key.
    func exists(_ table: Table, _ key: RowKey) throws(SQLiteError) -> Bool {
        guard let row = try row(table, key) else { return false }
        row.reset()
        return true
    }

    /// What a collection holds at present.
    func elements(_ query: CollectionQuery, of table: Table) throws(SQLiteError) -> [WindowElement] {
        let select = SelectText(query, from: table)
        let rows = try statements.statement(select.sql)
        defer { end(rows) }
        try rows.bind(select.bindings)
        var elements: [WindowElement] = []
        if let columns = SelectText.elementColumns(query, of: table) {
            while try rows.step() { elements.append(.data(object(of: rows, table, columns))) }
        } else {
            let keyCount = max(1, table.keyColumns.count)
            while try rows.step() { elements.append(.row(key(of: rows, table, keyCount))) }
        }
        return elements
    }

    /// The places of the first rows in the order of a query, which has a key.
    func places(_ query: CollectionQuery, of table: Table, length: Int) throws(SQLiteError) -> [RowOrder
        .Place]
    {
        let select = SelectText(placesOf: query, in: table, length: length)
        let rows = try statements.statement(select.sql)
        defer { end(rows) }
        try rows.bind(select.bindings)
        var places: [RowOrder.Place] = []
        let sorted = query.sort.count
        let keyCount = max(1, table.keyColumns.count)
        while try rows.step() {
            let values = sorted == 0 ? [] : (0..<sorted).map { rows.value($0) }
            places.append(RowOrder.Place(values: values, key: key(of: rows, table, keyCount, from: sorted)))
        }
        return places
    }

    /// How many rows pass the filters of a query.
    func count(_ query: CollectionQuery, of table: Table) throws(SQLiteError) -> Int {
        let select = SelectText(countOf: query, in: table)
        let rows = try statements.statement(select.sql)
        defer { end(rows) }
        try rows.bind(select.bindings)
        return try rows.step() ? Int(rows.integer(0)) : 0
    }

    /// The rows of named SQL that reads.
    func elements(_ named: NamedQuery, _ arguments: NamedArguments) throws(SQLiteError) -> [WindowElement] {
        let rows = try statements.statement(named.definition.sql)
        defer { end(rows) }
        try rows.bind(try rows.parameterNames(), named.parameters, arguments.values)
        let names = rows.columnNames.map(ModelEncoding.memberPrefix)
        var elements: [WindowElement] = []
        var passed = 0
        while elements.count < arguments.limit, try rows.step() {
            passed += 1
            guard passed > arguments.start else { continue }
            elements.append(.data(rows.object(names, named.forms)))
        }
        return elements
    }

    private func end(_ statement: SQLiteStatement) {
        statement.reset()
        cost = statement.takeCost()
    }

    /// How many rows a table has, counting no further than a bound.
    func count(_ table: Table, upTo bound: Int) throws(SQLiteError) -> Int {
        let rows = try statements.statement(
            "SELECT count(*) FROM (SELECT 1 FROM \(SQLText.name(of: table)) LIMIT ?)"
        )
        defer { rows.reset() }
        try rows.bind([.integer(Int64(bound))])
        return try rows.step() ? Int(rows.integer(0)) : 0
    }

    /// The statement, at the row; nil when there is none. A key found by collation or affinity alone is another row's.
    private func row(_ table: Table, _ key: RowKey) throws(SQLiteError) -> SQLiteStatement? {
        let rows = try pointRead(table)
        try rows.bind(key.bindings)
        while try rows.step() {
            guard case .values(let wanted) = key else { return rows }
            if zip(table.keyColumns, wanted).allSatisfy({ rows.value($0.index) == $1 }) { return rows }
        }
        return nil
    }

    private func pointRead(_ table: Table) throws(SQLiteError) -> SQLiteStatement {
        if let statement = byKey[ObjectIdentifier(table)] { return statement }
        let statement = try statements.statement(
            "SELECT \(SQLText.columns(of: table)) FROM \(SQLText.name(of: table)) WHERE \(SQLText.hasKey(table))"
        )
        byKey[ObjectIdentifier(table)] = statement
        return statement
    }

    private func key(of row: SQLiteStatement, _ table: Table, _ count: Int, from first: Int = 0) -> RowKey {
        table.key.isInteger
            ? .integer(row.integer(first)) : .values((first..<first + count).map { row.value($0) })
    }

    private func object(of row: SQLiteStatement, _ table: Table, _ columns: [Int]) -> JSONSlice {
        var buffer = ByteBuffer()
        buffer.writeStaticString("{")
        for (position, column) in columns.enumerated() {
            if position > 0 { buffer.writeStaticString(",") }
            buffer.writeImmutableBuffer(table.columns[column].memberPrefix)
            row.writeInner(position, as: table.columns[column].form, into: &buffer)
        }
        buffer.writeStaticString("}")
        return JSONSlice(unchecked: buffer)
    }
}
