import NIOCore
import RESProtocol

/// A message bus within a test: keeps the order of one publisher and delivers later on the same loop.
final class LoopbackBus: MessageBus {
    let eventLoop: any EventLoop
    let maximumPayload: Int
    private var subscriptions: [(id: BusSubscription, pattern: SubjectPattern, receive: (Message) -> Void)] =
        []
    private var observers: [(BusState) -> Void] = []
    private var nextID: UInt64 = 1

    init(_ eventLoop: any EventLoop, maximumPayload: Int = 1 << 20) {
        self.eventLoop = eventLoop
        self.maximumPayload = maximumPayload
    }

    func publish(_ message: Message) -> Bool {
        guard message.payload.readableBytes <= maximumPayload else { return false }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.execute { bound.value.deliver(message) }
        return true
    }

    private func deliver(_ message: Message) {
        for subscription in subscriptions where subscription.pattern.matches(message.subject.text) {
            subscription.receive(message)
        }
    }

    func subscribe(
        to pattern: SubjectPattern,
        queue: String?,
        receive: @escaping (Message) -> Void
    ) -> BusSubscription {
        let id = BusSubscription(id: nextID)
        nextID += 1
        subscriptions.append((id, pattern, receive))
        return id
    }

    func unsubscribe(_ subscription: BusSubscription) {
        subscriptions.removeAll { $0.id == subscription }
    }

    func observeState(_ observer: @escaping (BusState) -> Void) { observers.append(observer) }

    /// Plays a change of the connection's state.
    func change(to state: BusState) {
        for observer in observers { observer(state) }
    }

    func flush() -> EventLoopFuture<Void> { eventLoop.submit {} }

    func close() -> EventLoopFuture<Void> {
        subscriptions = []
        return eventLoop.makeSucceededVoidFuture()
    }
}
