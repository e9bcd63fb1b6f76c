import RESProtocol

import struct NIOCore.ByteBuffer

/// Brings messages from those who publish to those who subscribe, on one loop.
final class Router {
    private var sublist: Sublist
    private var random: SplitMix
    private var touched = ContiguousArray<ClientSession>()
    /// Bytes put into outboxes since they were last flushed.
    private var gatheredBytes = 0
    /// How many bytes are gathered before outboxes are flushed in the middle of a turn.
    private let gatherLimit: Int

    /// Segments for outboxes.
    var pool = SegmentPool()
    /// A receiver that fell behind with the last message; whoever published it takes note.
    var pressed: Receiver?
    /// What clients that are gone have counted, and slow consumers.
    var statistics = TrafficStatistics()
    /// Called when the first outbox is touched outside of any turn that ends with `flush`.
    var wake: () -> Void = {}
    /// Whether a turn is going on that will end with `flush`.
    var isInTurn = false

    /// - Parameters:
    ///   - seed: for hashing and for choosing among the members of queue groups.
    ///   - gatherLimit: bounds the memory and the cache that one turn takes, in bytes.
    init(seed: UInt64, gatherLimit: Int = 1 << 20) {
        sublist = Sublist(seed: seed)
        random = SplitMix(seed: seed)
        self.gatherLimit = gatherLimit
    }

    /// How many subscriptions there are.
    var subscriptionCount: Int { sublist.count }

    /// How large the set of subscriptions is, and what it remembers.
    var sublistStatistics: SublistStatistics { sublist.statistics }

    /// Calls for every subscription, in no order.
    func forEachSubscription(_ body: (Subscription) -> Void) { sublist.forEach(body) }

    /// Adds a subscription with a valid pattern.
    func insert(_ subscription: Subscription) { sublist.insert(subscription) }

    /// Takes a subscription out; it gets no message any more, not even one that is on its way.
    func remove(_ subscription: Subscription) {
        guard subscription.isActive else { return }
        subscription.end()
        sublist.remove(subscription)
    }

    /// Whether anyone subscribes to a subject.
    func hasInterest(in subject: borrowing Span<UInt8>) -> Bool { sublist.hasInterest(in: subject) }

    /// A receiver's own subscription to a subject, outside any queue group.
    func plainSubscription(of receiver: Receiver, to subject: borrowing Span<UInt8>) -> Subscription? {
        sublist.match(subject).plain.first { $0.receiver === receiver }
    }

    /// Delivers a message from a connection.
    ///
    /// - Returns: whether anyone got it.
    @inline(__always)
    func publish(
        _ frame: PublishFrame,
        subject: borrowing Span<UInt8>,
        of buffer: borrowing ByteBuffer,
        from publisher: ClientSession
    ) -> Bool {
        let match = sublist.match(subject)
        guard !match.isEmpty else { return false }
        var publication = Publication(frame: frame, buffer: copy buffer)
        return deliver(&publication, to: match, from: publisher)
    }

    /// Delivers a message from this process.
    ///
    /// - Returns: whether anyone got it.
    func publish(_ message: Message, from publisher: Receiver) -> Bool {
        let match = sublist.match(message.subject.text.utf8Span.span)
        guard !match.isEmpty else { return false }
        var publication = Publication(message: message)
        return deliver(&publication, to: match, from: publisher)
    }

    private func deliver(
        _ publication: inout Publication,
        to match: MatchResult,
        from publisher: Receiver
    ) -> Bool {
        var isDelivered = false
        for index in match.plain.indices {
            if deliver(&publication, to: match.plain[index], from: publisher) { isDelivered = true }
        }
        for group in match.groups where deliver(&publication, to: group, from: publisher) {
            isDelivered = true
        }
        if gatheredBytes > gatherLimit { flush() }
        return isDelivered
    }

    /// Delivers to one member of a group, chosen at random among those who can take it.
    private func deliver(
        _ publication: inout Publication,
        to group: QueueGroup,
        from publisher: Receiver
    ) -> Bool {
        let members = group.members
        let first = members.count == 1 ? 0 : Int(random.next(upperBound: UInt64(members.count)))
        for index in 0..<members.count {
            let position = first + index < members.count ? first + index : first + index - members.count
            if deliver(&publication, to: members[position], from: publisher) { return true }
        }
        return false
    }

    @inline(__always)
    private func deliver(
        _ publication: inout Publication,
        to subscription: Subscription,
        from publisher: Receiver
    ) -> Bool {
        guard subscription.isActive else { return false }
        let receiver = subscription.receiver
        if receiver === publisher, !receiver.wantsEcho { return false }
        subscription.countDelivery()
        let isDelivered = receiver.deliver(&publication, to: subscription)
        if subscription.isExhausted {
            receiver.forget(subscription)
            remove(subscription)
        }
        gatheredBytes &+= publication.frame.size &+ 32
        return isDelivered
    }

    // MARK: Flushing

    /// Notes that a session's outbox must be flushed at the end of the turn.
    @inline(__always)
    func touch(_ session: ClientSession) {
        guard !session.isTouched else { return }
        session.isTouched = true
        touched.append(session)
        if !isInTurn, touched.count == 1 { wake() }
    }

    /// Writes out what the turn has put into outboxes.
    func flush() {
        gatheredBytes = 0
        guard !touched.isEmpty else { return }
        let sessions = touched
        touched.removeAll(keepingCapacity: false)
        for session in sessions {
            session.isTouched = false
            session.connection?.flushOutbox()
        }
    }
}
