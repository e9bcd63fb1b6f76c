import NIOCore
import RESProtocol
import Testing

@testable import Gateway

@Suite("The gateway over live sockets")
struct GatewayFacadeTests {
    @Test("a WebSocket client subscribes, gets events, calls and unsubscribes")
    func webSocket() throws {
        let gateway = try TestGateway(["lib.list": #"[{"rid":"lib.m"}]"#, "lib.m": #"{"a":1}"#])
        try gateway.with { _, service in
            service.answer = { subject, _ in subject == "call.lib.m.set" ? #"{"result":7}"# : nil }
        }
        let client = try gateway.connect()
        client.send(#"{"id":1,"method":"subscribe.lib.list"}"#)
        #expect(
            client.receive()
                == #"text {"result":{"models":{"lib.m":{"a":1}},"collections":{"lib.list":[{"rid":"lib.m"}]}},"id":1}"#
        )
        try gateway.with { _, service in service.emit("event.lib.m.change", #"{"values":{"a":2}}"#) }
        #expect(client.receive() == #"text {"event":"lib.m.change","data":{"values":{"a":2}}}"#)
        client.send(#"{"id":2,"method":"call.lib.m.set","params":{"a":3}}"#)
        #expect(client.receive() == #"text {"result":{"payload":7},"id":2}"#)
        client.send(#"{"id":3,"method":"unsubscribe.lib.list"}"#)
        #expect(client.receive() == #"text {"id":3}"#)
    }

    @Test("an auth request tells of the handshake, and the token it leads to goes with later requests")
    func auth() throws {
        let gateway = try TestGateway(["lib.m": "{}"])
        try gateway.with { bus, service in
            service.answer = { subject, payload in
                guard subject == "auth.users.login",
                    let cid = try? json(payload)["cid"]?.string
                else { return nil }
                service.emit("conn.\(cid).token", #"{"token":{"user":1}}"#)
                return #"{"result":null}"#
            }
        }
        let client = try gateway.connect()
        client.send(#"{"id":1,"method":"auth.users.login"}"#)
        #expect(client.receive() == #"text {"result":{"payload":null},"id":1}"#)
        client.send(#"{"id":2,"method":"subscribe.lib.m"}"#)
        _ = client.receive()
        let requests = try gateway.with { _, service in service.requests }
        #expect(requests[0].contains(#""Cookie":["c=d"]"#))
        #expect(requests[0].contains(#""uri":"/""#))
        #expect(requests.last?.contains(#""token":{"user":1}"#) == true)
    }

    @Test("system events reset resources, whatever else comes on system.*")
    func systemReset() throws {
        let gateway = try TestGateway(["lib.m": #"{"a":1}"#])
        let client = try gateway.connect()
        client.send(#"{"id":1,"method":"subscribe.lib.m"}"#)
        _ = client.receive()
        try gateway.with { _, service in
            service.resources["lib.m"] = #"{"a":2}"#
            service.emit("system.other", "[]")
            service.emit("system.reset", "x")
            service.emit("system.reset", #"{"resources":["lib.>"]}"#)
        }
        #expect(client.receive() == #"text {"event":"lib.m.change","data":{"values":{"a":2}}}"#)
    }

    @Test("requests fail clearly while the bus is gone, and clients get what they missed when it is back")
    func disconnect() throws {
        let gateway = try TestGateway(["lib.m": #"{"a":1}"#])
        let client = try gateway.connect()
        client.send(#"{"id":1,"method":"subscribe.lib.m"}"#)
        _ = client.receive()
        try gateway.with { bus, service in
            bus.setConnected(false)
            service.resources["lib.m"] = #"{"a":2}"#
        }
        client.send(#"{"id":2,"method":"call.lib.m2.set"}"#)
        #expect(
            client.receive()
                == #"text {"error":{"code":"system.serviceUnavailable","message":"Service unavailable"},"id":2}"#
        )
        try gateway.with { bus, _ in bus.setConnected(true) }
        #expect(client.receive() == #"text {"event":"lib.m.change","data":{"values":{"a":2}}}"#)
    }

    @Test("a subject that NATS cannot carry is refused before it is sent", arguments: [4055 - 7, 4056 - 7])
    func subjectTooLong(length: Int) throws {
        let gateway = try TestGateway([:])
        let client = try gateway.connect()
        let name = String(repeating: "a", count: length)
        client.send(#"{"id":1,"method":"subscribe.\#(name)"}"#)
        let isTooLong = length + 7 + 29 + 12 > 4096
        #expect(client.receive().contains("system.subjectTooLong") == isTooLong)
    }

    @Test("a stop closes clients with 1001 and leaves nothing on the bus")
    func stop() throws {
        let gateway = try TestGateway(["lib.m": "{}"])
        let client = try gateway.connect()
        client.send(#"{"id":1,"method":"subscribe.lib.m"}"#)
        _ = client.receive()
        try gateway.stop()
        #expect(client.receive() == "close 1001")
        let patterns = try gateway.with { bus, _ in bus.patterns }
        #expect(patterns.filter { !$0.hasPrefix("event.") } == ["access.>", "auth.>", "call.>", "get.>"])
    }
}
