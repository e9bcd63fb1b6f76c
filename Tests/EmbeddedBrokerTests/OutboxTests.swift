import NIOCore
import RESProtocol
import Testing

@testable import EmbeddedBroker

@Suite("what a client has still to be sent")
struct OutboxTests {
    @Test("a client that does not read costs little beside the large messages that it shares")
    func sharedMessages() {
        var outbox = Outbox()
        var pool = SegmentPool()
        let sid = SubscriptionID(number: 1)
        let payload = ByteBuffer(repeating: 0x78, count: 48_000)
        for _ in 0..<50 {
            var publication = Publication(message: Message(subject: "a", payload: payload))
            publication.encode()
            outbox.append(&publication, sid: sid, pool: &pool)
        }
        var own: [Int] = []
        while let segment = outbox.next() {
            if segment.isReusable { own.append(segment.bytes.storageCapacity) }
        }
        #expect(own.count == 50)
        #expect(own.allSatisfy { $0 <= 1024 }, "\(own.max() ?? 0) bytes for one header line")
    }

    @Test(
        "who does not read its answers is slowed down, and cut off behind the limit",
        arguments: [(75, false, false), (76, true, false), (100, true, false), (101, false, true)]
    )
    func unreadAnswers(pings: Int, isPressed: Bool, isCut: Bool) {
        var limits = SessionLimits()
        limits.pending = 600
        let client = SessionHarness(limits: limits).client()
        client.isBlocked = true
        client.send(String(repeating: "PING\r\n", count: pings))
        #expect((client.session.pressedReceiver === client.session) == isPressed)
        #expect(client.session.closeReason == (isCut ? .slowConsumerPendingBytes : nil))
    }
}
