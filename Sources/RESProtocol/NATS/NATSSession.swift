/// The state of one connection to a NATS server, from its INFO to its end.
///
/// Each method tells what happened and answers what to do.
package struct NATSSession: Sendable {
    /// Pings without an answer after which a connection counts as lost.
    package let maximumPingsOutstanding: Int

    private enum State: Hashable {
        case awaitingInfo, awaitingPong, ready, ended
    }

    private var state = State.awaitingInfo
    private var unansweredPings = 0
    private let server: ServerAddress
    private let security: Security

    /// How much TLS a connection has, or must have.
    package enum Security: Hashable, Sendable {
        /// What the server asks for.
        case asAsked
        /// TLS begins after INFO, whatever the server asks for.
        case required
        /// TLS began before INFO.
        case established
    }

    package init(
        server: ServerAddress,
        security: Security = .asAsked,
        maximumPingsOutstanding: Int = 2
    ) {
        self.server = server
        self.security = security
        self.maximumPingsOutstanding = maximumPingsOutstanding
    }

    /// Whether CONNECT was sent, so that other operations may follow.
    package var acceptsOperations: Bool { state == .awaitingPong || state == .ready }
    /// Whether the server has accepted the client.
    package var isReady: Bool { state == .ready }

    package enum InfoAction: Hashable, Sendable {
        /// Send CONNECT, all subscriptions and a PING.
        case connect
        /// Begin TLS; then send CONNECT, all subscriptions and a PING.
        case secureAndConnect
        /// Take over what changed.
        case update
        case fail(NATSError)
        case ignore
    }

    package mutating func infoReceived(_ info: ServerInfo) -> InfoAction {
        switch state {
        case .ended: return .ignore
        case .ready, .awaitingPong: return .update
        case .awaitingInfo:
            let isOffered = info.tlsRequired || info.tlsAvailable
            if security == .required, !isOffered {
                state = .ended
                return .fail(NATSSession.tlsMissing(server))
            }
            state = .awaitingPong
            switch security {
            case .established: return .connect
            case .required: return .secureAndConnect
            case .asAsked: return info.tlsRequired ? .secureAndConnect : .connect
            }
        }
    }

    package enum PongAction: Hashable, Sendable {
        /// The server accepts the client, and has taken its subscriptions.
        case ready
        /// The oldest ping is answered.
        case answered
    }

    package mutating func pongReceived() -> PongAction {
        unansweredPings = 0
        guard state == .awaitingPong else { return .answered }
        state = .ready
        return .ready
    }

    package enum ErrorAction: Hashable, Sendable {
        /// Tell the log; the connection stays.
        case log
        case fail(NATSError)
    }

    /// The server sent `-ERR` with this text.
    package mutating func errorReceived(_ text: String) -> ErrorAction {
        switch ServerErrorKind(text) {
        case .operation: return .log
        case .authorization:
            state = .ended
            return .fail(
                NATSError(
                    .authorization,
                    "\(server) refuses the credentials (\(text)); check user, password, token or key"
                )
            )
        case .connection:
            state = .ended
            return .fail(NATSError(.refusedByServer, "\(server) ended the connection: \(text)"))
        }
    }

    package enum KeepAliveAction: Hashable, Sendable {
        case sendPing
        case fail(NATSError)
        case ignore
    }

    /// The time between two pings has passed.
    package mutating func pingIntervalPassed() -> KeepAliveAction {
        guard state == .ready else { return .ignore }
        guard unansweredPings < maximumPingsOutstanding else {
            state = .ended
            return .fail(
                NATSError(.staleConnection, "\(server) has left \(unansweredPings) pings unanswered")
            )
        }
        unansweredPings += 1
        return .sendPing
    }

    /// The time for the server to accept the client has passed; nil when it did in time.
    package mutating func handshakeTimePassed() -> NATSError? {
        switch state {
        case .ready, .ended: return nil
        case .awaitingInfo:
            state = .ended
            return NATSError(
                .timedOut,
                "\(server) accepts the connection but sends no INFO; is it a NATS server, and one that does not start with a TLS handshake?"
            )
        case .awaitingPong:
            state = .ended
            return NATSError(.timedOut, "\(server) does not answer CONNECT in time")
        }
    }

    /// The connection broke; the error that says so where none came before.
    package mutating func connectionClosed() -> NATSError {
        defer { state = .ended }
        switch state {
        case .awaitingInfo, .awaitingPong:
            return NATSError(.unreachable, "\(server) closed the connection before it stood")
        case .ready, .ended:
            return NATSError(.disconnected, "\(server) closed the connection")
        }
    }

    /// Why a server without TLS cannot be used where TLS is asked for.
    private static func tlsMissing(_ server: ServerAddress) -> NATSError {
        NATSError(
            .tlsUnavailable,
            "\(server) does not offer TLS, which is asked for; configure its tls block, or use nats:// without certificates"
        )
    }
}
