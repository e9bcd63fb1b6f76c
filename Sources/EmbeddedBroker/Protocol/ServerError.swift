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
    case subscriptionViolation(subject: String)
    case queueViolation(subject: String, queue: String)
    case tooManyTokens(subject: String)
    /// A subscription was ended, because its client may not have it any more.
    case subscriptionEnded(subject: String, sid: String)
    case maximumAccountConnections
    case userExpired
    case accountExpired
    case userRevoked

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
        case .publishViolation(let subject): "Permissions Violation for Publish to \(subject.quoted)"
        case .replyViolation(let reply): "Permissions Violation for Publish with Reply of \(reply.quoted)"
        case .subscriptionViolation(let subject):
            "Permissions Violation for Subscription to \(subject.quoted)"
        case .queueViolation(let subject, let queue):
            "Permissions Violation for Subscription to \(subject.quoted) using queue \(queue.quoted)"
        case .tooManyTokens(let subject):
            "Permissions Violation for Subscription to \(subject.quoted), too many tokens"
        case .subscriptionEnded(let subject, let sid):
            "Permissions Violation for Subscription to \(subject.quoted) (sid \(sid.quoted))"
        case .maximumAccountConnections: "maximum account active connections exceeded"
        case .userExpired: "User Authentication Expired"
        case .accountExpired: "Account Authentication Expired"
        case .userRevoked: "User Authentication Revoked"
        }
    }

    /// The line on the wire.
    var line: ByteBuffer { ByteBuffer(string: "-ERR '\(text)'\r\n") }
}
