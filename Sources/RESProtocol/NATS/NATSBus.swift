package import Logging
package import NIOCore

/// The bus over an external NATS server or cluster.
///
/// Belongs to one event loop. A lost connection is made again by itself, with all subscriptions in force;
/// what is
/// published meanwhile is not taken.
package final class NATSBus: MessageBus {
    package let eventLoop: any EventLoop
    /// As the server says in its INFO.
    package private(set) var maximumPayload = ServerInfo().maximumPayload

    let options: NATSOptions
    let logger: Logger
    var state: State
    var pool: ServerPool
    var policy: ReconnectPolicy
    var connection: NATSConnection?
    var retryTimer: Scheduled<Void>?
    private var subscriptions: [UInt64: Subscription] = [:]
    private var lastSID: UInt64 = 0
    private var observers: [(BusState) -> Void] = []
    private var isOverloadTold = false

    enum State {
        /// No connection stood yet; what went wrong with each server so far.
        case connecting(EventLoopPromise<NATSBus>, failures: [NATSError])
        case connected
        /// The connection was lost.
        case reconnecting
        /// Closed, or given up.
        case ended(NATSError)
    }

    private struct Subscription {
        let pattern: SubjectPattern
        let queue: String?
        let receive: (Message) -> Void
    }

    /// Connects to the first of the servers that accepts. To be called on the event loop.
    ///
    /// The future fails with a `NATSError` when none does, unless the options ask to keep trying.
    package static func connect(
        _ options: NATSOptions,
        on eventLoop: any EventLoop,
        logger: Logger
    ) -> EventLoopFuture<NATSBus> {
        eventLoop.preconditionInEventLoop()
        guard !options.servers.isEmpty else {
            return eventLoop.makeFailedFuture(
                NATSError(.invalidAddress, "no NATS server is named; give one as nats://host:4222")
            )
        }
        let promise = eventLoop.makePromise(of: NATSBus.self)
        let bus = NATSBus(options, eventLoop: eventLoop, logger: logger, promise: promise)
        bus.attempt()
        // Its connections do not keep the bus alive: until a caller has it, this closure does.
        promise.futureResult.assumeIsolated().whenComplete { _ in withExtendedLifetime(bus) {} }
        return promise.futureResult
    }

    private init(
        _ options: NATSOptions,
        eventLoop: any EventLoop,
        logger: Logger,
        promise: EventLoopPromise<NATSBus>
    ) {
        self.eventLoop = eventLoop
        self.options = options
        self.logger = logger
        pool = ServerPool(options.servers)
        policy = options.reconnect
        state = .connecting(promise, failures: [])
    }

    // MARK: MessageBus

    @discardableResult
    package func publish(_ message: Message) -> Bool {
        let size = message.payload.readableBytes + (message.headers?.block.readableBytes ?? 0)
        guard case .connected = state, let connection, size <= maximumPayload else { return false }
        guard NATSOutput.lineLength(of: message) <= options.maximumControlLine else { return false }
        guard connection.publish(message, size: size) else {
            tellOverload(pending: connection.pendingBytes)
            return false
        }
        if isOverloadTold { forgetOverload(pending: connection.pendingBytes) }
        return true
    }

    package func subscribe(
        to pattern: SubjectPattern,
        queue: String?,
        receive: @escaping (Message) -> Void
    ) -> BusSubscription {
        lastSID += 1
        let length = NATSOutput.lineLength(of: pattern, queue: queue, sid: lastSID)
        guard length <= options.maximumControlLine else {
            logger.error(
                "subject is too long for the NATS server; the subscription is void",
                metadata: ["bytes": "\(length)", "limit": "\(options.maximumControlLine)"]
            )
            return BusSubscription(id: lastSID)
        }
        subscriptions[lastSID] = Subscription(pattern: pattern, queue: queue, receive: receive)
        connection?.subscribe(pattern, queue: queue, sid: lastSID)
        return BusSubscription(id: lastSID)
    }

    package func unsubscribe(_ subscription: BusSubscription) {
        guard subscriptions.removeValue(forKey: subscription.id) != nil else { return }
        connection?.unsubscribe(sid: subscription.id)
    }

    package func observeState(_ observer: @escaping (BusState) -> Void) {
        observers.append(observer)
    }

    package func flush() -> EventLoopFuture<Void> {
        switch state {
        case .ended(let error): return eventLoop.makeFailedFuture(error)
        case .connecting, .reconnecting:
            return eventLoop.makeFailedFuture(NATSError(.disconnected, "not connected to a NATS server"))
        case .connected:
            let promise = eventLoop.makePromise(of: Void.self)
            connection?.ping(promise)
            return promise.futureResult
        }
    }

    package func close() -> EventLoopFuture<Void> {
        end(NATSError(.closed, "the NATS bus was closed"))
        subscriptions.removeAll()
        guard let connection else { return eventLoop.makeSucceededVoidFuture() }
        return connection.close(on: eventLoop)
    }

    // MARK: What the connection brings

    /// Hands messages to their subscriptions, unless these have ended since.
    func deliver(_ messages: [(sid: UInt64, message: Message)]) {
        for (sid, message) in messages { subscriptions[sid]?.receive(message) }
    }

    /// Sends all subscriptions over a new connection.
    func resubscribe(over connection: NATSConnection) {
        for (sid, subscription) in subscriptions.sorted(by: { $0.key < $1.key }) {
            connection.subscribe(subscription.pattern, queue: subscription.queue, sid: sid)
        }
    }

    /// Takes over what INFO says of limits.
    func adopt(maximumPayload: Int) {
        self.maximumPayload = maximumPayload
    }

    /// Tells all observers.
    func tell(_ change: BusState) {
        for observer in observers { observer(change) }
    }

    /// Once much less waits, the next overload is told again.
    private func forgetOverload(pending: Int) {
        isOverloadTold = pending > options.maximumPendingBytes / 2
    }

    /// Tells the log once that messages are lost.
    private func tellOverload(pending: Int) {
        guard !isOverloadTold else { return }
        isOverloadTold = true
        logger.error(
            "NATS server does not keep up; messages are not sent",
            metadata: ["pending": "\(pending)", "limit": "\(options.maximumPendingBytes)"]
        )
    }
}
