import DequeModule

/// Clients for whom something is due after the same time each, soonest first.
///
/// A client that is gone stays in until its time has come; who takes it out looks whether it still is there.
struct DeadlineQueue {
    private struct Entry {
        let client: UInt64
        let due: Moment
    }

    private var entries = Deque<Entry>()

    /// When the first is due; nil when there is none.
    var next: Moment? { entries.first?.due }

    /// Adds a client that is due no sooner than those before it.
    mutating func add(_ client: UInt64, due: Moment) {
        entries.append(Entry(client: client, due: max(due, entries.last?.due ?? due)))
    }

    /// Takes out the first client if it is due.
    mutating func popDue(at now: Moment) -> UInt64? {
        guard let first = entries.first, first.due <= now else { return nil }
        entries.removeFirst()
        return first.client
    }
}
