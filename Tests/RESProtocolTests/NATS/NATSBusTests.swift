import NIOCore
import Testing

@testable import RESProtocol

@Suite(
    "The client bus with a real nats-server",
    .enabled(if: NATSServerProcess.binary != nil, Comment(rawValue: NATSServerProcess.whySkipped)),
    .timeLimit(.minutes(1))
)
struct NATSBusTests {
    @Test("messages arrive in order at plain and wildcard subscriptions, with subject, reply and headers")
    func publish() async throws {
        let server = try NATSServerProcess()
        let bus = try await BusUnderTest.connect(server.url)
        let plain = try await bus.subscribe(to: "a.b")
        let star = try await bus.subscribe(to: "a.*")
        let tail = try await bus.subscribe(to: "a.>")
        try await bus.publish("a.b", reply: "r.1", headers: MessageHeaders(fields: [("K", "v")]), "one")
        try await bus.publish("a.c.d", "other")
        try await bus.publish("a.b", "")
        for messages in [await plain.first(2), await star.first(2)] {
            #expect(messages.map { String(buffer: $0.payload) } == ["one", ""])
            #expect(messages[0].subject == "a.b")
            #expect(messages[0].reply == "r.1")
            #expect(messages[0].headers?["K"] == ["v"])
            #expect(messages[1].reply == nil && messages[1].headers == nil)
        }
        #expect(await tail.first(3).map(\.subject.text) == ["a.b", "a.c.d", "a.b"])
        try await bus.close()
    }

    @Test("the members of a queue group share what a plain subscription gets whole")
    func queue() async throws {
        let server = try NATSServerProcess()
        let bus = try await BusUnderTest.connect(server.url)
        let counts = try await bus.on { bus in
            let counts = Counts()
            for member in 0..<2 {
                _ = bus.subscribe(to: "q", queue: "g") { _ in counts.members[member] += 1 }
            }
            _ = bus.subscribe(to: "q") { _ in counts.plain += 1 }
            for _ in 0..<200 { bus.publish("q", payload: ByteBuffer()) }
            return NIOLoopBound(counts, eventLoop: bus.eventLoop)
        }
        try await bus.flush()
        let (members, plain) = try await bus.on { _ in (counts.value.members, counts.value.plain) }
        #expect(plain == 200)
        #expect(members.reduce(0, +) == 200 && members.allSatisfy { $0 > 0 })
        try await bus.close()
    }

    private final class Counts {
        var members = [0, 0]
        var plain = 0
    }

    @Test("requests are answered, extended, or find nobody")
    func requests() async throws {
        let server = try NATSServerProcess()
        let service = try await BusUnderTest.connect(server.url)
        let client = try await BusUnderTest.connect(server.url)
        _ = try await service.on { bus in
            _ = bus.subscribe(to: "call.test.*") { message in
                guard let reply = message.reply else { return }
                if message.subject == "call.test.slow" {
                    bus.publish(reply, payload: ByteBuffer(string: "timeout:\"30000\""))
                }
                if message.subject == "call.test.silent" { return }
                bus.publish(reply, payload: message.payload)
            }
        }
        try await service.flush()
        let requester = try await client.on { bus in
            var generator = SystemRandomNumberGenerator()
            return NIOLoopBound(Requester(bus: bus, using: &generator), eventLoop: bus.eventLoop)
        }
        let (outcomes, sink) = AsyncStream.makeStream(of: String.self)
        try await client.on { _ in
            for (subject, payload) in [
                ("call.test.fast", "1"), ("call.test.slow", "2"), ("call.nobody", "3"),
            ] {
                _ = requester.value.request(
                    Subject(unchecked: subject),
                    payload: ByteBuffer(string: payload),
                    timeout: .seconds(20)
                ) { outcome in
                    switch outcome {
                    case .answer(let message): sink.yield("\(subject) \(String(buffer: message.payload))")
                    default: sink.yield("\(subject) \(outcome)")
                    }
                }
            }
        }
        let told = Set(await outcomes.first(3))
        #expect(told == ["call.test.fast 1", "call.test.slow 2", "call.nobody noResponders"])
        try await client.on { _ in
            _ = requester.value.request("call.test.silent", payload: ByteBuffer(), timeout: .milliseconds(1))
            {
                sink.yield("\($0)")
            }
        }
        #expect(await outcomes.first(1) == ["timedOut"])
        try await service.close()
        try await client.close()
    }

    @Test("a payload of the largest size arrives whole, one byte more is not taken")
    func largePayload() async throws {
        let server = try NATSServerProcess()
        let bus = try await BusUnderTest.connect(server.url)
        let messages = try await bus.subscribe(to: "large")
        let pattern: [UInt8] = (0..<1_048_576).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let taken = try await bus.on { bus in
            (
                bus.maximumPayload, bus.publish("large", payload: ByteBuffer(bytes: pattern)),
                bus.publish("large", payload: ByteBuffer(bytes: pattern + [0])),
                bus.publish("large", payload: ByteBuffer(bytes: pattern))
            )
        }
        #expect(taken == (1_048_576, true, false, true))
        for message in await messages.first(2) {
            #expect(message.payload.readableBytesView.elementsEqual(pattern))
        }
        try await bus.close()
    }

    @Test("a line that the server would not take is not sent, and the connection stays")
    func longSubject() async throws {
        let server = try NATSServerProcess()
        let bus = try await BusUnderTest.connect(server.url)
        let longest = Subject(unchecked: String(repeating: "x", count: 4096 - " 0".utf8.count))
        let longer = Subject(unchecked: longest.text + "x")
        let messages = try await bus.subscribe(to: ">")
        let taken = try await bus.on { bus in
            _ = bus.subscribe(to: SubjectPattern(Subject(unchecked: longer.text + "xx"))) { _ in }
            return (bus.publish(longer, payload: ByteBuffer()), bus.publish(longest, payload: ByteBuffer()))
        }
        #expect(taken == (false, true))
        #expect(await messages.first(1).first?.subject == longest)
        try await bus.flush()
        try await bus.close()
    }

    @Test("an ended subscription gets nothing more, not even what has arrived")
    func unsubscribe() async throws {
        let server = try NATSServerProcess()
        let bus = try await BusUnderTest.connect(server.url)
        let received = try await bus.on { bus in
            let received = Counts()
            var subscriptions: [BusSubscription] = []
            for index in 0..<2 {
                subscriptions.append(
                    bus.subscribe(to: "a") { _ in
                        received.members[index] += 1
                        for subscription in subscriptions { bus.unsubscribe(subscription) }
                    }
                )
            }
            for _ in 0..<50 { bus.publish("a", payload: ByteBuffer()) }
            return NIOLoopBound(received, eventLoop: bus.eventLoop)
        }
        try await bus.flush()
        #expect(try await bus.on { _ in received.value.members.reduce(0, +) } == 1)
        try await bus.close()
    }

    @Test("after a close nothing is taken, and a flush fails")
    func close() async throws {
        let server = try NATSServerProcess()
        let bus = try await BusUnderTest.connect(server.url)
        let other = try await BusUnderTest.connect(server.url)
        let messages = try await other.subscribe(to: "last")
        try await bus.publish("last", "words")
        try await bus.close()
        #expect(await messages.first(1).map { String(buffer: $0.payload) } == ["words"])
        #expect(try await bus.on { $0.publish("a", payload: ByteBuffer()) } == false)
        await #expect(throws: NATSError.self) { try await bus.flush() }
        try await bus.close()
        try await other.close()
    }
}
