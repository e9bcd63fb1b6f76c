import Logging
import NIOCore
import RESProtocol

/// What a bus client is on the broker's loop: its place in the router, its subscriptions, its requests.
final class BusClientCore: StallingPublisher {
    /// One subscription, and how far it has come.
    private final class Entry {
        let subscription: BusSubscription
        let buffer: MessageBuffer
        /// How many messages were put into the buffer.
        var handed = 0
        /// After how many it ends; zero for never.
        var maximum = 0

        init(_ subscription: BusSubscription, _ buffer: MessageBuffer) {
            self.subscription = subscription
            self.buffer = buffer
        }
    }

    /// How many operations are carried out in one turn of the loop, so that sockets get their turns too.
    private static let turnLimit = 512
    /// How long a publisher waits at most for a receiver that does not take anything.
    private static let stallLimit = TimeAmount.milliseconds(10)
    /// How recently a receiver must have taken something to count as one that reads.
    private static let progressLimit = Duration.milliseconds(250)

    let bus: InProcessBus
    private let requester: Requester
    private let operations: BusOperations
    private let logger: Logger
    /// Whether publishing waits for receivers that are behind.
    private let stalls: Bool
    private var entries: [UInt64: Entry] = [:]
    private var isStalled = false
    private var isClosed = false
    /// Called once, when the client is closed.
    var onClose: () -> Void = {}

    init(bus: InProcessBus, operations: BusOperations, stalls: Bool, logger: Logger) {
        var generator = SystemRandomNumberGenerator()
        self.bus = bus
        self.operations = operations
        self.stalls = stalls
        self.logger = logger
        requester = Requester(bus: bus, readsPreResponses: false, using: &generator)
    }

    // MARK: Operations

    /// Carries out what waits, in order.
    func runOperations() {
        guard !isStalled else { return }
        var isDone = false
        bus.inTurn {
            for _ in 0..<BusClientCore.turnLimit {
                guard let operation = operations.next() else {
                    isDone = true
                    return
                }
                perform(operation)
                if isStalled { return }
            }
        }
        if !isDone, !isStalled { bus.eventLoop.assumeIsolated().execute { self.runOperations() } }
    }

    private func perform(_ operation: BusOperations.Operation) {
        switch operation {
        case .perform(let body): body(self)
        case .publish(let message):
            guard bus.publish(message), stalls, let pressed = bus.takePressed() else { return }
            isStalled = true
            pressed.addWaiting(self)
            resumeLater(unlessTaking: pressed)
        }
    }

    /// Goes on after the stall limit, unless the receiver reads, only more slowly.
    private func resumeLater(unlessTaking receiver: Receiver) {
        bus.eventLoop.assumeIsolated().scheduleTask(in: BusClientCore.stallLimit) {
            guard self.isStalled else { return }
            if let taken = receiver.lastTaken, receiver.isUnderPressure,
                Moment.now - taken < BusClientCore.progressLimit
            {
                self.resumeLater(unlessTaking: receiver)
            } else {
                self.resume()
            }
        }
    }

    /// The receiver that fell behind has caught up, or had its time: goes on in a turn of its own.
    func resume() {
        guard isStalled else { return }
        isStalled = false
        bus.eventLoop.assumeIsolated().execute { self.runOperations() }
    }

    // MARK: Subscriptions

    /// Subscribes; what comes goes into the buffer.
    ///
    /// - Returns: the name of the subscription.
    func subscribe(to pattern: SubjectPattern, queue: String?, into buffer: MessageBuffer) -> UInt64 {
        guard !isClosed else {
            buffer.finish()
            return 0
        }
        weak var known: Entry?
        let subscription = bus.subscribe(to: pattern, queue: queue) { [weak self] message in
            guard let self, let entry = known else { return }
            self.received(message, for: entry, pattern)
        }
        let entry = Entry(subscription, buffer)
        entries[subscription.id] = entry
        known = entry
        return subscription.id
    }

    private func received(_ message: Message, for entry: Entry, _ pattern: SubjectPattern) {
        entry.handed += 1
        if !entry.buffer.append(BusMessage(message)) {
            logger.warning(
                "a subscriber of this process does not keep up: messages are dropped",
                metadata: ["subject": "\(pattern)"]
            )
        }
        if entry.maximum > 0, entry.handed >= entry.maximum { end(entry.subscription.id) }
    }

    /// Has a subscription end after so many messages, counted from its beginning.
    func limit(_ id: UInt64, to maximum: Int) {
        guard let entry = entries[id] else { return }
        guard maximum > entry.handed else { return end(id) }
        entry.maximum = maximum
        bus.limit(entry.subscription, to: maximum)
    }

    /// Ends a subscription at once; what is in its buffer can still be taken.
    func end(_ id: UInt64) {
        guard let entry = entries.removeValue(forKey: id) else { return }
        bus.unsubscribe(entry.subscription)
        entry.buffer.finish()
    }

    /// Ends subscriptions once what was published before is in their buffers.
    ///
    /// - Parameter ids: nil for all.
    func drain(_ ids: [UInt64]? = nil, then complete: @escaping @Sendable () -> Void) {
        let ids = ids ?? Array(entries.keys)
        for id in ids { if let entry = entries[id] { bus.stopDelivery(to: entry.subscription) } }
        bus.flush().assumeIsolated().whenComplete { _ in
            for id in ids { self.end(id) }
            complete()
        }
    }

    // MARK: Requests

    /// Asks, and tells what came of it.
    ///
    /// - Returns: cancels the request when it is called on the loop.
    func request(
        _ message: Message,
        timeout: TimeAmount,
        then complete: @escaping (Result<BusMessage, BusError>) -> Void
    ) -> () -> Void {
        let subject = message.subject.text
        let token = requester.request(
            message.subject,
            headers: message.headers,
            payload: message.payload,
            timeout: timeout
        ) { outcome in
            complete(BusClientCore.result(of: outcome, subject: subject))
        }
        return { [requester] in requester.cancel(token) }
    }

    private static func result(of outcome: Requester.Outcome, subject: String) -> Result<BusMessage, BusError>
    {
        switch outcome {
        case .answer(let message): .success(BusMessage(message))
        case .noResponders: .failure(BusError(.noResponders, "nobody subscribes to '\(subject)'"))
        case .timedOut: .failure(BusError(.timedOut, "no answer from '\(subject)' came in time"))
        case .disconnected: .failure(.closed)
        case .tooLarge: .failure(BusError(.payloadTooLarge, "the message is larger than the broker takes"))
        }
    }

    /// Ends everything; what is in buffers can still be taken.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        requester.stop()
        for id in Array(entries.keys) { end(id) }
        _ = bus.close()
        operations.close(self)
        onClose()
    }
}
