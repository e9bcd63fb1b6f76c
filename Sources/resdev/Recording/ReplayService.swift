import NIOCore
import RESProtocol

/// Plays a recording on a bus, in the place of the services that were there when it was made.
final class ReplayService {
    private let bus: any MessageBus
    private var replay: Replay
    private let speed: Double
    private var started: NIODeadline?

    /// - Parameter speed: how much faster than recorded the events come.
    init(_ lines: [RecordedLine], bus: any MessageBus, speed: Double) {
        self.bus = bus
        self.speed = speed
        replay = Replay(lines)
    }

    /// Takes requests; completes when they can come. The service lives as long as its bus.
    func start() -> EventLoopFuture<Void> {
        for pattern in ["get.>", "call.>", "access.>", "auth.>"] + replay.otherSubjects.sorted() {
            guard let pattern = SubjectPattern(pattern) else { continue }
            _ = bus.subscribe(to: pattern) { [self] in asked($0) }
        }
        return bus.flush()
    }

    private func asked(_ message: Message) {
        if started == nil {
            started = bus.eventLoop.now
            scheduleNext()
        }
        let (answer, events) = replay.asked(RecordedExchange.Key(of: message))
        for event in events { publish(event) }
        guard let reply = message.reply else { return }
        if let answer {
            bus.publish(reply, payload: answer.bytes)
        } else {
            bus.publish(
                Message(subject: reply, headers: MessageHeaders(status: 503), payload: ByteBuffer())
            )
        }
    }

    private func scheduleNext() {
        guard let next = replay.nextTime, let started else { return }
        let time = started + .nanoseconds(Int64(min(next / speed * 1e6, 1e18)))
        bus.eventLoop.assumeIsolated().scheduleTask(deadline: time) { [self] in
            for event in replay.due(at: next) { publish(event) }
            scheduleNext()
        }
    }

    private func publish(_ event: RecordedEvent) {
        guard let subject = Subject(event.subject) else { return }
        bus.publish(subject, payload: event.data?.bytes ?? ByteBuffer())
    }
}
