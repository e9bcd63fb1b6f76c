import Testing

@testable import Gateway

@Suite("References")
struct ReferenceTests {
    @Test("what a resource references comes with it, each once, cycles and errors included")
    func resourceSet() {
        let world = World()
        let client = world.connect()
        client.send("subscribe.a", id: 1)
        world.serve([
            "a":
                #"{"b":{"rid":"b"},"list":{"rid":"list"},"lost":{"rid":"lost"},"soft":{"rid":"soft","soft":true}}"#,
            "b": #"{"a":{"rid":"a"}}"#, "list": #"[{"rid":"b"},{"rid":"b"},{"data":[1]}]"#,
        ])
        #expect(
            client.received() == [
                #"{"result":{"models":{"a":{"b":{"rid":"b"},"list":{"rid":"list"},"lost":{"rid":"lost"},"soft":{"rid":"soft","soft":true}},"#
                    + #""b":{"a":{"rid":"a"}}},"collections":{"list":[{"rid":"b"},{"rid":"b"},{"data":[1]}]},"#
                    + #""errors":{"lost":{"code":"system.notFound","message":"Not found"}}},"id":1}"#
            ]
        )
    }

    @Test("an unsubscribe lets go of a cycle that nothing else leads to")
    func cycle() {
        let world = World()
        let client = world.connect()
        client.send("subscribe.a", id: 1)
        client.send("subscribe.c", id: 2)
        world.serve([
            "a": #"{"b":{"rid":"b"}}"#, "b": #"{"a":{"rid":"a"},"c":{"rid":"c"}}"#,
            "c": #"{"b":{"rid":"b"}}"#,
        ])
        client.send("unsubscribe.a", id: 3)
        #expect(client.session?.subscriptions.count == 3)
        client.send("unsubscribe.c", id: 4)
        #expect(client.session?.subscriptions.count == 0)
    }

    @Test(
        "an event that references something new waits for it, and later events of the resource wait behind it"
    )
    func heldBack() {
        let world = World()
        let client = world.connect()
        client.send("subscribe.list", id: 1)
        world.serve(["list": #"["x"]"#])
        _ = client.received()
        world.services.emit("event.list.add", #"{"idx":1,"value":{"rid":"m"}}"#)
        world.services.emit("event.list.add", #"{"idx":0,"value":"y"}"#)
        #expect(client.received() == [])
        #expect(world.asked == ["get.m"])
        world.serve(["m": #"{"a":1}"#])
        #expect(
            client.received() == [
                #"{"event":"list.add","data":{"idx":1,"value":{"rid":"m"},"models":{"m":{"a":1}}}}"#,
                #"{"event":"list.add","data":{"idx":0,"value":"y"}}"#,
            ]
        )
        world.services.emit("event.list.remove", #"{"idx":2}"#)
        #expect(client.received() == [#"{"event":"list.remove","data":{"idx":2}}"#])
        #expect(client.session?.subscriptions.keys.sorted() == ["list"])
    }

    @Test("a resource sent by one event is not sent again by another that waited for more")
    func sentMeanwhile() {
        let world = World()
        let client = world.connect()
        client.send("subscribe.model", id: 1)
        client.send("subscribe.list", id: 2)
        world.serve(["model": "{}", "list": "[]"])
        _ = client.received()
        world.services.emit(
            "event.model.change",
            #"{"values":{"a":{"rid":"a"},"b":{"rid":"b"},"c":{"rid":"c"}}}"#
        )
        world.services.answer("get.a", #"{"result":{"model":{"n":"a"}}}"#)
        world.services.emit("event.list.add", #"{"idx":0,"value":{"rid":"b"}}"#)
        world.services.emit("event.list.add", #"{"idx":1,"value":{"rid":"a"}}"#)
        #expect(client.received() == [])
        world.services.answer("get.b", #"{"result":{"model":{"n":"b"}}}"#)
        #expect(
            client.received() == [
                #"{"event":"list.add","data":{"idx":0,"value":{"rid":"b"},"models":{"b":{"n":"b"}}}}"#,
                #"{"event":"list.add","data":{"idx":1,"value":{"rid":"a"},"models":{"a":{"n":"a"}}}}"#,
            ]
        )
        world.services.answer("get.c", #"{"result":{"model":{"n":"c"}}}"#)
        #expect(
            client.received() == [
                #"{"event":"model.change","data":{"values":{"a":{"rid":"a"},"b":{"rid":"b"},"c":{"rid":"c"}},"models":{"c":{"n":"c"}}}}"#
            ]
        )
    }

    /// Ways in which the client comes to have `m`, and ways in which it drops it again.
    enum Holding: String, CaseIterable {
        case directly, byParent, byParentChanged, byNewReference

        func take(_ world: World, _ client: ScriptedClient) {
            let empty = self == .byNewReference
            client.send(self == .directly ? "subscribe.m" : "subscribe.parent", id: 1)
            world.serve(["m": #"{"n":"m"}"#, "parent": empty ? #"{"c":null}"# : #"{"c":{"rid":"m"}}"#])
            if empty {
                world.services.emit("event.parent.change", #"{"values":{"c":{"rid":"m"}}}"#)
                world.serve(["m": #"{"n":"m"}"#])
            }
        }

        func drop(_ world: World, _ client: ScriptedClient) {
            switch self {
            case .directly: client.send("unsubscribe.m", id: 2)
            case .byParent: client.send("unsubscribe.parent", id: 2)
            case .byParentChanged, .byNewReference:
                world.services.emit("event.parent.change", #"{"values":{"c":null}}"#)
            }
        }
    }

    @Test(
        "what the client dropped while something that needs it was loading is sent again",
        arguments: Holding.allCases
    )
    func sentAgain(holding: Holding) {
        let world = World()
        let client = world.connect()
        holding.take(world, client)
        _ = client.received()
        client.send("subscribe.late", id: 5)
        world.services.answer("access.late", #"{"result":{"get":true}}"#)
        world.services.answer("get.late", #"{"result":{"model":{"m":{"rid":"m"},"slow":{"rid":"slow"}}}}"#)
        holding.drop(world, client)
        _ = client.received()
        world.services.emit("event.m.change", #"{"values":{"n":"new"}}"#)
        #expect(client.received() == [])
        world.services.answer("get.slow", #"{"result":{"model":{}}}"#)
        #expect(
            client.received().first
                == #"{"result":{"models":{"late":{"m":{"rid":"m"},"slow":{"rid":"slow"}},"m":{"n":"m"},"slow":{}}},"id":5}"#
        )
    }

    @Test("a resource that moves between two properties of one change stays with the client")
    func moved() {
        let world = World()
        let client = world.connect()
        client.send("subscribe.p", id: 1)
        world.serve(["p": #"{"a":{"rid":"m"},"b":null}"#, "m": "{}"])
        _ = client.received()
        world.services.emit("event.p.change", #"{"values":{"a":null,"b":{"rid":"m"}}}"#)
        #expect(client.received() == [#"{"event":"p.change","data":{"values":{"a":null,"b":{"rid":"m"}}}}"#])
        #expect(world.asked == [])
        world.services.emit("event.m.custom")
        #expect(client.received() == [#"{"event":"m.custom","data":null}"#])
    }

    @Test("a chain of twenty thousand references is walked without deep recursion and let go of again")
    func deepChain() {
        let world = World()
        let client = world.connect()
        client.send("subscribe.m0", id: 1)
        let depth = 20_000
        var sent = 0
        while let request = world.services.pending.first {
            if request.subject.hasPrefix("access") {
                world.services.answer(request.subject, #"{"result":{"get":true}}"#)
            } else {
                sent += 1
                let next = sent < depth ? #"{"next":{"rid":"m\#(sent)"}}"# : "{}"
                world.services.answer(request.subject, #"{"result":{"model":\#(next)}}"#)
            }
        }
        #expect(client.received().count == 1)
        #expect(client.session?.subscriptions.count == depth)
        client.send("unsubscribe.m0", id: 2)
        #expect(client.session?.subscriptions.count == 0)
    }

    @Test("references beyond the limit of subscriptions fail, and say why", arguments: [3, 2])
    func subscriptionLimit(limit: Int) {
        var limits = SessionLimits()
        limits.maximumSubscriptions = limit
        let world = World(limits: limits)
        let client = world.connect()
        client.send("subscribe.list", id: 1)
        world.serve(["list": #"[{"rid":"a"},{"rid":"b"}]"#, "a": "{}", "b": "{}"])
        let failed = client.received().first?.contains("system.subscriptionLimitExceeded")
        #expect(failed == (limit == 2))
    }
}
