import NIOCore

/// Sends the clients of a broker away that takes no new ones: tells them to go elsewhere, waits, and then closes them
/// one after the other.
final class LameDuckMode {
    private unowned let core: BrokerCore
    private let configuration: BrokerLameDuck
    private let promise: EventLoopPromise<Void>
    private var isOver = false

    init(of core: BrokerCore, _ configuration: BrokerLameDuck) {
        self.core = core
        self.configuration = configuration
        promise = core.eventLoop.makePromise()
    }

    /// Completes when the last client is gone, or the broker is stopped.
    var done: EventLoopFuture<Void> { promise.futureResult }

    /// Tells the clients, and begins.
    func begin() {
        core.environment.info.isLameDuck = true
        core.environment.events?.lameDuckModeEntered()
        for session in core.sessions { session.announceLameDuckMode() }
        core.environment.router.flush()
        clientLeft()
        guard !isOver else { return }
        after(configuration.gracePeriod) { mode in mode.sendAway() }
    }

    /// A client is gone: perhaps the last one.
    func clientLeft() {
        if core.connectionCount == 0 { end() }
    }

    /// There is nobody left to send away.
    func end() {
        guard !isOver else { return }
        isOver = true
        promise.succeed()
    }

    private func sendAway() {
        let rest = configuration.duration - configuration.gracePeriod
        step(LameDuckPlan(clients: core.connectionCount, duration: max(.zero, rest)))
    }

    private func step(_ plan: LameDuckPlan) {
        guard !isOver else { return }
        for session in Array(core.sessions.prefix(plan.batch)) { session.end(.serverShutdown) }
        after(plan.interval) { mode in mode.step(plan) }
    }

    private func after(_ delay: Duration, _ body: @escaping (LameDuckMode) -> Void) {
        core.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(delay.nanoseconds)) { [weak self] in
            if let self, !isOver { body(self) }
        }
    }
}
