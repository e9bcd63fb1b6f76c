/// How often a database file is looked at for other processes' commits.
///
/// A commit is visible shortly after the last write to the file that the kernel reports, so looking is frequent then:
/// every millisecond at first. Otherwise it is slow, and only there for what the kernel does not report.
struct PollPace {
    /// For how long after a write looking is frequent, in nanoseconds.
    static let frequentFor = Instant.milliseconds(50)
    /// For how long it is less so.
    static let attentiveFor = Instant.seconds(2)

    private var lastWrite: Instant?

    /// The kernel reported a write.
    mutating func written(now: Instant) { lastWrite = now }

    /// Milliseconds to sleep at most; -1 for ever.
    func timeout(now: Instant, deadline: Instant?, isWatching: Bool) -> Int32 {
        var timeout: Int32 = -1
        if isWatching {
            let age = lastWrite.map { now - min($0, now) } ?? .max
            timeout = age < PollPace.frequentFor ? 1 : age < PollPace.attentiveFor ? 10 : 250
        }
        guard let deadline else { return timeout }
        let wait = Int32(clamping: (max(deadline, now) - now + 999_999) / 1_000_000)
        return timeout < 0 ? wait : min(timeout, wait)
    }
}
