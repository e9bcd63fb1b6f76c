import NIOCore
import NIOEmbedded
import Testing

@testable import RESProtocol

@Suite("Requests")
struct RequesterTests {
    /// A requester on a scripted bus, and what became of its requests.
    private final class Fixture {
        let bus = ScriptedBus()
        let requester: Requester
        var outcomes: [String] = []

        init() {
            var generator = SystemRandomNumberGenerator()
            requester = Requester(bus: bus, using: &generator)
        }

        @discardableResult
        func ask(_ name: String, payload: String = "{}", timeout: TimeAmount = .seconds(3)) -> Requester.Token
        {
            requester.request("call.test", payload: ByteBuffer(string: payload), timeout: timeout) {
                [weak self] outcome in
                self?.outcomes.append("\(name) \(describe(outcome))")
            }
        }
    }

    @Test("a reply subject has the length of other clients' inboxes and matches the one subscription")
    func inbox() throws {
        let fixture = Fixture()
        fixture.ask("a")
        fixture.ask("b")
        let replies = fixture.bus.published.compactMap(\.reply?.text)
        #expect(fixture.bus.patterns.count == 1)
        let pattern = try #require(SubjectPattern(fixture.bus.patterns[0]))
        #expect(replies.allSatisfy { $0.utf8.count == 29 && $0.hasPrefix("_INBOX.") && pattern.matches($0) })
        #expect(Set(replies).count == 2)
        #expect(fixture.requester.replyLength == 29)
    }

    @Test("answers reach their own request, in any order, once")
    func answers() {
        let fixture = Fixture()
        fixture.ask("a")
        fixture.ask("b")
        fixture.bus.answer(1, "{\"result\":1}")
        fixture.bus.answer(0, "")
        fixture.bus.answer(0, "{\"result\":2}")
        #expect(fixture.outcomes == ["b answer {\"result\":1}", "a answer "])
        #expect(fixture.requester.pendingCount == 0)
    }

    @Test("status 503 without a body means that nobody listens")
    func noResponders() {
        let fixture = Fixture()
        fixture.ask("a")
        fixture.bus.answer(0, headers: MessageHeaders(status: 503), "")
        #expect(fixture.outcomes == ["a noResponders"])
    }

    @Test("a request without an answer times out at its deadline")
    func timeouts() {
        let fixture = Fixture()
        fixture.ask("a", timeout: .seconds(3))
        fixture.ask("b", timeout: .seconds(1))
        fixture.bus.loop.advanceTime(by: .milliseconds(999))
        #expect(fixture.outcomes == [])
        fixture.bus.loop.advanceTime(by: .milliseconds(1))
        #expect(fixture.outcomes == ["b timedOut"])
        fixture.bus.loop.advanceTime(by: .seconds(2))
        #expect(fixture.outcomes == ["b timedOut", "a timedOut"])
        fixture.bus.answer(0, "late")
        #expect(fixture.outcomes.count == 2)
    }

    @Test("a pre-response moves the deadline, to later or sooner, from its arrival on")
    func preResponses() {
        let fixture = Fixture()
        fixture.ask("a", timeout: .seconds(3))
        fixture.ask("b", timeout: .seconds(3))
        fixture.bus.loop.advanceTime(by: .seconds(2))
        fixture.bus.answer(0, "timeout:\"5000\"")
        fixture.bus.answer(1, "timeout:\"500\"")
        fixture.bus.loop.advanceTime(by: .milliseconds(500))
        #expect(fixture.outcomes == ["b timedOut"])
        fixture.bus.loop.advanceTime(by: .milliseconds(4499))
        #expect(fixture.outcomes.count == 1)
        fixture.bus.loop.advanceTime(by: .milliseconds(1))
        #expect(fixture.outcomes == ["b timedOut", "a timedOut"])
    }

    @Test("a pre-response that makes no sense is passed over, one beyond all measure is cut")
    func oddPreResponses() {
        let fixture = Fixture()
        fixture.ask("a", timeout: .seconds(3))
        fixture.bus.answer(0, "hello")
        fixture.ask("b", timeout: .seconds(3))
        fixture.bus.answer(1, "timeout:\"9223372036854775807\"")
        fixture.ask("c", timeout: .seconds(3))
        fixture.bus.answer(2, "timeout:\"-5\"")
        fixture.bus.loop.advanceTime(by: .seconds(3))
        #expect(fixture.outcomes == ["c timedOut", "a timedOut"])
        fixture.bus.loop.advanceTime(by: Requester.maximumExtension)
        #expect(fixture.outcomes.last == "b timedOut")
    }

    @Test("a request that cannot be sent ends later, not inside the call")
    func refused() {
        let fixture = Fixture()
        fixture.bus.maximumPayload = 3
        fixture.ask("fits", payload: "123")
        fixture.ask("large", payload: "1234")
        fixture.bus.isConnected = false
        fixture.ask("unconnected", payload: "1")
        #expect(fixture.outcomes == [])
        #expect(fixture.bus.published.count == 1)
        fixture.bus.loop.run()
        #expect(fixture.outcomes == ["large tooLarge", "unconnected disconnected"])
    }

    @Test("a lost connection ends all requests in their order")
    func disconnected() {
        let fixture = Fixture()
        for name in ["a", "b", "c"] { fixture.ask(name) }
        fixture.bus.change(to: .disconnected(reason: "test"))
        #expect(fixture.outcomes == ["a disconnected", "b disconnected", "c disconnected"])
        fixture.bus.change(to: .reconnected)
        fixture.ask("d")
        fixture.bus.answer(3, "{}")
        #expect(fixture.outcomes.last == "d answer {}")
    }

    @Test("a cancelled request's closure does not run, not even when it was refused before")
    func cancelled() {
        let fixture = Fixture()
        let first = fixture.ask("a")
        fixture.requester.cancel(first)
        fixture.bus.answer(0, "{}")
        fixture.bus.isConnected = false
        fixture.requester.cancel(fixture.ask("b"))
        fixture.bus.loop.advanceTime(by: .seconds(4))
        #expect(fixture.outcomes == [])
        #expect(fixture.requester.pendingCount == 0)
    }

    @Test("a closure may ask again")
    func reentrant() {
        let fixture = Fixture()
        fixture.requester.request("a", payload: ByteBuffer(), timeout: .seconds(1)) { _ in
            fixture.ask("second", timeout: .seconds(1))
        }
        fixture.bus.loop.advanceTime(by: .seconds(1))
        #expect(fixture.bus.published.count == 2)
        fixture.bus.loop.advanceTime(by: .seconds(1))
        #expect(fixture.outcomes == ["second timedOut"])
    }

    @Test("stopping ends the subscription, what is pending and what is asked later")
    func stop() {
        let fixture = Fixture()
        fixture.ask("a")
        fixture.requester.stop()
        fixture.ask("b")
        fixture.bus.loop.run()
        #expect(fixture.outcomes == ["a disconnected", "b disconnected"])
        #expect(fixture.bus.patterns.isEmpty)
    }
}

private func describe(_ outcome: Requester.Outcome) -> String {
    switch outcome {
    case .answer(let message): "answer \(String(buffer: message.payload))"
    case .noResponders: "noResponders"
    case .timedOut: "timedOut"
    case .disconnected: "disconnected"
    case .tooLarge: "tooLarge"
    }
}
