import NIOCore
import RESProtocol
import Testing

@testable import Gateway

@Suite("Queries that nobody follows")
struct IdleQueryTests {
    /// A client has had the query `l?q`, and has it no more.
    private func world(_ limits: SessionLimits = SessionLimits(), idleBytes: Int = 4 << 20) -> (
        World, ScriptedClient
    ) {
        let world = World(limits: limits, maximumIdleQueryBytes: idleBytes)
        let client = world.connect()
        have("q", client, world)
        return (world, client)
    }

    private func have(_ query: String, _ client: ScriptedClient, _ world: World) {
        client.send("subscribe.l?\(query)", id: 1)
        world.services.answer("access.l", #"{"result":{"get":true}}"#)
        world.services.answer("get.l", #"{"result":{"collection":[1],"query":"\#(query)"}}"#)
        client.send("unsubscribe.l?\(query)", id: 2)
        #expect(world.asked == [])
    }

    /// Whether a query is given without a get request.
    private func isKept(_ query: String, _ client: ScriptedClient, _ world: World) -> Bool {
        client.send("subscribe.l?\(query)", id: 3)
        world.services.answer("access.l", #"{"result":{"get":true}}"#)
        let isKept = world.asked == []
        world.services.answer("get.l", #"{"result":{"collection":[1],"query":"\#(query)"}}"#)
        client.send("unsubscribe.l?\(query)", id: 4)
        return isKept
    }

    @Test("who asks again soon is given what is kept")
    func kept() {
        let (world, client) = world()
        world.services.now = 4_999_999_999
        #expect(isKept("q", client, world))
        world.services.now += 4_999_999_999
        #expect(isKept("q", client, world))
    }

    @Test("a query is forgotten after a while, also where its name is in use")
    func old() {
        let (world, client) = world()
        client.send("subscribe.l", id: 9)
        world.serve(["l": "[0]"])
        world.services.now = 5_000_000_000
        have("other", client, world)
        #expect(!isKept("q", client, world))
        #expect(isKept("other", client, world))
    }

    @Test("what is followed is not forgotten with what was listed before")
    func followed() {
        let (world, client) = world()
        client.send("subscribe.l?q", id: 5)
        world.services.answer("access.l", #"{"result":{"get":true}}"#)
        world.services.now = 6_000_000_000
        have("other", client, world)
        _ = client.received()
        world.services.emit(
            "event.l.query",
            #"{"subject":"_Q","queries":{"q":{"events":[{"event":"remove","data":{"idx":0}}]}}}"#
        )
        #expect(client.received() == [#"{"event":"l?q.remove","data":{"idx":0}}"#])
    }

    @Test(
        "a query event that concerns it, a system reset and the loss of the bus have it forgotten",
        arguments: ["answers", "question", "reset", "loss"]
    )
    func forgotten(what: String) {
        let (world, client) = world()
        switch what {
        case "answers":
            world.services.emit(
                "event.l.query",
                #"{"subject":"_Q","queries":{"q":{"events":[{"event":"remove","data":{"idx":0}}]}}}"#
            )
        case "question": world.services.emit("event.l.query", #"{"subject":"_Q"}"#)
        case "reset":
            world.context.cache.systemReset(JSONSlice(unchecked: ByteBuffer(string: #"{"resources":["l"]}"#)))
        default: world.context.cache.busDisconnected()
        }
        #expect(world.asked == [])
        #expect(!isKept("q", client, world))
    }

    @Test("a query event that concerns others leaves it")
    func others() {
        let (world, client) = world()
        world.services.emit("event.l.query", #"{"subject":"_Q","queries":{"x":{"events":[]}}}"#)
        #expect(isKept("q", client, world))
    }

    @Test("the oldest are forgotten when they take too much room", arguments: [(2060, true), (2059, false)])
    func room(limit: Int, holdsFour: Bool) {
        // Each takes 512 bytes and its three.
        let (world, client) = world(idleBytes: limit)
        for query in ["a", "b", "c"] { have(query, client, world) }
        for query in ["a", "b", "c"] { #expect(isKept(query, client, world)) }
        #expect(isKept("q", client, world) == holdsFour)
    }

    @Test("a resource remembers a limited number of queries that lead to it")
    func links() {
        let world = World()
        let client = world.connect()
        for number in 0..<101 {
            client.send("subscribe.l?\(number)", id: 1)
            world.services.answer("access.l", #"{"result":{"get":true}}"#)
            world.services.answer("get.l", #"{"result":{"collection":[1],"query":"n"}}"#)
            client.send("unsubscribe.l?\(number)", id: 2)
        }
        func isKnown(_ query: String) -> Bool {
            client.send("subscribe.l?\(query)", id: 3)
            world.services.answer("access.l", #"{"result":{"get":true}}"#)
            return world.asked == []
        }
        #expect(isKnown("99"))
        #expect(!isKnown("100"))
    }
}
