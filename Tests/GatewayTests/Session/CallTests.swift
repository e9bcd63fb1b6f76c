import RESProtocol
import Testing

@testable import Gateway

@Suite("Call, auth and new")
struct CallTests {
    @Test(
        "a call's answer has the form of the client's version",
        arguments: [
            ("1.2.3", #"{"result":{"a":1}}"#, #"{"result":{"payload":{"a":1}},"id":1}"#),
            ("1.2.3", #"{"result":null}"#, #"{"result":{"payload":null},"id":1}"#),
            ("1.2.0", #"{"result":1}"#, #"{"result":{"payload":1},"id":1}"#),
            (nil, #"{"result":{"a":1}}"#, #"{"result":{"a":1},"id":1}"#),
            ("1.1.9", #"{"resource":{"rid":"x.y"}}"#, #"{"result":{"rid":"x.y"},"id":1}"#),
            (
                "1.2.3", #"{"error":{"code":"a.b","message":"c"},"result":1}"#,
                #"{"error":{"code":"a.b","message":"c"},"id":1}"#
            ),
            (
                "1.2.3", "[]",
                #"{"error":{"code":"system.internalError","message":"Internal error: invalid service response"},"id":1}"#
            ),
        ] as [(String?, String, String)]
    )
    func call(version: String?, answer: String, message: String) {
        let world = World()
        let client = world.connect(version: version)
        client.send("call.m.set", #"{"a":1}"#, id: 1)
        #expect(world.asked == ["access.m"])
        world.services.answer("access.m", #"{"result":{"call":"set"}}"#)
        #expect(
            world.services.pending.map { "\($0.subject) \($0.payload)" } == [
                #"call.m.set {"token":null,"params":{"a":1},"cid":"cid1"}"#
            ]
        )
        world.services.answer("call.m.set", answer)
        #expect(client.received() == [message])
    }

    @Test("a resource response subscribes to the resource and brings it along")
    func resource() {
        let world = World()
        let client = world.connect()
        client.send("auth.users.login", #""x""#, id: 1)
        #expect(
            world.services.pending.map(\.payload) == [
                #"{"token":null,"params":"x","cid":"cid1","header":{"Cookie":["a=b"]},"host":"example.com","remoteAddr":"127.0.0.1:5","uri":"/"}"#
            ]
        )
        world.services.answer("auth.users.login", #"{"resource":{"rid":"m"}}"#)
        world.serve(["m": #"{"a":1}"#])
        #expect(client.received() == [#"{"result":{"rid":"m","models":{"m":{"a":1}}},"id":1}"#])
        client.send("unsubscribe.m", id: 2)
        #expect(client.received() == [#"{"id":2}"#])
    }

    @Test("a resource response that cannot be had still succeeds, with the error in the set")
    func failingResource() {
        let world = World()
        let client = world.connect()
        client.send("new.list", #"{"a":1}"#, id: 1)
        world.services.answer("access.list", #"{"result":{"call":"*"}}"#)
        world.services.answer("call.list.new", #"{"result":{"rid":"m"}}"#)
        world.services.answer("get.m", #"{"result":{"model":{}}}"#)
        world.services.answer("access.m", #"{"result":{"get":false}}"#)
        #expect(
            client.received() == [
                #"{"result":{"rid":"m","errors":{"m":{"code":"system.accessDenied","message":"Access denied"}}},"id":1}"#
            ]
        )
        #expect(client.session?.subscriptions.isEmpty == true)
    }

    @Test("a new request that gives no resource is an internal error")
    func newWithoutResource() {
        let world = World()
        let client = world.connect()
        client.send("new.list", id: 1)
        world.services.answer("access.list", #"{"result":{"call":"*"}}"#)
        world.services.answer("call.list.new", #"{"result":{"rid":"m","more":1}}"#)
        #expect(
            client.received() == [
                #"{"error":{"code":"system.internalError","message":"Internal error: non-resource response on new request"},"id":1}"#
            ]
        )
    }

    @Test("a request that gets no answer says why")
    func failures() {
        let world = World()
        let client = world.connect()
        client.send("auth.a.b", id: 1)
        world.services.answer("auth.a.b", .failure(.timeout))
        #expect(
            client.received() == [#"{"error":{"code":"system.timeout","message":"Request timeout"},"id":1}"#]
        )
    }

    @Test("a connection that closes in the middle of everything leaves nothing listening")
    func close() {
        let world = World()
        let client = world.connect()
        client.send("subscribe.p", id: 1)
        client.send("call.m.set", id: 2)
        world.services.answer("access.p", #"{"result":{"get":true}}"#)
        world.services.answer("get.p", #"{"result":{"model":{"m":{"rid":"m"}}}}"#)
        client.session?.close()
        world.serve(["m": "{}"])
        #expect(client.received() == [])
        #expect(world.context.count == 0)
        world.services.now = 5_000_000_000
        world.context.cache.wake()
        #expect(world.services.listening == [])
        #expect(world.context.cache.count == 0)
    }
}
