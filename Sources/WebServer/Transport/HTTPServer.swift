import Glibc
package import Logging
package import NIOCore
import NIOPosix
import RESProtocol

/// An HTTP/1.1 and WebSocket server on one event loop.
package final class HTTPServer {
    /// Where the server listens, once started.
    package var address: SocketAddress? { listener?.localAddress }

    private let context: ServerContext
    private var listener: (any Channel)?
    private var tls: TLSListener?

    /// - Parameter application: who answers; kept alive by the caller.
    package init(
        configuration: HTTPServerConfiguration,
        application: any HTTPApplication,
        eventLoop: any EventLoop,
        logger: Logger
    ) {
        context = ServerContext(
            configuration: configuration,
            application: application,
            eventLoop: eventLoop,
            logger: logger
        )
    }

    /// Clients connected at the moment.
    package var connectionCount: Int { context.connections.count }

    /// The connections on which requests come over HTTP, as many as `limit`.
    package func httpClients(limit: Int) -> [HTTPClient] {
        context.connections.all.lazy.compactMap(\.httpClient).prefix(limit).map { $0 }
    }

    /// Cuts the connection that has an address; false when there is none, or it is a WebSocket.
    package func dropHTTPClient(at address: String) -> Bool {
        guard
            let connection = context.connections.all.first(where: { $0.httpClient?.address == address })
        else { return false }
        connection.abort()
        return true
    }

    /// Starts to listen; fails with the system's error when the address cannot be bound, and with a `TLSError` that names
    /// the file that is wrong.
    package func start() -> EventLoopFuture<Void> {
        let address: SocketAddress
        do {
            let configuration = context.configuration
            address = try SocketAddress(ipAddress: configuration.host, port: configuration.port)
            tls = try configuration.tls.map(makeTLSListener)
        } catch {
            return context.eventLoop.makeFailedFuture(error)
        }
        return bootstrap.bind(to: address).assumeIsolated().map { self.listener = $0 }.nonisolated()
    }

    /// Stops to listen, lets answers in flight leave, closes WebSockets with 1001, all within `stopTimeout`.
    package func stop() -> EventLoopFuture<Void> {
        let eventLoop = context.eventLoop
        context.isStopping = true
        listener?.close(promise: nil)
        tls?.closePending()
        for connection in context.connections.all { connection.serverStops() }
        guard !context.connections.isEmpty else { return eventLoop.makeSucceededVoidFuture() }
        let done = eventLoop.makePromise(of: Void.self)
        context.onEmpty = { done.succeed() }
        let deadline = eventLoop.assumeIsolated().scheduleTask(in: context.configuration.stopTimeout) {
            for connection in self.context.connections.all { connection.abort() }
        }
        return done.futureResult.assumeIsolated().map { deadline.cancel() }.nonisolated()
    }

    private func makeTLSListener(_ settings: TLSSettings) throws(TLSError) -> TLSListener {
        let tls = TLSListener(
            context: try TLSContexts.server(settings),
            timeout: context.configuration.handshakeTimeout
        )
        // As Go's servers answer, so that who has mixed the ports up sees it.
        tls.plaintextAnswer = ByteBuffer(
            string: "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"
        )
        tls.onFailure = { [logger = context.logger] reason in
            logger.debug("a TLS handshake failed", metadata: ["reason": "\(reason)"])
        }
        return tls
    }

    private var bootstrap: ServerBootstrap {
        let tls = NIOLoopBound(tls, eventLoop: context.eventLoop)
        let context = NIOLoopBound(context, eventLoop: context.eventLoop)
        return ServerBootstrap(group: context.value.eventLoop)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.maxMessagesPerRead, value: 64)
            .serverChannelInitializer(AcceptPause.prepare)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // Options of the listener are inherited: clients that vanished are noticed without traffic of our
            // own.
            .serverChannelOption(.socketOption(.so_keepalive), value: 1)
            .serverChannelOption(.tcpOption(.init(rawValue: TCP_KEEPIDLE)), value: 60)
            .serverChannelOption(.tcpOption(.init(rawValue: TCP_KEEPINTVL)), value: 15)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // Set here they cost no future each.
                    try channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
                    try channel.syncOptions?.setOption(.recvAllocator, value: ReceiveAllocator())
                    try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
                    let handler = ConnectionHandler(server: context.value)
                    if let tls = tls.value {
                        let gate = TLSGate(tls) { handler.secured(by: $0) }
                        try channel.pipeline.syncOperations.addHandler(gate)
                    }
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
    }
}
