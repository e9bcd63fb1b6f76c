import Logging
import NIOCore
import NIOPosix

/// Making the connection, and making it again.
extension NATSBus {
    /// Tries the next server in turn.
    func attempt() {
        let server = pool.next()
        let connection = NATSConnection(server: server, options: options, bus: self, logger: logger)
        self.connection = connection
        logger.debug("connecting to NATS server", metadata: ["server": "\(server)"])
        let connecting = ClientBootstrap(group: eventLoop)
            .connectTimeout(options.connectTimeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.autoRead, value: false)
            .channelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 2048, initial: 16_384, maximum: 262_144)
            )
            .connect(host: server.host, port: server.port)
        connecting.assumeIsolated().whenComplete { result in
            do {
                try self.start(connection, on: try result.get())
            } catch let error as NATSError {
                self.connectionEnded(connection, error)
            } catch {
                self.connectionEnded(connection, NATSError(connectingTo: server, error))
            }
        }
    }

    /// Puts a connection on its channel. Nothing is read before: of several addresses tried at once only one
    /// gets here.
    private func start(_ connection: NATSConnection, on channel: any Channel) throws {
        if case .ended = state { return channel.close(promise: nil) }
        if options.startsWithTLS {
            let handlers: [any ChannelHandler] = [try connection.makeTLSHandler(), connection]
            try channel.pipeline.syncOperations.addHandlers(handlers)
        } else {
            try channel.pipeline.syncOperations.addHandler(connection)
        }
        try channel.syncOptions?.setOption(.autoRead, value: true)
    }

    /// A connection is about to be accepted: CONNECT is written, the subscriptions are to follow.
    func connectionOpened(_ connection: NATSConnection, _ info: ServerInfo) {
        infoUpdated(info)
        resubscribe(over: connection)
    }

    /// INFO came, at the start or since.
    func infoUpdated(_ info: ServerInfo) {
        adopt(maximumPayload: info.maximumPayload)
        for server in pool.discover(info.connectURLs, from: connection?.server) {
            logger.debug("NATS server discovered", metadata: ["server": "\(server)"])
        }
        if info.isLameDuck {
            logger.notice("NATS server is about to stop", metadata: ["server": "\(info.serverName)"])
        }
    }

    /// The server has accepted the client, and all subscriptions are in force.
    func connectionReady(_ connection: NATSConnection) {
        policy.connected(at: now)
        switch state {
        case .connecting(let promise, _):
            state = .connected
            logger.info("connected to NATS server", metadata: ["server": "\(connection.server)"])
            promise.assumeIsolated().succeed(self)
        case .reconnecting:
            state = .connected
            logger.notice("reconnected to NATS server", metadata: ["server": "\(connection.server)"])
            tell(.reconnected)
        case .connected, .ended: break
        }
    }

    /// A connection is gone, or could not be made.
    func connectionEnded(_ ended: NATSConnection, _ error: NATSError) {
        guard ended === connection else { return }
        connection = nil
        switch state {
        case .ended: break
        case .connected:
            state = .reconnecting
            logger.warning("lost the connection to the NATS server", metadata: ["reason": "\(error)"])
            follow(policy.connectionLost(at: now, random: random), error)
            tell(.disconnected(reason: error.message))
        case .reconnecting: retry(after: error)
        case .connecting(let promise, let failures):
            let failures = failures + [error]
            state = .connecting(promise, failures: failures)
            if failures.count % pool.count != 0 {
                attempt()
            } else if options.retriesFirstConnection, error.code != .authorization {
                retry(after: error)
            } else {
                end(NATSError(ofAll: failures))
            }
        }
    }

    /// Nothing more is attempted, for this reason.
    func end(_ error: NATSError) {
        retryTimer?.cancel()
        retryTimer = nil
        let before = state
        state = .ended(error)
        if case .connecting(let promise, _) = before { promise.fail(error) }
    }

    private func retry(after error: NATSError) {
        logger.debug("cannot connect to the NATS server", metadata: ["reason": "\(error)"])
        let isRefusal = error.code == .authorization || error.code == .invalidCredentials
        follow(policy.attemptFailed(isRefusal: isRefusal, random: random), error)
    }

    private func follow(_ decision: ReconnectPolicy.Decision, _ error: NATSError) {
        switch decision {
        case .retry(let pause):
            retryTimer = eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(pause)) { [weak self] in
                self?.attempt()
            }
        case .giveUp:
            end(error)
            logger.error("the NATS server refuses for good", metadata: ["reason": "\(error)"])
            tell(.failed(reason: error.message))
        }
    }

    private var now: Duration { .nanoseconds(Int64(eventLoop.now.uptimeNanoseconds)) }

    private var random: Double { Double.random(in: 0..<1) }
}
