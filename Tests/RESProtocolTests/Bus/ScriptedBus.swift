import NIOCore
import NIOEmbedded

@testable import RESProtocol

/// A bus on an embedded loop that records what is published, and delivers what the test says.
final class ScriptedBus: MessageBus {
    let loop = EmbeddedEventLoop()
    var eventLoop: any EventLoop { loop }
    var maximumPayload = 1_048_576
    var isConnected = true
    private(set) var published: [Message] = []
    private var subscriptions: [UInt64: (pattern: SubjectPattern, receive: (Message) -> Void)] = [:]
    private var observers: [(BusState) -> Void] = []
    private var lastID: UInt64 = 0

    var patterns: [String] { subscriptions.values.map(\.pattern.text) }

    func publish(_ message: Message) -> Bool {
        guard isConnected else { return false }
        published.append(message)
        return true
    }

    func subscribe(
        to pattern: SubjectPattern,
        queue: String?,
        receive: @escaping (Message) -> Void
    ) -> BusSubscription {
        lastID += 1
        subscriptions[lastID] = (pattern, receive)
        return BusSubscription(id: lastID)
    }

    func unsubscribe(_ subscription: BusSubscription) {
        subscriptions[subscription.id] = nil
    }

    func observeState(_ observer: @escaping (BusState) -> Void) {
        observers.append(observer)
    }

    func flush() -> EventLoopFuture<Void> { loop.makeSucceededVoidFuture() }

    func close() -> EventLoopFuture<Void> { loop.makeSucceededVoidFuture() }

    /// Delivers a message to all that it matches.
    func deliver(_ subject: Subject, headers: MessageHeaders? = nil, _ payload: String) {
        let message = Message(subject: subject, headers: headers, payload: ByteBuffer(string: payload))
        for (pattern, receive) in subscriptions.values where pattern.matches(subject.text) {
            receive(message)
        }
    }

    /// Answers the published request at this position.
    func answer(_ index: Int, headers: MessageHeaders? = nil, _ payload: String) {
        guard let reply = published[index].reply else { return }
        deliver(reply, headers: headers, payload)
    }

    func change(to state: BusState) {
        for observer in observers { observer(state) }
    }
}
