import DequeModule
import NIOCore
import RESProtocol

/// The broker's bus for the roles of this process.
final class InProcessBus: MessageBus {
    /// How many messages are handed over in one turn of the loop, so that sockets get their turns too.
    private static let turnLimit = 512

    let eventLoop: any EventLoop
    let maximumPayload: Int
    private let router: Router
    private var client: LocalClient?
    private var isDrainScheduled = false
    /// Who waits for messages to be handed over, and how many there were in all when it began to.
    private var flushes = Deque<(count: UInt64, promise: EventLoopPromise<Void>)>()
    /// Called once, when the bus is closed.
    var onClose: () -> Void = {}

    /// - Parameter account: where it publishes and subscribes; nil for the global account.
    init(
        router: Router,
        label: String = "",
        account: Account? = nil,
        maximumPayload: Int,
        eventLoop: any EventLoop
    ) {
        self.router = router
        self.maximumPayload = maximumPayload
        self.eventLoop = eventLoop
        client = LocalClient(router: router, label: label, account: account) { [unowned self] in
            scheduleDrain()
        }
    }

    @discardableResult
    func publish(_ message: Message) -> Bool {
        eventLoop.preconditionInEventLoop()
        let size = message.payload.readableBytes + (message.headers?.block.readableBytes ?? 0)
        guard size <= maximumPayload, let client else { return false }
        client.publish(message)
        return true
    }

    func subscribe(
        to pattern: SubjectPattern,
        queue: String?,
        receive: @escaping (Message) -> Void
    ) -> BusSubscription {
        eventLoop.preconditionInEventLoop()
        return BusSubscription(id: client?.subscribe(to: pattern, queue: queue, receive: receive) ?? 0)
    }

    func unsubscribe(_ subscription: BusSubscription) {
        eventLoop.preconditionInEventLoop()
        client?.unsubscribe(subscription.id)
    }

    func observeState(_ observer: @escaping (BusState) -> Void) {}

    func flush() -> EventLoopFuture<Void> {
        eventLoop.preconditionInEventLoop()
        guard let client, client.hasDeliveries else { return eventLoop.makeSucceededVoidFuture() }
        let promise = eventLoop.makePromise(of: Void.self)
        flushes.append((client.queuedCount, promise))
        return promise.futureResult
    }

    func close() -> EventLoopFuture<Void> {
        eventLoop.preconditionInEventLoop()
        guard client != nil else { return eventLoop.makeSucceededVoidFuture() }
        client?.close()
        client = nil
        completeFlushes()
        onClose()
        return eventLoop.makeSucceededVoidFuture()
    }

    /// Has a subscription end after a number of messages, counted from its beginning.
    func limit(_ subscription: BusSubscription, to maximum: Int) {
        client?.limit(subscription.id, to: maximum)
    }

    /// Ends a subscription whose queued messages are still handed over. `unsubscribe` must follow.
    func stopDelivery(to subscription: BusSubscription) { client?.stopDelivery(subscription.id) }

    /// Whether anyone in the bus's account subscribes to a subject.
    func hasInterest(in subject: Subject) -> Bool {
        client?.account.sublist.hasInterest(in: subject.text.utf8Span.span) ?? false
    }

    /// Publishes several messages, whose receivers' sockets are written to once.
    func inTurn(_ body: () -> Void) {
        eventLoop.preconditionInEventLoop()
        router.isInTurn = true
        router.now = .now
        body()
        router.isInTurn = false
        router.flush()
    }

    /// The receiver that fell behind with what was published last; nil when none did.
    func takePressed() -> Receiver? {
        defer { router.pressed = nil }
        return router.pressed
    }

    /// Its subscriptions as they are now.
    var subscriptions: [BrokerSubscription] { client?.snapshot ?? [] }

    private func scheduleDrain() {
        guard !isDrainScheduled else { return }
        isDrainScheduled = true
        eventLoop.assumeIsolated().execute { [self] in drain() }
    }

    private func drain() {
        isDrainScheduled = false
        inTurn { client?.drain(limit: InProcessBus.turnLimit) }
        if client?.hasDeliveries == true { scheduleDrain() }
        completeFlushes()
    }

    /// Completes those whose messages have all been handed over; all of them, once the bus is closed.
    private func completeFlushes() {
        let handed = client?.handedCount ?? .max
        while let first = flushes.first, first.count <= handed {
            flushes.removeFirst()
            first.promise.succeed()
        }
    }
}
