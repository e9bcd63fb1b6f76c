import Testing

@testable import Gateway

@Suite("Subscribe, get and unsubscribe")
struct SubscribeTests {
    @Test(
        "a subscribe of an unknown resource asks for it and for access at once, and answers when both are there"
    )
    func subscribeCold() {
        let world = World()
        let client = world.connect()
        client.send("subscribe.test.model", id: 1)
        #expect(world.asked == ["get.test.model", "access.test.model"])
        #expect(world.services.pending.map(\.payload) == ["{}", #"{"token":null,"cid":"cid1"}"#])
        world.services.answer("get.test.model", #"{"result":{"model":{"a":1}}}"#)
        #expect(client.received() == [])
        world.services.answer("access.test.model", #"{"result":{"get":true}}"#)
        #expect(client.received() == [#"{"result":{"models":{"test.model":{"a":1}}},"id":1}"#])
        #expect(world.services.listening == ["conn.cid1", "event.test.model"])
    }

    @Test("a subscribe of a cached resource asks for access only")
    func subscribeCached() {
        let world = World()
        let first = world.connect()
        first.send("subscribe.test.list", id: 1)
        world.serve(["test.list": "[1,2]"])
        let second = world.connect()
        second.send("subscribe.test.list", id: 7)
        #expect(world.asked == ["access.test.list"])
        world.serve([:])
        #expect(second.received() == [#"{"result":{"collections":{"test.list":[1,2]}},"id":7}"#])
    }

    @Test("one get request serves all clients that wait")
    func oneGet() {
        let world = World()
        let clients = [world.connect(), world.connect()]
        for client in clients { client.send("subscribe.test.model", id: 1) }
        #expect(world.asked == ["get.test.model", "access.test.model", "access.test.model"])
        world.serve(["test.model": #"{"a":1}"#])
        for client in clients {
            #expect(client.received() == [#"{"result":{"models":{"test.model":{"a":1}}},"id":1}"#])
        }
    }

    @Test("what the client has already is not sent again")
    func subscribeTwice() {
        let world = World()
        let client = world.connect()
        client.send("subscribe.test.model", id: 1)
        world.serve(["test.model": #"{"a":1}"#])
        _ = client.received()
        client.send("subscribe.test.model", id: 2)
        #expect(client.received() == [#"{"result":{},"id":2}"#])
        client.send("get.test.model", id: 3)
        #expect(client.received() == [#"{"result":{},"id":3}"#])
    }

    @Test("denied access wins over a failing get, and leaves nothing subscribed")
    func denied() {
        let world = World()
        let client = world.connect()
        client.send("subscribe.test.model", id: 1)
        world.services.answer("get.test.model", #"{"error":{"code":"test.bad","message":"Bad"}}"#)
        world.services.answer("access.test.model", #"{"result":{"get":false}}"#)
        #expect(
            client.received() == [
                #"{"error":{"code":"system.accessDenied","message":"Access denied"},"id":1}"#
            ]
        )
        client.send("unsubscribe.test.model", id: 2)
        #expect(
            client.received() == [
                #"{"error":{"code":"system.noSubscription","message":"No subscription"},"id":2}"#
            ]
        )
    }

    @Test(
        "a get that fails answers with the error",
        arguments: [
            (#"{"error":{"code":"test.gone","message":"Gone"}}"#, #"{"code":"test.gone","message":"Gone"}"#),
            (#"{"error":{"message":"Gone"}}"#, #"{"code":"","message":"Gone"}"#),
            ("{}", #"{"code":"system.internalError","message":"Internal error: invalid service response"}"#),
            (
                #"{"result":{"model":{"a":{"b":1}}}}"#,
                #"{"code":"system.internalError","message":"Internal error: invalid service response"}"#
            ),
            (
                #"{"result":null}"#,
                #"{"code":"system.internalError","message":"Internal error: response missing result"}"#
            ),
        ]
    )
    func failing(answer: String, error: String) {
        let world = World()
        let client = world.connect()
        client.send("subscribe.test.model", id: 1)
        world.services.answer("get.test.model", answer)
        world.services.answer("access.test.model", #"{"result":{"get":true}}"#)
        #expect(client.received() == [#"{"error":\#(error),"id":1}"#])
        // The failure is not cached.
        client.send("subscribe.test.model", id: 2)
        #expect(world.asked.contains("get.test.model"))
    }

    @Test("direct subscriptions of one resource are limited", arguments: [256, 257])
    func limit(count: Int) {
        let world = World()
        let client = world.connect()
        for id in 1...count { client.send("subscribe.test.model", id: id) }
        world.serve(["test.model": "{}"])
        let failed = client.received().filter { $0.contains("system.subscriptionLimitExceeded") }
        #expect(failed.count == count - 256)
    }

    @Test(
        "an unsubscribe takes as many direct subscriptions as it says, or none",
        arguments: [
            ("null", #"{"id":9}"#, 1),
            (#"{"count":2}"#, #"{"id":9}"#, 0),
            (
                #"{"count":3}"#,
                #"{"error":{"code":"system.noSubscription","message":"No subscription"},"id":9}"#, 2
            ),
            (
                #"{"count":0}"#,
                #"{"error":{"code":"system.invalidParams","message":"Invalid parameters"},"id":9}"#, 2
            ),
            (
                #"{"count":"1"}"#,
                #"{"error":{"code":"system.invalidParams","message":"Invalid parameters"},"id":9}"#, 2
            ),
        ]
    )
    func unsubscribe(params: String, answer: String, left: Int) {
        let world = World()
        let client = world.connect()
        client.send("subscribe.test.model", id: 1)
        client.send("subscribe.test.model", id: 2)
        world.serve(["test.model": "{}"])
        _ = client.received()
        client.send("unsubscribe.test.model", params, id: 9)
        #expect(client.received() == [answer])
        #expect(client.session?.subscriptions["test.model"]?.direct ?? 0 == left)
        world.services.emit("event.test.model.custom", "1")
        #expect(client.received().isEmpty == (left == 0))
    }

    @Test("a get leaves no subscription behind")
    func get() {
        let world = World()
        let client = world.connect()
        client.send("get.test.parent", id: 1)
        world.serve(["test.parent": #"{"child":{"rid":"test.child"}}"#, "test.child": "[1]"])
        #expect(
            client.received() == [
                #"{"result":{"models":{"test.parent":{"child":{"rid":"test.child"}}},"collections":{"test.child":[1]}},"id":1}"#
            ]
        )
        #expect(client.session?.subscriptions.isEmpty == true)
        world.services.emit("event.test.child.custom", "1")
        #expect(client.received() == [])
    }

    @Test(
        "a resource unsubscribed before its subscribe was answered gives that an error, and nothing is left"
    )
    func unsubscribedEarly() {
        let world = World()
        let client = world.connect()
        client.send("subscribe.test.model", id: 1)
        client.send("unsubscribe.test.model", id: 2)
        world.serve(["test.model": "{}"])
        #expect(
            client.received() == [
                #"{"id":2}"#,
                #"{"error":{"code":"system.disposedSubscription","message":"Resource subscription is disposed"},"id":1}"#,
            ]
        )
        #expect(client.session?.pendingRequests == 0)
    }

    @Test("the connection's id stands in for {cid} towards services, and never reaches the client")
    func connectionID() {
        let world = World()
        let client = world.connect()
        client.send("subscribe.test.{cid}.model?user={cid}", id: 1)
        #expect(world.asked == ["get.test.cid1.model", "access.test.cid1.model"])
        #expect(world.services.pending.first?.payload == #"{"query":"user=cid1"}"#)
        world.services.answer("get.test.cid1.model", #"{"result":{"model":{"a":1},"query":"user=cid1"}}"#)
        world.services.answer("access.test.cid1.model", #"{"result":{"get":true}}"#)
        #expect(
            client.received() == [#"{"result":{"models":{"test.{cid}.model?user={cid}":{"a":1}}},"id":1}"#]
        )
        world.services.emit(
            "event.test.cid1.model.query",
            #"{"subject":"_Q","queries":{"user=cid1":{"events":[{"event":"change","data":{"values":{"a":2}}}]}}}"#
        )
        #expect(
            client.received() == [
                #"{"event":"test.{cid}.model?user={cid}.change","data":{"values":{"a":2}}}"#
            ]
        )
    }

    @Test("requests under way are limited", arguments: [3, 4])
    func pendingLimit(count: Int) {
        var limits = SessionLimits()
        limits.maximumPendingRequests = 3
        let world = World(limits: limits)
        let client = world.connect()
        for id in 1...count { client.send("get.test.m\(id)", id: id) }
        #expect(
            client.received()
                == (count > 3
                    ? [
                        #"{"error":{"code":"system.requestLimitExceeded","message":"Request limit exceeded"},"id":4}"#
                    ]
                    : [])
        )
        world.serve(["test.m1": "{}", "test.m2": "{}", "test.m3": "{}"])
        #expect(client.received().count == 3)
        #expect(client.session?.pendingRequests == 0)
    }
}
