/// Why a bus client could not do what it was asked to.
public struct BusError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of reason.
    public enum Code: Hashable, Sendable {
        /// A subject has an empty token, white space, or a wildcard where messages are published.
        case invalidSubject
        /// The name of a queue group is empty or has white space.
        case invalidQueue
        /// The name or the value of a header field has a character that it cannot have.
        case invalidHeader
        /// Payload and header block together are larger than `BusClient.maximumPayload`.
        case payloadTooLarge
        /// Nobody subscribes to the subject of a request (status 503).
        case noResponders
        /// No answer came in time.
        case timedOut
        /// The message has no reply subject.
        case noReply
        /// The client was closed, or its broker was stopped.
        case closed
        /// The broker has no account of that name.
        case unknownAccount
    }

    /// What kind of reason it is.
    public let code: Code
    /// What, where, and what would be right; for people.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }

    static let closed = BusError(.closed, "the client was closed, or its broker was stopped")
}
