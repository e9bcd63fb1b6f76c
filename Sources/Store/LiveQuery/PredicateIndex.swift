/// Finds the groups of one table whose filter a row may pass, without looking at all of them.
///
/// Each group is filed under one of its conditions: under the values of an equality or IN where it has one, else under
/// the bound of a comparison, else with those that every row is compared with.
struct PredicateIndex {
    private struct EqualityIndex {
        let collation: Collation
        var groups: [SQLValue: [QueryGroup]] = [:]
    }

    private struct BoundKey: Hashable {
        let column: Int
        let side: BoundIndex.Side
    }

    /// Where a group is filed.
    private enum Place {
        case equality(column: Int, Collation, [SQLValue])
        case bound(BoundKey, Collation, SQLValue)
        case other
    }

    private var equalities: [Int: EqualityIndex] = [:]
    private var bounds: [BoundKey: BoundIndex] = [:]
    private var others: [QueryGroup] = []

    /// Whether no group is filed.
    var isEmpty: Bool { equalities.isEmpty && bounds.isEmpty && others.isEmpty }

    mutating func insert(_ group: QueryGroup) {
        switch PredicateIndex.place(of: group) {
        case .equality(let column, let collation, let values):
            for value in values {
                equalities[column, default: EqualityIndex(collation: collation)]
                    .groups[value, default: []].append(group)
            }
        case .bound(let key, let collation, let bound):
            bounds[key, default: BoundIndex(key.side, collation)].insert(bound, group)
        case .other: others.append(group)
        }
    }

    mutating func remove(_ group: QueryGroup) {
        switch PredicateIndex.place(of: group) {
        case .equality(let column, _, let values):
            for value in values {
                equalities[column]?.groups[value]?.removeAll { $0 === group }
                if equalities[column]?.groups[value]?.isEmpty == true {
                    equalities[column]?.groups[value] = nil
                }
            }
            if equalities[column]?.groups.isEmpty == true { equalities[column] = nil }
        case .bound(let key, _, let bound):
            bounds[key]?.remove(bound, group)
            if bounds[key]?.isEmpty == true { bounds[key] = nil }
        case .other: others.removeAll { $0 === group }
        }
    }

    /// Calls for every group that a change may concern; for some of them twice.
    ///
    /// - Complexity: O(*c* + *k* · log *n*) in the groups called for, and the columns and number of groups filed.
    func visit(_ change: NetChange, _ body: (QueryGroup) -> Void) {
        for group in others { body(group) }
        for (column, index) in equalities {
            visit(change, column, all: { index.groups.values.joined().forEach(body) }) { value in
                for group in index.groups[ValueOrder.representative(value, index.collation)] ?? [] {
                    body(group)
                }
            }
        }
        for (key, index) in bounds {
            visit(change, key.column, all: { index.groups.forEach(body) }) { index.visit($0, body) }
        }
    }

    /// Calls for what a column held and holds; where what it held is not known, it may have been any group's.
    private func visit(_ change: NetChange, _ column: Int, all: () -> Void, value: (SQLValue) -> Void) {
        if let before = change.before {
            guard let old = before[column] else { return all() }
            value(old)
        }
        if let image = change.image { value(image[column]) }
    }

    private static func place(of group: QueryGroup) -> Place {
        for condition in group.predicate.conditions {
            let operands: [SQLValue]
            switch condition.test {
            case .equal(let operand): operands = [operand]
            case .among(let list): operands = list
            default: continue
            }
            let values = Set(operands.map { ValueOrder.representative($0, condition.collation) })
            return .equality(column: condition.column, condition.collation, Array(values))
        }
        for condition in group.predicate.conditions {
            switch condition.test {
            case .greater(let bound), .greaterOrEqual(let bound):
                return .bound(BoundKey(column: condition.column, side: .above), condition.collation, bound)
            case .less(let bound), .lessOrEqual(let bound):
                return .bound(BoundKey(column: condition.column, side: .below), condition.collation, bound)
            default: continue
            }
        }
        return .other
    }
}
