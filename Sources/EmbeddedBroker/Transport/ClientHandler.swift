import NIOCore
import RESProtocol

/// The connection of one client: bytes in to its session, its outbox out to the socket.
///
/// The only handler of its channel. A write is made only when the one before has gone out completely, so that what
/// waits gathers in the outbox and goes out in few large writes.
final class ClientHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How much is handed to the socket at once, in bytes.
    private static let batchSize = 1 << 20
    /// How long a client that is being closed may take to read what was to be sent, if that blocks.
    private static let closingGrace = TimeAmount.seconds(1)
    /// How long a client that is being closed may take to read why, and to close its side.
    private static let lingeringTime = TimeAmount.milliseconds(250)
    /// How long a publisher waits at most for a receiver that is behind.
    private static let stallLimit = TimeAmount.milliseconds(10)
    /// How recently a receiver must have taken something to count as one that reads.
    private static let progressLimit = Duration.milliseconds(250)

    private enum Closing: Equatable {
        case not
        /// What was to be sent goes out first.
        case flushing(lingering: Bool)
        /// All has gone out; the client is given time to read it.
        case lingering
    }

    private let core: BrokerCore
    private let router: Router
    private(set) var session: ClientSession?
    /// What is known of the client; what becomes known once it is connected, its session is told.
    private var origin: ClientOrigin
    private var context: ChannelHandlerContext?
    private var isWritable = true
    private var isFlushing = false
    private var closing = Closing.not
    private var isStalled = false
    private var isReadPending = false
    private var spent: [ByteBuffer] = []
    /// Since when a write waits for the client to take it.
    private var blockedSince: NIODeadline?
    private var writeTimer: Scheduled<Void>?

    /// - Parameter origin: what is known of the client; its address and port are the channel's, unless they are there.
    init(core: BrokerCore, origin: ClientOrigin = ClientOrigin()) {
        self.core = core
        self.origin = origin
        router = core.environment.router
    }

    // MARK: Inbound

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        router.isInTurn = true
        let address = context.channel.remoteAddress
        if origin.address.isEmpty { origin.address = address?.ipAddress ?? "" }
        origin.port = address?.port ?? 0
        session = core.open(self, origin: origin)
        router.isInTurn = false
        router.flush()
    }

    /// TLS stands, before the client is greeted or after.
    func secured(by peer: TLSPeer) {
        origin.take(peer)
        session?.origin.take(peer)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let session else { return }
        router.isInTurn = true
        session.receive(unwrapInboundIn(data), at: .now)
        router.isInTurn = false
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        guard let pressed = session?.pressedReceiver else {
            // What arrived from other clients at the same time goes out in the same writes.
            core.flushSoon()
            return
        }
        router.flush()
        session?.pressedReceiver = nil
        stall(for: pressed)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        guard isWritable, !isFlushing else { return }
        session?.written(at: .now)
        blockedSince = nil
        flushOutbox()
        session?.resumeWaiting()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        writeTimer?.cancel()
        self.context = nil
        guard let session else { return }
        self.session = nil
        core.closed(session)
    }

    // MARK: Outbound

    /// Reading is what NIO asks for after each turn; while the publisher is stalled it waits.
    func read(context: ChannelHandlerContext) {
        if isStalled {
            isReadPending = true
        } else {
            context.read()
        }
    }

    private func stall(for receiver: Receiver) {
        guard core.configuration.stallsFastProducers, receiver.isUnderPressure, let session, let context,
            !isStalled
        else { return }
        isStalled = true
        core.stalledClients += 1
        receiver.addWaiting(session)
        resumeLater(unlessTaking: receiver, in: context)
    }

    /// Reads on after the stall limit, or when a receiver that is being read has caught up.
    ///
    /// Who does not read at all delays no publisher for longer than the limit; who reads more slowly than it is sent to
    /// is not lost for it.
    private func resumeLater(unlessTaking receiver: Receiver, in context: ChannelHandlerContext) {
        context.eventLoop.assumeIsolated().scheduleTask(in: ClientHandler.stallLimit) {
            guard self.isStalled else { return }
            if let taken = receiver.lastTaken, receiver.isUnderPressure,
                Moment.now - taken < ClientHandler.progressLimit, let context = self.context
            {
                self.resumeLater(unlessTaking: receiver, in: context)
            } else {
                self.resumeReading()
            }
        }
    }

    /// Writes one batch after the other as long as the socket takes them.
    private func writeBatches(of session: ClientSession, to context: ChannelHandlerContext) {
        while isWritable, !session.outbox.isEmpty {
            var size = 0
            while size < ClientHandler.batchSize, let segment = session.outbox.next() {
                size += segment.bytes.readableBytes
                context.write(wrapOutboundOut(segment.bytes), promise: nil)
                if segment.isReusable { spent.append(segment.bytes) }
            }
            context.flush()
            guard isWritable else { break }
            session.written(at: .now)
            while let segment = spent.popLast() { router.pool.give(segment) }
        }
        spent.removeAll(keepingCapacity: true)
    }

    /// How long a write may wait for the client to take it.
    private var writeLimit: TimeAmount {
        closing == .not ? core.writeDeadline : ClientHandler.closingGrace
    }

    private func noteBlocked(in context: ChannelHandlerContext) {
        let now = NIODeadline.now()
        if blockedSince == nil { blockedSince = now }
        guard writeTimer == nil else { return }
        let limit = writeLimit
        writeTimer = context.eventLoop.assumeIsolated().scheduleTask(in: limit) { self.writeTimeReached() }
    }

    private func writeTimeReached() {
        writeTimer = nil
        guard let context, let blockedSince else { return }
        let limit = writeLimit
        guard NIODeadline.now() - blockedSince >= limit else {
            let deadline = blockedSince + limit
            writeTimer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
                self.writeTimeReached()
            }
            return
        }
        session?.missedWriteDeadline(.nanoseconds(limit.nanoseconds))
        context.close(promise: nil)
    }
}

extension ClientHandler: SessionConnection {
    func flushOutbox() {
        guard let session, let context, isWritable, !isFlushing else { return }
        isFlushing = true
        writeBatches(of: session, to: context)
        isFlushing = false
        if !isWritable, context.channel.isActive {
            noteBlocked(in: context)
        } else if case .flushing(let lingering) = closing, session.outbox.isEmpty {
            finish(in: context, lingering: lingering)
        }
    }

    func closeAfterFlush(lingering: Bool) {
        guard closing == .not else { return }
        closing = .flushing(lingering: lingering)
        guard let context else { return }
        if isWritable {
            flushOutbox()
        } else {
            writeTimer?.cancel()
            writeTimer = nil
            blockedSince = .now()
            noteBlocked(in: context)
        }
    }

    /// Everything has been written: closes, at once or when the client has had time to read it.
    private func finish(in context: ChannelHandlerContext, lingering: Bool) {
        closing = .lingering
        guard lingering else {
            context.close(promise: nil)
            return
        }
        context.close(mode: .output, promise: nil)
        context.eventLoop.assumeIsolated().scheduleTask(in: ClientHandler.lingeringTime) {
            self.context?.close(promise: nil)
        }
    }

    func pauseReading() { isStalled = true }

    func resumeReading() {
        guard isStalled else { return }
        isStalled = false
        guard isReadPending, let context else { return }
        isReadPending = false
        context.read()
    }
}

extension Moment {
    /// The current time by the clock of the event loops.
    static var now: Moment { Moment(nanoseconds: Int64(clamping: NIODeadline.now().uptimeNanoseconds)) }
}
