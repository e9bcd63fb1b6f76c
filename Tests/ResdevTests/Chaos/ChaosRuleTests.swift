import Testing

@testable import resdev

@Suite("Rules of chaos")
struct ChaosRuleTests {
    @Test(
        "a rule is read, and written the same way",
        arguments: [
            ("latency=200ms", "client latency=200ms"),
            ("http latency=200ms±50", "http latency=200ms±50ms"),
            ("ws library.books.> errors=5% drops=0.01", "ws library.books.> errors=5% drops=1%"),
            ("service library.> timeouts=2.5%", "service library.> timeouts=2.5%"),
            ("client stall=2s", "client stall=2000ms"),
            ("ws connection=abc latency=1.5s+-200ms", "ws connection=abc latency=1500ms±200ms"),
        ]
    )
    func reading(text: String, written: String) throws {
        #expect("\(try ChaosRule(parsing: text))" == written)
        #expect("\(try ChaosRule(parsing: written))" == written)
    }

    @Test(
        "what is wrong is named",
        arguments: [
            ("", "does nothing"), ("client", "does nothing"), ("errors=0", "does nothing"),
            ("errors=101%", "not between 0 and 100%"), ("errors=-1", "not between"), ("errors=x", "no share"),
            ("latency=x", "no latency"), ("latency=1ms±y", "no duration"), ("latency=2m", "no latency"),
            ("latency=61s", "longer than a minute"), ("latency=40s±40s", "longer than a minute"),
            ("a..b errors=1%", "no pattern"), ("speed=1", "none of latency, errors"),
            ("latency=nan", "no latency"), ("latency=1e300", "no latency"), ("errors=inf", "no share"),
        ]
    )
    func refusing(text: String, problem: String) {
        let error = #expect(throws: ChaosError.self) { try ChaosRule(parsing: text) }
        #expect(error?.message.contains(problem) == true, "\(error?.message ?? "")")
    }

    @Test("a rule for clients is one for HTTP and WebSocket, not for services")
    func roles() throws {
        let rule = try ChaosRule(parsing: "client library.*.1 errors=1%")
        #expect(rule.matches(.http, "library.books.1", connection: ""))
        #expect(rule.matches(.ws, "library.books.1", connection: "a"))
        #expect(!rule.matches(.service, "library.books.1", connection: ""))
        #expect(!rule.matches(.http, "library.books.2", connection: ""))
        let own = try ChaosRule(parsing: "ws connection=a errors=1%")
        #expect(own.matches(.ws, "x", connection: "a") && !own.matches(.ws, "x", connection: "b"))
    }
}

@Suite("Chance")
struct ChaosPlanTests {
    private func plan(_ rules: String..., seed: UInt64 = 7) throws -> ChaosPlan {
        ChaosPlan(try rules.map { try ChaosRule(parsing: $0) }, seed: seed)
    }

    @Test("the n-th request of a kind meets the same fate with the same seed, whatever comes between")
    func repeatable() throws {
        var alone = try plan("latency=200ms±100ms errors=30%")
        var busy = try plan("latency=200ms±100ms errors=30%")
        for _ in 0..<200 {
            _ = busy.fate(of: .http, "other", method: "GET")
            #expect(alone.fate(of: .http, "a.b", method: "GET") == busy.fate(of: .http, "a.b", method: "GET"))
        }
    }

    @Test("another seed is another run")
    func seeds() throws {
        var first = try plan("errors=50%", seed: 1)
        var second = try plan("errors=50%", seed: 2)
        let fates = (0..<64).map { _ in
            (first.fate(of: .ws, "a", method: "get"), second.fate(of: .ws, "a", method: "get"))
        }
        #expect(fates.contains { $0.0 != $0.1 })
    }

    @Test("shares are met, and delays lie within their spread")
    func shares() throws {
        var plan = try plan("latency=200ms±50ms errors=25%")
        let fates = (0..<4000).map { _ in plan.fate(of: .http, "a", method: "GET") }
        #expect(900...1100 ~= fates.count { $0.end == .refuse })
        #expect(fates.allSatisfy { 150_000...250_000 ~= $0.delay })
        #expect(fates.contains { $0.delay < 160_000 } && fates.contains { $0.delay > 240_000 })
    }

    @Test("0 never happens and 100% always does; the first end counts, delays add up")
    func extremes() throws {
        var plan = try plan("drops=100%", "errors=100% latency=1ms", "latency=2ms", "service timeouts=100%")
        for _ in 0..<50 {
            #expect(plan.fate(of: .http, "a", method: "GET") == .init(delay: 3000, end: .drop))
            #expect(plan.fate(of: .service, "a", method: "get") == .init(delay: 0, end: .timeout))
        }
        var none = ChaosPlan(seed: 1)
        #expect(none.fate(of: .http, "a", method: "GET") == .init())
    }

    @Test("more kinds of request than are told apart share one count")
    func limit() throws {
        var dice = ChaosDice(seed: 1)
        for kind in 0...ChaosDice.maximumKinds + 5 {
            var chance = dice.next("\(kind)")
            #expect(0..<1 ~= chance.next())
        }
    }
}
