/// The order of a query's rows, decided as SQLite would decide it.
struct RowOrder {
    /// A row's place: the values that are sorted by, and the key that decides between equals.
    struct Place: Hashable {
        let values: [SQLValue]
        let key: RowKey
    }

    /// The columns to sort by before the key.
    let columns: [Int]
    private let terms: [(isDescending: Bool, collation: Collation)]
    private let keyCollations: [Collation]

    /// Nil when a column's collation is one that only SQLite knows.
    init?(_ sort: [CollectionQuery.SortTerm], of table: Table) {
        let collations = sort.map { table.columns[$0.column].collation } + table.keyColumns.map(\.collation)
        for case .other in collations { return nil }
        columns = sort.map(\.column)
        terms = sort.map { ($0.isDescending, table.columns[$0.column].collation) }
        keyCollations = table.keyColumns.map(\.collation)
    }

    /// Negative, zero or positive, as the left place comes before, with or after the right one.
    func compare(_ left: Place, _ right: Place) -> Int {
        for index in terms.indices {
            let order = ValueOrder.compare(left.values[index], right.values[index], terms[index].collation)
            if order != 0 { return terms[index].isDescending ? -order : order }
        }
        switch (left.key, right.key) {
        case (.integer(let left), .integer(let right)): return left < right ? -1 : left == right ? 0 : 1
        case (.values(let left), .values(let right)):
            for (index, collation) in keyCollations.enumerated() {
                let order = ValueOrder.compare(left[index], right[index], collation)
                if order != 0 { return order }
            }
            return 0
        case (.integer, .values): return -1
        case (.values, .integer): return 1
        }
    }
}
