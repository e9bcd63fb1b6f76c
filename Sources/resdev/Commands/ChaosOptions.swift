import ArgumentParser

/// What is to go wrong on purpose, to see how an app takes it.
struct ChaosOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Delay every request of clients, as 200ms or 200ms±50ms.", valueName: "time"))
    var latency: String?

    @Option(help: ArgumentHelp("Answer this share of the requests with an error, as 5%.", valueName: "share"))
    var errorRate: String?

    @Option(
        name: .customLong("drop"),
        help: ArgumentHelp("Cut the connection on this share of the requests.", valueName: "share")
    )
    var dropRate: String?

    @Option(
        help: ArgumentHelp("Let services miss this share of the gateway's requests.", valueName: "share")
    )
    var timeoutRate: String?

    @Option(
        help: ArgumentHelp(
            "Write to WebSocket clients only once in this time, as if they were slow.",
            valueName: "time"
        )
    )
    var stall: String?

    @Option(
        help: ArgumentHelp(
            "Disturb a part: 'service library.books.> latency=1s errors=5%'. May be repeated.",
            discussion:
                "A rule is client, http, ws or service, a pattern of resource names, and any of latency=, "
                + "errors=, drops=, timeouts= and stall=.",
            valueName: "rule"
        )
    )
    var chaos: [String] = []

    @Option(help: ArgumentHelp("Meet the same fates as any run with this seed.", valueName: "number"))
    var seed: UInt64?

    func validate() throws { _ = try plan() }

    /// The rules that the options come down to.
    func plan() throws -> (rules: [ChaosRule], seed: UInt64?) {
        do {
            var client = ChaosRule()
            client.latency = try latency.map { text throws(ChaosError) in try Latency(parsing: text) }
            client.errorRate = try errorRate.map(Share.parse) ?? 0
            client.dropRate = try dropRate.map(Share.parse) ?? 0
            client.stall = min(
                try stall.map { text throws(ChaosError) in try Latency(parsing: text).mean / 1000 } ?? 0,
                ChaosRule.maximumStall
            )
            var service = ChaosRule()
            service.role = .service
            service.timeoutRate = try timeoutRate.map(Share.parse) ?? 0
            let rules =
                [client, service].filter { !$0.isIdle } + (try chaos.map { try ChaosRule(parsing: $0) })
            guard rules.count <= ChaosPlan.maximumRules else {
                throw ChaosError("there are at most \(ChaosPlan.maximumRules) rules")
            }
            return (rules, seed)
        } catch let error as ChaosError {
            throw ValidationError(error.message)
        }
    }
}

/// Who reaches the console and the resources below `$sys`.
enum ConsoleReach: String, CaseIterable, ExpressibleByArgument, Sendable {
    case local, open, off
}
