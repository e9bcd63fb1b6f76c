import NIOCore
import RESProtocol

/// A message bus within one event loop: what is published is delivered in the loop's next turn, to every match.
final class LoopbackBus: MessageBus {
    let eventLoop: any EventLoop
    let maximumPayload = 1 << 20
    private var subscriptions: [UInt64: (pattern: SubjectPattern, receive: (Message) -> Void)] = [:]
    private var nextID: UInt64 = 1
    private var queue: [Message] = []
    private var observers: [(BusState) -> Void] = []
    var isConnected = true

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func publish(_ message: Message) -> Bool {
        guard isConnected, message.payload.readableBytes <= maximumPayload else { return false }
        queue.append(message)
        if queue.count == 1 { eventLoop.assumeIsolated().execute { self.deliver() } }
        return true
    }

    private func deliver() {
        let messages = queue
        queue = []
        for message in messages {
            let matching = subscriptions.filter { $0.value.pattern.matches(message.subject.text) }
            for id in matching.keys.sorted() { subscriptions[id]?.receive(message) }
            if matching.isEmpty, let reply = message.reply {
                _ = publish(
                    Message(subject: reply, headers: MessageHeaders(status: 503), payload: ByteBuffer())
                )
            }
        }
    }

    func subscribe(
        to pattern: SubjectPattern,
        queue: String?,
        receive: @escaping (Message) -> Void
    ) -> BusSubscription {
        defer { nextID += 1 }
        subscriptions[nextID] = (pattern, receive)
        return BusSubscription(id: nextID)
    }

    func unsubscribe(_ subscription: BusSubscription) { subscriptions[subscription.id] = nil }
    func observeState(_ observer: @escaping (BusState) -> Void) { observers.append(observer) }
    func flush() -> EventLoopFuture<Void> { eventLoop.makeSucceededVoidFuture() }
    func close() -> EventLoopFuture<Void> { eventLoop.makeSucceededVoidFuture() }

    /// What is subscribed to.
    var patterns: [String] { subscriptions.values.map(\.pattern.text).sorted() }

    /// Loses the connection, or has it again.
    func setConnected(_ connected: Bool) {
        isConnected = connected
        for observer in observers { observer(connected ? .reconnected : .disconnected(reason: "test")) }
    }
}

/// A service that holds resources, allows everything, and answers every request on the bus.
final class LoopbackService {
    let bus: LoopbackBus
    /// Models and collections by name, as JSON.
    var resources: [String: String]
    /// What has been asked, as `subject payload`.
    private(set) var requests: [String] = []
    /// Answers before the resources do, where it gives something.
    var answer: ((_ subject: String, _ payload: String) -> String?)?

    init(bus: LoopbackBus, _ resources: [String: String]) {
        self.bus = bus
        self.resources = resources
        for pattern: SubjectPattern in ["get.>", "access.>", "call.>", "auth.>"] {
            _ = bus.subscribe(to: pattern, queue: nil) { [unowned self] in received($0) }
        }
    }

    private func received(_ message: Message) {
        let subject = message.subject.text
        let payload = String(buffer: message.payload)
        requests.append("\(subject) \(payload)")
        guard let reply = message.reply else { return }
        let text = answer?(subject, payload) ?? standard(subject)
        _ = bus.publish(Message(subject: reply, payload: ByteBuffer(string: text)))
    }

    private func standard(_ subject: String) -> String {
        if subject.hasPrefix("access.") { return #"{"result":{"get":true,"call":"*"}}"# }
        guard subject.hasPrefix("get."), let content = resources[String(subject.dropFirst(4))] else {
            return #"{"error":{"code":"system.notFound","message":"Not found"}}"#
        }
        return #"{"result":{"\#(content.hasPrefix("[") ? "collection" : "model")":\#(content)}}"#
    }

    func emit(_ subject: String, _ payload: String = "") {
        _ = bus.publish(Message(subject: Subject(unchecked: subject), payload: ByteBuffer(string: payload)))
    }
}
