import DequeModule
import Logging
import NIOCore
import NIOSSL

/// One connection to a NATS server: bytes to operations, operations to bytes, and the timers between.
///
/// Confined to the loop of its channel. Output is collected and written once per turn of the loop.
final class NATSConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let server: ServerAddress
    let options: NATSOptions
    let logger: Logger
    private(set) weak var bus: NATSBus?
    var session: NATSSession
    private var parser: NATSParser
    var inbound = InboundBuffer()
    var output = NATSOutput()
    private var isFlushScheduled = false
    var arrived: [(sid: UInt64, message: Message)] = []
    /// What waits for each PONG to come, in order: nothing, or a flush.
    var pings: Deque<EventLoopPromise<Void>?> = []
    private var timer: Scheduled<Void>?
    private(set) var context: ChannelHandlerContext?
    private var failure: NATSError?
    private var isClosing = false

    /// Time that a close waits for what was published before to be written.
    private static let closeTime = TimeAmount.seconds(1)

    init(server: ServerAddress, options: NATSOptions, bus: NATSBus, logger: Logger) {
        self.server = server
        self.options = options
        self.bus = bus
        self.logger = logger
        session = NATSSession(
            server: server,
            security: options.startsWithTLS
                ? .established : server.wantsTLS || options.requiresTLS ? .required : .asAsked,
            maximumPingsOutstanding: options.maximumPingsOutstanding
        )
        parser = NATSParser(limits: options.parserLimits)
    }

    /// Bytes that wait to be sent.
    var pendingBytes: Int { output.byteCount }

    // MARK: What the bus asks for

    /// Sends a message; false when the server has not accepted the client, or too much waits to be sent.
    func publish(_ message: Message, size: Int) -> Bool {
        guard session.isReady, !isClosing, output.byteCount + size <= options.maximumPendingBytes else {
            return false
        }
        output.publish(message)
        scheduleFlush()
        return true
    }

    /// Sends a subscription. Before CONNECT is sent nothing happens: all subscriptions follow it.
    func subscribe(_ pattern: SubjectPattern, queue: String?, sid: UInt64) {
        guard session.acceptsOperations, !isClosing else { return }
        output.subscribe(pattern, queue: queue, sid: sid)
        scheduleFlush()
    }

    /// Ends a subscription at the server.
    func unsubscribe(sid: UInt64) {
        guard session.acceptsOperations, !isClosing else { return }
        output.unsubscribe(sid: sid)
        scheduleFlush()
    }

    /// Sends a ping; the promise is kept when its answer is there, and broken when the connection ends
    /// before.
    func ping(_ answered: EventLoopPromise<Void>?) {
        guard session.acceptsOperations, !isClosing else {
            answered?.fail(NATSError(.disconnected, "not connected to \(server)"))
            return
        }
        pings.append(answered)
        output.ping()
        scheduleFlush()
    }

    /// Writes what waits, then closes; completes when the channel is closed.
    func close(on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
        guard let context else {
            isClosing = true
            return eventLoop.makeSucceededVoidFuture()
        }
        startClosing(context)
        return context.channel.closeFuture
    }

    private func startClosing(_ context: ChannelHandlerContext) {
        guard !isClosing else { return }
        isClosing = true
        let written = context.eventLoop.makePromise(of: Void.self)
        for piece in output.takeAll() { context.write(wrapOutboundOut(piece), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
        let patience = context.eventLoop.assumeIsolated().scheduleTask(in: NATSConnection.closeTime) {
            self.context?.close(promise: nil)
        }
        written.futureResult.assumeIsolated().whenComplete { _ in
            patience.cancel()
            self.context?.close(promise: nil)
        }
    }

    // MARK: What the channel tells

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { startHandshakeTimer(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        startHandshakeTimer(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard failure == nil else { return }
        inbound.append(unwrapInboundIn(data), awaited: parser.awaitedBytes)
        do {
            while failure == nil, let operation = try parser.next(from: &inbound.bytes) {
                received(operation)
            }
        } catch {
            fail(NATSError(.protocolViolation, "\(server) does not speak the NATS protocol: \(error)"))
        }
        inbound.settle()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        guard !arrived.isEmpty else { return }
        guard let bus else { return startClosing(context) }
        let messages = arrived
        arrived = []
        bus.deliver(messages)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { flushOutput() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !session.isReady, error is NIOSSLError || error is NIOSSLExtraError {
            return fail(NATSError(.tlsFailed, "TLS with \(server) failed: \(TLSRefusal.reason(error))"))
        }
        fail(NATSError(.disconnected, "the connection to \(server) broke: \(error)"))
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        let ended = failure ?? session.connectionClosed()
        failure = ended
        let waiting = pings
        pings = []
        for promise in waiting { promise?.fail(ended) }
        bus?.connectionEnded(self, ended)
    }

    /// Ends the connection for a reason; the first one counts.
    func fail(_ error: NATSError) {
        guard failure == nil else { return }
        failure = error
        context?.close(promise: nil)
    }

    // MARK: Timers

    private func startHandshakeTimer(_ context: ChannelHandlerContext) {
        guard timer == nil else { return }
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: options.connectTimeout) {
            if let error = self.session.handshakeTimePassed() { self.fail(error) }
        }
    }

    func startPingTimer() {
        timer?.cancel()
        timer = context?.eventLoop.assumeIsolated().scheduleTask(in: options.pingInterval) { [weak self] in
            self?.pingIntervalPassed()
        }
    }

    private func pingIntervalPassed() {
        guard let context else { return }
        guard bus != nil else { return startClosing(context) }
        switch session.pingIntervalPassed() {
        case .ignore: break
        case .fail(let error): fail(error)
        case .sendPing:
            ping(nil)
            startPingTimer()
        }
    }

    // MARK: Output

    func scheduleFlush() {
        guard !isFlushScheduled, let context else { return }
        isFlushScheduled = true
        context.eventLoop.assumeIsolated().execute {
            self.isFlushScheduled = false
            self.flushOutput()
        }
    }

    /// Hands all output to the channel, unless that still has enough to write: then it waits for the channel.
    private func flushOutput() {
        guard let context, context.channel.isWritable, output.byteCount > 0 else { return }
        for piece in output.takeAll() { context.write(wrapOutboundOut(piece), promise: nil) }
        context.flush()
    }
}
