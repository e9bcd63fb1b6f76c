import NIOCore
import RESProtocol

/// A bus that writes down what passes between a gateway and the services behind another bus.
final class RecordingBus: MessageBus {
    private let bus: any MessageBus
    private let write: (RecordedLine) -> Void
    private let started: NIODeadline
    /// Requests that wait for their answer, by reply subject.
    private var pending: [String: (asked: Double, key: RecordedExchange.Key)] = [:]

    /// Requests that are remembered; beyond, answers are not recorded.
    private static let maximumPending = 100_000

    init(_ bus: any MessageBus, write: @escaping (RecordedLine) -> Void) {
        self.bus = bus
        self.write = write
        started = bus.eventLoop.now
    }

    var eventLoop: any EventLoop { bus.eventLoop }
    var maximumPayload: Int { bus.maximumPayload }

    func publish(_ message: Message) -> Bool {
        if let reply = message.reply, pending.count < RecordingBus.maximumPending {
            pending[reply.text] = (now, RecordingBus.key(of: message))
        }
        return bus.publish(message)
    }

    func subscribe(
        to pattern: SubjectPattern,
        queue: String?,
        receive: @escaping (Message) -> Void
    ) -> BusSubscription {
        bus.subscribe(to: pattern, queue: queue) { [weak self] message in
            self?.received(message)
            receive(message)
        }
    }

    func unsubscribe(_ subscription: BusSubscription) { bus.unsubscribe(subscription) }
    func observeState(_ observer: @escaping (BusState) -> Void) { bus.observeState(observer) }
    func flush() -> EventLoopFuture<Void> { bus.flush() }
    func close() -> EventLoopFuture<Void> { bus.close() }

    private var now: Double { Double((bus.eventLoop.now - started).nanoseconds) / 1e6 }

    private func received(_ message: Message) {
        let subject = message.subject.text
        if subject.hasPrefix("_INBOX.") {
            guard PreResponse(message.payload) == nil, let request = pending.removeValue(forKey: subject)
            else { return }
            let answer = message.isNoResponders ? nil : RecordingBus.json(message.payload)
            write(
                .exchange(
                    RecordedExchange(asked: request.asked, answered: now, key: request.key, answer: answer)
                )
            )
        } else if !subject.hasPrefix("conn.") {
            write(.event(RecordedEvent(at: now, subject: subject, data: RecordingBus.json(message.payload))))
        }
    }

    /// The key of a request as the gateway sends it.
    static func key(of message: Message) -> RecordedExchange.Key {
        let payload = json(message.payload)
        return RecordedExchange.Key(
            subject: message.subject.text,
            query: payload?["query"]?.string ?? "",
            params: payload?["params"]?.text ?? "null"
        )
    }

    private static func json(_ payload: ByteBuffer) -> JSONSlice? {
        (try? JSONSlice(parsing: payload))?.detached
    }
}
