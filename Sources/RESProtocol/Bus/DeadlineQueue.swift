import HeapModule

/// Which of many waiting requests is due next.
///
/// A deadline is never searched for: one that was replaced or whose request is done stays behind, and is
/// passed over
/// when it comes up. When most are of that kind they are dropped, so the queue holds
/// at most twice what is waiting, and a few.
struct DeadlineQueue<Instant: Comparable> {
    private var heap = Heap<Entry>()
    private var deadlines: [UInt64: Instant] = [:]

    /// How many wait.
    var count: Int { deadlines.count }

    /// How many entries are held, those that are passed over included.
    var heldEntries: Int { heap.count }

    /// The earliest instant at which one may be due; it may be earlier than the earliest deadline, never
    /// later.
    var earliest: Instant? { heap.min?.deadline }

    /// Sets or replaces the deadline of a number.
    ///
    /// - Complexity: O(log *n*), amortised.
    mutating func set(_ deadline: Instant, for number: UInt64) {
        deadlines[number] = deadline
        heap.insert(Entry(deadline: deadline, number: number))
        dropReplacedIfMany()
    }

    /// Forgets a number; nothing happens when it does not wait.
    mutating func remove(_ number: UInt64) {
        deadlines[number] = nil
    }

    /// Takes the next number whose deadline is not after `now`; the earliest first, and of several the
    /// lowest.
    mutating func popDue(at now: Instant) -> UInt64? {
        while let entry = heap.min, entry.deadline <= now {
            heap.removeMin()
            guard deadlines[entry.number] == entry.deadline else { continue }
            deadlines[entry.number] = nil
            return entry.number
        }
        return nil
    }

    /// Forgets all.
    mutating func removeAll() {
        deadlines.removeAll()
        heap = Heap()
    }

    private mutating func dropReplacedIfMany() {
        guard heap.count > 2 * deadlines.count + 64 else { return }
        heap = Heap(deadlines.map { Entry(deadline: $0.value, number: $0.key) })
    }

    private struct Entry: Comparable {
        let deadline: Instant
        let number: UInt64

        static func < (left: Entry, right: Entry) -> Bool {
            (left.deadline, left.number) < (right.deadline, right.number)
        }
    }
}
