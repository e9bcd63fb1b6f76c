import DequeModule
import RESProtocol

import struct NIOCore.ByteBuffer

/// A client of the bus inside this process. Messages reach it as values, never as bytes on a wire.
///
/// Deliveries are queued; whoever owns it drains them in a turn of their own, so that no closure runs inside a call.
final class LocalClient: Receiver {
    private struct Delivery {
        let subscription: Subscription
        let message: Message
    }

    /// A place for one subscription after the other. Its name is where it stands, and how many stood there before.
    private struct Slot {
        /// Nil once no more is delivered to it.
        var subscription: Subscription?
        /// Nil once it has ended.
        var receive: ((Message) -> Void)?
        var uses: UInt32 = 0
    }

    /// How many queued messages put those who publish to it under pressure.
    static let pressureLimit = 16_384

    /// What people know it by.
    let label: String
    private let router: Router
    private var slots: [Slot] = []
    /// Slots that nobody has at the moment.
    private var freeSlots: [Int] = []
    private var queue = Deque<Delivery>()
    /// How many messages have been queued.
    private(set) var queuedCount: UInt64 = 0
    /// How many of those have been handed over or dropped.
    var handedCount: UInt64 { queuedCount - UInt64(queue.count) }
    private let wake: () -> Void

    /// - Parameters:
    ///   - label: what people know it by.
    ///   - account: where it publishes and subscribes; nil for the global account.
    ///   - wake: called when messages are waiting after none were.
    init(
        router: Router,
        label: String = "",
        account: Account? = nil,
        wake: @escaping () -> Void
    ) {
        self.label = label
        self.router = router
        self.wake = wake
        super.init(account: account ?? router.globalAccount)
    }

    /// Whether messages wait to be drained.
    var hasDeliveries: Bool { !queue.isEmpty }

    override var isUnderPressure: Bool { queue.count > LocalClient.pressureLimit }

    /// Publishes; a request that nobody subscribes to is answered at once with status 503.
    func publish(_ message: Message) {
        let isDelivered = router.publish(message, from: self)
        if let observer = router.observer {
            observer.published(
                ObservedPublish(
                    subject: message.subject.text,
                    reply: message.reply?.text,
                    payload: message.payload,
                    publisher: label,
                    clientID: nil,
                    isDelivered: isDelivered
                )
            )
        }
        if isDelivered { return }
        guard let reply = message.reply,
            let subscription = router.plainSubscription(of: self, to: reply.text.utf8Span.span)
        else { return }
        let fields = [(name: "Nats-Subject", value: message.subject.text)]
        let answer = Message(
            subject: reply,
            headers: MessageHeaders(status: 503, fields: fields),
            payload: .init()
        )
        enqueue(answer, for: subscription)
    }

    /// Subscribes.
    ///
    /// - Returns: the subscription's name within this client.
    func subscribe(to pattern: SubjectPattern, queue: String?, receive: @escaping (Message) -> Void) -> UInt64
    {
        let place = freeSlots.popLast() ?? slots.count
        if place == slots.count { slots.append(Slot()) }
        let id = id(of: place)
        let subscription = Subscription(
            pattern: Array(pattern.text.utf8),
            queue: Array((queue ?? "").utf8),
            sid: SubscriptionID(number: id),
            receiver: self
        )
        slots[place].subscription = subscription
        slots[place].receive = receive
        router.insert(subscription)
        return id
    }

    /// The name of the subscription that stands at a place.
    private func id(of place: Int) -> UInt64 { UInt64(slots[place].uses) << 32 | UInt64(place + 1) }

    /// Where the subscription of a name stands, until `unsubscribe`; nil then.
    private func place(of id: UInt64) -> Int? {
        let place = Int(id & 0xffff_ffff) - 1
        guard slots.indices.contains(place), slots[place].uses == UInt32(id >> 32),
            slots[place].receive != nil
        else { return nil }
        return place
    }

    /// Ends a subscription; queued messages of it are dropped.
    func unsubscribe(_ id: UInt64) {
        guard let place = place(of: id) else { return }
        let subscription = slots[place].subscription.take()
        slots[place].receive = nil
        slots[place].uses &+= 1
        freeSlots.append(place)
        if let subscription { router.remove(subscription) }
    }

    /// Has a subscription end after a number of messages, counted from its beginning, as UNSUB with a number does.
    func limit(_ id: UInt64, to maximum: Int) {
        guard let place = place(of: id), let subscription = slots[place].subscription else { return }
        subscription.limit(to: maximum)
        if subscription.isExhausted { stopDelivery(id) }
    }

    /// Ends a subscription; queued messages of it are still handed over. `unsubscribe` must follow.
    func stopDelivery(_ id: UInt64) {
        guard let place = place(of: id), let subscription = slots[place].subscription.take() else { return }
        router.remove(subscription)
    }

    /// An exhausted subscription is gone; its closure stays for what is queued.
    override func forget(_ subscription: Subscription) {
        if let place = place(of: subscription.sid.words.0) { slots[place].subscription = nil }
    }

    /// Its subscriptions as they are now.
    var snapshot: [BrokerSubscription] { slots.compactMap { $0.subscription?.snapshot(client: label) } }

    /// Ends all subscriptions.
    func close() {
        for (place, slot) in slots.enumerated() where slot.receive != nil { unsubscribe(id(of: place)) }
        queue.removeAll()
        resumeWaiting()
    }

    /// Hands over queued messages, in the order they came.
    ///
    /// - Parameter limit: how many at most; what comes in meanwhile waits for the next turn.
    func drain(limit: Int) {
        for _ in 0..<min(limit, queue.count) {
            guard let delivery = queue.popFirst() else { break }
            // An exhausted subscription still gets what was published before it ended.
            guard let place = place(of: delivery.subscription.sid.words.0) else { continue }
            // Apart from the slot, which the closure may change.
            let receive = slots[place].receive
            receive?(delivery.message)
        }
        resumeWaiting()
    }

    override func deliver(_ publication: inout Publication, to subscription: Subscription) -> Bool {
        enqueue(publication.decoded(), for: subscription)
        if isUnderPressure { router.pressed = self }
        return true
    }

    private func enqueue(_ message: Message, for subscription: Subscription) {
        queue.append(Delivery(subscription: subscription, message: message))
        queuedCount &+= 1
        if queue.count == 1 { wake() }
    }
}
