extension CollectionQuery {
    /// Brings the query into the one form of its meaning.
    mutating func normalise(for table: Table) {
        for index in filters.indices { filters[index].test = filters[index].test.normalised }
        let texts = Dictionary(
            filters.map { ($0, $0.text(for: table)) },
            uniquingKeysWith: { first, _ in first }
        )
        filters = texts.keys.sorted { (texts[$0] ?? "") < (texts[$1] ?? "") }
        sort = CollectionQuery.essential(sort, for: table)
    }

    /// The terms that make a difference: no column twice, and none at the end that the key gives anyway.
    private static func essential(_ sort: [SortTerm], for table: Table) -> [SortTerm] {
        var seen: Set<Int> = []
        var terms = sort.filter { seen.insert($0.column).inserted }
        let key = table.keyColumns.map(\.index)
        guard !key.isEmpty else { return terms }
        // Once the whole key has been compared, nothing is left to decide.
        var missing = Set(key)
        if let last = terms.firstIndex(where: {
            missing.remove($0.column)
            return missing.isEmpty
        }) {
            terms.removeSubrange((last + 1)...)
        }
        for length in terms.indices {
            let shorter = Array(terms[..<length])
            if withKey(shorter, key) == withKey(terms, key) { return shorter }
        }
        return terms
    }

    private static func withKey(_ terms: [SortTerm], _ key: [Int]) -> [SortTerm] {
        let columns = Set(terms.map(\.column))
        return terms
            + key.filter { !columns.contains($0) }.map { SortTerm(column: $0, isDescending: false) }
    }

    /// The sort terms with the columns of the key that they leave out; the rowid is not among them.
    func fullSort(for table: Table) -> [SortTerm] {
        CollectionQuery.withKey(sort, table.keyColumns.map(\.index))
    }

    /// The query's canonical text: pieces sorted, defaults left out. Never empty, since a query resource needs a query.
    func text(for table: Table, limits: QueryLimits) -> String {
        var pieces = filters.map { $0.text(for: table) }
        if let search { pieces.append("q=" + QueryText.encode(search)) }
        if let fields {
            pieces.append(
                "fields=" + QueryText.encode(QueryText.joined(fields.map { table.columns[$0].name }))
            )
        }
        if let expand { pieces.append("expand=" + QueryText.encode(expand.text)) }
        if !sort.isEmpty {
            let names = sort.map { ($0.isDescending ? "-" : "") + table.columns[$0.column].name }
            pieces.append("sort=" + QueryText.encode(QueryText.joined(names)))
        }
        if start != 0 { pieces.append("start=\(start)") }
        if limit != limits.defaultLimit || pieces.isEmpty { pieces.append("limit=\(limit)") }
        return pieces.sorted().joined(separator: "&")
    }

    /// The canonical text of a count: conditions alone, or `start=0` where there are none.
    func countText(for table: Table) -> String {
        var pieces = filters.map { $0.text(for: table) }
        if let search { pieces.append("q=" + QueryText.encode(search)) }
        return pieces.isEmpty ? "start=0" : pieces.sorted().joined(separator: "&")
    }
}

extension CollectionQuery.Test {
    fileprivate var normalised: Self {
        switch self {
        case .among(let values):
            let values = Self.sorted(values)
            return values.count == 1 ? .equal(values[0]) : .among(values)
        case .notAmong(let values):
            let values = Self.sorted(values)
            return values.count == 1 ? .notEqual(values[0]) : .notAmong(values)
        default: return self
        }
    }

    /// A text that orders values; any fixed order does.
    private static func sortText(_ value: SQLValue) -> String {
        switch value {
        case .text(let text): "t" + text.string
        default: String(describing: value)
        }
    }

    private static func sorted(_ values: [SQLValue]) -> [SQLValue] {
        Set(values).sorted { left, right in sortText(left) < sortText(right) }
    }
}

extension CollectionQuery.Filter {
    /// The filter as canonical queries write it.
    func text(for table: Table) -> String {
        let column = table.columns[column]
        let operation: String
        let value: String
        switch test {
        case .equal(let operand):
            operation = QueryWord.all.contains(column.name) ? "__eq" : ""
            value = Operand.text(operand, for: column)
        case .notEqual(let operand): (operation, value) = ("__ne", Operand.text(operand, for: column))
        case .less(let operand): (operation, value) = ("__lt", Operand.text(operand, for: column))
        case .lessOrEqual(let operand): (operation, value) = ("__lte", Operand.text(operand, for: column))
        case .greater(let operand): (operation, value) = ("__gt", Operand.text(operand, for: column))
        case .greaterOrEqual(let operand): (operation, value) = ("__gte", Operand.text(operand, for: column))
        case .among(let operands): (operation, value) = ("__in", Self.list(operands, column))
        case .notAmong(let operands): (operation, value) = ("__notin", Self.list(operands, column))
        case .like(let pattern): (operation, value) = ("__like", pattern.string)
        case .contains(let text): (operation, value) = ("__contains", text.string)
        case .startsWith(let text): (operation, value) = ("__startswith", text.string)
        case .isNull(let flag): (operation, value) = ("__isnull", flag ? "true" : "false")
        }
        return QueryText.encode(column.name) + operation + "=" + QueryText.encode(value)
    }

    private static func list(_ operands: [SQLValue], _ column: Column) -> String {
        QueryText.joined(operands.map { Operand.text($0, for: column) })
    }
}
