import NIOCore
import NIOEmbedded
import RESProtocol

/// A bus on an embedded loop: what is published arrives when the loop runs, and is kept for the test to look at.
final class TestBus: MessageBus {
    let loop = EmbeddedEventLoop()
    let maximumPayload = 1 << 20
    /// Every message that was published, as `subject payload`.
    private(set) var published: [String] = []
    private var subscriptions: [(id: UInt64, pattern: SubjectPattern, receive: (Message) -> Void)] = []
    private var lastID: UInt64 = 0

    var eventLoop: any EventLoop { loop }
    /// The patterns that are subscribed to.
    var patterns: [String] { subscriptions.map(\.pattern.text) }

    @discardableResult
    func publish(_ message: Message) -> Bool {
        published.append("\(message.subject) \(String(buffer: message.payload))")
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.execute {
            for one in bound.value.subscriptions where one.pattern.matches(message.subject.text) {
                one.receive(message)
            }
        }
        return true
    }

    func subscribe(
        to pattern: SubjectPattern,
        queue: String?,
        receive: @escaping (Message) -> Void
    ) -> BusSubscription {
        lastID += 1
        subscriptions.append((lastID, pattern, receive))
        return BusSubscription(id: lastID)
    }

    func unsubscribe(_ subscription: BusSubscription) { subscriptions.removeAll { $0.id == subscription.id } }
    func observeState(_ observer: @escaping (BusState) -> Void) {}
    func flush() -> EventLoopFuture<Void> { loop.submit {} }
    func close() -> EventLoopFuture<Void> { loop.makeSucceededVoidFuture() }

    /// Publishes a message, lets it arrive, and gives what was published because of it.
    func ask(_ subject: String, reply: String? = "_INBOX.1", _ payload: String = "{}") -> [String] {
        let before = published.count + 1
        publish(
            Message(
                subject: Subject(unchecked: subject),
                reply: reply.map { Subject(unchecked: $0) },
                payload: ByteBuffer(string: payload)
            )
        )
        loop.run()
        return Array(published[before...])
    }
}
