package import NIOCore

/// Request and reply over a bus: publishes with a reply subject, and hands the answer to a closure.
///
/// One wildcard subscription serves all requests. Belongs to the loop of its bus. An outcome's closure never
/// runs
/// inside a call of this type, runs at most once, and may make new requests. How many may be pending is the
/// caller's to limit
/// (`pendingCount`), and so is the length of subjects (`replyLength`).
package final class Requester {
    /// How a request ended.
    package enum Outcome: Sendable {
        /// A service has answered.
        case answer(Message)
        /// Nobody subscribes to the subject.
        case noResponders
        /// No answer came in time.
        case timedOut
        /// The connection is gone, or was lost while the answer was awaited.
        case disconnected
        /// The message is larger than the bus accepts, and was not sent.
        case tooLarge
    }

    /// Names one pending request.
    package struct Token: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    /// The longest time that a pre-response can ask for.
    package static let maximumExtension = TimeAmount.hours(24)

    /// Length of the reply subject that a request carries, in bytes; a server limits subject and reply
    /// subject together.
    package var replyLength: Int { Inbox.replyLength }

    /// How many requests wait for their answer.
    package var pendingCount: Int { pending.count }

    private let bus: any MessageBus
    private let readsPreResponses: Bool
    private let inbox: Inbox
    private var subscription: BusSubscription?
    private var pending = PendingRequests<NIODeadline, (Outcome) -> Void>()
    private var refused: [(number: UInt64, outcome: Outcome)] = []
    private var timer: (task: Scheduled<Void>, deadline: NIODeadline)?

    /// Subscribes to an inbox of its own.
    ///
    /// - Parameter readsPreResponses: false where what is asked are no RES services, whose answers may be any bytes.
    package init(
        bus: any MessageBus,
        readsPreResponses: Bool = true,
        using generator: inout some RandomNumberGenerator
    ) {
        bus.eventLoop.preconditionInEventLoop()
        self.bus = bus
        self.readsPreResponses = readsPreResponses
        self.inbox = Inbox(using: &generator)
        self.subscription = bus.subscribe(to: inbox.pattern) { [weak self] in self?.received($0) }
        bus.observeState { [weak self] in self?.busChanged($0) }
    }

    /// Asks, and tells the outcome when it is there.
    ///
    /// - Parameter timeout: how long to wait; a service's pre-response replaces it, from its arrival on.
    /// - Complexity: O(log *n*) in the pending requests.
    @discardableResult
    package func request(
        _ subject: Subject,
        headers: MessageHeaders? = nil,
        payload: ByteBuffer,
        timeout: TimeAmount,
        then complete: @escaping (Outcome) -> Void
    ) -> Token {
        let number = pending.add(complete, deadline: bus.eventLoop.now + timeout)
        let size = payload.readableBytes + (headers?.block.readableBytes ?? 0)
        let message = Message(
            subject: subject,
            reply: inbox.reply(number),
            headers: headers,
            payload: payload
        )
        if size > bus.maximumPayload {
            refuse(number, .tooLarge)
        } else if subscription == nil || !bus.publish(message) {
            refuse(number, .disconnected)
        } else {
            scheduleTimer()
        }
        return Token(number: number)
    }

    /// Forgets a request: its closure does not run any more.
    package func cancel(_ token: Token) {
        _ = pending.remove(token.number)
    }

    /// Ends the inbox; what is pending ends as disconnected, and so does every later request.
    package func stop() {
        guard let ended = subscription else { return }
        subscription = nil
        bus.unsubscribe(ended)
        for number in pending.numbers { refuse(number, .disconnected) }
    }

    private func received(_ message: Message) {
        guard let number = inbox.number(of: message.subject), pending.contains(number) else { return }
        if message.isNoResponders {
            finish(number, .noResponders)
        } else if readsPreResponses, let preResponse = PreResponse(message.payload) {
            extend(number, preResponse)
        } else {
            finish(number, .answer(message))
        }
    }

    private func extend(_ number: UInt64, _ preResponse: PreResponse) {
        guard let asked = preResponse.timeoutMilliseconds else { return }
        let longest = Requester.maximumExtension.nanoseconds / 1_000_000
        pending.setDeadline(bus.eventLoop.now + .milliseconds(min(max(asked, 0), longest)), of: number)
        scheduleTimer()
    }

    private func finish(_ number: UInt64, _ outcome: Outcome) {
        pending.remove(number)?(outcome)
    }

    private func busChanged(_ state: BusState) {
        switch state {
        case .reconnected: break
        case .disconnected, .failed:
            for number in pending.numbers { finish(number, .disconnected) }
        }
    }

    // MARK: Requests that are not sent

    /// Ends a request later in this turn of the loop, so that its closure does not run inside the call.
    private func refuse(_ number: UInt64, _ outcome: Outcome) {
        refused.append((number, outcome))
        guard refused.count == 1 else { return }
        bus.eventLoop.assumeIsolated().execute { self.finishRefused() }
    }

    private func finishRefused() {
        let ended = refused
        refused.removeAll()
        for (number, outcome) in ended { finish(number, outcome) }
    }

    // MARK: Deadlines

    /// One timer serves all: it is moved only when a deadline comes before it, and left to run when its own
    /// is gone.
    private func scheduleTimer() {
        guard let earliest = pending.earliest else { return }
        if let timer {
            guard earliest < timer.deadline else { return }
            timer.task.cancel()
        }
        let task = bus.eventLoop.assumeIsolated().scheduleTask(deadline: earliest) { [weak self] () -> Void in
            self?.deadlinePassed()
        }
        timer = (task, earliest)
    }

    private func deadlinePassed() {
        timer = nil
        let now = bus.eventLoop.now
        while let complete = pending.removeDue(at: now) { complete(.timedOut) }
        scheduleTimer()
    }
}
