import RESProtocol
import Testing

@testable import Gateway

@Suite("Throttles")
struct ThrottleTests {
    @Test("only so many requests are under way; who has nothing to ask gives its turn away")
    func turns() {
        let throttle = RequestThrottle(limit: 2)
        var sent: [Int] = []
        for number in 0..<6 {
            throttle.run {
                guard number != 2 else { return false }
                sent.append(number)
                return true
            }
        }
        #expect(sent == [0, 1])
        throttle.ended()
        #expect(sent == [0, 1, 3])
        throttle.ended()
        throttle.ended()
        #expect(sent == [0, 1, 3, 4, 5])
    }

    @Test("an end within a start goes on without recursion")
    func ends() {
        let throttle = RequestThrottle(limit: 1)
        var sent = 0
        for _ in 0..<100_000 {
            throttle.run {
                sent += 1
                throttle.ended()
                return true
            }
        }
        #expect(sent == 100_000)
    }

    @Test("a reset's get and access requests take turns together")
    func reset() throws {
        let world = World(resetThrottle: 2)
        let client = world.connect()
        for name in ["a", "b", "c"] { client.send("subscribe.test.\(name)", id: 1) }
        world.serve(["test.a": #"{"n":1}"#, "test.b": #"{"n":1}"#, "test.c": #"{"n":1}"#])
        _ = client.received()
        world.context.cache.systemReset(try json(#"{"resources":["test.>"],"access":["test.>"]}"#))
        var most = 0
        var answered = 0
        while let subject = world.asked.first {
            most = max(most, world.asked.count)
            answered += 1
            let isGet = subject.hasPrefix("get.")
            let result = isGet ? #"{"model":{"n":2}}"# : #"{"get":true}"#
            world.services.answer(subject, #"{"result":\#(result)}"#)
        }
        #expect((most, answered) == (2, 6))
        #expect(client.received().count == 3)
    }

    @Test("what happens before a reset's turn comes is told at once")
    func eventsBeforeTheTurn() throws {
        let world = World(resetThrottle: 1)
        let client = world.connect()
        for name in ["a", "b"] { client.send("subscribe.test.\(name)", id: 1) }
        world.serve(["test.a": #"{"n":1}"#, "test.b": #"{"n":1}"#])
        _ = client.received()
        world.context.cache.systemReset(try json(#"{"resources":["test.>"]}"#))
        #expect(world.asked == ["get.test.a"])
        world.services.emit("event.test.b.change", #"{"values":{"n":5}}"#)
        #expect(client.received() == [#"{"event":"test.b.change","data":{"values":{"n":5}}}"#])
        world.services.answer("get.test.a", #"{"result":{"model":{"n":1}}}"#)
        world.services.answer("get.test.b", #"{"result":{"model":{"n":6}}}"#)
        #expect(client.received() == [#"{"event":"test.b.change","data":{"values":{"n":6}}}"#])
    }

    @Test("a client that goes away takes its access requests out of the queue")
    func closed() throws {
        let world = World(resetThrottle: 1)
        let first = world.connect()
        let second = world.connect()
        for client in [first, second] { client.send("subscribe.test.a", id: 1) }
        world.serve(["test.a": #"{"n":1}"#])
        world.context.cache.systemReset(try json(#"{"access":["test.a"]}"#))
        first.session?.close()
        world.services.answer("access.test.a", #"{"result":{"get":true}}"#)
        world.services.answer("access.test.a", #"{"result":{"get":true}}"#)
        world.context.cache.systemReset(try json(#"{"access":["test.a"]}"#))
        #expect(world.asked == ["access.test.a"])
    }

    @Test("the references of one subscription are followed a few at a time")
    func references() {
        let world = World()
        world.context.referenceThrottle = 3
        let client = world.connect()
        client.send("subscribe.test.list", id: 1)
        world.services.answer("access.test.list", #"{"result":{"get":true}}"#)
        let references = (0..<10).map { #"{"rid":"test.\#($0)"}"# }.joined(separator: ",")
        world.services.answer("get.test.list", #"{"result":{"collection":[\#(references)]}}"#)
        #expect(world.asked.count == 3)
        for number in 0..<10 {
            world.services.answer("get.test.\(number)", #"{"result":{"model":{"n":\#(number)}}}"#)
            #expect(world.asked.count == min(3, 9 - number))
        }
        #expect(client.received().count == 1)
    }
}
