/// What was to come and what came between two moments at which everybody had taken everything.
struct DeliveryRound {
    private struct Expectation {
        let cause: Int
        let index: Int
        var isMet = false
    }

    private let items: [Int: [DeliveredItem]]
    private var received: [Int: Set<DeliveredItem>] = [:]
    /// From which event on a client that left took nothing.
    private var lossySince: [Int: Int] = [:]
    /// By client and item, in the order of events.
    private var expected: [Int: [DeliveredItem: [Expectation]]] = [:]
    private var complaint: String?

    init(_ events: [SimulatedEvent], _ items: [Int: [DeliveredItem]]) {
        self.items = items
        for (client, list) in items { received[client] = Set(list) }
        var blocked: [Int: Int] = [:]
        for (index, event) in events.enumerated() {
            switch event {
            case .blocked(let client): blocked[client] = index
            case .unblocked(let client): blocked[client] = nil
            case .left(let client): lossySince[client] = blocked[client]
            case .joined, .performed: break
            }
        }
    }

    /// Whether what a client was sent because of an event may have been lost with it.
    func isLossy(_ client: Int, at index: Int) -> Bool { lossySince[client].map { index >= $0 } ?? false }

    /// Whether a client got a message.
    func received(_ id: Int, sid: String, by client: Int) -> Bool {
        received[client]?.contains(.message(id: id, sid: sid)) ?? false
    }

    /// Whether a client was told that nobody subscribes.
    func received(statusFor id: Int, sid: String, by client: Int) -> Bool {
        received[client]?.contains(.noResponders(id: id, sid: sid)) ?? false
    }

    /// Something is to come.
    ///
    /// - Parameters:
    ///   - cause: who did what it comes of; what one client causes comes in order.
    ///   - index: when it did.
    mutating func expect(_ item: DeliveredItem, of client: Int, cause: Int, at index: Int) {
        expected[client, default: [:]][item, default: []].append(Expectation(cause: cause, index: index))
    }

    mutating func complain(_ text: String) { complaint = complaint ?? text }

    /// What does not fit; nil when everything does.
    mutating func compare() -> String? {
        for client in items.keys.sorted() { check(client) }
        for (client, list) in expected {
            for (item, expectations) in list {
                for missing in expectations where !missing.isMet && !isLossy(client, at: missing.index) {
                    complain(
                        "client \(client) never got \(item), of \(missing.cause), event \(missing.index)"
                    )
                }
            }
        }
        return complaint
    }

    private mutating func check(_ client: Int) {
        var last: [Int: Int] = [:]
        for item in items[client] ?? [] {
            guard let position = expected[client]?[item]?.firstIndex(where: { !$0.isMet }),
                let expectation = expected[client]?[item]?[position]
            else {
                complain("client \(client) got \(item), which it should not")
                continue
            }
            expected[client]?[item]?[position].isMet = true
            if expectation.index < last[expectation.cause] ?? 0 {
                complain("client \(client) got \(item) of \(expectation.cause) after a later one")
            }
            last[expectation.cause] = expectation.index
        }
    }
}
