import Gateway
import NIOCore
import RESProtocol

/// Writes down what passes between clients, a gateway and the services behind it, from `begin` until `end`.
///
/// Events come over the gateway's own connection to the bus, behind what was sent before and before what was sent after
/// them, so that the lines are in the order in which things happened. What concerns `$sys` is left out.
final class TrafficRecording {
    /// Requests of clients under way that are remembered.
    static let maximumRequests = 10_000

    private struct ClientKey: Hashable {
        let connection: String
        let number: UInt64
    }

    private let sources: SystemSources
    private let write: (RecordedLine) -> Void
    private var pending = PendingAnswers()
    private var requests: [ClientKey: (asked: Double, exchange: ClientExchange)] = [:]
    private var subscriptions: [BusSubscription] = []
    private var started: NIODeadline
    /// Requests whose answers could not be recorded, since there were too many at a time.
    private(set) var lost = 0

    init(_ sources: SystemSources, write: @escaping (RecordedLine) -> Void) {
        self.sources = sources
        self.write = write
        started = sources.eventLoop.now
    }

    /// Records from now on. Everything in the gateway's cache is fetched once more, so that the recording has it.
    func begin() {
        started = sources.eventLoop.now
        for pattern: SubjectPattern in ["event.>", "system.>"] {
            subscriptions.append(
                sources.bus.subscribe(to: pattern, queue: nil) { [weak self] message in
                    guard let self else { return }
                    let subject = message.subject.text
                    write(.event(RecordedEvent(at: now, subject: subject, data: json(message.payload))))
                }
            )
        }
        sources.gatewayBus.observe(self)
        sources.watch.add(self)
        sources.gateway?.fetchEverythingAnew()
    }

    /// Ends the recording.
    func end() {
        for subscription in subscriptions { sources.bus.unsubscribe(subscription) }
        subscriptions = []
        sources.gatewayBus.unobserve(self)
        sources.watch.remove(self)
        if lost > 0 { write(.lost(lost, at: now)) }
    }

    private var now: Double { Double((sources.eventLoop.now - started).nanoseconds) / 1e6 }
    private func json(_ payload: ByteBuffer) -> JSONSlice? {
        (try? JSONSlice(parsing: payload))?.detached
    }
}

extension TrafficRecording: GatewayBusObserver {
    func requestPublished(_ message: Message) {
        guard let reply = message.reply else { return }
        let key = RecordedExchange.Key(of: message)
        if pending.asked(key, reply: reply.text, at: now) { lost += 1 }
    }

    func answerArrived(_ message: Message) {
        guard PreResponse(message.payload) == nil, let request = pending.answered(message.subject.text)
        else { return }
        write(
            .exchange(
                RecordedExchange(
                    asked: request.asked,
                    answered: now,
                    key: request.key,
                    answer: message.isNoResponders ? nil : json(message.payload)
                )
            )
        )
    }

    func answerHandled() {}
}

extension TrafficRecording: GatewayObserver {
    func requestBegan(_ request: ClientExchange) {
        guard !ExchangeRecorder.isSystem(request.name), request.action != "unsubscribe" else { return }
        guard requests.count < TrafficRecording.maximumRequests else {
            lost += 1
            return
        }
        requests[ClientKey(connection: request.connection, number: request.number)] = (now, request)
    }

    func requestDispatched() {}

    func requestEnded(_ answer: ClientExchange.Answer) {
        let key = ClientKey(connection: answer.connection, number: answer.number)
        guard let request = requests.removeValue(forKey: key) else { return }
        let result = answer.status.map { JSONSlice(integer: $0) } ?? JSONSlice(string: answer.error ?? "ok")
        write(
            .request(RecordedRequest(request.exchange, asked: request.asked, ended: now, result: result))
        )
    }

    func eventDelivered(resource: String, event: String, clients: Int) {}
}
