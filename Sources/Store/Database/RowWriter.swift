import RESProtocol

/// Creates, changes and deletes rows, inside a transaction that the caller has begun.
final class RowWriter {
    private let connection: SQLiteConnection
    private let statements: StatementCache
    private let reader: RowReader
    private var report: ConstraintReport

    init(_ connection: SQLiteConnection, _ statements: StatementCache, _ reader: RowReader, schema: Schema) {
        self.connection = connection
        self.statements = statements
        self.reader = reader
        report = ConstraintReport(statements: statements, schema: schema)
    }

    /// From now on tables are those of another schema.
    func schemaChanged(_ schema: Schema) {
        report = ConstraintReport(statements: statements, schema: schema)
    }

    /// Creates a row and gives its key.
    func insert(_ table: Table, _ parameters: RowParameters, key: RowKey? = nil) throws(RESError) -> RowKey {
        var columns: [String] = []
        var values: [SQLValue] = []
        if let key {
            columns = SQLText.key(of: table)
            values = key.bindings
        }
        let keyIndices = Set(key == nil ? [] : table.keyColumns.map(\.index))
        for (column, given) in parameters.given where !keyIndices.contains(column.index) {
            guard case .value(let value) = given else { continue }
            columns.append(SQLText.quoted(column.name))
            values.append(value)
        }
        let marks = Array(repeating: "?", count: columns.count).joined(separator: ", ")
        let source =
            columns.isEmpty
            ? "DEFAULT VALUES" : "(\(columns.joined(separator: ", "))) VALUES (\(marks))"
        return try insert(table, "INSERT INTO \(SQLText.name(of: table)) \(source)", values, parameters)
    }

    private func insert(
        _ table: Table,
        _ sql: String,
        _ values: [SQLValue],
        _ parameters: RowParameters
    ) throws(RESError) -> RowKey {
        do throws(SQLiteError) {
            let returning =
                table.key.isInteger ? "" : " RETURNING " + SQLText.key(of: table).joined(separator: ", ")
            if let row = try run(sql + returning, values, keyOf: table), connection.changes > 0 { return row }
        } catch {
            throw report.report(error, writing: table, values: parameters.values, key: nil)
        }
        throw .invalidParams.saying("A trigger or conflict clause of \(table.name) has ignored the row")
    }

    /// Changes columns of a row and gives the row's key, which may be a new one.
    ///
    /// - Throws: `system.notFound` when there is no such row.
    func update(_ table: Table, _ key: RowKey, _ parameters: RowParameters) throws(RESError) -> RowKey {
        var assignments: [String] = []
        var values: [SQLValue] = []
        for (column, given) in parameters.given {
            switch given {
            case .value(let value):
                assignments.append("\(SQLText.quoted(column.name)) = ?")
                values.append(value)
            case .reset:
                assignments.append("\(SQLText.quoted(column.name)) = (\(column.defaultSQL ?? "NULL"))")
            }
        }
        try requireExact(table, key)
        guard !assignments.isEmpty else {
            try requireRow(table, key)
            return key
        }
        let sql =
            "UPDATE \(SQLText.name(of: table)) SET \(assignments.joined(separator: ", "))"
            + " WHERE \(SQLText.hasKey(table))"
        let keyIndices = Set(table.keyColumns.map(\.index))
        let mayMove = parameters.given.contains { keyIndices.contains($0.column.index) }
        let returning = mayMove ? " RETURNING " + SQLText.key(of: table).joined(separator: ", ") : ""
        do throws(SQLiteError) {
            let moved = try run(sql + returning, values + key.bindings, keyOf: mayMove ? table : nil)
            if connection.changes > 0 { return moved ?? key }
        } catch {
            throw report.report(error, writing: table, values: parameters.values, key: key)
        }
        try requireRow(table, key)
        return key
    }

    /// Deletes a row.
    func delete(_ table: Table, _ key: RowKey) throws(RESError) {
        try requireExact(table, key)
        do throws(SQLiteError) {
            let sql = "DELETE FROM \(SQLText.name(of: table)) WHERE \(SQLText.hasKey(table))"
            _ = try run(sql, key.bindings, keyOf: nil)
            if connection.changes > 0 { return }
        } catch {
            throw report.report(error, writing: table, values: [:], key: key)
        }
        try requireRow(table, key)
        throw .invalidParams.saying("A trigger of \(table.name) keeps the row")
    }

    /// Adds to columns of a row, where NULL counts as 0, and gives the columns' new values.
    func increment(_ table: Table, _ key: RowKey, _ amounts: [(column: Column, by: SQLValue)])
        throws(RESError)
        -> [SQLValue]
    {
        try requireExact(table, key)
        let names = amounts.map { SQLText.quoted($0.column.name) }
        let assignments = names.map { "\($0) = coalesce(\($0), 0) + ?" }.joined(separator: ", ")
        let sql =
            "UPDATE \(SQLText.name(of: table)) SET \(assignments) WHERE \(SQLText.hasKey(table))"
            + " RETURNING \(names.joined(separator: ", "))"
        var result: [SQLValue]?
        do throws(SQLiteError) {
            let statement = try statements.statement(sql)
            defer { statement.reset() }
            try statement.bind(amounts.map(\.by) + key.bindings)
            while try statement.step() { result = names.indices.map { statement.value($0) } }
        } catch {
            throw report.report(error, writing: table, values: [:], key: key)
        }
        if let result { return result }
        try requireRow(table, key)
        throw .invalidParams.saying("A trigger of \(table.name) keeps the row as it is")
    }

    /// What named SQL has done.
    struct NamedOutcome {
        var changes = 0
        /// The rows of the last statement that has any; nil when there are too many.
        var rows: [JSONSlice]? = []
        /// Whether a statement may have changed the schema.
        var mayDeclare = false
    }

    /// Runs the statements of named SQL.
    func run(
        _ named: NamedQuery,
        _ arguments: NamedArguments,
        maximumRows: Int
    ) throws(SQLiteError) -> NamedOutcome {
        var outcome = NamedOutcome()
        for text in try SQLStatements.split(named.definition.sql, on: connection) {
            let statement = try connection.prepare(text)
            try statement.bind(try statement.parameterNames(), named.parameters, arguments.values)
            let names = statement.columnNames.map(ModelEncoding.memberPrefix)
            let forms = statement.columnForms
            var rows: [JSONSlice] = []
            var isTooMuch = false
            while try statement.step() {
                isTooMuch = isTooMuch || rows.count >= maximumRows
                if !isTooMuch { rows.append(statement.object(names, forms)) }
            }
            if !names.isEmpty { outcome.rows = isTooMuch ? nil : rows }
            guard !statement.isReadOnly else { continue }
            outcome.changes += statement.isDeclaration ? 0 : connection.changes
            outcome.mayDeclare = outcome.mayDeclare || statement.isDeclaration
        }
        return outcome
    }

    /// - Throws: `system.notFound` when there is no such row.
    func requireRow(_ table: Table, _ key: RowKey) throws(RESError) {
        let exists: Bool
        do throws(SQLiteError) { exists = try reader.exists(table, key) } catch { throw RESError(error) }
        guard exists else { throw .noRow(table, key) }
    }

    /// A declared key may equal another row's by collation; an integer cannot.
    private func requireExact(_ table: Table, _ key: RowKey) throws(RESError) {
        if case .values = key { try requireRow(table, key) }
    }

    /// Runs a statement; of a table, gives the key it returns or the last rowid.
    private func run(_ sql: String, _ values: [SQLValue], keyOf table: Table?) throws(SQLiteError) -> RowKey?
    {
        let statement = try statements.statement(sql)
        defer { statement.reset() }
        try statement.bind(values)
        var key: RowKey?
        while try statement.step() {
            guard let table else { continue }
            key =
                table.key.isInteger
                ? .integer(statement.integer(0))
                : .values((0..<statement.columnCount).map { statement.value($0) })
        }
        guard let table, key == nil, table.key.isInteger else { return key }
        return .integer(connection.lastInsertRowid)
    }
}

extension RowParameters {
    /// The values by column index, without resets.
    var values: [Int: SQLValue] {
        var values: [Int: SQLValue] = [:]
        for case (let column, .value(let value)) in given { values[column.index] = value }
        return values
    }
}

extension RESError {
    /// `system.notFound` for a row.
    static func noRow(_ table: Table, _ key: RowKey) -> RESError {
        notFound.saying("No row \(key.encoded(as: table.keyColumns.map(\.affinity))) in \(table.name)")
    }
}
