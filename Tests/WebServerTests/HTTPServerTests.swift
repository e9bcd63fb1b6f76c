import NIOCore
import SocketTesting
import Testing

@testable import WebServer

@Suite("the HTTP server")
struct HTTPServerTests {
    private let echoed = "HTTP/1.1 200 OK/Content-Type: text/plain|"

    @Test("answers requests on one connection, one after the other")
    func keepAlive() throws {
        let server = try TestServer()
        let client = try SocketClient(port: server.port)
        for path in ["/a", "/b?c"] {
            client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(client.receiveAnswer() == echoed + "GET \(path)")
        }
        client.send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody")
        #expect(client.receiveAnswer() == echoed + "POST /p body")
    }

    @Test("a request sent byte by byte is answered")
    func byteByByte() throws {
        let server = try TestServer()
        let client = try SocketClient(port: server.port)
        for byte in "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi".utf8 { client.send([byte]) }
        #expect(client.receiveAnswer() == echoed + "POST /a hi")
    }

    @Test("pipelined requests are answered in order, also when the first answer comes last")
    func pipelined() throws {
        let server = try TestServer()
        let client = try SocketClient(port: server.port)
        client.send(
            ["/later", "/b", "/c"].map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
        )
        try server.until { $0.waiting.count == 1 }
        try server.with { $0.waiting[0].respond(.text(200, "first")) }
        #expect(client.receiveAnswer() == "HTTP/1.1 200 OK/Content-Type: text/plain; charset=utf-8|first")
        #expect(client.receiveAnswer() == echoed + "GET /b")
        #expect(client.receiveAnswer() == echoed + "GET /c")
    }

    @Test("only the first answer to a request counts")
    func secondAnswer() throws {
        let server = try TestServer()
        let client = try SocketClient(port: server.port)
        client.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n")
        try server.until { $0.waiting.count == 1 }
        try server.with { application in
            application.waiting[0].respond(HTTPResponse(204))
            application.waiting[0].respond(HTTPResponse(500))
        }
        #expect(client.receiveAnswer() == "HTTP/1.1 204 No Content|")
        #expect(client.receiveAnswer() == echoed + "GET /b")
    }

    @Test("HEAD is answered with the length of the body and without it")
    func head() throws {
        let server = try TestServer()
        let client = try SocketClient(port: server.port)
        client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n")
        let head = client.receive(through: "\r\n\r\n")
        #expect(head.contains("\r\nContent-Length: 7\r\n"))
        #expect(client.receiveAnswer() == echoed + "GET /b")
    }

    @Test("a status without a body has neither body nor length")
    func noContent() throws {
        let server = try TestServer(application: { $0.answer = { _ in HTTPResponse(204) } })
        let client = try SocketClient(port: server.port)
        client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
        let answer = client.receive(through: "\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 204 No Content\r\n") && !answer.contains("Content-Length"))
    }

    @Test(
        "the connection closes when the client or the version says so",
        arguments: [
            ("GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "Connection: close\r\n"),
            ("GET /a HTTP/1.0\r\n\r\n", "Connection: close\r\n"),
        ]
    )
    func closes(request: String, field: String) throws {
        let server = try TestServer()
        let client = try SocketClient(port: server.port)
        client.send(request + "GET /never HTTP/1.1\r\nHost: a\r\n\r\n")
        let answer = client.receiveAll()
        #expect(answer.contains(field) && answer.hasSuffix("GET /a"))
    }

    @Test("an HTTP/1.0 client that asks for it keeps its connection")
    func keepAlive10() throws {
        let server = try TestServer()
        let client = try SocketClient(port: server.port)
        for _ in 0..<2 {
            client.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(client.receiveAnswer().contains("/Connection: keep-alive|GET /a"))
        }
    }

    @Test("a fault is answered with its status and closes the connection")
    func fault() throws {
        let server = try TestServer()
        let client = try SocketClient(port: server.port)
        client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\n\r\n")
        #expect(client.receiveAnswer() == echoed + "GET /a")
        let answer = client.receiveAll()
        #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        #expect(answer.hasSuffix(#"{"code":"system.badRequest","message":"the field Host is missing"}"#))
    }

    @Test("a client that sends a body which is too large gets the answer although it goes on sending")
    func largeBody() throws {
        let server = try TestServer({ $0.http.maximumBody = 1000 })
        let client = try SocketClient(port: server.port)
        client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
        client.send([UInt8](repeating: 0x61, count: 1_000_000))
        #expect(client.receiveAll().hasPrefix("HTTP/1.1 413 "))
    }

    @Test("a client that waits for 100 Continue gets it, then its answer")
    func expectContinue() throws {
        let server = try TestServer()
        let client = try SocketClient(port: server.port)
        client.send("POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        #expect(client.receive(through: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
        client.send("hi")
        #expect(client.receiveAnswer() == echoed + "POST /a hi")
    }

    @Test("a client that closes its sending side still gets its answers")
    func halfClose() throws {
        let server = try TestServer()
        let client = try SocketClient(port: server.port)
        client.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n")
        client.finishSending()
        try server.until { $0.waiting.count == 1 }
        try server.with { $0.waiting[0].respond(HTTPResponse(204)) }
        let answers = client.receiveAll()
        #expect(answers.hasPrefix("HTTP/1.1 204 ") && answers.hasSuffix("GET /b"))
    }

    @Test("a client that goes away abandons what it asked for")
    func abandons() throws {
        let server = try TestServer()
        let client = try SocketClient(port: server.port)
        client.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n")
        try server.until { $0.waiting.count == 1 }
        client.reset()
        try server.until { $0.abandoned == 1 }
        try server.with { $0.waiting[0].respond(HTTPResponse(204)) }
        #expect(try server.connectionCount == 0)
    }

    @Test("a large answer to a slow reader arrives whole", arguments: [16 << 10, (16 << 10) + 1, 3_000_000])
    func largeAnswer(count: Int) throws {
        let server = try TestServer(application: { application in
            application.answer = { _ in HTTPResponse(200, body: ByteBuffer(repeating: 0x61, count: count)) }
        })
        let client = try SocketClient(port: server.port, receiveBuffer: 4096)
        client.send("GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        let answer = client.receiveAll()
        #expect(answer.utf8.suffix(count).allSatisfy { $0 == 0x61 } && answer.utf8.count > count)
    }

    @Test("a client that closes its sending side behind the request gets a large last answer whole")
    func halfCloseWithLargeAnswer() throws {
        let server = try TestServer(application: { application in
            application.answer = { _ in HTTPResponse(200, body: ByteBuffer(repeating: 0x61, count: 3_000_000))
            }
        })
        let client = try SocketClient(port: server.port, receiveBuffer: 4096)
        client.send("GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        var answer = client.receive(through: "\r\n\r\n")
        client.finishSending()
        answer += client.receiveAll()
        #expect(answer.utf8.count > 3_000_000)
    }

    @Test("a client that sends requests without reading answers is not read from without end")
    func floods() throws {
        let server = try TestServer({ $0.writeTimeout = .milliseconds(500) })
        let client = try SocketClient(port: server.port)
        client.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n")
        try server.until { $0.waiting.count == 1 }
        let sent = client.sendWithoutWaiting(
            String(repeating: "GET /b HTTP/1.1\r\nHost: a\r\n\r\n", count: 1_000_000)
        )
        #expect(sent < 20_000_000)
    }

    @Test("a head that does not arrive in time is answered with 408")
    func slowHead() throws {
        let server = try TestServer({ $0.headTimeout = .milliseconds(300) })
        let client = try SocketClient(port: server.port)
        client.send("GET /a HTTP/1.1\r\nHo")
        #expect(client.receiveAll().hasPrefix("HTTP/1.1 408 "))
    }

    @Test("a body that does not arrive in time is answered with 408")
    func slowBody() throws {
        let server = try TestServer({ $0.bodyTimeout = .milliseconds(300) })
        let client = try SocketClient(port: server.port)
        client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc")
        #expect(client.receiveAll().hasPrefix("HTTP/1.1 408 "))
    }

    @Test("a connection without a request is closed in time, at its start and between requests")
    func idle() throws {
        let server = try TestServer({
            $0.headTimeout = .milliseconds(300)
            $0.idleTimeout = .milliseconds(300)
        })
        #expect(try SocketClient(port: server.port).receiveAll() == "")
        let client = try SocketClient(port: server.port)
        client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(client.receiveAll().hasSuffix("GET /a"))
    }

    @Test("an answer that takes longer than all read deadlines is waited for")
    func slowAnswer() throws {
        let server = try TestServer({
            $0.headTimeout = .milliseconds(200)
            $0.idleTimeout = .milliseconds(200)
        })
        let client = try SocketClient(port: server.port)
        client.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n")
        try server.until { $0.waiting.count == 1 }
        try server.with { application in
            _ = application.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(900)) {
                application.waiting[0].respond(HTTPResponse(204))
            }
        }
        #expect(client.receiveAnswer() == "HTTP/1.1 204 No Content|")
    }

    @Test("a client above the limit of connections is turned away with 503, the others stay")
    func connectionLimit() throws {
        let server = try TestServer({ $0.maximumConnections = 1 })
        let first = try SocketClient(port: server.port)
        first.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(first.receiveAnswer() == echoed + "GET /a")
        #expect(try SocketClient(port: server.port).receiveAll().hasPrefix("HTTP/1.1 503 "))
        first.send("GET /b HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(first.receiveAnswer() == echoed + "GET /b")
    }

    @Test("a field of an answer cannot end its line")
    func responseSplitting() throws {
        let server = try TestServer(application: { application in
            application.answer = { _ in
                HTTPResponse(
                    200,
                    fields: [HTTPField("X", "a\r\nY: b"), HTTPField("Bad name", "c"), HTTPField("Z", "d")]
                )
            }
        })
        let client = try SocketClient(port: server.port)
        client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(client.receiveAnswer() == "HTTP/1.1 200 OK/X: a  Y: b/Z: d|")
    }

    @Test("a server that stops closes idle connections, lets answers leave and takes no new client")
    func stops() throws {
        let server = try TestServer()
        let idle = try SocketClient(port: server.port)
        idle.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = idle.receiveAnswer()
        let busy = try SocketClient(port: server.port)
        busy.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n")
        try server.until { $0.waiting.count == 1 }
        let stopped = server.stop()
        #expect(idle.receiveAll() == "")
        idle.close()
        try server.with { $0.waiting[0].respond(HTTPResponse(204)) }
        let answer = busy.receiveAll()
        #expect(answer.hasPrefix("HTTP/1.1 204 ") && answer.contains("Connection: close"))
        busy.close()
        try stopped.wait()
        #expect(throws: SocketError.self) { try SocketClient(port: server.port) }
    }

    @Test("a server stops in time although a client does nothing")
    func stopsInTime() throws {
        let server = try TestServer({ $0.stopTimeout = .milliseconds(100) })
        let client = try SocketClient(port: server.port)
        client.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n")
        try server.until { $0.waiting.count == 1 }
        try server.stop().wait()
        #expect(try server.connectionCount == 0)
        #expect(try server.with { $0.abandoned } == 1)
    }

    @Test(
        "the value of Date is that of RFC 9110",
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
            (1_735_689_600, "Wed, 01 Jan 2025 00:00:00 GMT"),
            (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        ]
    )
    func date(seconds: Int, expected: String) {
        #expect(HTTPDate(secondsSinceEpoch: seconds).value == expected)
    }
}

@Suite("places and deadlines of connections")
struct ConnectionTableTests {
    private final class Connection {}

    @Test("a connection that is taken out leaves its place to the last one")
    func places() {
        var table = ConnectionTable<Connection>()
        let connections = (0..<3).map { _ in Connection() }
        #expect(connections.map { table.insert($0) } == [0, 1, 2])
        #expect(table.remove(at: 0) === connections[2])
        #expect(table.remove(at: 1) == nil)
        #expect(table.remove(at: 5) == nil)
        #expect(table.remove(at: -1) == nil)
        #expect(table.all.map(ObjectIdentifier.init) == [ObjectIdentifier(connections[2])])
    }

    @Test("a deadline passes once, at its tick, and moves with its connection")
    func deadlines() {
        var table = ConnectionTable<Connection>()
        let connections = (0..<3).map { _ in Connection() }
        for connection in connections { _ = table.insert(connection) }
        table.setDeadline(2, at: 0)
        table.setDeadline(3, at: 2)
        table.setDeadline(1, at: 7)
        #expect(table.tick().isEmpty)
        _ = table.remove(at: 0)
        #expect(table.tick().isEmpty)
        #expect(table.tick().map(ObjectIdentifier.init) == [ObjectIdentifier(connections[2])])
        #expect(table.tick().isEmpty)
        table.setDeadline(1, at: 0)
        table.setDeadline(nil, at: 0)
        #expect(table.tick().isEmpty)
    }
}
