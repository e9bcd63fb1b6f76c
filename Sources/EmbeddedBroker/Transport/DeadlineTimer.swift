import NIOCore

/// Calls back for each client that was added, the same time after it was.
///
/// One timer of the loop serves all clients.
final class DeadlineTimer {
    /// The time; when it is changed, those who wait keep theirs.
    var interval: Duration
    private let eventLoop: any EventLoop
    private let reached: (_ client: UInt64, _ now: Moment) -> Void
    private var queue = DeadlineQueue()
    private var isScheduled = false

    init(
        after interval: Duration,
        on eventLoop: any EventLoop,
        reached: @escaping (_ client: UInt64, _ now: Moment) -> Void
    ) {
        self.interval = interval
        self.eventLoop = eventLoop
        self.reached = reached
    }

    /// Starts a client's time.
    func add(_ client: UInt64) {
        queue.add(client, due: .now + interval)
        schedule()
    }

    private func schedule() {
        guard !isScheduled, let next = queue.next else { return }
        isScheduled = true
        let delay = TimeAmount.nanoseconds(max(0, (next - .now).nanoseconds))
        eventLoop.assumeIsolated().scheduleTask(in: delay) { [weak self] in self?.fire() }
    }

    private func fire() {
        isScheduled = false
        let now = Moment.now
        while let client = queue.popDue(at: now) { reached(client, now) }
        schedule()
    }
}
