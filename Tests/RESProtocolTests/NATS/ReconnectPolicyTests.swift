import Testing

@testable import RESProtocol

@Suite("When to connect again")
struct ReconnectPolicyTests {
    @Test("pauses double up to the ceiling, and their random half spreads them")
    func backoff() {
        var policy = ReconnectPolicy()
        policy.connected(at: .zero)
        var pauses = [policy.connectionLost(at: .seconds(100), random: 0)]
        for _ in 0..<8 { pauses.append(policy.attemptFailed(isRefusal: false, random: 0)) }
        #expect(
            pauses == [25, 50, 100, 200, 400, 800, 1000, 1000, 1000].map { .retry(after: .milliseconds($0)) }
        )
        #expect(policy.attemptFailed(isRefusal: false, random: 0.5) == .retry(after: .milliseconds(1500)))
    }

    @Test("attempts never end and never wait longer than the ceiling")
    func forever() {
        var policy = ReconnectPolicy()
        for _ in 0..<1000 {
            guard case .retry(let pause) = policy.attemptFailed(isRefusal: false, random: 0.999) else {
                Issue.record("gave up")
                return
            }
            #expect(pause <= .seconds(2))
        }
    }

    @Test("a connection that stood long starts anew, one that broke at once goes on waiting longer")
    func flapping() {
        var policy = ReconnectPolicy()
        policy.connected(at: .zero)
        for _ in 0..<6 { _ = policy.attemptFailed(isRefusal: false, random: 0) }
        policy.connected(at: .seconds(10))
        #expect(policy.connectionLost(at: .seconds(11), random: 0) == .retry(after: .seconds(1)))
        policy.connected(at: .seconds(20))
        #expect(policy.connectionLost(at: .seconds(22), random: 0) == .retry(after: .milliseconds(25)))
    }

    @Test("refused credentials end it at once when there never was a connection")
    func refusedFirst() {
        var policy = ReconnectPolicy()
        #expect(policy.attemptFailed(isRefusal: true, random: 0) == .giveUp)
    }

    @Test("refused credentials end it the second time in a row when there was one")
    func refusedLater() {
        var policy = ReconnectPolicy()
        policy.connected(at: .zero)
        #expect(policy.attemptFailed(isRefusal: true, random: 0) != .giveUp)
        #expect(policy.attemptFailed(isRefusal: false, random: 0) != .giveUp)
        #expect(policy.attemptFailed(isRefusal: true, random: 0) != .giveUp)
        #expect(policy.attemptFailed(isRefusal: true, random: 0) == .giveUp)
    }
}
