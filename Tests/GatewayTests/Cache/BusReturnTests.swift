import RESProtocol
import Testing

@testable import Gateway

@Suite("Services that are slower to come back than the bus")
struct BusReturnTests {
    /// A client with one model, whose bus was lost and is back.
    private func world() -> (World, ScriptedClient) {
        let world = World()
        let client = world.connect()
        client.send("subscribe.test.m", id: 1)
        world.serve(["test.m": #"{"a":1}"#])
        _ = client.received()
        world.context.cache.busDisconnected()
        world.context.cache.busReconnected()
        return (world, client)
    }

    /// Lets a second pass.
    private func wait(_ world: World) {
        world.services.now += 1_000_000_000
        world.context.cache.wake()
    }

    @Test("keep their clients: access and content are asked for until there is an answer")
    func patience() {
        let (world, client) = world()
        for _ in 0..<10 {
            #expect(world.asked.sorted() == ["access.test.m", "get.test.m"])
            world.services.answer("get.test.m", .failure(.notFound))
            world.services.answer("access.test.m", .failure(.notFound))
            #expect(world.asked == [])
            wait(world)
        }
        #expect(client.received() == [])
        world.services.answer("get.test.m", #"{"result":{"model":{"a":2}}}"#)
        world.services.answer("access.test.m", #"{"result":{"get":true}}"#)
        #expect(client.received() == [#"{"event":"test.m.change","data":{"values":{"a":2}}}"#])
    }

    @Test("lose their clients after half a minute")
    func end() {
        let (world, client) = world()
        for _ in 0..<30 {
            world.services.answer("get.test.m", .failure(.notFound))
            world.services.answer("access.test.m", .failure(.notFound))
            #expect(client.received() == [])
            wait(world)
        }
        world.services.answer("get.test.m", .failure(.notFound))
        world.services.answer("access.test.m", .failure(.notFound))
        #expect(
            client.received() == [
                #"{"event":"test.m.unsubscribe","data":{"reason":{"code":"system.notFound","message":"Not found"}}}"#
            ]
        )
    }

    @Test("may still deny access, which counts at once")
    func denial() {
        let (world, client) = world()
        world.services.answer("access.test.m", #"{"result":{"get":false}}"#)
        #expect(client.received().count == 1)
    }

    @Test("are not waited for by a client that unsubscribes or goes away meanwhile")
    func gone() {
        for unsubscribes in [true, false] {
            let (world, client) = world()
            world.services.answer("get.test.m", .failure(.timeout))
            world.services.answer("access.test.m", .failure(.timeout))
            if unsubscribes {
                client.send("unsubscribe.test.m", id: 2)
            } else {
                client.session?.close()
            }
            wait(world)
            #expect(!world.asked.contains("access.test.m"))
        }
    }

    @Test(
        "an event that waited for access goes out when access is known by the time it is asked for once more"
    )
    func knownMeanwhile() {
        let world = World()
        let client = world.connect()
        client.send("subscribe.p", id: 1)
        world.serve(["p": #"{"a":{"rid":"missing"}}"#])
        world.context.cache.busDisconnected()
        world.context.cache.busReconnected()
        world.services.answer("get.p", #"{"result":{"model":{"a":{"rid":"missing"}}}}"#)
        world.services.answer("access.p", .failure(.timeout))
        _ = client.received()
        world.services.emit("event.p.change", #"{"values":{"b":{"rid":"missing"}}}"#)
        client.send("call.p.x", id: 2)
        world.services.answer("access.p", #"{"result":{"get":true,"call":"x"}}"#)
        #expect(client.received() == [])
        world.services.now += 1_000_000_000
        world.context.cache.wake()
        #expect(client.received().map { $0.prefix(27) } == [#"{"event":"p.change","data":"#])
    }
}
