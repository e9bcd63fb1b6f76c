/// Finds the groups of one table whose filter a row may pass, without looking at all of them.
///
/// Each group is filed under one of its conditions: under the values of an equality or IN where it has one, else with
/// those that every row is compared with.
struct PredicateIndex {
    private struct ColumnIndex {
        let collation: Collation
        var groups: [SQLValue: [QueryGroup]] = [:]
    }

    private var byColumn: [Int: ColumnIndex] = [:]
    private var others: [QueryGroup] = []

    /// Whether no group is filed.
    var isEmpty: Bool { byColumn.isEmpty && others.isEmpty }

    /// All groups, some of them more than once.
    var all: [QueryGroup] { others + byColumn.values.flatMap { $0.groups.values.joined() } }

    mutating func insert(_ group: QueryGroup) {
        guard let place = PredicateIndex.place(of: group) else { return others.append(group) }
        for value in place.values {
            byColumn[place.column, default: ColumnIndex(collation: place.collation)]
                .groups[value, default: []].append(group)
        }
    }

    mutating func remove(_ group: QueryGroup) {
        guard let place = PredicateIndex.place(of: group) else { return others.removeAll { $0 === group } }
        for value in place.values {
            byColumn[place.column]?.groups[value]?.removeAll { $0 === group }
            if byColumn[place.column]?.groups[value]?.isEmpty == true {
                byColumn[place.column]?.groups[value] = nil
            }
        }
        if byColumn[place.column]?.groups.isEmpty == true { byColumn[place.column] = nil }
    }

    /// Calls for every group that a change may concern; for some of them twice.
    func visit(_ change: NetChange, _ body: (QueryGroup) -> Void) {
        for group in others { body(group) }
        for (column, index) in byColumn {
            if let before = change.before {
                guard let value = before[column] else {
                    // What the row was is not known here, so it may have been any group's.
                    for group in index.groups.values.joined() { body(group) }
                    continue
                }
                visit(index, value, body)
            }
            if let value = change.image?[column] { visit(index, value, body) }
        }
    }

    private func visit(_ index: ColumnIndex, _ value: SQLValue, _ body: (QueryGroup) -> Void) {
        for group in index.groups[ValueOrder.representative(value, index.collation)] ?? [] { body(group) }
    }

    private static func place(of group: QueryGroup) -> (
        column: Int, collation: Collation, values: [SQLValue]
    )? {
        for condition in group.predicate.conditions {
            let operands: [SQLValue]
            switch condition.test {
            case .equal(let operand): operands = [operand]
            case .among(let list): operands = list
            default: continue
            }
            let values = Set(operands.map { ValueOrder.representative($0, condition.collation) })
            return (condition.column, condition.collation, Array(values))
        }
        return nil
    }
}
