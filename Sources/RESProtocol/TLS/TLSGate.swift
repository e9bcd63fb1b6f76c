package import NIOCore
import NIOSSL
import NIOTLS

/// Stands first in a server connection's pipeline until TLS stands or the client has chosen to do without.
///
/// The handlers behind it are told of the connection when the server may speak: at once where the greeting is in the
/// clear, else when the handshake is complete. Nothing of TLS is allocated before a client's first byte shows that it
/// speaks it, and when all is done the gate is gone: what is left is the TLS handler in front of the others, or nothing.
package final class TLSGate: ChannelDuplexHandler, RemovableChannelHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer
    package typealias InboundOut = ByteBuffer

    /// The first byte of a TLS record that holds a handshake message (RFC 8446 section 5.1).
    private static let handshakeRecord: UInt8 = 0x16

    private let listener: TLSListener
    private let secured: (TLSPeer) -> Void
    private var context: ChannelHandlerContext?
    private var state = State.waiting
    /// Whether the handlers behind know of the connection.
    private var hasFired = false
    private var deadline: Scheduled<Void>?
    private var greeting: Scheduled<Void>?
    /// The cipher suite that the server has chosen.
    private var cipherSuite: String?

    private enum State {
        /// No byte has come.
        case waiting
        case handshaking
        case over
    }

    /// - Parameter secured: told what is known of the client when TLS stands, before the handlers behind are.
    package init(_ listener: TLSListener, secured: @escaping (TLSPeer) -> Void = { _ in }) {
        self.listener = listener
        self.secured = secured
    }

    // MARK: What the channel tells

    package func channelActive(context: ChannelHandlerContext) {
        self.context = context
        guard listener.begins(self) else { return context.close(promise: nil) }
        guard listener.mayBegin(at: .now()) else {
            return refuse(saying: listener.throttleAnswer, context)
        }
        let loop = context.eventLoop.assumeIsolated()
        if listener.opening != .optional {
            deadline = loop.scheduleTask(in: listener.timeout) { self.failed("the client took too long") }
        }
        switch listener.opening {
        case .first: break
        case .firstWithin(let time):
            greeting = loop.scheduleTask(in: time) { if self.state == .waiting { self.fire() } }
        case .afterGreeting, .optional: fire()
        }
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard state == .waiting else {
            if state == .handshaking { context.fireChannelRead(data) }
            return
        }
        let bytes = unwrapInboundIn(data)
        guard let first = bytes.getInteger(at: bytes.readerIndex, as: UInt8.self) else { return }
        if first == TLSGate.handshakeRecord {
            begin(with: data, context)
        } else if listener.opening == .optional {
            finish()
            context.fireChannelRead(data)
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        } else {
            listener.onFailure?("the client does not speak TLS")
            refuse(saying: 0x41...0x5a ~= first ? listener.plaintextAnswer : nil, context)
        }
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { return close() }
        context.fireUserInboundEventTriggered(event)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        let wasHandshaking = state == .handshaking
        finish()
        // The TLS handler holds on to what it has until it is told.
        if hasFired || wasHandshaking { context.fireChannelInactive() }
    }

    /// Looks at what the TLS handler says first.
    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if state == .handshaking, cipherSuite == nil {
            cipherSuite = ServerHello.cipherSuite(in: unwrapOutboundIn(data))
        }
        context.write(data, promise: promise)
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        finish()
        self.context = nil
    }

    /// Closes the connection without more ado.
    func close() {
        context?.close(promise: nil)
    }

    // MARK: The handshake

    private func begin(with data: NIOAny, _ context: ChannelHandlerContext) {
        state = .handshaking
        greeting?.cancel()
        let handler = NIOSSLServerHandler(context: listener.context)
        let end = TLSHandshakeEnd(gate: self, handler: handler)
        do {
            try context.pipeline.syncOperations.addHandlers([handler, end], position: .after(self))
        } catch {
            return failed("\(error)")
        }
        context.fireChannelRead(data)
    }

    /// The handshake is complete: tells the handlers behind `end`, and leaves the pipeline.
    fileprivate func completed(_ peer: TLSPeer, _ end: ChannelHandlerContext) {
        guard state == .handshaking, let context else { return }
        if !listener.pinnedKeys.isEmpty, !listener.pinnedKeys.contains(peer.certificate?.keyDigest ?? "") {
            return failed("the client's key is not among the pinned ones")
        }
        finish()
        var peer = peer
        peer.cipherSuite = cipherSuite ?? ""
        secured(peer)
        if !hasFired {
            hasFired = true
            end.fireChannelActive()
        }
        context.pipeline.syncOperations.removeHandler(context: end, promise: nil)
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    fileprivate func failed(_ reason: String) {
        guard state != .over else { return }
        listener.onFailure?(reason)
        finish()
        close()
    }

    /// Whether the handlers behind know of the connection.
    fileprivate var isAnnounced: Bool { hasFired }

    private func fire() {
        guard !hasFired, let context else { return }
        hasFired = true
        context.fireChannelActive()
    }

    private func refuse(saying answer: ByteBuffer?, _ context: ChannelHandlerContext) {
        finish()
        if let answer { context.writeAndFlush(NIOAny(answer), promise: nil) }
        context.close(promise: nil)
    }

    private func finish() {
        state = .over
        deadline?.cancel()
        deadline = nil
        greeting?.cancel()
        greeting = nil
        listener.ends(self)
    }
}

/// Stands behind the TLS handler until the handshake is complete, and tells the gate.
private final class TLSHandshakeEnd: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let gate: TLSGate
    private let handler: NIOSSLServerHandler

    init(gate: TLSGate, handler: NIOSSLServerHandler) {
        self.gate = gate
        self.handler = handler
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent {
            gate.completed(TLSPeer(handler), context)
        } else if gate.isAnnounced {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        gate.failed("\(error)")
    }

    func channelInactive(context: ChannelHandlerContext) {
        if gate.isAnnounced { context.fireChannelInactive() }
    }
}
