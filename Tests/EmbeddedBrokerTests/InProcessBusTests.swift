import NIOCore
import NIOEmbedded
import RESProtocol
import Testing

@testable import EmbeddedBroker

@Suite("in-process bus")
struct InProcessBusTests {
    private let loop = EmbeddedEventLoop()
    private let harness = SessionHarness()

    private func makeBus(maximumPayload: Int = 1_000) -> InProcessBus {
        InProcessBus(router: harness.router, maximumPayload: maximumPayload, eventLoop: loop)
    }

    /// Collects what closures are given.
    private final class Inbox {
        var messages: [Message] = []
        var texts: [String] { messages.map { "\($0.subject) \(String(buffer: $0.payload))" } }
    }

    @Test("messages arrive in order, but not inside the call that publishes them")
    func order() {
        let bus = makeBus()
        let inbox = Inbox()
        _ = bus.subscribe(to: "a.*") { inbox.messages.append($0) }
        for number in 1...3 { bus.publish("a.b", payload: ByteBuffer(string: "\(number)")) }
        #expect(inbox.texts == [])
        loop.run()
        #expect(inbox.texts == ["a.b 1", "a.b 2", "a.b 3"])
    }

    @Test("after unsubscribe nothing arrives, not even what was published before")
    func unsubscribe() {
        let bus = makeBus()
        let inbox = Inbox()
        let first = bus.subscribe(to: "a") { inbox.messages.append($0) }
        _ = bus.subscribe(to: "b") { message in
            inbox.messages.append(message)
            bus.unsubscribe(first)
        }
        bus.publish("b", payload: ByteBuffer())
        bus.publish("a", payload: ByteBuffer())
        loop.run()
        #expect(inbox.texts == ["b "])
        #expect(harness.router.subscriptionCount == 1)
    }

    @Test("a request that nobody subscribes to is answered with status 503")
    func noResponders() {
        let bus = makeBus()
        let inbox = Inbox()
        _ = bus.subscribe(to: "in.1") { inbox.messages.append($0) }
        bus.publish("nobody", reply: "in.1", payload: ByteBuffer(string: "x"))
        loop.run()
        #expect(inbox.messages.count == 1)
        #expect(inbox.messages.first?.isNoResponders == true)
        #expect(inbox.messages.first?.headers?["Nats-Subject"] == ["nobody"])
    }

    @Test("messages cross between this process and connections both ways, headers and all")
    func connections() {
        let bus = makeBus()
        let inbox = Inbox()
        let client = harness.client(connect: #"{"verbose":false,"headers":true}"#)
        client.send("SUB out 1\r\n")
        _ = bus.subscribe(to: "in.>") { inbox.messages.append($0) }
        client.send("HPUB in.x back 18 20\r\nNATS/1.0\r\nA: b\r\n\r\nhi\r\nPUB in.y 2\r\nho\r\n")
        loop.run()
        #expect(inbox.texts == ["in.x hi", "in.y ho"])
        #expect(inbox.messages.first?.reply == "back")
        #expect(inbox.messages.first?.headers?["A"] == ["b"])
        let headers = MessageHeaders(fields: [(name: "C", value: "d")])
        bus.publish(Message(subject: "out", reply: "r", headers: headers, payload: ByteBuffer(string: "yo")))
        bus.publish("out", payload: ByteBuffer(string: "1"))
        #expect(client.take() == "HMSG out 1 r 18 20\r\nNATS/1.0\r\nC: d\r\n\r\nyo\r\nMSG out 1 1\r\n1\r\n")
    }

    @Test("members of a queue group share, wherever they are")
    func queueGroups() {
        let bus = makeBus()
        let inbox = Inbox()
        let client = harness.client()
        client.send("SUB job q 1\r\n")
        _ = bus.subscribe(to: "job", queue: "q") { inbox.messages.append($0) }
        for _ in 0..<100 { bus.publish("job", payload: ByteBuffer()) }
        loop.run()
        let elsewhere = client.take().split(separator: "MSG").count
        #expect(inbox.messages.count + elsewhere == 100)
        #expect(inbox.messages.count > 20 && elsewhere > 20)
    }

    @Test("the payload limit holds at the limit and one above, headers included")
    func payloadLimit() {
        let bus = makeBus(maximumPayload: 20)
        let headers = MessageHeaders(fields: [])
        #expect(headers.block.readableBytes == 12)
        #expect(bus.publish("a", payload: ByteBuffer(repeating: 0x78, count: 20)))
        #expect(!bus.publish("a", payload: ByteBuffer(repeating: 0x78, count: 21)))
        let fitting = Message(subject: "a", headers: headers, payload: ByteBuffer(repeating: 0x78, count: 8))
        #expect(bus.publish(fitting))
        let tooLarge = Message(subject: "a", headers: headers, payload: ByteBuffer(repeating: 0x78, count: 9))
        #expect(!bus.publish(tooLarge))
    }

    @Test("more messages than one turn takes all arrive, and flush waits for them")
    func manyMessages() {
        let bus = makeBus()
        let inbox = Inbox()
        var isFlushed = false
        _ = bus.subscribe(to: "a") { inbox.messages.append($0) }
        for _ in 0..<2_000 { bus.publish("a", payload: ByteBuffer()) }
        bus.flush().assumeIsolated().whenSuccess { isFlushed = inbox.messages.count == 2_000 }
        #expect(!isFlushed)
        loop.run()
        #expect(isFlushed && inbox.messages.count == 2_000)
    }

    @Test("a publisher outside is slowed while more waits in this process than should")
    func pressure() {
        let bus = makeBus()
        _ = bus.subscribe(to: "a") { _ in }
        let client = harness.client()
        let batch = String(repeating: "PUB a 0\r\n\r\n", count: 1_000)
        for _ in 0..<16 { client.send(batch) }
        #expect(client.session.pressedReceiver == nil)
        client.send(batch)
        let pressed = client.session.pressedReceiver
        #expect(pressed?.isUnderPressure == true)
        pressed?.addWaiting(client.session)
        loop.run()
        #expect(pressed?.isUnderPressure == false)
        #expect(client.resumptions == 1)
    }

    @Test("a closed bus publishes nothing and has no subscriptions")
    func close() {
        let bus = makeBus()
        let inbox = Inbox()
        _ = bus.subscribe(to: "a") { inbox.messages.append($0) }
        bus.publish("a", payload: ByteBuffer())
        var isClosed = false
        bus.close().assumeIsolated().whenSuccess { isClosed = true }
        loop.run()
        #expect(isClosed && inbox.messages.isEmpty)
        #expect(!bus.publish("a", payload: ByteBuffer()))
        #expect(harness.router.subscriptionCount == 0)
    }
}
