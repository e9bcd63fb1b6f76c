import NIOCore
import RESProtocol

/// One benchmark over connections to a NATS server. Confined to the loop of its buses.
final class BusBenchmark {
    /// What is measured.
    enum Work: Equatable, Sendable {
        /// Messages that the server takes and nobody hears.
        case publish
        /// Messages that each of so many connections gets.
        case fanOut(subscribers: Int)
        /// Requests that another connection answers, so many at a time.
        case request(inFlight: Int)
    }

    private let work: Work
    private let size: Int
    private let duration: TimeAmount
    private let publisher: any MessageBus
    private let receivers: [any MessageBus]
    private let eventLoop: any EventLoop
    private let payload: ByteBuffer
    private let subject: Subject
    private let done: EventLoopPromise<BenchReport>
    private var requester: Requester?
    private var started = NIODeadline.now()
    private var sent = 0
    private var delivered = 0
    private var latency = LatencyHistogram()
    private let bar: ProgressBar

    /// Messages between two rests in which the server's answer is awaited.
    private static let batch = 2000
    /// Bytes of messages between two rests.
    private static let batchBytes = 4 << 20

    init(_ work: Work, size: Int, seconds: Double, publisher: any MessageBus, receivers: [any MessageBus]) {
        self.work = work
        self.size = size
        duration = .nanoseconds(Int64(seconds * 1e9))
        self.publisher = publisher
        self.receivers = receivers
        eventLoop = publisher.eventLoop
        payload = ByteBuffer(repeating: UInt8(ascii: "x"), count: size)
        subject = Subject(unchecked: "resdev.bench.\(UInt32.random(in: 0...UInt32.max))")
        done = eventLoop.makePromise(of: BenchReport.self)
        bar = ProgressBar(label: BusBenchmark.name(of: work))
    }

    static func name(of work: Work) -> String {
        switch work {
        case .publish: "publish"
        case .fanOut(let subscribers): "1 → \(subscribers)"
        case .request(let inFlight): "request, \(inFlight) in flight"
        }
    }

    /// Runs it; the benchmark lives until it is over.
    func run() -> EventLoopFuture<BenchReport> {
        let pattern = SubjectPattern(unchecked: subject.text)
        switch work {
        case .publish: break
        case .fanOut:
            for bus in receivers { _ = bus.subscribe(to: pattern) { [self] _ in delivered += 1 } }
        case .request:
            for bus in receivers {
                _ = bus.subscribe(to: pattern) { message in
                    if let reply = message.reply { bus.publish(reply, payload: message.payload) }
                }
            }
            var generator = SystemRandomNumberGenerator()
            requester = Requester(bus: publisher, readsPreResponses: false, using: &generator)
        }
        let ready = receivers.map { $0.flush() }
        EventLoopFuture.andAllComplete(ready, on: eventLoop).assumeIsolated().whenComplete { [self] _ in
            begin()
        }
        return done.futureResult
    }

    private func begin() {
        started = .now()
        if case .request(let inFlight) = work {
            for _ in 0..<inFlight { ask() }
        } else {
            publishBatch()
        }
        showProgress()
    }

    private var elapsed: TimeAmount { NIODeadline.now() - started }
    private var isOver: Bool { elapsed >= duration }

    private func publishBatch() {
        guard !isOver else { return finishPublishing() }
        let count = max(1, min(BusBenchmark.batch, BusBenchmark.batchBytes / max(size, 1)))
        for _ in 0..<count where publisher.publish(subject, payload: payload) { sent += 1 }
        publisher.flush().assumeIsolated().whenComplete { [self] result in
            if case .failure(let error) = result { return done.fail(error) }
            waitForReceivers()
        }
    }

    /// The next batch goes out when the last one has arrived, so that nothing piles up.
    private func waitForReceivers() {
        guard delivered < sent * receivers.count, !receivers.isEmpty, case .fanOut = work else {
            return publishBatch()
        }
        let flushed = receivers.map { $0.flush() }
        EventLoopFuture.andAllComplete(flushed, on: eventLoop).assumeIsolated().whenComplete { [self] _ in
            publishBatch()
        }
    }

    private func finishPublishing() {
        if case .fanOut = work { finish(delivered) } else { finish(sent) }
    }

    private func ask() {
        let asked = NIODeadline.now()
        requester?.request(subject, payload: payload, timeout: .seconds(5)) { [self] outcome in
            guard case .answer = outcome else { return done.fail(StartFailure("a request was not answered")) }
            latency.add((NIODeadline.now() - asked).nanoseconds)
            if isOver { finish(latency.total) } else { ask() }
        }
    }

    private func finish(_ count: Int) {
        guard requester != nil || latency.total == 0 else { return }
        requester = nil
        bar.clear()
        done.succeed(
            BenchReport(
                name: BusBenchmark.name(of: work),
                count: count,
                size: size,
                seconds: Double(elapsed.nanoseconds) / 1e9,
                latency: latency.total > 0 ? latency : nil
            )
        )
    }

    private func showProgress() {
        guard !isOver else { return }
        let count = max(sent, delivered, latency.total)
        bar.show(
            Double(elapsed.nanoseconds) / Double(duration.nanoseconds),
            BenchReport.number(Double(count))
        )
        eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(100)) { [self] in showProgress() }
    }
}
