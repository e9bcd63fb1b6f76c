import RESProtocol

/// All that is to go wrong, and the fate of each request under it. Knows no clock and no connection.
struct ChaosPlan {
    /// How many rules there may be.
    static let maximumRules = 50

    /// What happens to one request.
    struct Fate: Equatable {
        enum End: Equatable {
            case serve, refuse, drop, timeout
        }

        /// Microseconds before anything is done.
        var delay = 0
        var end = End.serve
    }

    private(set) var rules: [ChaosRule] = []
    private var dice: ChaosDice

    init(_ rules: [ChaosRule] = [], seed: UInt64) {
        self.rules = rules
        dice = ChaosDice(seed: seed)
    }

    var seed: UInt64 { dice.seed }

    /// Takes other rules; chance begins anew.
    mutating func replace(_ rules: [ChaosRule], seed: UInt64? = nil) {
        self = ChaosPlan(rules, seed: seed ?? self.seed)
    }

    /// Whether any rule is about the work of some role.
    func concerns(_ roles: ChaosRule.Role...) -> Bool { rules.contains { roles.contains($0.role) } }

    /// The fate of a request: delays add up, and the first rule that ends it otherwise counts.
    mutating func fate(
        of role: ChaosRule.Role,
        _ name: some StringProtocol,
        method: String,
        connection: String = ""
    ) -> Fate {
        var fate = Fate()
        for (index, rule) in rules.enumerated() where rule.matches(role, name, connection: connection) {
            var chance = dice.next("\(index) \(role.rawValue) \(method) \(name)")
            let position = chance.next()
            if let latency = rule.latency { fate.delay += latency.delay(at: position) }
            let ends = [
                (rule.errorRate, Fate.End.refuse), (rule.dropRate, .drop), (rule.timeoutRate, .timeout),
            ]
            for (rate, end) in ends where chance.next() < rate && fate.end == .serve { fate.end = end }
        }
        return fate
    }

    /// The longest stall that WebSocket clients have by the rules, in milliseconds.
    func stall(of connection: String) -> Int {
        rules.filter { ($0.role == .client || $0.role == .ws) && ($0.connection ?? connection) == connection }
            .map(\.stall).max() ?? 0
    }
}
