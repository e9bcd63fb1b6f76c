import NIOCore
import RESProtocol

/// The gateway's bus: what concerns `$sys` stays in the process, everything else goes to the bus that services join.
///
/// Here, too, requests to services are watched and interfered with, since here their answers can be told by their reply
/// subjects. Without `$sys` in play, watcher and interference it costs one look at each subject.
final class GatewayBus: MessageBus {
    /// What the gateway asks of services passes by it; nil while nothing is to go wrong.
    var interference: ServiceInterference?

    /// Who is told what the gateway asks of services; mostly nobody.
    private var observers: [any GatewayBusObserver] = []
    private let outer: any MessageBus
    private let inner: any MessageBus
    private var pairs: [UInt64: (BusSubscription, BusSubscription)] = [:]
    private var lastPair: UInt64 = 0

    /// - Parameters:
    ///   - outer: the bus that services join.
    ///   - inner: the bus of `$sys`.
    init(outer: any MessageBus, inner: any MessageBus) {
        self.outer = outer
        self.inner = inner
    }

    var eventLoop: any EventLoop { outer.eventLoop }
    var maximumPayload: Int { outer.maximumPayload }

    @discardableResult
    func publish(_ message: Message) -> Bool {
        if GatewayBus.isSystem(message.subject.text) { return inner.publish(message) }
        if !observers.isEmpty {
            for observer in observers { observer.requestPublished(message) }
        }
        if let interference { return interference.publish(message, on: outer) }
        return outer.publish(message)
    }

    /// Tells somebody from now on what the gateway asks of services, and that it is answered.
    func observe(_ observer: any GatewayBusObserver) { observers.append(observer) }

    func unobserve(_ observer: any GatewayBusObserver) { observers.removeAll { $0 === observer } }

    /// Whether the second token of a subject is `$sys`.
    static func isSystem(_ subject: String) -> Bool {
        let bytes = subject.utf8
        guard let dot = bytes.firstIndex(of: UInt8(ascii: ".")) else { return false }
        let rest = bytes[bytes.index(after: dot)...]
        guard rest.first == UInt8(ascii: "$"), rest.starts(with: SystemService.root.utf8) else {
            return false
        }
        let end = rest.dropFirst(SystemService.root.utf8.count)
        return end.isEmpty || end.first == UInt8(ascii: ".")
    }

    func subscribe(
        to pattern: SubjectPattern,
        queue: String?,
        receive: @escaping (Message) -> Void
    ) -> BusSubscription {
        if pattern.text.hasPrefix("_INBOX.") { return subscribeToBoth(pattern, receive) }
        return GatewayBus.isSystem(pattern.text)
            ? GatewayBus.tagged(inner.subscribe(to: pattern, queue: queue, receive: receive), 1)
            : GatewayBus.tagged(outer.subscribe(to: pattern, queue: queue, receive: receive), 0)
    }

    /// Answers come from either bus.
    private func subscribeToBoth(
        _ pattern: SubjectPattern,
        _ receive: @escaping (Message) -> Void
    ) -> BusSubscription {
        lastPair += 1
        pairs[lastPair] = (
            outer.subscribe(to: pattern, queue: nil) { [unowned self] message in
                guard !observers.isEmpty else { return receive(message) }
                let told = observers
                for observer in told { observer.answerArrived(message) }
                receive(message)
                for observer in told { observer.answerHandled() }
            },
            inner.subscribe(to: pattern, queue: nil, receive: receive)
        )
        return GatewayBus.tagged(BusSubscription(id: lastPair), 2)
    }

    func unsubscribe(_ subscription: BusSubscription) {
        let known = BusSubscription(id: subscription.id >> 2)
        switch subscription.id & 3 {
        case 0: outer.unsubscribe(known)
        case 1: inner.unsubscribe(known)
        default:
            guard let pair = pairs.removeValue(forKey: known.id) else { return }
            outer.unsubscribe(pair.0)
            inner.unsubscribe(pair.1)
        }
    }

    /// The two low bits of an id tell the bus it belongs to.
    private static func tagged(_ subscription: BusSubscription, _ tag: UInt64) -> BusSubscription {
        BusSubscription(id: subscription.id << 2 | tag)
    }

    func observeState(_ observer: @escaping (BusState) -> Void) { outer.observeState(observer) }

    func flush() -> EventLoopFuture<Void> { outer.flush() }

    func close() -> EventLoopFuture<Void> {
        pairs = [:]
        _ = inner.close()
        return outer.close()
    }
}

/// Who watches what a gateway asks of services.
protocol GatewayBusObserver: AnyObject {
    /// The gateway has asked a service for something, or told it.
    func requestPublished(_ message: Message)

    /// A service's answer is about to be handled.
    func answerArrived(_ message: Message)

    /// The answer has been handled, with what the gateway asked for because of it.
    func answerHandled()
}
