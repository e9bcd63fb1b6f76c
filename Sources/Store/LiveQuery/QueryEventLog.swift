import DequeModule
import RESProtocol

import struct NIOCore.ByteBuffer

/// What the query events of the last seconds said, so that a gateway that asks is told the state of that moment.
struct QueryEventLog {
    /// Settings of the log.
    struct Limits: Hashable, Sendable {
        /// How long an event is remembered, in nanoseconds.
        var lifetime: UInt64 = Instant.seconds(10)
        /// Most events that are remembered; an older one is answered with whole collections.
        var capacity = 10_000
    }

    private struct Entry {
        let number: UInt64
        let time: Instant
        let events: [String: [ResourceEvent]]
    }

    let limits: Limits
    /// The first tokens of every subject on which gateways ask: unique to this run of the store.
    let prefix: String
    /// The number of the last event.
    private(set) var last: UInt64 = 0
    private var entries: Deque<Entry> = []

    init(prefix: String, limits: Limits) {
        self.prefix = prefix
        self.limits = limits
    }

    /// Adds an event and gives the subject on which gateways ask about it.
    mutating func add(_ answers: [QueryEvent.Answer], of resource: String, now: Instant) -> String {
        last += 1
        let events = Dictionary(
            answers.map { ($0.query, $0.events) },
            uniquingKeysWith: { first, _ in first }
        )
        entries.append(Entry(number: last, time: now, events: events))
        while let first = entries.first,
            entries.count > limits.capacity || first.time + limits.lifetime < now
        {
            entries.removeFirst()
        }
        return "\(prefix).\(last).\(resource)"
    }

    /// The number of the event and the resource name that a subject stands for.
    func event(of subject: Subject) -> (number: UInt64, resource: String)? {
        guard subject.text.hasPrefix(prefix + ".") else { return nil }
        let rest = subject.text.dropFirst(prefix.count + 1)
        guard let dot = rest.firstIndex(of: "."), let number = UInt64(rest[..<dot]) else { return nil }
        return (number, String(rest[rest.index(after: dot)...]))
    }

    /// The events that an event brought for a query; nil when the event is forgotten.
    func events(of number: UInt64, for query: String) -> [ResourceEvent]? {
        guard let first = entries.first, number >= first.number, number <= last else { return nil }
        let entry = entries[Int(number - first.number)]
        return entry.events[query] ?? []
    }
}
