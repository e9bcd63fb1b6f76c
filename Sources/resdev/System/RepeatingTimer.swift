import NIOCore

/// Calls back again and again on an event loop, until it is cancelled or let go.
final class RepeatingTimer {
    private let eventLoop: any EventLoop
    private let interval: TimeAmount
    private let fire: () -> Void
    private var isCancelled = false

    init(every interval: TimeAmount, on eventLoop: any EventLoop, _ fire: @escaping () -> Void) {
        self.eventLoop = eventLoop
        self.interval = interval
        self.fire = fire
        schedule()
    }

    func cancel() { isCancelled = true }

    private func schedule() {
        eventLoop.assumeIsolated().scheduleTask(in: interval) { [weak self] () -> Void in
            guard let self, !isCancelled else { return }
            fire()
            schedule()
        }
    }
}
