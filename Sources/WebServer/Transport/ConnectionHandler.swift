import Logging
import NIOCore
import RESProtocol

/// The only handler in a connection's pipeline: hands bytes to the protocol that the connection speaks, and
/// does what it asks for.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What the connection is for at the moment.
    private enum Role {
        case http(HTTPConnection)
        case webSocket(WebSocketConnection)
        /// All is said: what is pending leaves, what arrives is dropped, until the client closes its side or
        /// a deadline passes.
        case draining
    }

    /// Where the connection stands in the table; -1 outside its life.
    var place = -1
    /// Whether the channel takes more bytes to write.
    private(set) var isWritable = true
    /// Whether the client has closed its side.
    private(set) var isInputClosed = false

    /// What the TLS handshake has told of the client; nil without TLS.
    private(set) var tlsPeer: TLSPeer?

    private let server: ServerContext
    private var role = Role.draining
    private(set) var context: ChannelHandlerContext?
    /// The socket itself, while it may be written to; nil with TLS.
    private(set) var socket: DirectSocket?
    /// What leaves with the next flush. Kept by `write`.
    var waiting: ByteBuffer?
    /// Writes that the channel has not completed. Kept by `write`.
    var channelWrites = 0
    private(set) var isInRead = false
    /// Whether something leaves at the end of the read that is going on. Kept by `write`.
    var needsFlush = false
    private var isReadPaused = false
    private var isReadDue = false
    private var isOutputClosed = false
    /// Bytes that the channel held when the write deadline was last set.
    private var stalledBytes = Int.max

    init(server: ServerContext) {
        self.server = server
    }

    /// What people see of the connection; nil for a WebSocket and for one that ends.
    var httpClient: HTTPClient? {
        guard case .http(let http) = role else { return nil }
        return HTTPClient(address: peer.text, requests: http.requests, isWaiting: http.isWaiting)
    }

    /// TLS stands; told before the connection is.
    func secured(by peer: TLSPeer) { tlsPeer = peer }

    // MARK: What the channel tells

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        if server.configuration.tls == nil { socket = DirectSocket(context.pipeline.syncOperations) }
        place = server.opened(self)
        let http = HTTPConnection(server: server, handler: self)
        role = .http(http)
        if server.connections.count > server.configuration.maximumConnections || server.isStopping {
            http.refuse()
        } else {
            http.opened()
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isInRead = true
        switch role {
        case .http(let http): http.received(unwrapInboundIn(data))
        case .webSocket(let webSocket): webSocket.received(unwrapInboundIn(data))
        case .draining: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isInRead = false
        if needsFlush { flush() }
    }

    func read(context: ChannelHandlerContext) {
        if isReadPaused { isReadDue = true } else { context.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        if !isWritable { return armWriteDeadline() }
        switch role {
        case .http(let http): http.armDeadline()
        case .webSocket(let webSocket): webSocket.becameWritable()
        case .draining: armWriteDeadline()
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event as? ChannelEvent {
        case .inputClosed:
            isInputClosed = true
            switch role {
            case .http(let http): http.inputClosed()
            case .webSocket: abort()
            case .draining: if isOutputClosed { abort() }
            }
        case .outputClosed:
            isOutputClosed = true
            if isInputClosed {
                abort()
            } else {
                server.setDeadline(server.configuration.closeTimeout, at: place)
            }
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        let last = role
        role = .draining
        self.context = nil
        socket = nil
        waiting = nil
        server.closed(at: place)
        place = -1
        switch last {
        case .http(let http): http.closed()
        case .webSocket(let webSocket): webSocket.channelClosed()
        case .draining: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        server.logger.debug("a connection failed", metadata: ["error": "\(error)"])
        abort()
    }

    /// The connection's one deadline has passed.
    func deadlinePassed() {
        if !isWritable || (isDraining && !isOutputClosed) {
            guard bufferedBytes < stalledBytes else { return abort() }
            return armWriteDeadline()
        }
        switch role {
        case .http(let http): http.deadlinePassed()
        case .webSocket(let webSocket): webSocket.deadlinePassed()
        case .draining: abort()
        }
    }

    // MARK: What the protocols ask for

    /// The client's address and port, which the channel has known since it was made.
    var peer: PeerAddress { PeerAddress(context?.channel.remoteAddress) }

    /// Sets the connection's one deadline, unless the channel is full: then the write deadline stands.
    func setDeadline(_ time: TimeAmount?) {
        if isWritable { server.setDeadline(time, at: place) }
    }

    /// Stops to read while a client sends more than is taken, or goes on.
    func pauseReading(_ pauses: Bool) {
        guard pauses != isReadPaused else { return }
        isReadPaused = pauses
        if !pauses, isReadDue {
            isReadDue = false
            context?.read()
        }
    }

    /// Speaks WebSocket from now on.
    func upgrade(to webSocket: WebSocketConnection) {
        role = .webSocket(webSocket)
        pauseReading(false)
    }

    /// The channel, for whoever takes it over.
    var channel: (any Channel)? { context?.channel }

    /// Lets all that is written leave, and puts other handlers in this one's place.
    ///
    /// - Parameter early: what the client has sent for them.
    func handOver(to handlers: [any ChannelHandler], early: ByteBuffer) {
        guard let context else { return }
        role = .draining
        pauseReading(false)
        flushNow()
        server.closed(at: place)
        place = -1
        self.context = nil
        socket = nil
        do {
            try context.pipeline.syncOperations.addHandlers(handlers, position: .after(self))
        } catch {
            return context.close(promise: nil)
        }
        // They have the pipeline to themselves before they are told of anything.
        context.fireChannelActive()
        if early.readableBytes > 0 {
            context.fireChannelRead(wrapInboundOut(early))
            context.fireChannelReadComplete()
        }
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    /// Lets all that is written leave, closes the server's side, and waits for the client to close its own.
    ///
    /// To close at once would let the system answer bytes under way with a reset, which may take the last
    /// answer from the client.
    func finish() {
        guard let context, !isDraining else { return }
        let last = role
        role = .draining
        pauseReading(false)
        flushNow()
        armWriteDeadline()
        if isInputClosed {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer())).assumeIsolated().whenComplete { _ in
                self.abort()
            }
        } else {
            context.close(mode: .output, promise: nil)
        }
        if case .webSocket(let webSocket) = last { webSocket.channelClosed() }
    }

    /// Closes at once; what is pending is lost.
    func abort() {
        socket = nil
        waiting = nil
        context?.close(promise: nil)
    }

    /// What to do when the server stops.
    func serverStops() {
        switch role {
        case .http(let http): http.serverStops()
        case .webSocket(let webSocket): webSocket.close(code: 1001, reason: "the server stops")
        case .draining: break
        }
    }

    private var isDraining: Bool {
        if case .draining = role { true } else { false }
    }

    /// Bytes that the channel has not been able to write.
    private var bufferedBytes: Int {
        (try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    private func armWriteDeadline() {
        stalledBytes = bufferedBytes
        server.setDeadline(server.configuration.writeTimeout, at: place)
    }
}
