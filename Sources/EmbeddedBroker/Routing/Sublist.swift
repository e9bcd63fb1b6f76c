/// All subscriptions of one account, and who of them gets a message on a subject.
///
/// Subscriptions to one subject stand in a hash table under it, those with a wildcard for the last token alone in another,
/// and those with other wildcards in a trie. Who matches a subject
/// is remembered with it until that can have changed. A subject nobody subscribes to by name is remembered only when
/// it comes up again, so that subjects used once, like reply inboxes, do not push out the others.
struct Sublist {
    /// How much is remembered of subjects that nobody subscribes to by name.
    struct Limits {
        /// How many of them.
        var rememberedSubjects = 32_768
        /// Longer ones are never remembered.
        var rememberedLength = 256
    }

    private let limits: Limits
    private let seed: UInt64
    private var subjects = ByteTable<SubjectEntry>()
    private var patterns: SubjectTrie
    private var lastTokens: LastTokenTable
    /// Rises with every change of the trie, or of that table.
    private var patternVersion: UInt64 = 1
    /// Entries of `subjects` without subscriptions of their own.
    private var remembered = 0
    /// Hashes of subjects that came up and were not remembered, each at the place it falls on.
    /// Empty as long as no pattern has made it of use, since there may be thousands of accounts.
    private var seenOnce = ContiguousArray<UInt64>()
    /// How many subscriptions there are.
    private(set) var count = 0
    /// How many there have been.
    private var inserted: UInt64 = 0

    /// - Parameter seed: what nobody else can know, so that nobody can choose subjects that collide.
    init(seed: UInt64, limits: Limits = Limits()) {
        self.seed = seed
        self.limits = limits
        patterns = SubjectTrie(seed: seed)
        lastTokens = LastTokenTable(seed: seed)
    }

    /// Adds a subscription, whose pattern is valid.
    mutating func insert(_ subscription: Subscription) {
        count += 1
        inserted += 1
        let key = subscription.pattern
        guard !subscription.hasWildcard else {
            if LastTokenTable.takes(key.span) {
                lastTokens.insert(subscription)
            } else {
                patterns.insert(subscription)
            }
            patternVersion += 1
            return
        }
        let hash = key.span.hash(seed: seed)
        if let entry = subjects.element(named: key.span, hash: hash) {
            if entry.subscribers.isEmpty { remembered -= 1 }
            entry.insert(subscription)
        } else {
            let entry = SubjectEntry(key: key, hash: hash)
            entry.insert(subscription)
            subjects.insert(entry)
        }
    }

    /// Takes a subscription out that was inserted.
    mutating func remove(_ subscription: Subscription) {
        count -= 1
        let key = subscription.pattern
        guard !subscription.hasWildcard else {
            if LastTokenTable.takes(key.span) {
                lastTokens.remove(subscription)
            } else {
                patterns.remove(subscription)
            }
            patternVersion += 1
            return
        }
        let hash = key.span.hash(seed: seed)
        guard let entry = subjects.element(named: key.span, hash: hash) else { return }
        entry.remove(subscription)
        if entry.subscribers.isEmpty { subjects.remove(entry) }
    }

    /// Who gets a message on a subject.
    ///
    /// - Complexity: O(*n*) in the subject's length when it is known, else as `SubjectTrie.match`.
    @inline(__always)
    mutating func match(_ subject: borrowing Span<UInt8>) -> MatchResult {
        let hash = subject.hash(seed: seed)
        if let entry = subjects.element(named: subject, hash: hash) {
            if entry.version != patternVersion { refresh(entry) }
            return entry.result
        }
        return matchUnknown(subject, hash: hash)
    }

    /// Whether anyone gets a message on a subject.
    func hasInterest(in subject: borrowing Span<UInt8>) -> Bool {
        if let entry = subjects.element(named: subject, hash: subject.hash(seed: seed)),
            !entry.subscribers.isEmpty
        {
            return true
        }
        return !matchPatterns(subject).isEmpty
    }

    /// Calls for every subscription, in no order.
    func forEach(_ body: (Subscription) -> Void) {
        for entry in subjects.elements { entry.subscribers.forEach(body) }
        lastTokens.forEach(body)
        patterns.forEach(body)
    }

    /// How large it is, and what it remembers. O(*n*) in the subjects.
    var statistics: SublistStatistics {
        var statistics = SublistStatistics()
        statistics.subscriptions = count
        statistics.inserted = inserted
        statistics.removed = inserted - UInt64(count)
        for entry in subjects.elements where entry.version == patternVersion {
            let fanout = entry.result.plain.count + entry.result.groups.count
            statistics.remembered += 1
            statistics.totalFanout += fanout
            statistics.maximumFanout = max(statistics.maximumFanout, fanout)
        }
        return statistics
    }

    private mutating func matchUnknown(_ subject: borrowing Span<UInt8>, hash: UInt64) -> MatchResult {
        guard patterns.count > 0 || !lastTokens.isEmpty else { return MatchResult() }
        if seenOnce.isEmpty { seenOnce = ContiguousArray(repeating: 0, count: 4096) }
        let place = Int(truncatingIfNeeded: hash >> 32) & (seenOnce.count - 1)
        guard seenOnce[place] == hash, subject.count <= limits.rememberedLength else {
            seenOnce[place] = hash
            return matchPatterns(subject)
        }
        if remembered >= limits.rememberedSubjects { forget() }
        let entry = SubjectEntry(key: subject.indices.map { subject[$0] }, hash: hash)
        refresh(entry)
        subjects.insert(entry)
        remembered += 1
        return entry.result
    }

    private func matchPatterns(_ subject: borrowing Span<UInt8>) -> MatchResult {
        var result = MatchResult()
        patterns.match(subject, into: &result)
        lastTokens.match(subject, into: &result)
        return result
    }

    private func refresh(_ entry: SubjectEntry) {
        var result = MatchResult()
        result.add(entry.subscribers)
        let subject = entry.key
        patterns.match(subject.span, into: &result)
        lastTokens.match(subject.span, into: &result)
        entry.remember(result, version: patternVersion)
    }

    /// Drops every subject that nobody subscribes to by name.
    private mutating func forget() {
        var kept = ByteTable<SubjectEntry>()
        for entry in subjects.elements where !entry.subscribers.isEmpty { kept.insert(entry) }
        subjects = kept
        remembered = 0
    }
}

/// One subject, who subscribes to it by name, and who gets a message on it.
private final class SubjectEntry: ByteKeyed {
    let key: [UInt8]
    let keyHash: UInt64
    private(set) var subscribers = SubscriberSet()
    private(set) var result = MatchResult()
    /// The version of the patterns the result was made with; zero when it is out of date.
    private(set) var version: UInt64 = 0

    init(key: [UInt8], hash: UInt64) {
        self.key = key
        keyHash = hash
    }

    func insert(_ subscription: Subscription) {
        invalidate()
        subscribers.insert(subscription)
    }

    func remove(_ subscription: Subscription) {
        invalidate()
        subscribers.remove(subscription)
    }

    func remember(_ result: MatchResult, version: UInt64) {
        self.result = result
        self.version = version
    }

    /// The result goes before the list changes, which it may share storage with.
    private func invalidate() {
        result = MatchResult()
        version = 0
    }
}
