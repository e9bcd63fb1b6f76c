import RESProtocol

import struct NIOCore.ByteBuffer

/// The live queries of one table, filter and order, which differ in their windows alone.
///
/// The group knows the first of its rows in order, some further than its furthest window reaches. A changed row is
/// compared with the filter and moved within them, so that a change costs no query; only when rows are used up are
/// they read anew.
final class QueryGroup {
    /// What makes queries belong to one group.
    struct ID: Hashable {
        let table: ObjectIdentifier
        let filters: [CollectionQuery.Filter]
        let sort: [CollectionQuery.SortTerm]
    }

    /// Furthest end of a window that a group keeps rows for.
    static let maximumReach = 5000

    let id: ID
    let table: Table
    let query: CollectionQuery
    let predicate: RowPredicate
    let order: RowOrder
    /// The columns that decide about membership and order.
    let columns: ColumnSet
    private(set) var windows: [LiveQuery] = []
    /// What it has cost to read rows.
    var cost = QueryCost()

    private let minimumSlack: Int
    private var rows: [RowOrder.Place] = []
    /// Whether there are no rows behind those that are known.
    private var isComplete = false
    /// The end of the furthest window.
    private var reach = 0
    /// The first position that was touched since events were last taken.
    private var firstTouched = Int.max
    /// How many rows pass the filter; nil while it is not known, and where nobody asks.
    private var total: Int?
    private var counts: [LiveQuery] = []

    /// Nil when the query has to be decided by SQLite.
    ///
    /// - Parameter minimumSlack: how many rows at least are known beyond the furthest window.
    init?(_ query: CollectionQuery, of table: Table, minimumSlack: Int) {
        guard table.key != .none, !table.isView, query.fields == nil, query.search == nil,
            query.start + query.limit <= QueryGroup.maximumReach,
            let predicate = RowPredicate(query.filters, of: table),
            let order = RowOrder(query.sort, of: table)
        else { return nil }
        id = QueryGroup.id(of: query, table)
        self.table = table
        self.query = query
        self.minimumSlack = minimumSlack
        self.predicate = predicate
        self.order = order
        columns = ColumnSet(query.filters.map(\.column) + query.sort.map(\.column))
    }

    static func id(of query: CollectionQuery, _ table: Table) -> ID {
        ID(table: ObjectIdentifier(table), filters: query.filters, sort: query.sort)
    }

    /// How many rows have to be read so that a window up to that end is known; nil when it is known already.
    func readingLength(to end: Int) -> Int? {
        isComplete || rows.count >= end ? nil : max(end, reach) + slack(max(end, reach))
    }

    /// Takes rows read from the start.
    ///
    /// - Parameter length: how many were asked for.
    func fill(_ rows: [RowOrder.Place], length: Int) {
        var same = 0
        while same < rows.count, same < self.rows.count, rows[same] == self.rows[same] { same += 1 }
        if same < max(rows.count, self.rows.count) { firstTouched = min(firstTouched, same) }
        self.rows = rows
        isComplete = rows.count < length
    }

    /// How many rows have to be read before events can be told; nil for none.
    var refillLength: Int? { readingLength(to: reach) }

    /// How many rows are read when all has to be read anew.
    var fullLength: Int { reach + slack(reach) }

    /// How many rows are known.
    var knownRows: Int { rows.count }

    /// Whether rows have to be counted before a count can be told.
    var needsTotal: Bool { !counts.isEmpty && total == nil }

    /// Whether anybody wants to know how many rows there are.
    var hasCounts: Bool { !counts.isEmpty }

    /// Takes how many rows there are.
    func count(_ total: Int) { self.total = total }

    /// How many rows there are is no longer known.
    func forgetTotal() { total = nil }

    /// How many rows there are, where somebody follows that.
    var knownTotal: Int? { counts.isEmpty ? nil : total }

    /// The elements of a window, as far as they are known.
    func elements(_ query: CollectionQuery) -> [WindowElement] {
        let start = min(query.start, rows.count)
        return rows[start..<min(query.start + query.limit, rows.count)].map { .row($0.key) }
    }

    func add(_ query: LiveQuery) {
        guard let window = query.window else {
            counts.append(query)
            return
        }
        windows.append(query)
        reach = max(reach, window.start + window.limit)
    }

    /// Ends a window or count; whether the group is still needed.
    func remove(_ query: LiveQuery) -> Bool {
        windows.removeAll { $0 === query }
        counts.removeAll { $0 === query }
        if counts.isEmpty { total = nil }
        reach = windows.map { QueryGroup.end(of: $0) }.max() ?? 0
        return !windows.isEmpty || !counts.isEmpty
    }

    private static func end(of query: LiveQuery) -> Int {
        query.window.map { $0.start + $0.limit } ?? 0
    }

    /// Follows the change of one row; whether a known row or the number of rows is concerned.
    func apply(_ change: NetChange) -> Bool {
        if case .changed(let changed, _) = change.kind, !columns.intersects(changed) { return false }
        let isCounted = !counts.isEmpty && followTotal(change)
        guard !windows.isEmpty else { return isCounted }
        let left = change.before.flatMap { removeRow(change.key, $0) }
        let entered = change.image.flatMap { insertRow(change.key, $0) }
        guard let first = [left, entered].compactMap({ $0 }).min() else { return isCounted }
        firstTouched = min(firstTouched, first)
        return true
    }

    /// Counts a row that came or went; whether that makes a difference, or cannot be told.
    private func followTotal(_ change: NetChange) -> Bool {
        guard let known = total else { return true }
        let was = change.before.map { before in predicate.matches { before[$0] } } ?? false
        let isNow = change.image.map { image in predicate.matches { image[$0] } } ?? false
        guard let was, let isNow else {
            total = nil
            return true
        }
        guard was != isNow else { return false }
        total = known + (isNow ? 1 : -1)
        return true
    }

    /// The windows and counts that are other than their clients know them, with their new content.
    func takeChanges() -> [(query: LiveQuery, content: LiveQuery.Content)] {
        let first = firstTouched
        firstTouched = .max
        let spare = slack(reach)
        if rows.count > reach + 4 * spare {
            rows.removeSubrange((reach + spare)...)
            isComplete = false
        }
        var changes: [(query: LiveQuery, content: LiveQuery.Content)] = []
        for window in windows where QueryGroup.end(of: window) > first {
            let content = LiveQuery.Content.elements(window.window.map(elements) ?? [])
            if content != window.content { changes.append((window, content)) }
        }
        if let total {
            let content = LiveQuery.Content.count(total)
            for query in counts where query.content != content { changes.append((query, content)) }
        }
        return changes
    }

    private func slack(_ length: Int) -> Int { max(minimumSlack, length / 4) }

    /// Removes a row that is known; gives where it stood.
    private func removeRow(_ key: RowKey, _ before: PriorImage) -> Int? {
        guard predicate.matches({ before[$0] }) != false, let position = position(of: key, before) else {
            return nil
        }
        rows.remove(at: position)
        return position
    }

    /// Where a row stands among the known ones.
    private func position(of key: RowKey, _ before: PriorImage) -> Int? {
        let values = order.columns.compactMap { before[$0] }
        guard values.count == order.columns.count else { return rows.firstIndex { $0.key == key } }
        let position = lowerBound(RowOrder.Place(values: values, key: key))
        return position < rows.count && rows[position].key == key ? position : nil
    }

    /// Inserts a row that passes the filter; gives where, or nil where that is behind what is known.
    private func insertRow(_ key: RowKey, _ image: RowImage) -> Int? {
        guard predicate.matches({ image[$0] }) == true else { return nil }
        let place = RowOrder.Place(values: order.columns.map { image[$0] }, key: key)
        let position = lowerBound(place)
        // Behind the last known row there may be others that come first.
        guard position < rows.count || isComplete else { return nil }
        rows.insert(place, at: position)
        return position
    }

    /// The first position whose row does not come before a place.
    private func lowerBound(_ place: RowOrder.Place) -> Int {
        var low = 0
        var high = rows.count
        while low < high {
            let middle = (low + high) / 2
            if order.compare(rows[middle], place) < 0 { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension LiveQuery.Content {
    /// The model of a count.
    static func count(_ total: Int) -> LiveQuery.Content {
        .model(JSONSlice(unchecked: ByteBuffer(string: "{\"count\":\(total)}")))
    }
}

/// A set of columns, exact for the first 63; all others share one place.
struct ColumnSet: Hashable {
    private var bits: UInt64 = 0

    init(_ columns: some Sequence<Int>) {
        for column in columns { bits |= 1 << UInt64(min(column, 63)) }
    }

    /// Whether one of the columns may be in the set.
    func intersects(_ columns: [Column]) -> Bool {
        columns.contains { bits & (1 << UInt64(min($0.index, 63))) != 0 }
    }
}
