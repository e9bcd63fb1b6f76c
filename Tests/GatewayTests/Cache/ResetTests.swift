import NIOCore
import RESProtocol
import Testing

@testable import Gateway

func json(_ text: String) throws -> JSONSlice { try JSONSlice(parsing: text) }

@Suite("Resets, retention and a bus that goes away")
struct ResetTests {
    private func world() -> (World, ScriptedClient) {
        let world = World()
        let client = world.connect()
        client.send("subscribe.test.m", id: 1)
        client.send("subscribe.test.l", id: 2)
        world.serve(["test.m": #"{"a":1,"b":"x","n":null}"#, "test.l": #"["a","b","c"]"#])
        _ = client.received()
        return (world, client)
    }

    @Test(
        "a reset fetches what matches anew and sends the difference",
        arguments: [
            (#"{"a":1,"b":"x","n":null}"#, []),
            (
                #"{"a":2,"b":"x","c":{"rid":"s","soft":true}}"#,
                [
                    #"{"event":"test.m.change","data":{"values":{"a":2,"c":{"rid":"s","soft":true},"n":{"action":"delete"}}}}"#
                ]
            ),
        ]
    )
    func model(new: String, messages: [String]) throws {
        let (world, client) = world()
        world.context.cache.systemReset(try json(#"{"resources":["*.m","test..",7]}"#))
        #expect(world.asked == ["get.test.m"])
        world.services.answer("get.test.m", #"{"result":{"model":\#(new)}}"#)
        #expect(client.received() == messages)
    }

    @Test("a collection's difference is removals from the end, then additions")
    func collection() throws {
        let (world, client) = world()
        world.context.cache.systemReset(try json(#"{"resources":["test.l"]}"#))
        world.services.answer("get.test.l", #"{"result":{"collection":["c","a","d"]}}"#)
        #expect(
            client.received() == [
                #"{"event":"test.l.remove","data":{"idx":1}}"#,
                #"{"event":"test.l.remove","data":{"idx":0}}"#,
                #"{"event":"test.l.add","data":{"idx":1,"value":"a"}}"#,
                #"{"event":"test.l.add","data":{"idx":2,"value":"d"}}"#,
            ]
        )
    }

    @Test("events while a reset's get is under way count only if it fails; custom events pass")
    func race() throws {
        for fails in [false, true] {
            let (world, client) = world()
            world.context.cache.systemReset(try json(#"{"resources":["test.m"]}"#))
            world.services.emit("event.test.m.change", #"{"values":{"a":5}}"#)
            world.services.emit("event.test.m.custom", "1")
            #expect(client.received() == [#"{"event":"test.m.custom","data":1}"#])
            world.services.answer(
                "get.test.m",
                fails
                    ? #"{"error":{"code":"test.busy","message":"Busy"}}"#
                    : #"{"result":{"model":{"a":6,"b":"x","n":null}}}"#
            )
            #expect(
                client.received() == [#"{"event":"test.m.change","data":{"values":{"a":\#(fails ? 5 : 6)}}}"#]
            )
        }
    }

    @Test("a reset during a reset's get, or during the first get, fetches once more")
    func again() throws {
        let (world, client) = world()
        let reset = try json(#"{"resources":[">"]}"#)
        world.context.cache.systemReset(reset)
        world.context.cache.systemReset(reset)
        #expect(world.asked == ["get.test.l", "get.test.m"])
        world.services.answer("get.test.m", #"{"result":{"model":{"a":1,"b":"x","n":null}}}"#)
        #expect(world.asked == ["get.test.l", "get.test.m"])
        client.send("get.test.new", id: 3)
        world.context.cache.systemReset(try json(#"{"resources":["test.new"]}"#))
        world.services.answer("access.test.new", #"{"result":{"get":true}}"#)
        world.services.answer("get.test.new", #"{"result":{"model":{}}}"#)
        #expect(world.asked == ["get.test.l", "get.test.m", "get.test.new"])
    }

    @Test("a resource that is not found at a reset is deleted; one of another type is reported")
    func gone() throws {
        let (world, client) = world()
        world.context.cache.systemReset(try json(#"{"resources":["test.>"]}"#))
        world.services.answer("get.test.m", #"{"error":{"code":"system.notFound","message":"Not found"}}"#)
        world.services.answer("get.test.l", #"{"result":{"model":{}}}"#)
        #expect(client.received() == [#"{"event":"test.m.delete","data":null}"#])
        #expect(world.services.reports.count == 1)
        world.services.emit("event.test.l.custom", "1")
        #expect(client.received().count == 1)
    }

    @Test("a reset of access asks anew for what is subscribed directly")
    func access() throws {
        let (world, _) = world()
        world.context.cache.systemReset(try json(#"{"access":["test.m"]}"#))
        #expect(world.asked == ["access.test.m"])
    }

    @Test("a resource is kept for a time after its last use, and forgotten then")
    func retention() {
        let (world, client) = world()
        client.send("unsubscribe.test.m", id: 3)
        #expect(world.services.wakeTimes == [5_000_000_000])
        world.services.now = 4_999_999_999
        world.context.cache.wake()
        client.send("subscribe.test.m", id: 4)
        #expect(world.asked == ["access.test.m"])
        world.serve([:])
        client.send("unsubscribe.test.m", id: 5)
        world.services.now = 9_999_999_998
        world.context.cache.wake()
        #expect(world.services.listening.contains("event.test.m"))
        #expect(world.services.wakeTimes.last == 9_999_999_999)
        world.services.now = 9_999_999_999
        world.context.cache.wake()
        #expect(!world.services.listening.contains("event.test.m"))
        client.send("subscribe.test.m", id: 6)
        #expect(world.asked == ["get.test.m", "access.test.m"])
    }

    @Test("nothing stale is served while the bus is gone, and when it is back clients get what they missed")
    func reconnect() {
        let (world, client) = world()
        world.context.cache.busDisconnected()
        let late = world.connect()
        late.send("subscribe.test.m", id: 1)
        world.services.answer("access.test.m", #"{"result":{"get":true}}"#)
        #expect(late.received() == [])
        world.context.cache.busReconnected()
        #expect(world.asked == ["get.test.l", "access.test.l", "get.test.m", "access.test.m"])
        world.serve(["test.m": #"{"a":2,"b":"x","n":null}"#, "test.l": #"["a","b","c"]"#])
        #expect(client.received() == [#"{"event":"test.m.change","data":{"values":{"a":2}}}"#])
        #expect(late.received() == [#"{"result":{"models":{"test.m":{"a":2,"b":"x","n":null}}},"id":1}"#])
    }

    @Test("a service that is not back yet when the bus is gets asked again; who waits is told")
    func lateService() {
        let (world, client) = world()
        world.context.cache.busDisconnected()
        let late = world.connect()
        late.send("subscribe.test.m", id: 1)
        world.services.answer("access.test.m", #"{"result":{"get":true}}"#)
        world.context.cache.busReconnected()
        world.services.answer("get.test.m", .failure(.notFound))
        #expect(
            late.received() == [#"{"error":{"code":"system.notFound","message":"Not found"},"id":1}"#]
        )
        #expect(client.received() == [])
        world.services.emit("event.test.m.change", #"{"values":{"a":7}}"#)
        #expect(client.received() == [])
        world.services.now = 2_000_000_000
        world.context.cache.wake()
        world.serve(["test.m": #"{"a":7,"b":"x","n":null}"#, "test.l": #"["a","b","c"]"#])
        #expect(client.received() == [#"{"event":"test.m.change","data":{"values":{"a":7}}}"#])
    }

    @Test(
        "beyond a limit the events that wait for a reset's answer are dropped, and it is asked again",
        arguments: [3, 4]
    )
    func heldEvents(count: Int) throws {
        let world = World(maximumHeldEvents: 3)
        let client = world.connect()
        client.send("subscribe.l", id: 1)
        world.serve(["l": "[0]"])
        _ = client.received()
        world.context.cache.systemReset(try json(#"{"resources":["l"]}"#))
        for number in 1...count { world.services.emit("event.l.add", #"{"idx":0,"value":\#(number)}"#) }
        world.services.answer("get.l", #"{"error":{"code":"system.internalError","message":""}}"#)
        guard count > 3 else { return #expect(client.received().count == 3) }
        #expect(client.received() == [])
        world.services.now += 2_000_000_000
        world.context.cache.wake()
        world.services.answer("get.l", #"{"result":{"collection":[4,3,2,1,0]}}"#)
        #expect(client.received().count == 4)
    }

    @Test("who asks again for a resource while told that it could not be fetched anew is not forgotten")
    func askedAgainMeanwhile() {
        let world = World()
        let client = world.connect()
        client.send("subscribe.p", id: 1)
        world.serve(["p": #"{"a":1}"#])
        client.send("subscribe.r", id: 2)
        world.serve(["r": #"{"b":1}"#])
        client.send("unsubscribe.r", id: 3)
        world.context.cache.busDisconnected()
        let other = world.connect()
        other.send("subscribe.r", id: 1)
        world.context.cache.busReconnected()
        world.services.answer("access.p", #"{"result":{"get":true}}"#)
        world.services.answer("get.p", #"{"result":{"model":{"a":1}}}"#)
        _ = client.received()
        world.services.emit("event.p.change", #"{"values":{"ref":{"rid":"r"}}}"#)
        world.services.emit("event.p.change", #"{"values":{"ref":null}}"#)
        world.services.emit("event.p.change", #"{"values":{"ref":{"rid":"r"}}}"#)
        world.services.answer("get.r", #"{"error":{"code":"system.internalError","message":""}}"#)
        #expect(client.received().count == 2)
        world.services.answer("get.r", #"{"result":{"model":{"b":2}}}"#)
        #expect(
            client.received() == [
                #"{"event":"p.change","data":{"values":{"ref":{"rid":"r"}},"models":{"r":{"b":2}}}}"#
            ]
        )
    }
}
