import DequeModule

/// The connections that were closed last.
struct ClosedConnections {
    private var records = Deque<ConnectionRecord>()
    private let capacity: Int

    /// - Parameter capacity: how many are kept.
    init(capacity: Int) {
        self.capacity = max(0, capacity)
    }

    /// The records, oldest first.
    var all: some Sequence<ConnectionRecord> { records }

    /// Adds one, and drops the oldest when there are too many.
    mutating func add(_ record: @autoclosure () -> ConnectionRecord) {
        guard capacity > 0 else { return }
        if records.count >= capacity { records.removeFirst() }
        records.append(record())
    }
}
