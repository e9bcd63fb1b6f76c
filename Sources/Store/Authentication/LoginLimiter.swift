/// Counts failed logins by user and by address, and says who has to wait.
struct LoginLimiter {
    /// Who fails: a user's name, or the address that tries.
    enum Subject: Hashable {
        case user(String)
        case address(String)
    }

    private let limits: LoginLimits
    private var failures: [Subject: (count: Int, since: Int64)] = [:]

    init(_ limits: LoginLimits) {
        self.limits = limits
    }

    /// How many subjects are remembered.
    var count: Int { failures.count }

    /// How many seconds one of these has to wait before another attempt is looked at; nil for none.
    func wait(_ subjects: [Subject], at now: Int64) -> Int64? {
        subjects.compactMap { subject in
            guard let failed = failures[subject], failed.count >= limits.count else { return nil }
            let end = failed.since + limits.window
            return end > now ? end - now : nil
        }.max()
    }

    /// A wrong password.
    mutating func failed(_ subjects: [Subject], at now: Int64) {
        for subject in subjects {
            if let known = failures[subject], known.since + limits.window > now {
                failures[subject] = (known.count + 1, known.since)
            } else {
                makeRoom(at: now)
                failures[subject] = (1, now)
            }
        }
    }

    /// The right password: a user's earlier slips do not count. Those of the address do, which may try other users'.
    mutating func succeeded(_ user: String) { failures[.user(user)] = nil }

    private mutating func makeRoom(at now: Int64) {
        guard failures.count >= limits.remembered else { return }
        failures = failures.filter { $0.value.since + limits.window > now }
        guard failures.count >= limits.remembered else { return }
        let oldest = failures.sorted { $0.value.since < $1.value.since }.prefix(
            max(1, limits.remembered / 10)
        )
        for (subject, _) in oldest { failures[subject] = nil }
    }
}
