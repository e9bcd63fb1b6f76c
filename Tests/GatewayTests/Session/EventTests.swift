import Testing

@testable import Gateway

@Suite("Events")
struct EventTests {
    @Test(
        "an event reaches the client as what it changed",
        arguments: [
            (
                "m", "change", #"{"values":{"a":2,"b":"x"}}"#,
                #"{"event":"m.change","data":{"values":{"a":2}}}"#
            ),
            ("m", "change", #"{"values":{"a":1}}"#, nil),
            ("m", "change", #"{"values":{"a":1.0}}"#, #"{"event":"m.change","data":{"values":{"a":1.0}}}"#),
            ("m", "change", #"{"a":2}"#, #"{"event":"m.change","data":{"values":{"a":2}}}"#),
            (
                "m", "change", #"{"values":{"a":{"action":"delete"},"z":{"action":"delete"}}}"#,
                #"{"event":"m.change","data":{"values":{"a":{"action":"delete"}}}}"#
            ),
            (
                "m", "change", #"{"values":{"c":{"data":5}}}"#,
                #"{"event":"m.change","data":{"values":{"c":5}}}"#
            ),
            (
                "m", "change", #"{"values":{"c":{"data":[1]}}}"#,
                #"{"event":"m.change","data":{"values":{"c":{"data":[1]}}}}"#
            ),
            ("m", "change", #"{"values":{"c":[1]}}"#, nil),
            ("m", "add", #"{"idx":0,"value":1}"#, nil),
            ("m", "custom", #"{"foo":"bar"}"#, #"{"event":"m.custom","data":{"foo":"bar"}}"#),
            ("m", "custom", "", #"{"event":"m.custom","data":null}"#),
            ("m", "create", "", #"{"event":"m.create","data":null}"#),
            ("m", "custom", "{", nil),
            ("l", "add", #"{"idx":3,"value":"z"}"#, #"{"event":"l.add","data":{"idx":3,"value":"z"}}"#),
            ("l", "add", #"{"value":"z"}"#, #"{"event":"l.add","data":{"idx":0,"value":"z"}}"#),
            ("l", "add", #"{"idx":4,"value":"z"}"#, nil),
            ("l", "add", #"{"idx":-1,"value":"z"}"#, nil),
            ("l", "remove", #"{"idx":2}"#, #"{"event":"l.remove","data":{"idx":2}}"#),
            ("l", "remove", #"{"idx":3}"#, nil),
            ("l", "change", #"{"values":{"a":1}}"#, nil),
            ("l", "delete", "", #"{"event":"l.delete","data":null}"#),
        ] as [(String, String, String, String?)]
    )
    func event(name: String, event: String, payload: String, message: String?) {
        let world = World()
        let client = world.connect()
        client.send("subscribe.m", id: 1)
        client.send("subscribe.l", id: 2)
        world.serve(["m": #"{"a":1,"b":"x"}"#, "l": "[1,2,3]"])
        _ = client.received()
        world.services.emit("event.\(name).\(event)", payload)
        #expect(client.received() == (message.map { [$0] } ?? []))
    }

    @Test("the cache holds what the events did")
    func cacheFollows() {
        let world = World()
        let client = world.connect()
        client.send("subscribe.m", id: 1)
        client.send("subscribe.l", id: 2)
        world.serve(["m": #"{"a":1,"b":"x"}"#, "l": "[1,2,3]"])
        world.services.emit(
            "event.m.change",
            #"{"values":{"a":{"action":"delete"},"c":{"rid":"s","soft":true}}}"#
        )
        world.services.emit("event.l.add", #"{"idx":0,"value":0}"#)
        world.services.emit("event.l.add", #"{"idx":4,"value":4}"#)
        world.services.emit("event.l.remove", #"{"idx":4}"#)
        world.services.emit("event.l.remove", #"{"idx":1}"#)
        let late = world.connect()
        late.send("subscribe.m", id: 1)
        late.send("subscribe.l", id: 2)
        world.serve([:])
        #expect(
            late.received() == [
                #"{"result":{"models":{"m":{"b":"x","c":{"rid":"s","soft":true}}}},"id":1}"#,
                #"{"result":{"collections":{"l":[0,2,3]}},"id":2}"#,
            ]
        )
    }

    @Test("events before the get's answer are dropped")
    func early() {
        let world = World()
        let client = world.connect()
        client.send("subscribe.m", id: 1)
        world.services.emit("event.m.change", #"{"values":{"a":2}}"#)
        world.services.emit("event.m.delete")
        world.services.emit("event.m.custom", "1")
        world.serve(["m": #"{"a":1}"#])
        #expect(client.received() == [#"{"result":{"models":{"m":{"a":1}}},"id":1}"#])
    }

    @Test("events of a resource whose references are loading follow behind it")
    func whileLoading() {
        let world = World()
        let client = world.connect()
        client.send("subscribe.p", id: 1)
        world.services.answer("access.p", #"{"result":{"get":true}}"#)
        world.services.answer("get.p", #"{"result":{"model":{"a":1,"m":{"rid":"m"}}}}"#)
        world.services.emit("event.p.change", #"{"values":{"a":2}}"#)
        world.serve(["m": "{}"])
        #expect(
            client.received() == [
                #"{"result":{"models":{"p":{"a":1,"m":{"rid":"m"}},"m":{}}},"id":1}"#,
                #"{"event":"p.change","data":{"values":{"a":2}}}"#,
            ]
        )
    }

    @Test("a deleted resource gives no more events, and is fetched anew for who asks anew")
    func deleted() {
        let world = World()
        let client = world.connect()
        client.send("subscribe.m", id: 1)
        world.serve(["m": #"{"a":1}"#])
        world.services.emit("event.m.delete")
        world.services.emit("event.m.custom", "1")
        _ = client.received()
        client.send("unsubscribe.m", id: 2)
        #expect(client.received() == [#"{"id":2}"#])
        client.send("subscribe.m", id: 3)
        #expect(world.asked == ["get.m", "access.m"])
        world.serve(["m": #"{"a":2}"#])
        #expect(client.received() == [#"{"result":{"models":{"m":{"a":2}}},"id":3}"#])
        world.services.emit("event.m.custom", "1")
        #expect(client.received().count == 1)
    }

    @Test("older clients get soft references as ids and data values as a text")
    func legacyValues() {
        let world = World()
        let client = world.connect(version: "1.2.0")
        client.send("subscribe.m", id: 1)
        client.send("subscribe.l", id: 2)
        world.serve([
            "m": #"{"s":{"rid":"x.y","soft":true},"d":{"data":{"k":1}},"p":{"data":5}}"#,
            "l": #"[{"rid":"x.y","soft":true},{"data":[1]}]"#,
        ])
        #expect(
            client.received() == [
                #"{"result":{"models":{"m":{"s":"x.y","d":"[Data]","p":5}}},"id":1}"#,
                #"{"result":{"collections":{"l":["x.y","[Data]"]}},"id":2}"#,
            ]
        )
        world.services.emit("event.m.change", #"{"values":{"d":{"data":[2]}}}"#)
        world.services.emit("event.l.add", #"{"idx":0,"value":{"rid":"z","soft":true}}"#)
        #expect(
            client.received() == [
                #"{"event":"m.change","data":{"values":{"d":"[Data]"}}}"#,
                #"{"event":"l.add","data":{"idx":0,"value":"z"}}"#,
            ]
        )
    }

    @Test("a client for which too many events wait is closed", arguments: [3, 4])
    func heldLimit(count: Int) {
        var limits = SessionLimits()
        limits.maximumHeldEvents = 3
        let world = World(limits: limits)
        let client = world.connect()
        client.send("subscribe.l", id: 1)
        world.serve(["l": "[]"])
        world.services.emit("event.l.add", #"{"idx":0,"value":{"rid":"slow"}}"#)
        for number in 1...count { world.services.emit("event.l.custom", "\(number)") }
        #expect((client.closeReason != nil) == (count > 3))
    }
}
