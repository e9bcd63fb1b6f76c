/// The filters of a query, decided on the values of a row as SQLite would decide them.
struct RowPredicate {
    /// One filter.
    struct Condition {
        let column: Int
        let collation: Collation
        let test: CollectionQuery.Test
    }

    let conditions: [Condition]

    /// Nil when a filter is one that only SQLite can decide.
    init?(_ filters: [CollectionQuery.Filter], of table: Table) {
        var conditions: [Condition] = []
        for filter in filters {
            let column = table.columns[filter.column]
            guard RowPredicate.isDecidable(filter.test, column) else { return nil }
            conditions.append(
                Condition(column: filter.column, collation: column.collation, test: filter.test)
            )
        }
        self.conditions = conditions
    }

    /// Whether a row passes; nil when a value that matters is unknown.
    func matches(_ value: (_ column: Int) -> SQLValue?) -> Bool? {
        var isKnown = true
        for condition in conditions {
            guard let value = value(condition.column) else {
                isKnown = false
                continue
            }
            if !condition.matches(value) { return false }
        }
        return isKnown ? true : nil
    }

    private static func isDecidable(_ test: CollectionQuery.Test, _ column: Column) -> Bool {
        switch test {
        case .isNull: return true
        case .like, .contains, .startsWith:
            // A number would have to be made text as SQLite does; a column of text holds none.
            return column.affinity == .text
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .among, .notAmong:
            if case .other = column.collation { return false }
            return true
        }
    }
}

extension RowPredicate.Condition {
    /// Whether a value passes; a comparison with NULL does not.
    func matches(_ value: SQLValue) -> Bool {
        if case .isNull(let isNull) = test { return value.isNull == isNull }
        guard !value.isNull else { return false }
        switch test {
        case .equal(let operand): return compare(value, operand) == 0
        case .notEqual(let operand): return compare(value, operand) != 0
        case .less(let operand): return compare(value, operand) < 0
        case .lessOrEqual(let operand): return compare(value, operand) <= 0
        case .greater(let operand): return compare(value, operand) > 0
        case .greaterOrEqual(let operand): return compare(value, operand) >= 0
        case .among(let operands): return operands.contains { compare(value, $0) == 0 }
        case .notAmong(let operands): return !operands.contains { compare(value, $0) == 0 }
        case .like(let pattern):
            return text(of: value).map { LikePattern.matches($0, pattern.bytes) } ?? false
        case .contains(let part): return text(of: value).map { LikePattern.contains($0, part.bytes) } ?? false
        case .startsWith(let part):
            return text(of: value).map { LikePattern.starts($0, with: part.bytes) } ?? false
        case .isNull: return false
        }
    }

    private func compare(_ value: SQLValue, _ operand: SQLValue) -> Int {
        ValueOrder.compare(value, operand, collation)
    }

    private func text(of value: SQLValue) -> [UInt8]? {
        switch value {
        case .text(let text): text.bytes
        case .null, .integer, .real, .blob: nil
        }
    }
}
