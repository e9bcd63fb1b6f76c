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
    private let options: NATSOptions
    private let logger: Logger
    private weak var bus: NATSBus?
    private var session: NATSSession
    private var parser: NATSParser
    private var inbound = InboundBuffer()
    private var output = NATSOutput()
    private var isFlushScheduled = false
    private var arrived: [(sid: UInt64, message: Message)] = []
    /// What waits for each PONG to come, in order: nothing, or a flush.
    private var pings: Deque<EventLoopPromise<Void>?> = []
    private var timer: Scheduled<Void>?
    private var context: ChannelHandlerContext?
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

    // MARK: What the server sends

    private func received(_ operation: NATSServerOperation) {
        switch operation {
        case .message(let sid, let message): arrived.append((sid, message))
        case .info(let info): infoReceived(info)
        case .ping:
            output.pong()
            scheduleFlush()
        case .pong: pongReceived()
        case .ok: break
        case .error(let text): errorReceived(text)
        }
    }

    private func infoReceived(_ info: ServerInfo) {
        switch session.infoReceived(info) {
        case .ignore: break
        case .fail(let error): fail(error)
        case .update: bus?.infoUpdated(info)
        case .connect: connect(info)
        case .secureAndConnect:
            do {
                // What stands behind INFO in the clear may be anybody's.
                guard inbound.bytes.readableBytes == 0 else {
                    throw NATSError(.protocolViolation, "\(server) goes on in the clear where TLS begins")
                }
                try context?.pipeline.syncOperations.addHandler(makeTLSHandler(), position: .first)
                connect(info)
            } catch let error as NATSError {
                fail(error)
            } catch {
                fail(NATSError(.tlsFailed, "TLS with \(server) cannot begin: \(error)"))
            }
        }
    }

    /// The handler that speaks TLS with this server.
    func makeTLSHandler() throws(NATSError) -> NIOSSLClientHandler {
        let name = server.certificateName ?? server.host
        let isAddress = (try? SocketAddress(ipAddress: name, port: 0)) != nil
        do {
            // The certificate for an IP address is checked against the connection's own.
            return try NIOSSLClientHandler(
                context: try TLSContexts.client(options.tls),
                serverHostname: isAddress ? nil : name
            )
        } catch {
            throw NATSError(.tlsFailed, "TLS with \(server) cannot begin: \(error)")
        }
    }

    /// Sends CONNECT and the subscriptions; where TLS has just begun, they leave when it stands.
    private func connect(_ info: ServerInfo) {
        do {
            let identity = try options.authentication.identity(at: server, nonce: info.nonce)
            output.connect(
                ConnectRequest(name: options.name, version: options.version, identity: identity)
            )
            bus?.connectionOpened(self, info)
            ping(nil)
        } catch {
            fail(error)
        }
    }

    private func pongReceived() {
        let answered = pings.popFirst()
        switch session.pongReceived() {
        case .answered: answered??.succeed()
        case .ready:
            startPingTimer()
            bus?.connectionReady(self)
        }
    }

    private func errorReceived(_ text: String) {
        switch session.errorReceived(text) {
        case .log:
            logger.warning("NATS server refuses an operation", metadata: ["reason": "\(text)"])
        case .fail(let error): fail(error)
        }
    }

    /// Ends the connection for a reason; the first one counts.
    private func fail(_ error: NATSError) {
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

    private func startPingTimer() {
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

    private func scheduleFlush() {
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
