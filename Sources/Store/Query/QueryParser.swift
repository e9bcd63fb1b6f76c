import RESProtocol

/// Reads the query of a collection, for one table or view.
struct QueryParser {
    let table: Table
    let limits: QueryLimits
    private let schema: Schema?
    private var query: CollectionQuery
    private var seen: Set<String> = []

    private init(_ table: Table, _ schema: Schema?, _ limits: QueryLimits) {
        self.table = table
        self.schema = schema
        self.limits = limits
        query = CollectionQuery(limit: limits.defaultLimit)
    }

    /// What a query asks for.
    ///
    /// - Throws: `system.invalidQuery` that names what is wrong, and the nearest name.
    ///
    /// - Parameter schema: where the tables are that `expand` leads to.
    static func parse(
        _ text: String?,
        table: Table,
        schema: Schema? = nil,
        limits: QueryLimits
    ) throws(RESError) -> CollectionQuery {
        var parser = QueryParser(table, schema, limits)
        return try parser.parse(text ?? "")
    }

    /// The conditions that rows are counted by.
    ///
    /// - Throws: also for what has no meaning in a count: order, window and form of the rows.
    static func parseCount(_ text: String?, table: Table, limits: QueryLimits) throws(RESError)
        -> CollectionQuery
    {
        let query = try parse(text, table: table, limits: limits)
        let word: String? =
            if !query.sort.isEmpty {
                "sort"
            } else if query.start != 0 {
                "start"
            } else if query.limit != limits.defaultLimit {
                "limit"
            } else if query.fields != nil {
                "fields"
            } else if query.expand != nil {
                "expand"
            } else {
                nil
            }
        if let word { throw .invalidQuery.saying("\(word) has no meaning in a count") }
        return query
    }

    /// What is sent along with a row.
    ///
    /// - Throws: for anything but `expand`.
    static func parseRow(
        _ text: String,
        table: Table,
        schema: Schema,
        limits: QueryLimits
    ) throws(RESError) -> Expansion {
        guard text.utf8.count <= limits.maximumLength, let pairs = QueryText.pairs(of: text),
            pairs.count == 1,
            let pair = pairs.first, pair.name == "expand"
        else { throw .invalidQuery.saying("The query of a row is expand=… alone, with the names of links") }
        return try Expansion(pair.value, from: table, schema: schema)
    }

    private mutating func parse(_ text: String) throws(RESError) -> CollectionQuery {
        guard text.utf8.count <= limits.maximumLength else {
            throw invalid("The query is longer than \(limits.maximumLength) bytes")
        }
        guard let pairs = QueryText.pairs(of: text) else {
            throw invalid("The query has a % without two hexadecimal digits, or bytes that are no UTF-8")
        }
        for (name, value) in pairs {
            if QueryWord.all.contains(name) {
                guard seen.insert(name).inserted else { throw invalid("\(name) is given twice") }
                try readWord(name, value)
            } else {
                try readFilter(name, value)
            }
        }
        query.normalise(for: table)
        if query.expand != nil, query.fields != nil || table.key == .none {
            throw invalid("expand goes with references to rows, and the elements here are values")
        }
        guard query.filters.count <= limits.maximumFilters else {
            throw invalid("The query has more than \(limits.maximumFilters) filters")
        }
        return query
    }

    private mutating func readWord(_ name: String, _ value: String) throws(RESError) {
        switch name {
        case "sort": query.sort = try sortTerms(value)
        case "start": query.start = try number(name, value, within: 0...Int.max / 2)
        case "limit": query.limit = try number(name, value, within: 1...max(1, limits.maximumLimit))
        case "fields": query.fields = try fields(value)
        case "expand": query.expand = try Expansion(value, from: table, schema: schema)
        case "q":
            guard table.searchIndex != nil else {
                throw invalid(
                    "No full-text index covers \(table.name); create one with CREATE VIRTUAL TABLE … "
                        + "USING fts5(…, content='\(table.name)')"
                )
            }
            guard value.contains(where: { !$0.isWhitespace && $0 != "*" && $0 != "\0" }) else {
                throw invalid("q has no word to search for")
            }
            query.search = value
        default: throw invalid("\(name) is not available on \(table.name)")
        }
    }

    private func number(
        _ name: String,
        _ value: String,
        within range: ClosedRange<Int>
    ) throws(RESError) -> Int {
        guard let number = Int(value), range.contains(number) else {
            let bounds =
                range.upperBound < .max / 2 ? "\(range.lowerBound) to \(range.upperBound)" : "0 or more"
            throw invalid("\(name) is \(value.debugDescription); a whole number, \(bounds), would be right")
        }
        return number
    }

    private func sortTerms(_ value: String) throws(RESError) -> [CollectionQuery.SortTerm] {
        var terms: [CollectionQuery.SortTerm] = []
        for item in QueryText.list(value) where !item.isEmpty {
            if let column = table.column(named: item) {
                terms.append(.init(column: column.index, isDescending: false))
            } else if item.hasPrefix("-") {
                terms.append(.init(column: try column(String(item.dropFirst())).index, isDescending: true))
            } else {
                throw unknownColumn(item)
            }
        }
        return terms
    }

    private func fields(_ value: String) throws(RESError) -> [Int] {
        var fields: Set<Int> = []
        for item in QueryText.list(value) where !item.isEmpty { fields.insert(try column(item).index) }
        guard !fields.isEmpty else { throw invalid("fields names no column") }
        return fields.sorted()
    }

    private mutating func readFilter(_ name: String, _ value: String) throws(RESError) {
        if let column = table.column(named: name) {
            query.filters.append(.init(column: column.index, test: .equal(Operand.value(value, for: column))))
            return
        }
        guard let (columnName, operation) = QueryParser.splitOperator(name) else { throw unknownColumn(name) }
        let column = try column(columnName)
        guard let test = try test(operation, value, column) else {
            throw invalid(
                "No operator \(operation) in \(name)"
                    + NearestName.question(operation, among: QueryWord.operators)
            )
        }
        query.filters.append(.init(column: column.index, test: test))
    }

    private func test(
        _ operation: String,
        _ value: String,
        _ column: Column
    ) throws(RESError) -> CollectionQuery.Test? {
        let operand = Operand.value(value, for: column)
        switch operation {
        case "eq": return .equal(operand)
        case "ne": return .notEqual(operand)
        case "gt": return .greater(operand)
        case "gte": return .greaterOrEqual(operand)
        case "lt": return .less(operand)
        case "lte": return .lessOrEqual(operand)
        case "in": return .among(try operands(value, column))
        case "notin": return .notAmong(try operands(value, column))
        case "like": return .like(SQLBytes(value))
        case "contains": return .contains(SQLBytes(value))
        case "startswith": return .startsWith(SQLBytes(value))
        case "isnull":
            switch value {
            case "true", "1", "": return .isNull(true)
            case "false", "0": return .isNull(false)
            default:
                throw invalid(
                    "\(column.name)__isnull is \(value.debugDescription); true or false would be right"
                )
            }
        default: return nil
        }
    }

    private func operands(_ value: String, _ column: Column) throws(RESError) -> [SQLValue] {
        let items = QueryText.list(value)
        guard items.count <= limits.maximumValues else {
            throw invalid("\(column.name) is compared with more than \(limits.maximumValues) values")
        }
        return items.map { Operand.value($0, for: column) }
    }

    /// The parts before and after the last `__`.
    private static func splitOperator(_ name: String) -> (column: String, operation: String)? {
        var end = name.utf8.endIndex
        let bytes = name.utf8
        while end > bytes.startIndex {
            let previous = bytes.index(before: end)
            guard previous > bytes.startIndex else { return nil }
            let first = bytes.index(before: previous)
            if bytes[first] == UInt8(ascii: "_"), bytes[previous] == UInt8(ascii: "_") {
                return (String(name[..<first]), String(name[end...]))
            }
            end = previous
        }
        return nil
    }

    private func column(_ name: String) throws(RESError) -> Column {
        guard let column = table.column(named: name) else { throw unknownColumn(name) }
        return column
    }

    private func unknownColumn(_ name: String) -> RESError {
        invalid(
            "No column \(name) in \(table.name)"
                + NearestName.question(name, among: table.columns.map(\.name) + QueryWord.all)
        )
    }

    private func invalid(_ message: String) -> RESError { .invalidQuery.saying(message) }
}
