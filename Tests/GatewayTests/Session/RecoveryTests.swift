import RESProtocol
import Testing

@testable import Gateway

@Suite("A service that was gone for a while")
struct RecoveryTests {
    private let timeout = ServiceAnswer.failure(.timeout)

    /// A client that has the first of these resources, and one that it references as an error, since nobody answered for it.
    private func world(_ resources: [String: String], lacking rid: String, version: String = "1.2.3") -> (
        World, ScriptedClient
    ) {
        let world = World()
        let client = world.connect(version: version)
        client.send("subscribe.r", id: 1)
        world.services.answer("access.r", #"{"result":{"get":true}}"#)
        let member = resources["r"]?.hasPrefix("[") == true ? "collection" : "model"
        world.services.answer("get.r", #"{"result":{"\#(member)":\#(resources["r"] ?? "")}}"#)
        world.services.answer("get.\(rid)", timeout)
        _ = client.received()
        return (world, client)
    }

    private func reset(_ world: World, _ pattern: String) throws {
        world.context.systemReset(try JSONSlice(parsing: #"{"resources":["\#(pattern)"]}"#))
    }

    @Test("gives a collection's client the row whose answer was lost, by taking it away and adding it again")
    func collection() throws {
        let (world, client) = world(["r": #"[{"rid":"x"},1,{"rid":"x"}]"#], lacking: "x")
        try reset(world, "x")
        #expect(world.asked == ["get.x"])
        world.services.answer("get.x", #"{"result":{"model":{"a":1}}}"#)
        #expect(
            client.received() == [
                #"{"event":"r.remove","data":{"idx":2}}"#,
                #"{"event":"r.remove","data":{"idx":0}}"#,
                #"{"event":"r.add","data":{"idx":0,"value":{"rid":"x"},"models":{"x":{"a":1}}}}"#,
                #"{"event":"r.add","data":{"idx":2,"value":{"rid":"x"}}}"#,
            ]
        )
        world.services.emit("event.x.change", #"{"values":{"a":2}}"#)
        #expect(client.received() == [#"{"event":"x.change","data":{"values":{"a":2}}}"#])
        try reset(world, "x")
        #expect(world.asked == ["get.x"], "it is an ordinary resource from then on")
    }

    @Test("gives a model's client what a property references")
    func model() throws {
        let (world, client) = world(["r": #"{"a":{"rid":"x"},"b":1}"#], lacking: "x")
        try reset(world, ">")
        world.services.answer("get.r", #"{"result":{"model":{"a":{"rid":"x"},"b":1}}}"#)
        world.services.answer("get.x", #"{"result":{"collection":[1]}}"#)
        #expect(
            client.received() == [
                #"{"event":"r.change","data":{"values":{"a":{"action":"delete"}}}}"#,
                #"{"event":"r.change","data":{"values":{"a":{"rid":"x"}},"collections":{"x":[1]}}}"#,
            ]
        )
    }

    @Test("is asked again at each reset, until it answers; the client hears of nothing before")
    func again() throws {
        let (world, client) = world(["r": #"[{"rid":"x"}]"#], lacking: "x")
        for _ in 0..<3 {
            try reset(world, "x")
            world.services.answer("get.x", timeout)
        }
        #expect(client.received() == [])
        try reset(world, "other")
        #expect(world.asked == [])
        try reset(world, "x")
        world.services.answer("get.x", #"{"result":{"model":{}}}"#)
        #expect(client.received().count == 2)
    }

    @Test("is not asked again for what it has said is not there")
    func answered() throws {
        let world = World()
        let client = world.connect()
        client.send("subscribe.r", id: 1)
        world.serve(["r": #"[{"rid":"x"}]"#])
        try reset(world, "x")
        #expect(world.asked == [])
    }

    @Test("is asked again when the bus is back")
    func bus() throws {
        let (world, client) = world(["r": #"[{"rid":"x"}]"#], lacking: "x")
        world.context.cache.busDisconnected()
        world.context.busReconnected()
        world.serve(["r": #"[{"rid":"x"}]"#, "x": "{}"])
        #expect(client.received().count == 2)
    }

    @Test("an event that waits goes first")
    func held() throws {
        let (world, client) = world(["r": #"[{"rid":"x"}]"#], lacking: "x")
        world.services.emit("event.r.reaccess")
        world.services.emit("event.r.add", #"{"idx":0,"value":7}"#)
        try reset(world, "x")
        world.services.answer("get.x", #"{"result":{"model":{}}}"#)
        #expect(client.received() == [])
        world.services.answer("access.r", #"{"result":{"get":true}}"#)
        #expect(client.received() == [#"{"event":"r.add","data":{"idx":0,"value":7}}"#])
        world.services.now += 1_000_000_000
        world.context.cache.wake()
        #expect(
            client.received() == [
                #"{"event":"r.remove","data":{"idx":1}}"#,
                #"{"event":"r.add","data":{"idx":1,"value":{"rid":"x"},"models":{"x":{}}}}"#,
            ]
        )
    }

    @Test("a reset that comes while a request is under way that nobody answers has it made once more")
    func resetMeanwhile() throws {
        let world = World()
        let client = world.connect()
        client.send("get.x", id: 1)
        world.services.answer("access.x", #"{"result":{"get":true}}"#)
        try reset(world, "x")
        world.services.answer("get.x", timeout)
        #expect(world.asked == ["get.x"])
        world.services.answer("get.x", #"{"result":{"model":{}}}"#)
        #expect(client.received() == [#"{"result":{"models":{"x":{}}},"id":1}"#])
    }

    @Test("that is gone once more when its reset asks is waited for, and denies nothing meanwhile")
    func goneAgain() throws {
        let world = World()
        let client = world.connect()
        client.send("subscribe.r", id: 1)
        world.serve(["r": #"{"a":1}"#])
        _ = client.received()
        world.context.systemReset(try JSONSlice(parsing: #"{"resources":["r"],"access":["r"]}"#))
        for _ in 0..<3 {
            world.services.answer("get.r", .failure(.notFound))
            world.services.answer("access.r", timeout)
            #expect(world.asked == [])
            world.services.now += 1_000_000_000
            world.context.cache.wake()
            #expect(world.asked.sorted() == ["access.r", "get.r"])
        }
        #expect(client.received() == [])
        world.serve(["r": #"{"a":2}"#])
        #expect(client.received() == [#"{"event":"r.change","data":{"values":{"a":2}}}"#])
        world.services.emit("event.r.reaccess")
        world.services.answer("access.r", timeout)
        #expect(client.received().count == 1, "a reaccess event is no sign of a service that starts")
    }
}
