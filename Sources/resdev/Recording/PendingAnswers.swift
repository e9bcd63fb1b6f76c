/// Requests on the bus whose answers are awaited, by reply subject; beyond a limit the oldest are given up, since services
/// never answer some.
struct PendingAnswers {
    /// Requests that are remembered at a time.
    static let maximum = 100_000

    private struct Entry {
        let number: UInt64
        let asked: Double
        let key: RecordedExchange.Key
    }

    private var entries: [String: Entry] = [:]
    /// Reply subjects in the order of their requests, from `first` on; those that were answered stay until they are reached.
    private var order: [(reply: String, number: UInt64)] = []
    private var first = 0
    private var lastNumber: UInt64 = 0
    private let limit: Int

    init(limit: Int = PendingAnswers.maximum) { self.limit = limit }

    var count: Int { entries.count }

    /// A request was sent; true when an older one had to be given up for it.
    mutating func asked(_ key: RecordedExchange.Key, reply: String, at time: Double) -> Bool {
        lastNumber += 1
        let isNew =
            entries.updateValue(Entry(number: lastNumber, asked: time, key: key), forKey: reply) == nil
        order.append((reply, lastNumber))
        defer { tidy() }
        return isNew && entries.count > limit && dropOldest()
    }

    /// The request that an answer belongs to.
    mutating func answered(_ reply: String) -> (asked: Double, key: RecordedExchange.Key)? {
        entries.removeValue(forKey: reply).map { ($0.asked, $0.key) }
    }

    private mutating func dropOldest() -> Bool {
        while first < order.count {
            let oldest = order[first]
            first += 1
            guard entries[oldest.reply]?.number == oldest.number else { continue }
            entries[oldest.reply] = nil
            return true
        }
        return false
    }

    /// Lets go of what was answered once that is most of the list.
    private mutating func tidy() {
        guard order.count > 1024, order.count > 2 * entries.count else { return }
        order = order[first...].filter { entries[$0.reply]?.number == $0.number }
        first = 0
    }
}
