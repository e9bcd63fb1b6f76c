import Testing

@testable import Gateway

@Suite("Access")
struct AccessTests {
    private func subscribed(_ world: World, version: String? = "1.2.3") -> ScriptedClient {
        let client = world.connect(version: version)
        client.send("subscribe.p", id: 1)
        world.serve(["p": #"{"m":{"rid":"m"}}"#, "m": "{}"])
        _ = client.received()
        return client
    }

    @Test("what a subscribe learnt about access answers a later call without another request")
    func cached() {
        let world = World()
        let client = world.connect()
        client.send("subscribe.m", id: 1)
        world.services.answer("get.m", #"{"result":{"model":{}}}"#)
        world.services.answer("access.m", #"{"result":{"get":true}}"#)
        _ = client.received()
        client.send("call.m.set", id: 2)
        #expect(
            client.received() == [
                #"{"error":{"code":"system.accessDenied","message":"Access denied"},"id":2}"#
            ]
        )
        #expect(world.asked == [])
    }

    @Test("an error other than a denial is not kept")
    func notCached() {
        let world = World()
        let client = subscribed(world)
        world.services.emit("event.m.reaccess")
        client.send("call.m.set", id: 2)
        world.services.answer("access.m", #"{"error":{"code":"test.busy","message":"Busy"}}"#)
        #expect(client.received() == [#"{"error":{"code":"test.busy","message":"Busy"},"id":2}"#])
        client.send("call.m.set", id: 3)
        #expect(world.asked == ["access.m"])
    }

    @Test(
        "a reaccess event asks anew and ends the direct subscription when access is denied",
        arguments: [
            (#"{"result":{"get":true}}"#, nil),
            (#"{"result":{"get":false}}"#, #"{"code":"system.accessDenied","message":"Access denied"}"#),
            (#"{"result":{"get":null}}"#, #"{"code":"system.accessDenied","message":"Access denied"}"#),
            (
                #"{"result":{"get":"yes"}}"#,
                #"{"code":"system.internalError","message":"Internal error: invalid service response"}"#
            ),
            (
                #"{"error":{"code":"test.gone","message":"Gone","data":1}}"#,
                #"{"code":"test.gone","message":"Gone","data":1}"#
            ),
        ] as [(String, String?)]
    )
    func reaccess(answer: String, reason: String?) {
        let world = World()
        let client = subscribed(world)
        world.services.emit("event.p.reaccess")
        #expect(world.asked == ["access.p"])
        world.services.emit("event.p.custom", "1")
        world.services.emit("event.m.custom", "2")
        #expect(client.received() == [#"{"event":"m.custom","data":2}"#])
        world.services.answer("access.p", answer)
        #expect(
            client.received()
                == [
                    reason.map { #"{"event":"p.unsubscribe","data":{"reason":\#($0)}}"# }
                        ?? #"{"event":"p.custom","data":1}"#
                ]
        )
        #expect(client.session?.subscriptions.count == (reason == nil ? 2 : 0))
    }

    @Test("access to what is only referenced is not asked for")
    func indirect() {
        let world = World()
        let client = subscribed(world)
        world.services.emit("event.m.reaccess")
        #expect(world.asked == [])
        world.services.emit("event.m.custom", "1")
        #expect(client.received().count == 1)
    }

    @Test(
        "a reaccess event before the get's answer asks anew once the client has the resource, however often it came"
    )
    func early() {
        let world = World()
        let client = world.connect()
        client.send("subscribe.m", id: 1)
        world.services.answer("access.m", #"{"result":{"get":true}}"#)
        world.services.emit("event.m.reaccess")
        world.services.emit("event.m.reaccess")
        #expect(world.asked == ["get.m"])
        world.services.answer("get.m", #"{"result":{"model":{}}}"#)
        #expect(client.received() == [#"{"result":{"models":{"m":{}}},"id":1}"#])
        #expect(world.asked == ["access.m"])
        world.services.answer("access.m", #"{"result":{}}"#)
        #expect(client.received().first?.contains(#""event":"m.unsubscribe""#) == true)
    }

    @Test("the first token asks nothing anew, later ones and none at all do, and each is sent from then on")
    func token() {
        let world = World()
        let client = subscribed(world)
        world.services.emit("conn.cid1.token", #"{"token":{"user":1}}"#)
        #expect(world.asked == [])
        client.send("call.other.do", id: 2)
        #expect(world.services.pending.map(\.payload) == [#"{"token":{"user":1},"cid":"cid1"}"#])
        world.services.answer("access.other", #"{"result":{}}"#)
        world.services.emit("conn.cid1.token", #"{"token":null}"#)
        #expect(world.services.pending.map(\.payload) == [#"{"token":null,"cid":"cid1"}"#])
    }

    @Test("a token that comes while access is being asked for is asked about as well")
    func tokenWhileAsking() {
        let world = World()
        let client = subscribed(world)
        world.services.emit("conn.cid1.token", #"{"token":1}"#)
        world.services.emit("conn.cid1.token", #"{"token":2}"#)
        world.services.emit("conn.cid1.token", #"{"token":3}"#)
        #expect(world.services.pending.map(\.payload) == [#"{"token":2,"cid":"cid1"}"#])
        world.services.answer("access.p", #"{"result":{"get":true}}"#)
        #expect(world.services.pending.map(\.payload) == [#"{"token":3,"cid":"cid1"}"#])
        world.services.answer("access.p", #"{"result":{"get":false}}"#)
        #expect(client.received().first?.contains("p.unsubscribe") == true)
    }

    @Test("a token reset has connections with such a token authenticate at the subject")
    func tokenReset() throws {
        let world = World()
        let client = world.connect()
        _ = world.connect()
        world.services.emit("conn.cid1.token", #"{"token":{"u":1},"tid":"12"}"#)
        world.context.tokenReset(try json(#"{"tids":["12","13"],"subject":"auth.renew"}"#))
        #expect(
            world.services.pending.map { "\($0.subject) \($0.payload)" } == [
                #"auth.renew {"token":{"u":1},"params":null,"cid":"cid1","header":{"Cookie":["a=b"]},"host":"example.com","remoteAddr":"127.0.0.1:5","uri":"/"}"#
            ]
        )
        _ = client
    }

    @Test(
        "access lists methods by name",
        arguments: [
            ("*", "set", true), ("set", "set", true), ("new,set", "set", true), ("set,new", "set", true),
            ("sets", "set", false), ("", "set", false), ("new, set", "set", false), ("SET", "set", false),
        ]
    )
    func methods(list: String, method: String, allowed: Bool) {
        #expect((Access(mayGet: false, methods: list).callDenial(method) == nil) == allowed)
    }
}
