import Testing

@testable import Gateway

@Suite("Query resources")
struct QueryTests {
    /// Two queries that are one, and another.
    private func world() -> (World, ScriptedClient) {
        let world = World()
        let client = world.connect()
        for (id, query) in ["a&b", "b&a", "c"].enumerated() {
            client.send("subscribe.l?\(query)", id: id)
            world.services.answer("access.l", #"{"result":{"get":true}}"#)
            let normalised = query == "c" ? "c" : "a&b"
            world.services.answer(
                "get.l",
                #"{"result":{"collection":["\#(normalised)",1],"query":"\#(normalised)"}}"#
            )
        }
        #expect(
            client.received() == [
                #"{"result":{"collections":{"l?a&b":["a&b",1]}},"id":0}"#,
                #"{"result":{"collections":{"l?b&a":["a&b",1]}},"id":1}"#,
                #"{"result":{"collections":{"l?c":["c",1]}},"id":2}"#,
            ]
        )
        return (world, client)
    }

    @Test(
        "a query event asks once for each normalised query, and its answers reach every query they stand for"
    )
    func events() {
        let (world, client) = world()
        world.services.emit("event.l.query", #"{"subject":"_Q"}"#)
        #expect(
            world.services.pending.map { "\($0.subject) \($0.payload)" } == [
                #"_Q {"query":"a&b"}"#, #"_Q {"query":"c"}"#,
            ]
        )
        world.services.answer("_Q", #"{"result":{"events":[{"event":"remove","data":{"idx":1}}]}}"#)
        #expect(
            client.received().sorted() == [
                #"{"event":"l?a&b.remove","data":{"idx":1}}"#, #"{"event":"l?b&a.remove","data":{"idx":1}}"#,
            ]
        )
        world.services.answer("_Q", #"{"result":{"collection":["c",2]}}"#)
        #expect(
            client.received() == [
                #"{"event":"l?c.remove","data":{"idx":1}}"#,
                #"{"event":"l?c.add","data":{"idx":1,"value":2}}"#,
            ]
        )
    }

    @Test("answers inside the query event are applied without a request, and other queries are left alone")
    func answersInside() {
        let (world, client) = world()
        world.services.emit(
            "event.l.query",
            #"{"subject":"_Q","queries":{"c":{"events":[{"event":"add","data":{"idx":0,"value":"new"}}]},"unknown":{"events":[]}}}"#
        )
        #expect(world.asked == [])
        #expect(client.received() == [#"{"event":"l?c.add","data":{"idx":0,"value":"new"}}"#])
    }

    @Test("the name's other events wait until a query event's requests are answered")
    func held() {
        let (world, client) = world()
        client.send("subscribe.l", id: 9)
        world.serve(["l": "[0]"])
        _ = client.received()
        world.services.emit("event.l.query", #"{"subject":"_Q1"}"#)
        world.services.emit("event.l.custom", "1")
        world.services.emit("event.l.query", #"{"subject":"_Q2"}"#)
        world.services.emit("event.l.custom", "2")
        #expect(client.received() == [])
        world.services.answer("_Q1", #"{"result":{}}"#)
        world.services.answer("_Q1", #"{"error":{"code":"a.b","message":"c"}}"#)
        #expect(client.received() == [#"{"event":"l.custom","data":1}"#])
        #expect(world.asked == ["_Q2", "_Q2"])
        world.services.answer("_Q2", #"{"result":{"events":[]}}"#)
        world.services.answer("_Q2", #"{"result":{"events":[]}}"#)
        #expect(client.received() == [#"{"event":"l.custom","data":2}"#])
        #expect(world.services.reports.count == 1)
    }

    @Test(
        "an answer to a query request that breaks the form is reported and changes nothing",
        arguments: [
            #"{"result":{"events":"x"}}"#, #"{"result":{"model":{}}}"#,
            #"{"result":{"collection":[],"events":[]}}"#,
            #"{"result":{"collection":{}}}"#, #"{"result":7}"#, #"{"error":{"code":"system.internalError"}}"#,
            "x",
        ]
    )
    func invalid(answer: String) {
        let (world, client) = world()
        world.services.emit("event.l.query", #"{"subject":"_Q"}"#)
        world.services.answer("_Q", answer)
        #expect(client.received() == [])
        #expect(world.services.reports.count == 1)
    }

    @Test("a query that is gone is deleted, by an error or by an event, and not asked for again")
    func deleted() {
        let (world, client) = world()
        world.services.emit("event.l.query", #"{"subject":"_Q"}"#)
        world.services.answer(
            "_Q",
            #"{"result":{"events":[{"event":"delete"},{"event":"remove","data":{"idx":0}}]}}"#
        )
        world.services.answer("_Q", #"{"error":{"code":"system.notFound","message":"Not found"}}"#)
        #expect(
            client.received().sorted() == [
                #"{"event":"l?a&b.delete","data":null}"#, #"{"event":"l?b&a.delete","data":null}"#,
                #"{"event":"l?c.delete","data":null}"#,
            ]
        )
        world.services.emit("event.l.query", #"{"subject":"_Q"}"#)
        #expect(world.asked == [])
    }

    @Test(
        "a query event that names no subject is reported",
        arguments: ["", "{}", #"{"subject":42}"#, #"{"subject":""}"#, "x"]
    )
    func malformed(payload: String) {
        let (world, _) = world()
        world.services.emit("event.l.query", payload)
        #expect(world.asked == [])
        #expect(world.services.reports.count == 1)
    }

    @Test("a query that nobody follows any more is not asked for")
    func forgotten() {
        let (world, client) = world()
        client.send("unsubscribe.l?c", id: 5)
        client.send("unsubscribe.l?a&b", id: 6)
        world.services.emit("event.l.query", #"{"subject":"_Q"}"#)
        #expect(world.services.pending.map(\.payload) == [#"{"query":"a&b"}"#])
    }

    @Test("a resource without a query may have a normalised one, and is reset by it")
    func baseLink() throws {
        let world = World()
        let client = world.connect()
        client.send("subscribe.l", id: 1)
        world.services.answer("access.l", #"{"result":{"get":true}}"#)
        world.services.answer("get.l", #"{"result":{"collection":[1],"query":"all"}}"#)
        #expect(client.received() == [#"{"result":{"collections":{"l":[1]}},"id":1}"#])
        world.context.cache.systemReset(try json(#"{"resources":["l"]}"#))
        #expect(world.services.pending.map(\.payload) == [#"{"query":"all"}"#])
        world.services.answer("get.l", #"{"result":{"collection":[1],"query":"all"}}"#)
        world.services.emit("event.l.add", #"{"idx":0,"value":2}"#)
        #expect(client.received() == [])
    }

    @Test("one query's answer serves another query that is still being asked for when both are one")
    func joined() {
        let world = World()
        let client = world.connect()
        client.send("subscribe.l?x", id: 1)
        client.send("subscribe.l?n", id: 2)
        world.services.answer("access.l", #"{"result":{"get":true}}"#)
        world.services.answer("access.l", #"{"result":{"get":true}}"#)
        world.services.answer("get.l", #"{"result":{"collection":[1],"query":"n"}}"#)
        #expect(client.received().count == 2)
        world.services.answer("get.l", #"{"result":{"collection":[1,2],"query":"n"}}"#)
        #expect(client.received() == [])
    }

    @Test(
        "beyond a limit the events that wait for answers are dropped, and all is fetched anew",
        arguments: [3, 4]
    )
    func heldEvents(count: Int) throws {
        let world = World(maximumHeldEvents: 3)
        let client = world.connect()
        client.send("subscribe.l", id: 1)
        world.services.answer("access.l", #"{"result":{"get":true}}"#)
        world.services.answer("get.l", #"{"result":{"collection":[0]}}"#)
        client.send("subscribe.l?q", id: 2)
        world.services.answer("access.l", #"{"result":{"get":true}}"#)
        world.services.answer("get.l", #"{"result":{"collection":[0],"query":"q"}}"#)
        _ = client.received()
        world.services.emit("event.l.query", #"{"subject":"_Q"}"#)
        for number in 1...count { world.services.emit("event.l.add", #"{"idx":0,"value":\#(number)}"#) }
        world.services.answer("_Q", #"{"result":{}}"#)
        guard count > 3 else {
            #expect(world.asked == [])
            return #expect(client.received().count == 3)
        }
        #expect(world.asked.sorted() == ["get.l", "get.l"])
        world.services.answer("get.l", #"{"result":{"collection":[4,3,2,1,0]}}"#)
        world.services.answer("get.l", #"{"result":{"collection":[0],"query":"q"}}"#)
        #expect(client.received().count == 4)
    }
}
