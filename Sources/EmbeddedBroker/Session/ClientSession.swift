import Logging
import RESProtocol

import struct NIOCore.ByteBuffer

/// One connected client: what it said of itself, what it subscribes to, what it has still to be sent.
///
/// Bytes come in through `receive`, bytes for it gather in its outbox, and `SessionConnection` is told when to write
/// or close. It knows no socket and no clock.
final class ClientSession: Receiver, StallingPublisher {
    /// Unique within the broker, rising.
    let id: UInt64
    /// Where it comes from.
    var origin: ClientOrigin
    /// What it is asked to sign; empty for nothing.
    let nonce: String
    let environment: SessionEnvironment
    /// What stands for it on the network. The connection holds the session, not the other way round.
    weak var connection: (any SessionConnection)?

    var parser: ProtocolParser
    /// When the transport last took all that it had been handed.
    private var writtenAt: Moment?
    var outbox = Outbox()
    var options = ConnectOptions()
    var subscriptions: [SubscriptionID: Subscription] = [:]
    var liveness = Liveness()
    /// Whom it was taken for.
    var identity = Identity()
    /// What it may do; nil for everything.
    var permissions: SessionPermissions?
    /// What it may use.
    var limits: SessionLimits
    /// Whether its account counts it.
    var hasJoined = false
    /// Why it was refused, for the log.
    var refusal: String?
    /// Which hash its password has been found to match.
    var verifiedHash: PasswordHash?
    /// When it came.
    let startedAt: WallTime
    /// Whether a CONNECT was accepted.
    var hasConnected = false
    /// Whether the second INFO has been sent, or its time has passed.
    var hasSentConnectInfo = false
    /// What it was subscribed to when it ended, in part, and how many subscriptions it had; for the monitoring.
    private(set) var endedSubscriptions: (count: Int, records: [SubscriptionRecord])?
    /// Why it ended, once it has.
    private(set) var closeReason: CloseReason?
    /// Whether its operations are logged.
    var isTraced = false
    /// Whether its outbox waits to be flushed at the end of the turn.
    var isTouched = false
    /// Which receiver it published too much to; it should not be read from until that one has caught up.
    var pressedReceiver: Receiver?
    var statistics = TrafficStatistics()

    init(id: UInt64, origin: ClientOrigin, environment: SessionEnvironment) {
        self.id = id
        self.origin = origin
        self.environment = environment
        limits = environment.limits
        nonce = environment.authentication.needsNonce ? environment.makeNonce() : ""
        startedAt = environment.wallTime()
        parser = ProtocolParser(
            limits: .init(controlLine: environment.limits.controlLine, payload: environment.limits.payload),
            demandsConnect: environment.authentication.isRequired(for: origin.transport)
        )
        super.init(account: environment.router.globalAccount)
    }

    /// The IP address it comes from.
    var address: String { origin.address }

    /// Under which name it came in.
    var user: String { identity.user }

    var router: Router { environment.router }

    /// The name of the account it is in.
    var accountName: String { account.name }

    /// When bytes last went to it or came from it; nil when none did.
    var lastActivity: Moment? { [liveness.lastReceived, writtenAt].compactMap(\.self).max() }

    /// Whether nothing more is received from it or delivered to it.
    var isClosed: Bool { closeReason != nil }

    /// Greets the client.
    func begin() {
        setTracing()
        if let identity = environment.authentication.anonymous(for: origin.transport) {
            take(identity, in: router.account(named: identity.account))
            parser.limits.payload = limits.payload
        }
        var info = environment.info(for: origin)
        info.requiresAuthentication = parser.demandsConnect
        send(info.line(clientID: id, clientAddress: address, nonce: nonce))
    }

    /// Greets a client and turns it away, because there are too many.
    func turnAway() {
        begin()
        log(.error, ServerError.maximumConnections.text)
        end(.maximumConnections, saying: .maximumConnections)
    }

    /// Tells the client to go elsewhere, if it understands that.
    func announceLameDuckMode() {
        guard hasConnected, options.protocolLevel >= 1 else { return }
        send(environment.info.line(clientID: id, clientAddress: address))
    }

    /// Acts on what arrived.
    func receive(_ chunk: borrowing ByteBuffer, at now: Moment) {
        guard !isClosed else { return }
        liveness.received(at: now)
        router.publisher = self
        router.now = now
        defer { router.publisher = nil }
        do {
            if isTraced {
                try parser.receive(chunk, into: TracingSink(self))
            } else {
                try parser.receive(chunk, into: self)
            }
        } catch {
            fail(error)
        }
        // Who does not read what it is answered is read from more slowly, as are those who publish to it.
        if !isClosed, outbox.pendingBytes > environment.limits.pressure, isBehind() { pressedReceiver = self }
    }

    /// Ends the session: its subscriptions are gone at once, its connection closes after what was to be sent.
    func end(_ reason: CloseReason, saying error: ServerError? = nil) {
        guard !isClosed else { return }
        if let error { send(error.line) }
        closeReason = reason
        log(.debug, "Client connection closed: \(reason.rawValue)")
        keepSubscriptionRecords()
        dropSubscriptions()
        leaveAccount()
        resumeWaiting()
        connection?.closeAfterFlush(lingering: error != nil)
    }

    /// The connection is gone.
    func connectionClosed(_ reason: CloseReason) {
        if closeReason == nil {
            closeReason = reason
            log(.debug, "Client connection closed: \(reason.rawValue)")
        }
        keepSubscriptionRecords()
        dropSubscriptions()
        leaveAccount()
        outbox.discard()
        resumeWaiting()
    }

    private func keepSubscriptionRecords() {
        guard endedSubscriptions == nil else { return }
        let kept = subscriptions.values.prefix(ConnectionRecord.keptSubscriptions)
        endedSubscriptions = (subscriptions.count, kept.map { SubscriptionRecord($0, account: accountName) })
    }

    /// Ends all its subscriptions.
    func dropSubscriptions() {
        let ended = subscriptions
        subscriptions = [:]
        for subscription in ended.values {
            router.remove(subscription)
            traceEnd(of: subscription)
        }
    }

    /// Lets the client be read from again.
    func resume() { connection?.resumeReading() }

    // MARK: Sending

    /// Sends what the broker says.
    func send(_ text: StaticString) {
        guard !isClosed else { return }
        if isTraced { traceSent(text) }
        outbox.append(text, pool: &router.pool)
        router.touch(self)
    }

    /// Sends what the broker says.
    func send(_ bytes: ByteBuffer) {
        guard !isClosed else { return }
        if isTraced { traceSent(bytes) }
        outbox.append(bytes, pool: &router.pool)
        router.touch(self)
    }

    /// Everything handed to the transport has been written.
    func written(at moment: Moment) {
        outbox.written()
        writtenAt = moment
    }

    // MARK: Receiver

    override var lastTaken: Moment? { writtenAt }

    override var wantsEcho: Bool { options.echo }

    override var isUnderPressure: Bool { !isClosed && outbox.pendingBytes > environment.limits.pressure }

    override func deliver(_ publication: inout Publication, to subscription: Subscription) -> Bool {
        guard !isClosed else { return false }
        publication.encode()
        if let permissions, !permissions.mayDeliver(publication, at: router.now) { return false }
        if publication.frame.hasHeaders, !options.headers {
            outbox.appendWithoutHeaders(publication, sid: subscription.sid, pool: &router.pool)
        } else {
            outbox.append(&publication, sid: subscription.sid, pool: &router.pool)
        }
        if isTraced { traceDelivery(publication, to: subscription) }
        statistics.countOut(bytes: publication.frame.size)
        router.touch(self)
        if outbox.pendingBytes > environment.limits.pressure, isBehind() { router.pressed = self }
        return true
    }

    override func forget(_ subscription: Subscription) {
        subscriptions[subscription.sid] = nil
        if isTraced { traceExhaustion(of: subscription) }
    }

    /// Whether too much waits although all was written that could be; where it is over the limit, the session ends.
    private func isBehind() -> Bool {
        connection?.flushOutbox()
        guard outbox.pendingBytes > environment.limits.pending else {
            return outbox.pendingBytes > environment.limits.pressure
        }
        router.statistics.slowConsumers += 1
        log(.info, "Slow Consumer Detected: MaxPending of \(environment.limits.pending) Exceeded")
        outbox.discard()
        end(.slowConsumerPendingBytes)
        return false
    }

    func fail(_ failure: ProtocolFailure) {
        switch failure {
        case .unknownOperation: end(.protocolViolation, saying: .unknownOperation)
        case .badArguments: end(.protocolViolation)
        case .controlLineTooLong:
            log(.error, ServerError.maximumControlLine.text)
            end(.maximumControlLine, saying: .maximumControlLine)
        case .payloadTooLarge: end(.maximumPayload, saying: .maximumPayload)
        case .connectExpected:
            log(.error, "authentication error")
            end(.authenticationFailure, saying: .authorizationViolation)
        case .clientError: end(.parseError)
        case .refused: break
        }
    }
}
