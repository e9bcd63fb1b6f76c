import RESProtocol

import struct NIOCore.ByteBuffer

/// A recording played again: answers requests as they were answered, and tells which events are due.
///
/// Times are milliseconds since the first request, which starts the clock.
struct Replay {
    private let exchanges: [RecordedExchange.Key: [RecordedExchange]]
    private let events: [RecordedEvent]
    /// Events that were sent between a call and its answer: they come with the call, whenever that is made.
    private let causes: [Int: [RecordedEvent]]
    private var nextEvent = 0
    /// How often each call was answered.
    private var answered: [RecordedExchange.Key: Int] = [:]
    /// What has been sent of each resource, for who asks later.
    private var sent: [RecordedEvent] = []
    /// When the recorded session sent its first request.
    private let start: Double
    private let callOrder: [RecordedExchange.Key: [Int]]

    init(_ lines: [RecordedLine]) {
        var exchanges: [RecordedExchange] = []
        var events: [RecordedEvent] = []
        for line in lines {
            switch line {
            case .exchange(let exchange): exchanges.append(exchange)
            case .event(let event): events.append(event)
            // What clients asked for is for who plays their part.
            case .request, .lost: break
            }
        }
        start = exchanges.map(\.asked).min() ?? 0
        self.exchanges = Dictionary(grouping: exchanges, by: \.key)
        var causes: [Int: [RecordedEvent]] = [:]
        var order: [RecordedExchange.Key: [Int]] = [:]
        let calls = exchanges.enumerated().filter { Replay.isCall($0.element.key) }
        for (index, call) in calls { order[call.key, default: []].append(index) }
        self.events = events.filter { event in
            let cause = calls.last { $0.element.asked <= event.at && event.at <= $0.element.answered }
            if let cause { causes[cause.offset, default: []].append(event) }
            return cause == nil
        }
        self.causes = causes
        callOrder = order
    }

    /// Subjects on which requests come, beyond those of the protocol: of query events.
    var otherSubjects: Set<String> {
        Set(exchanges.keys.map(\.subject)).filter { subject in
            !["get.", "call.", "access.", "auth."].contains { subject.hasPrefix($0) }
        }
    }

    /// The answer to a request, and events that go out before it. An answer of nil is none: nobody is there.
    mutating func asked(_ key: RecordedExchange.Key) -> (answer: JSONSlice?, events: [RecordedEvent]) {
        guard let known = exchanges[key] else { return (Replay.unknown(key), []) }
        if key.subject.hasPrefix("get.") { return (content(of: key, known), []) }
        guard Replay.isCall(key), let order = callOrder[key] else { return (known.last?.answer, []) }
        let turn = min(answered[key, default: 0], known.count - 1)
        answered[key] = turn + 1
        let events = causes[order[turn]] ?? []
        sent += events
        return (known[turn].answer, events)
    }

    /// The events that are due.
    ///
    /// - Parameter now: since the clock was started.
    mutating func due(at now: Double) -> [RecordedEvent] {
        let first = nextEvent
        while nextEvent < events.count, events[nextEvent].at - start <= now { nextEvent += 1 }
        let due = Array(events[first..<nextEvent])
        sent += due
        return due
    }

    /// When the next event is due; nil after the last one.
    var nextTime: Double? { nextEvent < events.count ? max(0, events[nextEvent].at - start) : nil }

    /// A resource as it was, with every event that has been sent since.
    private func content(of key: RecordedExchange.Key, _ known: [RecordedExchange]) -> JSONSlice? {
        let name = String(key.subject.dropFirst("get.".count))
        guard let first = known.first, let result = first.answer?["result"],
            let kind = ["model", "collection"].first(where: { result[$0] != nil }), let value = result[kind]
        else { return known.first?.answer }
        let normalised = result["query"]?.string
        let rid = name + (normalised.map { "?" + $0 } ?? "")
        var copies = ResourceCopies()
        copies.add(resourceSet: .object([(kind + "s", .object([(rid, value)]))]))
        for event in sent where event.at > first.answered {
            for (name, data) in Replay.effects(of: event, on: name, normalised) {
                _ = copies.apply(event: "\(rid).\(name)", data: data)
            }
        }
        guard let content = copies[rid] else { return first.answer }
        return Replay.answer(content, normalised)
    }

    /// What an event does to a resource: itself, or what a query event holds for its query.
    private static func effects(
        of event: RecordedEvent,
        on name: String,
        _ normalised: String?
    ) -> [(name: String, data: JSONSlice?)] {
        let prefix = "event.\(name)."
        guard event.subject.hasPrefix(prefix) else { return [] }
        let kind = String(event.subject.dropFirst(prefix.count))
        guard kind == "query" else { return normalised == nil ? [(kind, event.data)] : [] }
        guard let normalised, let events = event.data?["queries"]?[normalised]?["events"] else { return [] }
        return events.elements.compactMap { element in
            element["event"]?.string.map { ($0, element["data"]) }
        }
    }

    private static func answer(_ content: ResourceCopies.Content, _ normalised: String?) -> JSONSlice? {
        var members: [(name: String, value: JSONSlice)]
        switch content {
        case .model(let model):
            members = [("model", .object(model.map { ($0.name, encoded($0.value)) }))]
        case .collection(let elements): members = [("collection", .array(elements.map(encoded)))]
        case .error: return nil
        }
        if let normalised { members.append(("query", JSONSlice(string: normalised))) }
        return .object([("result", .object(members))])
    }

    private static func encoded(_ value: ResourceValue) -> JSONSlice {
        var bytes = ByteBuffer()
        value.encode(into: &bytes)
        return JSONSlice(unchecked: bytes)
    }

    private static func isCall(_ key: RecordedExchange.Key) -> Bool {
        key.subject.hasPrefix("call.") || key.subject.hasPrefix("auth.")
    }

    /// The answer to what nobody asked while the recording was made.
    private static func unknown(_ key: RecordedExchange.Key) -> JSONSlice {
        let error = RESError.notFound.saying("\(key.subject) is not in the recording as it was asked for")
        return .object([("error", ResourceText.json(error))])
    }
}
