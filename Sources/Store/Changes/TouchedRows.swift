/// The rows that a transaction has touched, each with what it was before the first touch.
///
/// A touch is no change: statements may be rolled back, and values may come to be what they were. Only a comparison
/// after the commit tells.
struct TouchedRows {
    /// One touched row.
    struct Touch {
        let table: Table
        let key: RowKey
        /// What the row was before the transaction; nil when it did not exist.
        let before: PriorImage?
    }

    /// Most rows that are told apart; beyond, only the tables are known.
    let capacity: Int
    /// In the order of first touch.
    private(set) var touches: [Touch] = []
    /// Tables of which rows beyond the capacity were touched.
    private(set) var overflown: [ObjectIdentifier: Table] = [:]
    private var seen: [ObjectIdentifier: Set<RowKey>] = [:]

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Whether nothing was touched.
    var isEmpty: Bool { touches.isEmpty && overflown.isEmpty }

    /// Whether a row was touched.
    func contains(_ table: Table, _ key: RowKey) -> Bool {
        seen[ObjectIdentifier(table)]?.contains(key) == true
    }

    /// Notes a touch. `before` is evaluated for the first touch of the row only.
    mutating func touch(_ table: Table, _ key: RowKey, before: () -> PriorImage?) {
        let id = ObjectIdentifier(table)
        guard seen[id]?.contains(key) != true else { return }
        guard touches.count < capacity else {
            overflown[id] = table
            return
        }
        seen[id, default: []].insert(key)
        touches.append(Touch(table: table, key: key, before: before()))
    }
}
