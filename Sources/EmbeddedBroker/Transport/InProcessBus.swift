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
    private var flushes: [EventLoopPromise<Void>] = []

    init(router: Router, label: String = "", maximumPayload: Int, eventLoop: any EventLoop) {
        self.router = router
        self.maximumPayload = maximumPayload
        self.eventLoop = eventLoop
        client = LocalClient(router: router, label: label) { [unowned self] in scheduleDrain() }
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
        flushes.append(promise)
        return promise.futureResult
    }

    func close() -> EventLoopFuture<Void> {
        eventLoop.preconditionInEventLoop()
        client?.close()
        client = nil
        completeFlushes()
        return eventLoop.makeSucceededVoidFuture()
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
        router.isInTurn = true
        router.now = .now
        client?.drain(limit: InProcessBus.turnLimit)
        router.isInTurn = false
        router.flush()
        if client?.hasDeliveries == true { scheduleDrain() } else { completeFlushes() }
    }

    private func completeFlushes() {
        let completed = flushes
        flushes = []
        for promise in completed { promise.succeed() }
    }
}
