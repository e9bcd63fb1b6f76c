/// A set of patterns, and whether a subject is one that they stand for.
struct SubjectSet: Hashable, Sendable {
    /// A pattern, and the queue groups it is about; nil for subscriptions without one.
    private struct Entry: Hashable {
        let pattern: [UInt8]
        let queue: String?
    }

    private var literals: [[UInt8]: [String?]] = [:]
    private var wildcards: [Entry] = []

    /// - Parameter texts: patterns, each with a queue name behind a blank where it is about that queue group alone.
    init(_ texts: [String]) {
        for text in texts {
            let parts = text.split(separator: " ")
            guard let first = parts.first else { continue }
            let pattern = Array(first.utf8)
            let queue = parts.count > 1 ? String(parts[1]) : nil
            if SubjectRules.hasWildcard(pattern.span) {
                wildcards.append(Entry(pattern: pattern, queue: queue))
            } else {
                literals[pattern, default: []].append(queue)
            }
        }
    }

    /// Whether any pattern matches, and which queue groups those are about that match.
    struct Match: Equatable {
        /// Whether one matches that is about no queue group.
        var isPlain = false
        /// The queue groups, which may be patterns of names.
        var queues: [String] = []

        /// Whether nothing matches.
        var isEmpty: Bool { !isPlain && queues.isEmpty }

        /// Whether a queue group is among them.
        func names(queue: String) -> Bool {
            queues.contains { $0 == queue || SubjectOverlap.isSubset(queue, of: $0) }
        }
    }

    /// What matches a subject. A pattern is taken for a subject too: its wildcards are tokens like others.
    ///
    /// - Complexity: O(*n*) in the patterns with wildcards.
    func match(_ subject: [UInt8]) -> Match {
        var match = Match()
        guard SubjectRules.hasNoEmptyToken(subject.span) else { return match }
        for queue in literals[subject] ?? [] { match.add(queue) }
        for entry in wildcards where SubjectSet.matches(entry.pattern, subject) { match.add(entry.queue) }
        return match
    }

    private static func matches(_ pattern: [UInt8], _ subject: [UInt8]) -> Bool {
        var (patternStart, subjectStart) = (0, 0)
        while patternStart < pattern.count {
            guard subjectStart < subject.count else { return false }
            let patternEnd = SubjectRules.endOfToken(pattern.span, from: patternStart)
            let subjectEnd = SubjectRules.endOfToken(subject.span, from: subjectStart)
            let token = pattern[patternStart..<patternEnd]
            if token.elementsEqual(CollectionOfOne(UInt8(ascii: ">"))) { return true }
            let isAny = token.elementsEqual(CollectionOfOne(UInt8(ascii: "*")))
            guard isAny || token.elementsEqual(subject[subjectStart..<subjectEnd]) else { return false }
            (patternStart, subjectStart) = (patternEnd + 1, subjectEnd + 1)
        }
        return subjectStart >= subject.count
    }
}

extension SubjectSet.Match {
    fileprivate mutating func add(_ queue: String?) {
        if let queue { queues.append(queue) } else { isPlain = true }
    }
}
