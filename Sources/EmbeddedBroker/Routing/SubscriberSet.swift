/// The subscriptions to one pattern: those outside any queue group, and the groups.
struct SubscriberSet {
    /// Every one of these gets every message.
    private(set) var plain = ContiguousArray<Subscription>()
    /// One member of each gets a message.
    private(set) var groups = ContiguousArray<QueueGroup>()

    /// Whether nobody subscribes.
    var isEmpty: Bool { plain.isEmpty && groups.isEmpty }

    /// How many subscriptions there are.
    var count: Int { groups.reduce(plain.count) { $0 + $1.members.count } }

    /// Adds a subscription. O(1) amortised, and linear in the number of groups.
    mutating func insert(_ subscription: Subscription) {
        guard !subscription.queue.isEmpty else {
            SubscriberSet.append(subscription, to: &plain)
            return
        }
        if let index = groups.firstIndex(where: { $0.name == subscription.queue }) {
            SubscriberSet.append(subscription, to: &groups[index].members)
        } else {
            subscription.position = 0
            groups.append(QueueGroup(name: subscription.queue, members: [subscription]))
        }
    }

    /// Takes a subscription out. O(1), and linear in the number of groups; the order of the rest changes.
    mutating func remove(_ subscription: Subscription) {
        guard !subscription.queue.isEmpty else {
            SubscriberSet.remove(subscription, from: &plain)
            return
        }
        guard let index = groups.firstIndex(where: { $0.name == subscription.queue }) else { return }
        SubscriberSet.remove(subscription, from: &groups[index].members)
        if groups[index].members.isEmpty { groups.remove(at: index) }
    }

    /// Calls for every subscription.
    func forEach(_ body: (Subscription) -> Void) {
        plain.forEach(body)
        for group in groups { group.members.forEach(body) }
    }

    private static func append(_ subscription: Subscription, to list: inout ContiguousArray<Subscription>) {
        subscription.position = list.count
        list.append(subscription)
    }

    private static func remove(_ subscription: Subscription, from list: inout ContiguousArray<Subscription>) {
        let position = subscription.position
        guard list.indices.contains(position), list[position] === subscription, let last = list.popLast()
        else { return }
        guard last !== subscription else { return }
        last.position = position
        list[position] = last
    }
}

/// The members of one queue group, of whom one gets each message.
struct QueueGroup {
    /// The group's name.
    let name: [UInt8]
    /// Never empty.
    var members: ContiguousArray<Subscription>
}
