/// What a user may publish and subscribe to, made ready for checking. All connections of the user share it.
final class PermissionRules: Sendable {
    /// What was said of the user.
    let permissions: SubjectPermissions
    private let publishAllow: SubjectSet?
    private let publishDeny: SubjectSet?
    private let subscribeAllow: SubjectSet?
    private let subscribeDeny: SubjectSet?

    /// - Returns: nil when everything is allowed.
    init?(_ permissions: SubjectPermissions) {
        guard !permissions.isEmpty else { return nil }
        self.permissions = permissions
        let publish = permissions.publish
        // Who may answer, and of whom nothing else is said, may publish answers only.
        let answersOnly = permissions.responses != nil && publish.isEmpty
        publishAllow = publish.allow.isEmpty ? nil : SubjectSet(publish.allow)
        publishDeny = answersOnly ? SubjectSet([">"]) : publish.deny.isEmpty ? nil : SubjectSet(publish.deny)
        let subscribe = permissions.subscribe
        subscribeAllow = subscribe.allow.isEmpty ? nil : SubjectSet(subscribe.allow)
        subscribeDeny = subscribe.deny.isEmpty ? nil : SubjectSet(subscribe.deny)
    }

    /// How many answers may be sent, and for how long; nil when answers count as other messages.
    var responses: SubjectPermissions.Responses? { permissions.responses }

    /// Whether a subject may be published to.
    func allowsPublish(to subject: [UInt8]) -> Bool {
        if let publishAllow, publishAllow.match(subject).isEmpty { return false }
        if let publishDeny, !publishDeny.match(subject).isEmpty { return false }
        return true
    }

    /// Whether a pattern may be subscribed to; one that is wider than what is denied may.
    ///
    /// - Parameter queue: the queue group; empty for none.
    func allowsSubscribe(to pattern: [UInt8], queue: String) -> Bool {
        if let subscribeAllow {
            let match = subscribeAllow.match(pattern)
            let isNamed = !queue.isEmpty && !match.queues.isEmpty
            guard isNamed ? match.names(queue: queue) : match.isPlain else { return false }
        }
        if let subscribeDeny {
            let match = subscribeDeny.match(pattern)
            let isNamed = !queue.isEmpty && !match.queues.isEmpty
            guard isNamed ? !match.names(queue: queue) : !match.isPlain else { return false }
        }
        return true
    }

    /// Whether not every message that matches a pattern may be delivered.
    func mustFilter(_ pattern: [UInt8]) -> Bool {
        let text = String(decoding: pattern, as: UTF8.self)
        let subscribe = permissions.subscribe
        let isDenied = subscribe.deny.contains { !$0.contains(" ") && SubjectOverlap.collide($0, text) }
        guard !isDenied else { return true }
        let allowed = subscribe.allow.map { $0.prefix { $0 != " " } }
        return !allowed.isEmpty && !allowed.contains { SubjectOverlap.isSubset(text, of: $0) }
    }

    /// Whether a message on a subject may be delivered.
    func allowsDelivery(of subject: [UInt8]) -> Bool {
        if let subscribeAllow, subscribeAllow.match(subject).isEmpty { return false }
        if let subscribeDeny, subscribeDeny.match(subject).isPlain { return false }
        return true
    }
}
