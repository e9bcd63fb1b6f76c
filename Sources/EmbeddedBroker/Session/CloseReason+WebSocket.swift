extension CloseReason {
    /// The close code that tells a client over WebSocket why it goes (RFC 6455 section 7.4.1), as nats-server chooses it.
    var webSocketCode: UInt16 {
        switch self {
        case .clientClosed: 1000
        case .serverShutdown: 1001
        case .parseError, .protocolViolation, .badClientProtocol, .noRespondersNeedHeaders: 1002
        case .authenticationTimeout, .authenticationFailure, .slowConsumerPendingBytes,
            .slowConsumerWriteDeadline,
            .maximumConnections, .maximumAccountConnections, .maximumControlLine, .authenticationExpired,
            .credentialsRevoked:
            1008
        case .maximumPayload: 1009
        // 1006 may not go over the wire (section 7.4.1), so it is an internal error here.
        default: 1011
        }
    }
}
