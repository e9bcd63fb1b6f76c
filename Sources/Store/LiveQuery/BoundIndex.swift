/// Groups by the bound of a comparison on one column, in the order of the bounds.
///
/// A value passes the comparisons of all groups on one side of its place, so that only those are looked at.
struct BoundIndex {
    /// Which values pass: those above the bound, or those below. The bound itself is not ruled out.
    enum Side: Hashable {
        case above, below
    }

    private struct Entry {
        let bound: SQLValue
        let group: QueryGroup
    }

    let side: Side
    let collation: Collation
    private var entries: [Entry] = []

    init(_ side: Side, _ collation: Collation) {
        self.side = side
        self.collation = collation
    }

    var isEmpty: Bool { entries.isEmpty }

    /// All groups, in the order of their bounds.
    var groups: [QueryGroup] { entries.map(\.group) }

    mutating func insert(_ bound: SQLValue, _ group: QueryGroup) {
        entries.insert(Entry(bound: bound, group: group), at: firstPosition { compare($0, bound) > 0 })
    }

    mutating func remove(_ bound: SQLValue, _ group: QueryGroup) {
        var position = firstPosition { compare($0, bound) >= 0 }
        while position < entries.count, compare(entries[position].bound, bound) == 0 {
            if entries[position].group === group {
                entries.remove(at: position)
                return
            }
            position += 1
        }
    }

    /// Calls for every group whose bound a value may be within.
    func visit(_ value: SQLValue, _ body: (QueryGroup) -> Void) {
        guard !value.isNull else { return }
        let range =
            switch side {
            case .above: 0..<firstPosition { compare($0, value) > 0 }
            case .below: firstPosition { compare($0, value) >= 0 }..<entries.count
            }
        for index in range { body(entries[index].group) }
    }

    private func compare(_ left: SQLValue, _ right: SQLValue) -> Int {
        ValueOrder.compare(left, right, collation)
    }

    /// The first position whose bound satisfies a condition that holds from some place on.
    private func firstPosition(where holds: (SQLValue) -> Bool) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if holds(entries[middle].bound) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
