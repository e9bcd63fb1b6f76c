import Foundation
import NIOCore
import SocketTesting
import Testing

@testable import WebServer

@Suite("the WebSocket server")
struct WebSocketServerTests {
    private static let handshake =
        "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

    private func connect(_ server: TestServer, receiveBuffer: Int32? = nil) throws -> SocketClient {
        let client = try SocketClient(port: server.port, receiveBuffer: receiveBuffer)
        client.send(WebSocketServerTests.handshake)
        #expect(client.receive(through: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
        return client
    }

    @Test("the handshake is answered as RFC 6455 section 1.3 shows")
    func handshake() throws {
        let server = try TestServer()
        let client = try SocketClient(port: server.port)
        client.send(WebSocketServerTests.handshake)
        let expected =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
        #expect(client.receive(through: "\r\n\r\n") == expected)
    }

    @Test(
        "a request that is no valid handshake comes in as any other",
        arguments: [
            ("Upgrade: WebSocket\r\n", ""), ("Upgrade: WebSocket", "Upgrade: h2c"),
            ("keep-alive, Upgrade", "keep-alive"), ("Version: 13", "Version: 8"),
            ("Version: 13", "Versio: 13"),
            ("Key: dGhl", "Key: !Ghl"), ("jZQ==", "jZQ="),
            ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", ""),
            ("GET", "POST"),
        ]
    )
    func invalidHandshake(part: String, replacement: String) throws {
        let server = try TestServer()
        let client = try SocketClient(port: server.port)
        let pieces = WebSocketServerTests.handshake.components(separatedBy: part)
        client.send(pieces.joined(separator: replacement))
        #expect(client.receive(through: "\r\n\r\n").hasPrefix("HTTP/1.1 200 OK\r\n"))
    }

    @Test("a handshake can be refused with any answer, and the connection goes on")
    func refuses() throws {
        let server = try TestServer()
        let client = try SocketClient(port: server.port)
        client.send(WebSocketServerTests.handshake.replacing("/ws", with: "/refuse"))
        #expect(client.receiveAnswer().hasSuffix("|GET /refuse"))
        client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(client.receiveAnswer().hasSuffix("GET /a"))
    }

    @Test("messages that come before the handshake is accepted are delivered in order behind it")
    func early() throws {
        let server = try TestServer(application: { $0.acceptsLater = true })
        let client = try SocketClient(port: server.port)
        client.send(Array(WebSocketServerTests.handshake.utf8) + Frame(.text, "one").bytes)
        try server.until { $0.upgrades.count == 1 }
        client.send(Frame(.text, "two").bytes)
        try server.with { $0.accept($0.upgrades[0]) }
        client.send(Frame(.text, "three").bytes)
        _ = client.receive(through: "\r\n\r\n")
        #expect((0..<3).map { _ in client.receiveFrame() } == ["text one", "text two", "text three"])
    }

    @Test("a handshake that is abandoned can no longer be accepted")
    func abandoned() throws {
        let server = try TestServer(application: { $0.acceptsLater = true })
        let client = try SocketClient(port: server.port)
        client.send(WebSocketServerTests.handshake)
        try server.until { $0.upgrades.count == 1 }
        client.reset()
        try server.until { $0.abandoned == 1 }
        try server.with { $0.accept($0.upgrades[0]) }
        #expect(try server.with { $0.connections.count } == 0)
    }

    @Test("text, binary, fragmented and empty messages come in and go out, pings are answered in between")
    func echo() throws {
        let server = try TestServer()
        let client = try connect(server)
        let frames = [
            Frame(.text, "hello"), Frame(.binary, "x"), Frame(.text, "a", isFinal: false), Frame(.ping, "p"),
            Frame(.continuation, "b"), Frame(.text, ""),
        ]
        client.send(frames.flatMap(\.bytes))
        let expected = ["text hello", "text x", "pong p", "text ab", "text "]
        #expect(expected.map { _ in client.receiveFrame() } == expected)
    }

    @Test("messages of every size come back whole", arguments: [125, 126, 65535, 65536, 1_000_000])
    func sizes(count: Int) throws {
        let server = try TestServer()
        let client = try connect(server)
        let text = String(repeating: "x", count: count)
        client.send(Frame(.text, text).bytes)
        #expect(client.receiveFrame() == "text " + text)
    }

    @Test(
        "a close is answered with its code and then the server closes",
        arguments: [
            ([UInt8](), "close none"), ([0x03, 0xe9], "close 1001"), ([0x0b, 0xb8, 0x78], "close 3000"),
        ]
    )
    func close(payload: [UInt8], answer: String) throws {
        let server = try TestServer()
        let client = try connect(server)
        client.send(
            Frame(.text, "last").bytes + Frame(.close, bytes: payload).bytes + Frame(.text, "never").bytes
        )
        #expect((0..<3).map { _ in client.receiveFrame() } == ["text last", answer, "end"])
        client.close()
        try server.until { $0.closed == 1 }
    }

    @Test(
        "a client that breaks the protocol is told how, and the server closes",
        arguments: [
            (Frame(.text, "a", isMasked: false), "close 1002"), (Frame(.text, bytes: [0xff]), "close 1007"),
            (Frame(.text, String(repeating: "x", count: 1001)), "close 1009"),
            (Frame(.close, bytes: [0, 1]), "close 1002"),
        ]
    )
    func fails(frame: Frame, answer: String) throws {
        let server = try TestServer({ $0.webSocket.maximumMessage = 1000 })
        let client = try connect(server)
        client.send(frame.bytes + Frame(.text, "never").bytes)
        #expect((0..<2).map { _ in client.receiveFrame() } == [answer, "end"])
        try server.until { $0.closed == 1 }
    }

    @Test("the server closes with a code, and waits for the client's answer no longer than the deadline")
    func serverCloses() throws {
        let server = try TestServer({ $0.closeTimeout = .milliseconds(100) })
        let client = try connect(server)
        try server.with { application in
            application.connections[0].send(ByteBuffer(string: "last"))
            application.connections[0].close(code: 4000, reason: "why")
            application.connections[0].send(ByteBuffer(string: "never"))
        }
        #expect((0..<3).map { _ in client.receiveFrame() } == ["text last", "close 4000", "end"])
        try server.until { $0.closed == 1 }
        let polite = try connect(server)
        try server.with { $0.connections[1].close(code: 1001) }
        #expect(polite.receiveFrame() == "close 1001")
        polite.send(Frame(.close, bytes: [0x03, 0xe9]).bytes)
        #expect(polite.receiveFrame() == "end")
        try server.until { $0.closed == 2 }
    }

    @Test("one frame goes to every client, in order with what each was sent alone")
    func fanOut() throws {
        let server = try TestServer()
        let clients = try (0..<20).map { _ in try connect(server) }
        try server.until { $0.connections.count == 20 }
        try server.with { application in
            for (index, connection) in application.connections.enumerated() where index % 3 == 0 {
                connection.send(ByteBuffer(string: "own"))
            }
            for number in 0..<200 {
                let frame = SharedFrame(text: ByteBuffer(string: "event \(number)"))
                for connection in application.connections { connection.send(frame: frame) }
            }
        }
        for client in clients {
            var first = client.receiveFrame()
            if first == "text own" { first = client.receiveFrame() }
            let rest = (1..<200).map { _ in client.receiveFrame() }
            #expect([first] + rest == (0..<200).map { "text event \($0)" })
        }
    }

    @Test("a client that does not read is dropped at the limit, and the others get everything")
    func stalledClient() throws {
        let server = try TestServer({ $0.maximumPendingBytes = 1 << 20 })
        let stalled = try connect(server, receiveBuffer: 4096)
        let healthy = try connect(server)
        try server.until { $0.connections.count == 2 }
        let text = String(repeating: "x", count: 10_000)
        var received = 0
        while try server.with({ $0.closed }) == 0, received < 10_000 {
            try server.with { application in
                let frame = SharedFrame(text: ByteBuffer(string: text))
                for connection in application.connections { connection.send(frame: frame) }
            }
            #expect(healthy.receiveFrame() == "text " + text)
            received += 1
        }
        #expect(try server.with { $0.closed } == 1)
        #expect(received < 10_000)
        #expect(try server.with { $0.connections[0].isOpen } == false)
        #expect(try server.with { $0.connections[1].isOpen } == true)
        _ = stalled
    }

    @Test("a message larger than the limit is sent whole when nothing else is pending")
    func largeMessage() throws {
        let server = try TestServer({ $0.maximumPendingBytes = 1000 })
        let client = try connect(server)
        let text = String(repeating: "x", count: 2000)
        client.send(Frame(.text, text).bytes)
        #expect(client.receiveFrame() == "text " + text)
    }

    @Test("a client for which exactly the limit is pending stays, one byte more drops it")
    func pendingLimit() throws {
        let server = try TestServer({ $0.maximumPendingBytes = 1000 })
        let exact = try connect(server)
        try server.until { $0.connections.count == 1 }
        try server.with { application in
            for _ in 0..<10 { application.connections[0].send(ByteBuffer(repeating: 0x78, count: 98)) }
        }
        #expect((0..<10).allSatisfy { _ in exact.receiveFrame().utf8.count == 103 })
        try server.with { application in
            for _ in 0..<9 { application.connections[0].send(ByteBuffer(repeating: 0x78, count: 98)) }
            application.connections[0].send(ByteBuffer(repeating: 0x78, count: 99))
        }
        try server.until { $0.closed == 1 }
    }

    @Test("a client that takes nothing for the write timeout is dropped, a slow one is not")
    func writeTimeout() throws {
        let server = try TestServer({ $0.writeTimeout = .milliseconds(300) })
        let stalled = try connect(server, receiveBuffer: 4096)
        try server.until { $0.connections.count == 1 }
        try server.with { application in
            let frame = SharedFrame(text: ByteBuffer(repeating: 0x78, count: 1_000_000))
            for _ in 0..<10 { application.connections[0].send(frame: frame) }
        }
        try server.until { $0.closed == 1 }
        _ = stalled
    }

    @Test("what waited while the client did not read arrives whole once it reads")
    func resumes() throws {
        let server = try TestServer()
        let client = try connect(server, receiveBuffer: 4096)
        try server.until { $0.connections.count == 1 }
        try server.with { application in
            for number in 0..<100 {
                var text = ByteBuffer(string: "\(number) ")
                text.writeRepeatingByte(0x78, count: 99_000)
                application.connections[0].send(text)
            }
            application.connections[0].close(code: 1000)
        }
        for number in 0..<100 {
            let frame = client.receiveFrame()
            #expect(frame.hasPrefix("text \(number) x") && frame.utf8.count > 99_000)
        }
        #expect(client.receiveFrame() == "close 1000")
    }

    @Test("a client that answers pings stays, one that does not is dropped")
    func pings() throws {
        let server = try TestServer({ $0.pingInterval = .milliseconds(100) })
        let client = try connect(server)
        for _ in 0..<3 {
            #expect(client.receiveFrame() == "ping")
            client.send(Frame(.pong, "").bytes)
        }
        #expect(client.receiveFrame() == "ping")
        #expect(client.receiveFrame() == "end")
        try server.until { $0.closed == 1 }
    }

    @Test("a delegate may send to all, and close, while it is told that one is closed")
    func reentrancy() throws {
        let server = try TestServer(application: { application in
            application.onOpen = { _ in
                for connection in application.connections { connection.send(ByteBuffer(string: "opened")) }
            }
        })
        let first = try connect(server)
        #expect(first.receiveFrame() == "text opened")
        let second = try connect(server)
        #expect(second.receiveFrame() == "text opened")
        #expect(first.receiveFrame() == "text opened")
    }

    @Test("a server that stops closes its WebSockets with 1001")
    func stops() throws {
        let server = try TestServer()
        let client = try connect(server)
        let stopped = server.stop()
        #expect(client.receiveFrame() == "close 1001")
        client.send(Frame(.close, bytes: [0x03, 0xe9]).bytes)
        #expect(client.receiveFrame() == "end")
        client.close()
        try stopped.wait()
    }

    @Test("a client that vanishes is told to the delegate once")
    func vanishes() throws {
        let server = try TestServer()
        let resets = try connect(server)
        let ends = try connect(server)
        try server.until { $0.connections.count == 2 }
        resets.reset()
        ends.close()
        try server.until { $0.closed == 2 }
        #expect(try server.connectionCount == 0)
    }

    @Test("a thousand clients that connect and leave leave nothing behind")
    func churn() throws {
        let server = try TestServer()
        for _ in 0..<1000 {
            let client = try connect(server)
            client.close()
        }
        try server.until { $0.closed == 1000 }
        #expect(try server.connectionCount == 0)
    }
}
