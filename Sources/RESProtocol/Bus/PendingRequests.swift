import DequeModule

/// The requests that wait for their answer, and which of them is due next.
///
/// Almost all have the same timeout, so deadlines rise as numbers do: these requests stand in one queue, found by their
/// number without a search, and the first one is due next. What has another deadline stands beside it.
struct PendingRequests<Instant: Comparable, Completion> {
    private struct Entry {
        /// Nil once the request is done, or stands beside the queue.
        var completion: Completion?
        var deadline: Instant
    }

    /// From `firstNumber` on, one for each number; the first one waits.
    private var entries: Deque<Entry> = []
    private var firstNumber: UInt64 = 0
    /// What does not fit into the order.
    private var others: [UInt64: Completion] = [:]
    private var deadlines = DeadlineQueue<Instant>()

    /// How many wait.
    private(set) var count = 0

    /// The number that the next request gets.
    var nextNumber: UInt64 { firstNumber + UInt64(entries.count) }

    /// The numbers of all that wait, in order.
    ///
    /// - Complexity: O(*n*).
    var numbers: [UInt64] {
        let queued = entries.indices.filter { entries[$0].completion != nil }.map { firstNumber + UInt64($0) }
        return (queued + others.keys).sorted()
    }

    /// Adds a request and returns its number.
    ///
    /// - Complexity: O(1) with the same timeout as the last ones, else O(log *n*).
    mutating func add(_ completion: Completion, deadline: Instant) -> UInt64 {
        let number = nextNumber
        count += 1
        if let last = entries.last, deadline < last.deadline {
            entries.append(Entry(completion: nil, deadline: last.deadline))
            others[number] = completion
            deadlines.set(deadline, for: number)
        } else {
            entries.append(Entry(completion: completion, deadline: deadline))
        }
        return number
    }

    /// Whether a number waits.
    func contains(_ number: UInt64) -> Bool {
        if let index = index(of: number), entries[index].completion != nil { return true }
        return others[number] != nil
    }

    /// Takes a request out; nil when it does not wait.
    mutating func remove(_ number: UInt64) -> Completion? {
        if let index = index(of: number), let completion = entries[index].completion {
            entries[index].completion = nil
            count -= 1
            trim()
            return completion
        }
        guard let completion = others.removeValue(forKey: number) else { return nil }
        deadlines.remove(number)
        count -= 1
        return completion
    }

    /// Gives a request that waits another deadline.
    mutating func setDeadline(_ deadline: Instant, of number: UInt64) {
        guard let completion = remove(number) else { return }
        count += 1
        others[number] = completion
        deadlines.set(deadline, for: number)
    }

    /// The earliest instant at which one may be due; it may be earlier than the earliest deadline, never later.
    var earliest: Instant? {
        guard let first = entries.first?.deadline else { return deadlines.earliest }
        return deadlines.earliest.map { min($0, first) } ?? first
    }

    /// Takes out a request whose deadline is not after `now`.
    mutating func removeDue(at now: Instant) -> Completion? {
        if let number = deadlines.popDue(at: now) {
            count -= 1
            return others.removeValue(forKey: number)
        }
        guard let first = entries.first, first.deadline <= now else { return nil }
        return remove(firstNumber)
    }

    private func index(of number: UInt64) -> Int? {
        guard number >= firstNumber, number - firstNumber < UInt64(entries.count) else { return nil }
        return Int(number - firstNumber)
    }

    private mutating func trim() {
        while let first = entries.first, first.completion == nil {
            entries.removeFirst()
            firstNumber += 1
        }
    }
}
