import struct NIOCore.ByteBuffer

/// What the broker says in `-ERR '…'`, in the very words clients compare with.
enum ServerError: Equatable {
    case unknownOperation
    case authorizationViolation
    case authenticationTimeout
    case invalidClientProtocol
    case noRespondersNeedHeaders
    case maximumConnections
    case maximumSubscriptions
    case maximumPayload
    case maximumControlLine
    case staleConnection
    case invalidSubject
    case invalidPublishSubject
    case publishViolation(subject: String)
    case replyViolation(reply: String)

    /// The words between the quotes.
    var text: String {
        switch self {
        case .unknownOperation: "Unknown Protocol Operation"
        case .authorizationViolation: "Authorization Violation"
        case .authenticationTimeout: "Authentication Timeout"
        case .invalidClientProtocol: "invalid client protocol"
        case .noRespondersNeedHeaders: "no responders requires headers support"
        case .maximumConnections: "maximum connections exceeded"
        case .maximumSubscriptions: "maximum subscriptions exceeded"
        case .maximumPayload: "Maximum Payload Violation"
        case .maximumControlLine: "maximum control line exceeded"
        case .staleConnection: "Stale Connection"
        case .invalidSubject: "Invalid Subject"
        case .invalidPublishSubject: "Invalid Publish Subject"
        case .publishViolation(let subject): "Permissions Violation for Publish to \"\(subject)\""
        case .replyViolation(let reply): "Permissions Violation for Publish with Reply of \"\(reply)\""
        }
    }

    /// The line on the wire.
    var line: ByteBuffer { ByteBuffer(string: "-ERR '\(text)'\r\n") }
}
