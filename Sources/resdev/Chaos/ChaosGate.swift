import Gateway
import NIOCore
import RESProtocol

/// Does to requests what a plan says: holds them back, refuses them, cuts connections, keeps questions from services.
///
/// Requests for `$sys` pass untouched, so that what was switched on can be switched off.
final class ChaosGate {
    /// The longest delay that a request can ask for itself.
    static let maximumDelay = TimeAmount.seconds(60)

    private(set) var plan: ChaosPlan
    private let eventLoop: any EventLoop
    private let requestTimeout: TimeAmount
    private var lastDue: [String: NIODeadline] = [:]
    private var stallTimer: RepeatingTimer?
    private var stalled: [String: NIODeadline] = [:]
    /// The gateway, once it runs.
    weak var gateway: Gateway?

    init(_ plan: ChaosPlan, eventLoop: any EventLoop, requestTimeout: TimeAmount) {
        self.plan = plan
        self.eventLoop = eventLoop
        self.requestTimeout = requestTimeout
    }

    deinit { stallTimer?.cancel() }

    /// Takes another plan.
    func replace(_ rules: [ChaosRule], seed: UInt64?) {
        plan.replace(rules, seed: seed)
        updateStalls()
    }

    /// What happens to a question to a service.
    func serviceFate(_ name: String, method: String) -> ChaosPlan.Fate {
        plan.fate(of: .service, name, method: method)
    }

    private func later(_ delay: TimeAmount, _ body: @escaping () -> Void) {
        guard delay > .zero else { return body() }
        eventLoop.assumeIsolated().scheduleTask(in: delay, body)
    }
}

extension ChaosGate: RequestInterference {
    func admit(_ request: ClientExchange, delay: String?, then: @escaping (RequestVerdict) -> Void) {
        guard !ExchangeRecorder.isSystem(request.name) else { return then(.serve) }
        var asked = TimeAmount.zero
        if let delay {
            do throws(ChaosError) {
                asked = .microseconds(Int64(try Latency(parsing: delay).mean))
            } catch {
                return then(.refuse(.invalidParams.saying("X-Resdev-Delay or _delay: \(error.message)")))
            }
        }
        let fate = plan.fate(
            of: request.transport == .http ? .http : .ws,
            request.name,
            method: request.method ?? request.action,
            connection: request.connection
        )
        let timeout = fate.end == .timeout ? requestTimeout : .zero
        inOrder(request, after: asked + .microseconds(Int64(fate.delay)) + timeout) {
            switch fate.end {
            case .serve: then(.serve)
            case .refuse: then(.refuse(ChaosGate.error))
            case .drop: then(.drop)
            case .timeout: then(.refuse(.timeout))
            }
        }
    }

    /// What a request that is refused by chance is answered with.
    static let error = RESError.serviceUnavailable.saying("Service unavailable (chaos)")

    /// Requests of one WebSocket stay in order, as they would on a slow line.
    private func inOrder(_ request: ClientExchange, after delay: TimeAmount, _ body: @escaping () -> Void) {
        guard request.transport == .ws else { return later(delay, body) }
        let now = NIODeadline.now()
        let due = max(now + delay, lastDue[request.connection] ?? now)
        guard due > now else { return body() }
        lastDue[request.connection] = due
        eventLoop.assumeIsolated().scheduleTask(deadline: due) { [self] () -> Void in
            if lastDue[request.connection] == due { lastDue[request.connection] = nil }
            body()
        }
    }
}

// MARK: - Clients that read slowly

extension ChaosGate {
    /// How often it is looked at which clients are to be stalled.
    private static let stallInterval = TimeAmount.milliseconds(20)

    /// Begins or ends to stall clients.
    func updateStalls() {
        let isWanted = plan.rules.contains { $0.stall > 0 }
        if isWanted, stallTimer == nil {
            stallTimer = RepeatingTimer(every: ChaosGate.stallInterval, on: eventLoop) { [weak self] in
                self?.stall()
            }
        } else if !isWanted {
            stallTimer?.cancel()
            stallTimer = nil
            for id in stalled.keys { gateway?.hold(id, false) }
            stalled = [:]
        }
    }

    /// Lets each client read for a moment when its stall is over, and stalls it again.
    private func stall() {
        guard let gateway else { return }
        let now = NIODeadline.now()
        var current: [String: NIODeadline] = [:]
        for id in gateway.clientIDs {
            let length = plan.stall(of: id)
            guard length > 0, !gateway.follows(id, SystemService.root) else {
                if stalled[id] != nil { gateway.hold(id, false) }
                continue
            }
            if let end = stalled[id], end > now {
                gateway.hold(id, true)
                current[id] = end
            } else {
                gateway.hold(id, false)
                current[id] = now + .milliseconds(Int64(length))
            }
        }
        stalled = current
    }
}
