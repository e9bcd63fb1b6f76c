/// Why a connection ended, in the words of nats-server's monitoring.
enum CloseReason: String, Equatable, Sendable {
    case clientClosed = "Client Closed"
    case authenticationTimeout = "Authentication Timeout"
    case authenticationFailure = "Authentication Failure"
    case slowConsumerPendingBytes = "Slow Consumer (Pending Bytes)"
    case slowConsumerWriteDeadline = "Slow Consumer (Write Deadline)"
    case writeError = "Write Error"
    case readError = "Read Error"
    case parseError = "Parse Error"
    case staleConnection = "Stale Connection"
    case protocolViolation = "Protocol Violation"
    case badClientProtocol = "Bad Client Protocol Version"
    case maximumConnections = "Maximum Connections Exceeded"
    case maximumPayload = "Maximum Message Payload Exceeded"
    case maximumControlLine = "Maximum Control Line Exceeded"
    case noRespondersNeedHeaders = "No Responders Requires Headers"
    case serverShutdown = "Server Shutdown"
}
