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

    /// How many queued messages put those who publish to it under pressure.
    static let pressureLimit = 16_384

    /// What people know it by.
    let label: String
    private let router: Router
    private var closures: [UInt64: (Message) -> Void] = [:]
    private var subscriptions: [UInt64: Subscription] = [:]
    private var queue = Deque<Delivery>()
    private var lastID: UInt64 = 0
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
        lastID += 1
        let subscription = Subscription(
            pattern: Array(pattern.text.utf8),
            queue: Array((queue ?? "").utf8),
            sid: SubscriptionID(number: lastID),
            receiver: self
        )
        subscriptions[lastID] = subscription
        closures[lastID] = receive
        router.insert(subscription)
        return lastID
    }

    /// Ends a subscription; queued messages of it are dropped.
    func unsubscribe(_ id: UInt64) {
        closures[id] = nil
        guard let subscription = subscriptions.removeValue(forKey: id) else { return }
        router.remove(subscription)
    }

    /// Has a subscription end after a number of messages, counted from its beginning, as UNSUB with a number does.
    func limit(_ id: UInt64, to maximum: Int) {
        guard let subscription = subscriptions[id] else { return }
        subscription.limit(to: maximum)
        if subscription.isExhausted { stopDelivery(id) }
    }

    /// Ends a subscription; queued messages of it are still handed over. `unsubscribe` must follow.
    func stopDelivery(_ id: UInt64) {
        guard let subscription = subscriptions.removeValue(forKey: id) else { return }
        router.remove(subscription)
    }

    /// An exhausted subscription is gone; its closure stays for what is queued.
    override func forget(_ subscription: Subscription) {
        subscriptions[subscription.sid.words.0] = nil
    }

    /// Its subscriptions as they are now.
    var snapshot: [BrokerSubscription] { subscriptions.values.map { $0.snapshot(client: label) } }

    /// Ends all subscriptions.
    func close() {
        for id in Array(subscriptions.keys) { unsubscribe(id) }
        closures.removeAll()
        queue.removeAll()
        resumeWaiting()
    }

    /// Hands over queued messages, in the order they came.
    ///
    /// - Parameter limit: how many at most; what comes in meanwhile waits for the next turn.
    func drain(limit: Int) {
        for _ in 0..<min(limit, queue.count) {
            guard let delivery = queue.popFirst() else { break }
            let id = delivery.subscription.sid.words.0
            // An exhausted subscription still gets what was published before it ended.
            closures[id]?(delivery.message)
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
