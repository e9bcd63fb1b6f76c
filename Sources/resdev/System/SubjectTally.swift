import RESProtocol

/// What is published on each subject, who answers, and what nobody hears: counted while somebody looks.
struct SubjectTally {
    /// Subjects that are told apart; what is published on others is counted in `others`.
    static let maximumSubjects = 1000
    /// Requests whose answer is awaited at once.
    static let maximumAwaited = 4096
    /// How long an answer is awaited, in nanoseconds.
    static let answerTime: UInt64 = 5_000_000_000

    struct Entry {
        /// Names the subject among all; no other has had it.
        let number: Int
        var messages: UInt64 = 0
        var bytes: UInt64 = 0
        var requests: UInt64 = 0
        var unheard: UInt64 = 0
        var unanswered: UInt64 = 0
        /// Who answered last, and how long that took, in nanoseconds.
        var answeredBy = ""
        var answerTime: UInt64 = 0
        var publisher = ""
        var rate = Rate()
    }

    private struct Awaited {
        let subject: String
        let since: UInt64
    }

    private(set) var entries: [String: Entry] = [:]
    private(set) var others: UInt64 = 0
    private var awaited: [String: Awaited] = [:]
    private var lastNumber = 0

    /// Counts a message.
    ///
    /// - Parameter isDelivered: whether anyone got it.
    mutating func count(
        _ subject: String,
        reply: String?,
        bytes: Int,
        publisher: String,
        isDelivered: Bool,
        now: UInt64
    ) {
        if let request = awaited.removeValue(forKey: subject) {
            entries[request.subject]?.answeredBy = publisher
            entries[request.subject]?.answerTime = now &- request.since
            return
        }
        // Inboxes are used once: only the answers to what was seen matter.
        if subject.hasPrefix("_INBOX.") { return }
        guard entries[subject] != nil || entries.count < SubjectTally.maximumSubjects else {
            others += 1
            return
        }
        if entries[subject] == nil {
            lastNumber += 1
            entries[subject] = Entry(number: lastNumber)
        }
        entries[subject]?.messages += 1
        entries[subject]?.bytes += UInt64(bytes)
        entries[subject]?.publisher = publisher
        if !isDelivered { entries[subject]?.unheard += 1 }
        guard let reply else { return }
        entries[subject]?.requests += 1
        if !isDelivered {
            entries[subject]?.unanswered += 1
        } else if awaited.count < SubjectTally.maximumAwaited {
            awaited[reply] = Awaited(subject: subject, since: now)
        }
    }

    /// A second has passed: rates are taken, and requests that waited for too long counted.
    mutating func secondPassed(now: UInt64) {
        for (reply, request) in awaited where now &- request.since > SubjectTally.answerTime {
            awaited[reply] = nil
            entries[request.subject]?.unanswered += 1
        }
        for subject in entries.keys {
            guard var entry = entries[subject] else { continue }
            entry.rate.note(entry.messages)
            entries[subject] = entry
        }
    }
}
