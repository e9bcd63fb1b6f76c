/// The subscriptions whose only wildcard is a `*` as the last token, as in `event.library.books.7.*`, by what stands before it.
///
/// Gateways make one for each resource and each connection. In a trie each would take two nodes and a walk over all its tokens.
struct LastTokenTable {
    private var entries = ByteTable<Entry>()
    private let seed: UInt64

    init(seed: UInt64) {
        self.seed = seed
    }

    /// Whether there is no subscription.
    var isEmpty: Bool { entries.isEmpty }

    /// Whether a valid pattern is one of this form.
    static func takes(_ pattern: borrowing Span<UInt8>) -> Bool {
        let count = pattern.count
        guard count > 2, pattern[count - 1] == UInt8(ascii: "*"), pattern[count - 2] == UInt8(ascii: ".")
        else { return false }
        return !SubjectRules.hasWildcard(pattern.extracting(0..<count - 2))
    }

    /// Adds a subscription with a pattern of this form.
    mutating func insert(_ subscription: Subscription) {
        let pattern = subscription.pattern
        let prefix = pattern.span.extracting(0..<pattern.count - 2)
        let hash = prefix.hash(seed: seed)
        if let entry = entries.element(named: prefix, hash: hash) {
            entry.subscribers.insert(subscription)
        } else {
            let entry = Entry(key: prefix.copied, hash: hash)
            entry.subscribers.insert(subscription)
            entries.insert(entry)
        }
    }

    /// Takes a subscription out that was inserted.
    mutating func remove(_ subscription: Subscription) {
        let pattern = subscription.pattern
        let prefix = pattern.span.extracting(0..<pattern.count - 2)
        guard let entry = entries.element(named: prefix, hash: prefix.hash(seed: seed)) else { return }
        entry.subscribers.remove(subscription)
        if entry.subscribers.isEmpty { entries.remove(entry) }
    }

    /// Adds to a result everyone whose pattern matches a subject.
    ///
    /// - Complexity: O(*n*) in the subject's length.
    func match(_ subject: borrowing Span<UInt8>, into result: inout MatchResult) {
        guard !entries.isEmpty else { return }
        var dot = subject.count - 1
        // An empty last token matches nothing, and neither does a single one.
        guard dot >= 0, subject[dot] != UInt8(ascii: ".") else { return }
        while dot > 0, subject[dot] != UInt8(ascii: ".") { dot -= 1 }
        guard dot > 0 else { return }
        let prefix = subject.extracting(0..<dot)
        if let entry = entries.element(named: prefix, hash: prefix.hash(seed: seed)) {
            result.add(entry.subscribers)
        }
    }

    /// Calls for every subscription, in no order.
    func forEach(_ body: (Subscription) -> Void) {
        for entry in entries.elements { entry.subscribers.forEach(body) }
    }

    /// What stands before the last token, and who subscribes to it with any last token.
    private final class Entry: ByteKeyed {
        let key: [UInt8]
        let keyHash: UInt64
        var subscribers = SubscriberSet()

        init(key: [UInt8], hash: UInt64) {
            self.key = key
            keyHash = hash
        }
    }
}
