import RESProtocol

/// What a user may publish and subscribe to, as JWTs and configurations say it.
public struct SubjectPermissions: Hashable, Sendable {
    /// Where it may publish.
    public var publish = Rules()
    /// A pattern may have a queue name after a blank.
    public var subscribe = Rules()
    /// Whether the reply subjects of received messages may be published to.
    public var responses: Responses?

    /// Patterns that are allowed, and patterns that are not; the latter go before.
    public struct Rules: Hashable, Sendable {
        /// Empty when everything is allowed.
        public var allow: [String] = []
        /// What is not allowed although `allow` has it.
        public var deny: [String] = []

        /// - Parameters:
        ///   - allow: what is allowed; empty for everything.
        ///   - deny: what is not, although it is allowed.
        public init(allow: [String] = [], deny: [String] = []) {
            self.allow = allow
            self.deny = deny
        }

        /// Whether nothing is said.
        public var isEmpty: Bool { allow.isEmpty && deny.isEmpty }

        init(_ json: JSONSlice?) {
            allow = json?["allow"]?.elements.compactMap(\.string) ?? []
            deny = json?["deny"]?.elements.compactMap(\.string) ?? []
        }
    }

    /// How many answers may be sent to one reply subject, and for how long.
    public struct Responses: Hashable, Sendable {
        /// Answers; -1 for any number.
        public var maximum: Int64
        /// Since the request; zero or less for ever.
        public var expires: Duration

        /// - Parameters:
        ///   - maximum: answers; -1 for any number.
        ///   - expires: since the request; zero or less for ever.
        public init(maximum: Int64, expires: Duration) {
            self.maximum = maximum
            self.expires = expires
        }
    }

    /// Everything is allowed.
    public init() {}

    /// The members `pub`, `sub` and `resp` of a JWT's claims.
    init(_ json: JSONSlice?) {
        publish = Rules(json?["pub"])
        subscribe = Rules(json?["sub"])
        if let response = json?["resp"], response.kind == .object {
            responses = Responses(
                maximum: response["max"]?.integer ?? 0,
                expires: .nanoseconds(response["ttl"]?.integer ?? 0)
            )
        }
    }

    /// Whether nothing is said.
    public var isEmpty: Bool { publish.isEmpty && subscribe.isEmpty && responses == nil }
}

/// How much a user or an account may use; -1 is no limit.
package struct UsageLimits: Hashable, Sendable {
    package static let none: Int64 = -1

    package var subscriptions = UsageLimits.none
    /// Bytes, all messages together.
    package var data = UsageLimits.none
    /// Bytes of one message.
    package var payload = UsageLimits.none

    package init() {}

    /// The members `subs`, `data` and `payload`; one that is missing is 0, as it is written when it is 0.
    init(_ json: JSONSlice?) {
        subscriptions = json?["subs"]?.integer ?? 0
        data = json?["data"]?.integer ?? 0
        payload = json?["payload"]?.integer ?? 0
    }
}
