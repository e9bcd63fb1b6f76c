import NIOCore
import RESProtocol

/// A connection that speaks HTTP: hands requests to the application one after the other and writes the
/// answers.
final class HTTPConnection {
    private let server: ServerContext
    private unowned let handler: ConnectionHandler
    private var parser: HTTPParser
    /// The request that the application has.
    private var pending: HTTPExchange?
    private var circumstances = HTTPResponseWriter.Circumstances()
    private var isProcessing = false
    /// How many requests have come.
    private(set) var requests: UInt64 = 0
    /// Whether no further request is taken: the last answer closes the connection, or another protocol
    /// follows.
    private var isOver = false
    /// The part of a request for which the deadline was set.
    private var armedPhase: HTTPParser.Phase?
    /// Body bytes since the deadline was set.
    private var bodyProgress = 0

    /// Bytes behind a request that is being answered at which reading stops.
    private static let maximumPipelined = 64 << 10
    /// Body bytes that have to arrive within one body timeout.
    private static let bodyStep = 64 << 10
    /// Bodies up to this size are copied behind their head, so that one piece is written.
    private static let maximumJoinedBody = 16 << 10

    init(server: ServerContext, handler: ConnectionHandler) {
        self.server = server
        self.handler = handler
        parser = HTTPParser(limits: server.configuration.http)
    }

    // MARK: What the channel tells

    /// The connection is there; its first request is due.
    func opened() {
        handler.setDeadline(server.configuration.headTimeout)
    }

    /// There are too many connections.
    func refuse() {
        let response = HTTPResponse.text(503, "503 Service Unavailable: too many connections\n", closes: true)
        write(response, circumstances: .init(isKeepAlive: false))
        handler.finish()
    }

    func received(_ bytes: ByteBuffer) {
        bodyProgress += bytes.readableBytes
        parser.append(bytes)
        if pending == nil {
            process()
        } else if parser.bufferedBytes > HTTPConnection.maximumPipelined {
            handler.pauseReading(true)
        }
    }

    func inputClosed() {
        if pending == nil { handler.finish() }
    }

    /// The channel is gone.
    func closed() {
        let abandoned = pending
        pending = nil
        abandoned?.abandoned()
    }

    func deadlinePassed() {
        guard pending == nil else { return }
        switch parser.phase {
        case .idle: handler.finish()
        case .head, .body:
            fail(HTTPParseError(status: 408, reason: "the request did not arrive in time"))
            handler.flush()
        }
    }

    func serverStops() {
        if pending == nil { handler.finish() }
    }

    /// Sets the deadline for what has to arrive next.
    func armDeadline() {
        armedPhase = nil
        updateDeadline()
    }

    private func updateDeadline() {
        guard pending == nil else {
            if armedPhase != nil { handler.setDeadline(nil) }
            armedPhase = nil
            return
        }
        let phase = parser.phase
        switch phase {
        case .head where armedPhase == .head: return
        case .body where armedPhase == .body && bodyProgress < HTTPConnection.bodyStep: return
        default: break
        }
        armedPhase = phase
        bodyProgress = 0
        switch phase {
        case .idle: handler.setDeadline(server.configuration.idleTimeout)
        case .head: handler.setDeadline(server.configuration.headTimeout)
        case .body: handler.setDeadline(server.configuration.bodyTimeout)
        }
    }

    // MARK: Requests

    private func process() {
        isProcessing = true
        defer { isProcessing = false }
        while pending == nil {
            switch parser.next() {
            case .incomplete:
                if handler.isInputClosed { return handler.finish() }
                return updateDeadline()
            case .continueExpected:
                handler.write(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n"))
                handler.flush()
            case .request(let request, let isUpgrade): requestArrived(request, isUpgrade: isUpgrade)
            case .failure(let error): return fail(error)
            }
            if isOver { return }
        }
        updateDeadline()
    }

    /// Whether the application has a request.
    var isWaiting: Bool { pending != nil }

    private func requestArrived(_ request: HTTPRequest, isUpgrade: Bool) {
        requests &+= 1
        circumstances = HTTPResponseWriter.Circumstances(
            isHead: request.method == .head,
            isHTTP10: request.isHTTP10,
            isKeepAlive: request.isKeepAlive
        )
        guard let application = server.application else {
            return answer(.text(503, "503 Service Unavailable\n", closes: true))
        }
        let exchange = HTTPExchange(
            request,
            connection: self,
            handshake: isUpgrade ? WebSocketHandshake(request) : nil
        )
        pending = exchange
        application.received(exchange)
    }

    private func fail(_ error: HTTPParseError) {
        isOver = true
        write(error.response, circumstances: .init(isKeepAlive: false))
        handler.finish()
    }

    // MARK: Answers

    var peer: PeerAddress { handler.peer }

    /// Writes the answer to the request that the application has.
    func respond(_ response: HTTPResponse) {
        guard pending != nil else { return }
        pending = nil
        answer(response)
        guard !isProcessing else { return }
        handler.pauseReading(false)
        if !isOver { process() }
        handler.flush()
    }

    /// Cuts the connection; the request that the application has is not answered.
    func drop() {
        pending = nil
        isOver = true
        handler.abort()
    }

    /// Whether the connection is secured by TLS.
    var isSecure: Bool { server.configuration.tls != nil }

    /// What the TLS handshake has told of the client.
    var tlsPeer: TLSPeer? { handler.tlsPeer }

    /// Completes the handshake that the application has.
    func accept(
        _ handshake: WebSocketHandshake,
        extraFields: [HTTPField],
        delegate: any WebSocketDelegate
    ) -> WebSocketConnection? {
        guard let request = pending?.request else { return nil }
        let agreement = server.configuration.compression.flatMap {
            CompressionAgreement(accepting: request.fields.values(of: "Sec-WebSocket-Extensions"), with: $0)
        }
        upgrade(handshake, agreement, extraFields)
        handler.flush()
        let webSocket = WebSocketConnection(
            server: server,
            handler: handler,
            delegate: delegate,
            agreement: agreement,
            early: parser.takeRemaining()
        )
        handler.upgrade(to: webSocket)
        webSocket.opened()
        return webSocket
    }

    /// Completes the handshake that the application has, and hands the connection over to other handlers.
    ///
    /// - Returns: whether the client still is there.
    func accept(
        _ handshake: WebSocketHandshake,
        extraFields: [HTTPField],
        stream options: WebSocketStreamOptions,
        handler makeHandler: (any Channel) -> any ChannelHandler
    ) -> Bool {
        guard let request = pending?.request, !handler.isInputClosed, let channel = handler.channel else {
            return false
        }
        let agreement = options.compression.flatMap { compression in
            CompressionAgreement(
                accepting: request.fields.values(of: "Sec-WebSocket-Extensions"),
                with: compression.options
            )
        }
        upgrade(handshake, agreement, extraFields)
        let stream = WebSocketStreamHandler(options, agreement: agreement)
        handler.handOver(to: [stream, makeHandler(channel)], early: parser.takeRemaining())
        return true
    }

    private func upgrade(
        _ handshake: WebSocketHandshake,
        _ agreement: CompressionAgreement?,
        _ extraFields: [HTTPField]
    ) {
        pending = nil
        isOver = true
        var fields = extraFields
        if let agreement { fields.append(HTTPField("Sec-WebSocket-Extensions", agreement.header)) }
        let answer = server.build {
            HTTPResponseWriter.writeUpgrade(accept: handshake.accept, extraFields: fields, into: &$0)
        }
        handler.write(answer)
    }

    private func answer(_ response: HTTPResponse) {
        circumstances.isKeepAlive = circumstances.isKeepAlive && !response.closes && !server.isStopping
        write(response, circumstances: circumstances)
        if !circumstances.isKeepAlive {
            isOver = true
            handler.finish()
        }
    }

    private func write(_ response: HTTPResponse, circumstances: HTTPResponseWriter.Circumstances) {
        var bodyFollows = false
        let head = server.build { buffer in
            bodyFollows = HTTPResponseWriter.writeHead(
                of: response,
                for: circumstances,
                date: server.currentDate,
                into: &buffer
            )
            if bodyFollows, response.body.readableBytes <= HTTPConnection.maximumJoinedBody {
                buffer.writeImmutableBuffer(response.body)
                bodyFollows = false
            }
        }
        handler.write(head)
        if bodyFollows { handler.write(response.body) }
        handler.flush()
    }
}
