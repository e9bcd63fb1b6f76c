import RESProtocol

/// An expression of the configuration that was checked against the schema and is ready to be evaluated.
///
/// Values are bound; the expression's own text is all of the configuration that becomes SQL.
final class CompiledRule {
    let expression: RuleExpression
    /// The table whose columns it may name; nil for what belongs to no table.
    let table: Table?
    /// The columns of its table that it reads, in lower case.
    let columns: Set<String>
    /// Other tables that it reads, in lower case.
    let otherTables: Set<String>

    private let connection: SQLiteConnection
    /// Evaluates it for the row with a key, or with NULL for every column where there is none.
    private var ofRow: SQLiteStatement?
    /// Evaluates it with NULL for every column.
    private var ofNothing: SQLiteStatement?
    /// Evaluates it with some columns fixed, by their positions.
    private var ofFixed: [[Int]: SQLiteStatement] = [:]
    /// Shapes of queries whose statements are kept.
    private static let keptShapes = 64

    /// Checks an expression against the schema.
    ///
    /// - Parameter readable: names of other tables that it may read.
    /// - Throws: what is wrong with it, and where.
    init(
        _ text: RuleText,
        for table: Table?,
        readable: Set<String>,
        on connection: SQLiteConnection
    ) throws(ConfigurationError) {
        let expression = try RuleExpression(text)
        let prefix = "SELECT ("
        var sql = prefix + expression.sql + "\n) IS TRUE"
        if let table { sql += " FROM \(SQLText.name(of: table))" }
        let own = table.map { Set([$0.name]) } ?? []
        let compiled = RuleAuthorizer.compile(sql, readable: readable.union(own), on: connection)
        if case .failure(let error) = compiled.result {
            let offset = max(0, (compiled.errorOffset ?? prefix.utf8.count) - prefix.utf8.count)
            let isCutShort = compiled.errorOffset != nil && offset >= expression.sql.utf8.count
            let message =
                compiled.authorizer.refusal
                ?? (isCutShort
                    ? "the expression is not complete"
                    : CompiledRule.explain(error.message, columns: table?.columns.map(\.name) ?? []))
            throw ConfigurationError(message, at: expression.position(ofByte: offset))
        }
        let reads = compiled.authorizer.reads
        self.expression = expression
        self.table = table
        self.connection = connection
        columns = table.flatMap { reads[$0.name.lowercased()] }?.subtracting([""]) ?? []
        otherTables = Set(reads.keys.filter { $0 != table?.name.lowercased() })
    }

    /// Whether what it says can be different from row to row, or with another table's rows.
    var dependsOnData: Bool { !columns.isEmpty || !otherTables.isEmpty }

    /// Whether it is true for a row; a row that is not there has NULL in every column.
    func holds(_ key: RowKey, _ arguments: RuleArguments) throws(SQLiteError) -> Bool {
        guard let table else { return try holdsForNothing(arguments) }
        let statement: SQLiteStatement
        if let ofRow {
            statement = ofRow
        } else {
            statement = try connection.prepare(
                "SELECT (\(expression.sql)\n) IS TRUE FROM (SELECT 1) LEFT JOIN \(SQLText.name(of: table))"
                    + " ON \(SQLText.hasKey(table))",
                isPersistent: true
            )
            ofRow = statement
        }
        return try isTrue(statement, expression.values(arguments) + key.bindings)
    }

    /// Whether it is true whatever the row, as far as that can be known.
    func holdsForNothing(_ arguments: RuleArguments) throws(SQLiteError) -> Bool {
        let statement: SQLiteStatement
        if let ofNothing {
            statement = ofNothing
        } else {
            var sql = "SELECT (\(expression.sql)\n) IS TRUE"
            if let table { sql += " FROM (SELECT 1) LEFT JOIN \(SQLText.name(of: table)) ON 0" }
            statement = try connection.prepare(sql, isPersistent: true)
            ofNothing = statement
        }
        return try isTrue(statement, expression.values(arguments))
    }

    /// Whether it is true for every row that has these values, whatever its other columns hold.
    func holds(fixed: [Int: SQLValue], _ arguments: RuleArguments) throws(SQLiteError) -> Bool {
        guard let table else { return try holdsForNothing(arguments) }
        let fixed = fixed.filter { table.columns[$0.key].keeps($0.value) }
        guard unfixedColumns(fixed).isEmpty || expression.isStrict else { return false }
        let positions = fixed.keys.sorted()
        let statement: SQLiteStatement
        if let known = ofFixed[positions] {
            statement = known
        } else {
            let columns = table.columns.map { column in
                let value = fixed[column.index] == nil ? "NULL" : "?"
                return column.cast(value) + " AS " + SQLText.quoted(column.name)
            }
            // The rule's own parameters are numbered; those of the columns come behind them, as its text does here.
            statement = try connection.prepare(
                "SELECT (\(expression.sql)\n) IS TRUE FROM"
                    + " (SELECT \(columns.joined(separator: ", "))) AS \(SQLText.quoted(table.name))",
                isPersistent: true
            )
            if ofFixed.count >= CompiledRule.keptShapes { ofFixed.removeAll() }
            ofFixed[positions] = statement
        }
        return try isTrue(statement, expression.values(arguments) + positions.compactMap { fixed[$0] })
    }

    /// The columns that it reads and a query does not fix to one value, by name.
    func unfixedColumns(_ fixed: [Int: SQLValue]) -> [String] {
        guard let table else { return [] }
        let known = Set(
            table.columns.filter { column in fixed[column.index].map(column.keeps) ?? false }
                .map { $0.name.lowercased() }
        )
        return columns.subtracting(known).sorted()
    }

    /// What its columns and parameters hold, for people.
    func explanation(_ key: RowKey?, _ arguments: RuleArguments) -> String {
        var parts = zip(expression.parameters, expression.values(arguments)).map { "\($0) = \($1.quoted)" }
        let names = table.map { table in
            table.columns.map(\.name).filter { columns.contains($0.lowercased()) }
        }
        if let table, let names, !names.isEmpty, let key {
            let sql =
                "SELECT \(names.map(SQLText.quoted).joined(separator: ", ")) FROM \(SQLText.name(of: table))"
                + " WHERE \(SQLText.hasKey(table))"
            if let row = try? connection.prepare(sql), (try? row.bind(key.bindings)) != nil,
                (try? row.step()) == true
            {
                parts += names.enumerated().map { "\($1) = \(row.value($0).quoted)" }
                row.reset()
            } else {
                parts.append("there is no such row")
            }
        }
        return parts.joined(separator: ", ")
    }

    private func isTrue(_ statement: SQLiteStatement, _ values: [SQLValue]) throws(SQLiteError) -> Bool {
        defer { statement.reset() }
        try statement.bind(values)
        return try statement.step() && statement.integer(0) == 1
    }

    private static func explain(_ message: String, columns: [String]) -> String {
        let prefix = "no such column: "
        guard message.hasPrefix(prefix) else { return message }
        return message + NearestName.question(String(message.dropFirst(prefix.count)), among: columns)
    }
}

extension Column {
    /// Whether a value that a query compares the column with is the column's, to the byte and in its type.
    fileprivate func keeps(_ value: SQLValue) -> Bool {
        guard collation == .binary else { return false }
        switch (affinity, value) {
        case (_, .null): return false
        case (.text, .text), (.blob, _): return true
        case (.integer, .integer), (.numeric, .integer), (.real, .real): return true
        default: return false
        }
    }

    /// An expression with the column's affinity.
    fileprivate func cast(_ value: String) -> String {
        switch affinity {
        case .text: "CAST(\(value) AS TEXT)"
        case .integer: "CAST(\(value) AS INTEGER)"
        case .real: "CAST(\(value) AS REAL)"
        case .numeric: "CAST(\(value) AS NUMERIC)"
        case .blob: value
        }
    }
}

extension SQLValue {
    /// The value as SQL writes it, for people; long ones are cut.
    fileprivate var quoted: String {
        switch self {
        case .null: "NULL"
        case .integer(let number): String(number)
        case .real(let number): number.description
        case .text(let text): "'\(text.string.prefix(64))'"
        case .blob(let bytes): "a blob of \(bytes.count) bytes"
        }
    }
}

extension RuleParameter: CustomStringConvertible {
    var description: String {
        switch self {
        case .token(let path): ":" + (["token"] + path).joined(separator: ".")
        case .params(let path): ":" + (["params"] + path).joined(separator: ".")
        case .method: ":method"
        }
    }
}
