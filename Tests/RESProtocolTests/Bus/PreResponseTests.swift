import NIOCore
import Testing

@testable import RESProtocol

@Suite("Pre-responses")
struct PreResponseTests {
    @Test(
        "whatever starts with a letter is a pre-response, and timeout is its number of milliseconds",
        arguments: [
            ("timeout:\"5000\"", 5000), ("timeout:\"0\"", 0), ("timeout:\"-1\"", -1), ("timeout:\"+7\"", 7),
            ("other:\"x\" timeout:\"15\"", 15), ("other:\"a\\\"b\" timeout:\"15\"", 15),
            ("a:\"\"   timeout:\"15\" b:\"2\"", 15), ("timeout:\"1\" timeout:\"2\"", 1),
            ("Timeout:\"15\"", nil), ("timeout:\"1.5\"", nil), ("timeout:\"\"", nil), ("timeout:\"x\"", nil),
            ("timeout:15", nil), ("timeout:\"15", nil), ("timeout", nil), ("timeout:", nil), ("t", nil),
            ("garbage of any kind", nil), ("a,timeout:\"15\"", nil),
            ("timeout:\"99999999999999999999\"", nil),
            ("timeout:\"15\\", nil), ("Z", nil),
        ] as [(String, Int64?)]
    )
    func preResponses(text: String, milliseconds: Int64?) throws {
        let preResponse = try #require(PreResponse(ByteBuffer(string: text)))
        #expect(preResponse.timeoutMilliseconds == milliseconds)
    }

    @Test(
        "whatever starts otherwise is an answer",
        arguments: ["", "{}", " a", "\"a\"", "1", "@", "[", "`", "\u{e9}"]
    )
    func answers(text: String) {
        #expect(PreResponse(ByteBuffer(string: text)) == nil)
    }
}

@Suite("Deadlines")
struct DeadlineQueueTests {
    @Test("numbers come up in the order of their deadlines, not before them")
    func order() {
        var queue = DeadlineQueue<Int>()
        for (number, deadline) in [(1, 30), (2, 10), (3, 20), (4, 10)] {
            queue.set(deadline, for: UInt64(number))
        }
        #expect(queue.earliest == 10)
        #expect(queue.popDue(at: 9) == nil)
        #expect(queue.popDue(at: 20) == 2)
        #expect(queue.popDue(at: 20) == 4)
        #expect(queue.popDue(at: 20) == 3)
        #expect(queue.popDue(at: 20) == nil)
        #expect(queue.count == 1)
    }

    @Test("a replaced deadline counts no more, whether later or earlier")
    func replaced() {
        var queue = DeadlineQueue<Int>()
        queue.set(10, for: 1)
        queue.set(50, for: 1)
        queue.set(40, for: 2)
        queue.set(20, for: 2)
        #expect(queue.popDue(at: 30) == 2)
        #expect(queue.popDue(at: 49) == nil)
        #expect(queue.popDue(at: 50) == 1)
        #expect(queue.count == 0)
    }

    @Test("what was removed does not come up, and is not kept")
    func removed() {
        var queue = DeadlineQueue<Int>()
        for number in 0..<10_000 {
            queue.set(number, for: UInt64(number))
            queue.remove(UInt64(number))
        }
        queue.set(10_000, for: 10_000)
        #expect(queue.heldEntries <= 2 * queue.count + 65)
        #expect(queue.popDue(at: 20_000) == 10_000)
        #expect(queue.popDue(at: 20_000) == nil)
    }
}
