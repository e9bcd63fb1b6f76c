/// What happened to a simulated broker, in the order in which it acted on it.
enum SimulatedEvent {
    /// A client's CONNECT was accepted.
    case joined(Int, SimulatedTraits)
    case performed(Int, SimulatedOperation)
    /// From here on a client takes nothing; what it is sent may be lost with it.
    case blocked(Int)
    /// A client has taken all that it was sent meanwhile.
    case unblocked(Int)
    case left(Int)
}

/// What each client must be sent, worked out from what happened in the plainest way there is.
///
/// Which member of a queue group got a message is up to the broker, so the model is told what came, and checks that it is
/// possible.
struct DeliveryModel {
    private struct Subscription {
        let pattern: [Substring]
        let queue: String
        var delivered = 0
        var maximum = 0
    }

    private struct Client {
        let traits: SimulatedTraits
        var subscriptions: [String: Subscription] = [:]
    }

    private struct Place: Hashable {
        let client: Int
        let sid: String
    }

    private var clients: [Int: Client] = [:]

    /// How many subscriptions there are now.
    var subscriptionCount: Int { clients.values.reduce(0) { $0 + $1.subscriptions.count } }

    /// Goes on by some events.
    ///
    /// - Parameter items: what each client was sent because of them.
    /// - Returns: what does not fit; nil when everything does.
    mutating func replay(_ events: [SimulatedEvent], _ items: [Int: [DeliveredItem]]) -> String? {
        var round = DeliveryRound(events, items)
        for (index, event) in events.enumerated() {
            switch event {
            case .joined(let client, let traits):
                clients[client] = Client(traits: traits)
                if traits.verbose { round.expect(.acknowledgement, of: client, cause: client, at: index) }
            case .left(let client): clients[client] = nil
            case .blocked, .unblocked: break
            case .performed(let client, let operation): perform(operation, by: client, at: index, &round)
            }
        }
        return round.compare()
    }

    private mutating func perform(
        _ operation: SimulatedOperation,
        by id: Int,
        at index: Int,
        _ round: inout DeliveryRound
    ) {
        guard let traits = clients[id]?.traits else { return }
        var isAcknowledged = traits.verbose
        switch operation {
        case .subscribe(let sid, let pattern, let queue):
            if clients[id]?.subscriptions[sid] != nil { break }
            guard DeliveryModel.isValid(pattern) else {
                round.expect(.error("-ERR 'Invalid Subject'"), of: id, cause: id, at: index)
                isAcknowledged = false
                break
            }
            clients[id]?.subscriptions[sid] = Subscription(
                pattern: DeliveryModel.tokens(pattern),
                queue: queue
            )
        case .unsubscribe(let sid, let maximum):
            guard let subscription = clients[id]?.subscriptions[sid] else { break }
            if maximum <= 0 || subscription.delivered >= maximum {
                clients[id]?.subscriptions[sid] = nil
            } else {
                clients[id]?.subscriptions[sid]?.maximum = maximum
            }
        case .ping:
            round.expect(.pong, of: id, cause: id, at: index)
            isAcknowledged = false
        case .connect: clients[id]?.subscriptions = [:]
        case .publish(let message): publish(message, from: id, at: index, &round)
        }
        if isAcknowledged { round.expect(.acknowledgement, of: id, cause: id, at: index) }
    }

    private mutating func publish(
        _ message: SimulatedMessage,
        from id: Int,
        at index: Int,
        _ round: inout DeliveryRound
    ) {
        guard let publisher = clients[id]?.traits else { return }
        let subject = DeliveryModel.tokens(message.subject)
        if publisher.pedantic, subject.contains(where: { ["", "*", ">"].contains($0) }) {
            round.expect(.error("-ERR 'Invalid Publish Subject'"), of: id, cause: id, at: index)
        }
        var isDelivered = false
        var isCertain = true
        var groups: [String: [Place]] = [:]
        for place in places(for: subject, account: publisher.account) {
            if place.client == id, !publisher.echo { continue }
            guard let subscription = clients[place.client]?.subscriptions[place.sid] else { continue }
            if !subscription.queue.isEmpty {
                groups[subscription.queue, default: []].append(place)
                continue
            }
            isDelivered = true
            if round.isLossy(place.client, at: index) { isCertain = false }
            round.expect(.message(id: message.id, sid: place.sid), of: place.client, cause: id, at: index)
            count(place)
        }
        for (queue, members) in groups {
            let lossy = members.contains { round.isLossy($0.client, at: index) }
            if lossy { isCertain = false }
            isDelivered = true
            let takers = members.filter { round.received(message.id, sid: $0.sid, by: $0.client) }
            if takers.count > 1 || takers.isEmpty && !lossy {
                round.complain("\(takers.count) members of \(queue) got message \(message.id)")
            }
            for taker in takers {
                round.expect(.message(id: message.id, sid: taker.sid), of: taker.client, cause: id, at: index)
                count(taker)
            }
        }
        guard publisher.noResponders, !message.reply.isEmpty, !isDelivered || !isCertain else { return }
        let inboxes = places(for: DeliveryModel.tokens(message.reply), account: publisher.account)
            .filter { $0.client == id && clients[id]?.subscriptions[$0.sid]?.queue.isEmpty == true }
        let answered = inboxes.filter { round.received(statusFor: message.id, sid: $0.sid, by: id) }
        let isOptional = !isCertain || round.isLossy(id, at: index)
        guard let inbox = answered.first ?? (isOptional ? nil : inboxes.first) else { return }
        round.expect(.noResponders(id: message.id, sid: inbox.sid), of: id, cause: id, at: index)
    }

    private mutating func count(_ place: Place) {
        guard var subscription = clients[place.client]?.subscriptions[place.sid] else { return }
        subscription.delivered += 1
        let isExhausted = subscription.maximum > 0 && subscription.delivered >= subscription.maximum
        clients[place.client]?.subscriptions[place.sid] = isExhausted ? nil : subscription
    }

    // MARK: Subjects

    private func places(for subject: [Substring], account: Int) -> [Place] {
        guard !subject.contains("") else { return [] }
        var found: [Place] = []
        for (id, client) in clients where client.traits.account == account {
            for (sid, subscription) in client.subscriptions
            where DeliveryModel.matches(subscription.pattern, subject) {
                found.append(Place(client: id, sid: sid))
            }
        }
        return found
    }

    private static func tokens(_ text: String) -> [Substring] {
        text.split(separator: ".", omittingEmptySubsequences: false)
    }

    private static func isValid(_ pattern: String) -> Bool {
        let tokens = tokens(pattern)
        return !tokens.contains("") && !tokens.dropLast().contains(">")
    }

    private static func matches(_ pattern: [Substring], _ subject: [Substring]) -> Bool {
        for (index, token) in pattern.enumerated() {
            if token == ">" { return subject.count > index }
            guard index < subject.count, token == "*" || token == subject[index] else { return false }
        }
        return pattern.count == subject.count
    }
}
