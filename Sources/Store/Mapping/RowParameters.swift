import RESProtocol

/// The values that a client gives for columns of a row.
struct RowParameters {
    /// What a column is to hold.
    enum Given: Hashable {
        case value(SQLValue)
        /// The column's default, or NULL where there is none.
        case reset
    }

    /// In the order they were given; no column twice.
    private(set) var given: [(column: Column, value: Given)] = []

    /// Reads the parameters of a method on a table's rows.
    ///
    /// - Throws: `system.invalidParams` that names the column, and the nearest one where there is none of the name.
    init(_ params: JSONSlice?, for table: Table) throws(RESError) {
        guard let params, !params.isNull else { return }
        guard params.kind == .object else {
            throw .invalidParams.saying("The parameters are no object of column values")
        }
        var positions: [Int: Int] = [:]
        for (name, value) in params.members {
            let name = name.string ?? ""
            guard let column = table.column(named: name) else { throw RowParameters.unknown(name, in: table) }
            guard column.isWritable else {
                throw .invalidColumn(column.name, "\(column.name) is computed by the database")
            }
            let given = try RowParameters.given(value, for: column)
            if let position = positions[column.index] {
                self.given[position].value = given
            } else {
                positions[column.index] = self.given.count
                self.given.append((column, given))
            }
        }
    }

    /// The value given for a column.
    func value(of column: Column) -> Given? { given.first { $0.column.index == column.index }?.value }

    /// Gives columns a value where the client gave none.
    mutating func preset(_ values: [Int: SQLValue], of table: Table) {
        for (index, value) in values.sorted(by: { $0.key < $1.key }) {
            let column = table.columns[index]
            if self.value(of: column) == nil { given.append((column, .value(value))) }
        }
    }

    /// The same values, with every writable column outside the key that they leave out reset.
    func completed(for table: Table) -> RowParameters {
        var complete = self
        let key = Set(table.keyColumns.map(\.index))
        complete.given.removeAll { key.contains($0.column.index) }
        for column in table.columns
        where column.isWritable && !key.contains(column.index) && value(of: column) == nil {
            complete.given.append((column, .reset))
        }
        return complete
    }

    private static func unknown(_ name: String, in table: Table) -> RESError {
        if let link = table.links.first(where: { $0.name == name }) {
            let columns = link.columns.map { table.columns[$0].name }.joined(separator: ", ")
            return .invalidColumn(name, "\(name) is a link; set \(columns)")
        }
        return .invalidColumn(
            name,
            "No column \(name) in \(table.name)"
                + NearestName.question(name, among: table.columns.map(\.name))
        )
    }

    private static func given(_ value: JSONSlice, for column: Column) throws(RESError) -> Given {
        guard value.kind == .object else { return .value(try plainValue(value, for: column)) }
        if value["action"]?.isString("delete") == true { return .reset }
        if let inner = value["data"] {
            guard inner.kind == .object || inner.kind == .array else {
                return .value(try plainValue(inner, for: column))
            }
            return .value(try composite(inner, for: column))
        }
        return .value(try composite(value, for: column))
    }

    private static func plainValue(_ value: JSONSlice, for column: Column) throws(RESError) -> SQLValue {
        switch value.kind {
        case .null: return .null
        case .object, .array: return try composite(value, for: column)
        case .true, .false: return try boolean(value.kind == .true, for: column)
        case .number: return try number(value, for: column)
        case .string: return try text(value, for: column)
        }
    }

    private static func boolean(_ flag: Bool, for column: Column) throws(RESError) -> SQLValue {
        if column.form == .json { return .text(flag ? "true" : "false") }
        guard column.affinity != .text else { throw mismatch(column, "a boolean") }
        return .integer(flag ? 1 : 0)
    }

    private static func number(_ value: JSONSlice, for column: Column) throws(RESError) -> SQLValue {
        if let integer = value.integer { return .integer(integer) }
        let digits = value.text.utf8.drop { $0 == UInt8(ascii: "-") }
        if digits.allSatisfy({ 0x30...0x39 ~= $0 }), column.affinity != .real {
            throw .invalidColumn(column.name, "\(column.name): \(value.text) is beyond 64 bits")
        }
        guard let real = value.double else {
            throw .invalidColumn(column.name, "\(column.name): \(value.text) is too large for a real number")
        }
        guard column.isWhole else { return .real(real) }
        guard let whole = Int64(exactly: real) else { throw mismatch(column, String(value.text.prefix(80))) }
        return .integer(whole)
    }

    private static func text(_ value: JSONSlice, for column: Column) throws(RESError) -> SQLValue {
        if column.form == .json { return .text(SQLBytes(value.text)) }
        let text = value.string ?? ""
        switch column.affinity {
        case .integer:
            guard case .integer(let number)? = Operand.number(text) else {
                throw mismatch(column, "a string")
            }
            return .integer(number)
        case .real:
            if text == "Infinity" { return .real(.infinity) }
            if text == "-Infinity" { return .real(-.infinity) }
            guard let number = Operand.number(text) else { throw mismatch(column, "a string") }
            return number
        case .text, .blob, .numeric: return .text(SQLBytes(text))
        }
    }

    private static func composite(_ value: JSONSlice, for column: Column) throws(RESError) -> SQLValue {
        if value["$base64"]?.bool == true {
            guard let bytes = value["encoded"]?.string.flatMap({ Base64.decode($0) }) else {
                throw .invalidColumn(column.name, "\(column.name): encoded is no base64")
            }
            return .blob(bytes)
        }
        guard column.form == .json else {
            throw mismatch(column, value.kind == .array ? "an array" : "an object")
        }
        return .text(SQLBytes(value.text))
    }

    private static func mismatch(_ column: Column, _ found: String) -> RESError {
        let wanted =
            switch column.affinity {
            case _ where column.form == .boolean: "a boolean"
            case .integer: "a whole number"
            case .real: "a number"
            case .text: "a string"
            case .blob, .numeric: "a string or a number"
            }
        return .invalidColumn(column.name, "\(column.name) is \(found); \(wanted) would be right")
    }
}

extension RESError {
    /// `system.invalidParams` with the column at fault in its data.
    static func invalidColumn(_ column: String, _ message: String) -> RESError {
        invalidColumns([column], message)
    }

    /// `system.invalidParams` with the columns at fault in its data.
    static func invalidColumns(_ columns: [String], _ message: String) -> RESError {
        guard !columns.isEmpty else { return .invalidParams.saying(message) }
        let names = columns.map { JSONSlice(string: $0).text }.joined(separator: ",")
        let data = try? JSONSlice(parsing: "{\"columns\":[\(names)]}")
        return RESError(code: invalidParams.code, message: message, data: data)
    }
}
