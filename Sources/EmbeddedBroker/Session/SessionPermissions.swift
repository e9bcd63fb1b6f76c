import struct NIOCore.ByteBuffer

/// What one client may do: its user's rules, what they decided lately, and the answers it may send.
final class SessionPermissions {
    /// How much is remembered.
    enum Limits {
        /// Decisions on subjects.
        static let decisions = 1_024
        /// Reply subjects that may be answered.
        static let replies = 4_096
        /// Longer subjects are decided on each time, in bytes.
        static let subjectLength = 256
    }

    /// What was decided of a subject.
    private final class Decision: ByteKeyed {
        let key: [UInt8]
        let keyHash: UInt64
        let isAllowed: Bool

        init(key: [UInt8], keyHash: UInt64, isAllowed: Bool) {
            self.key = key
            self.keyHash = keyHash
            self.isAllowed = isAllowed
        }
    }

    private struct Reply {
        var sent: Int64
        let since: Moment
    }

    /// The user's rules.
    let rules: PermissionRules
    private let seed: UInt64
    private var publishing = ByteTable<Decision>()
    private var delivering = ByteTable<Decision>()
    private var replies: [[UInt8]: Reply] = [:]
    /// Whether a subscription is wider than what may be delivered.
    private var filtersDeliveries = false

    /// - Parameter seed: what nobody can know, so that nobody can choose subjects that collide.
    init(rules: PermissionRules, seed: UInt64) {
        self.rules = rules
        self.seed = seed
    }

    /// Whether the client may publish to a subject. An answer that it may send counts as sent.
    func mayPublish(to subject: borrowing Span<UInt8>, at now: Moment) -> Bool {
        if isPublishAllowed(subject) { return true }
        guard let responses = rules.responses else { return false }
        let name = subject.copied
        guard var reply = replies[name] else { return false }
        reply.sent += 1
        let isTooMany = responses.maximum > 0 && reply.sent > responses.maximum
        let isTooLate = responses.expires > .zero && now - reply.since > responses.expires
        replies[name] = isTooMany || isTooLate ? nil : reply
        return !isTooMany && !isTooLate
    }

    /// Whether the client may subscribe to a pattern.
    ///
    /// - Parameter queue: the queue group; empty for none.
    func maySubscribe(to pattern: [UInt8], queue: [UInt8]) -> Bool {
        guard rules.allowsSubscribe(to: pattern, queue: String(decoding: queue, as: UTF8.self)) else {
            return false
        }
        if !filtersDeliveries { filtersDeliveries = rules.mustFilter(pattern) }
        return true
    }

    /// Whether a message may be delivered; notes its reply subject, if the client may answer.
    func mayDeliver(_ publication: borrowing Publication, at now: Moment) -> Bool {
        guard filtersDeliveries || rules.responses != nil else { return true }
        let bytes = publication.buffer.readableBytesUInt8Span
        let frame = publication.frame
        if filtersDeliveries {
            let subject = bytes.extracting(frame.subject)
            guard decide(subject, in: &delivering, by: { rules.allowsDelivery(of: $0) }) else { return false }
        }
        if rules.responses != nil, !frame.reply.isEmpty {
            note(reply: bytes.extracting(frame.reply), at: now)
        }
        return true
    }

    private func note(reply: borrowing Span<UInt8>, at now: Moment) {
        guard !isPublishAllowed(reply) else { return }
        if replies.count >= Limits.replies { dropOldReplies(at: now) }
        replies[reply.copied] = Reply(sent: 0, since: now)
    }

    /// Drops what may not be answered any more, and the oldest when that is too little.
    private func dropOldReplies(at now: Moment) {
        if let expires = rules.responses?.expires, expires > .zero {
            replies = replies.filter { now - $0.value.since <= expires }
        }
        guard replies.count >= Limits.replies else { return }
        let kept = replies.sorted { $0.value.since > $1.value.since }.prefix(Limits.replies / 2)
        replies = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0.value) })
    }

    private func isPublishAllowed(_ subject: borrowing Span<UInt8>) -> Bool {
        decide(subject, in: &publishing) { rules.allowsPublish(to: $0) }
    }

    private func decide(
        _ subject: borrowing Span<UInt8>,
        in decisions: inout ByteTable<Decision>,
        by rule: ([UInt8]) -> Bool
    ) -> Bool {
        let hash = subject.hash(seed: seed)
        if let decision = decisions.element(named: subject, hash: hash) { return decision.isAllowed }
        let key = subject.copied
        let isAllowed = rule(key)
        guard key.count <= Limits.subjectLength else { return isAllowed }
        if decisions.count >= Limits.decisions { decisions = ByteTable() }
        decisions.insert(Decision(key: key, keyHash: hash, isAllowed: isAllowed))
        return isAllowed
    }
}
