import Logging
import NIOCore
import NIOPosix
import RESProtocol
import SocketTesting

@testable import Gateway

/// A gateway on a loopback bus with one service, listening on a port of its own.
final class TestGateway: Sendable {
    let port: Int
    private let parts: NIOLoopBound<(gateway: Gateway, bus: LoopbackBus, service: LoopbackService)>
    private let eventLoop: any EventLoop
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    init(
        _ resources: [String: String],
        configure: @escaping @Sendable (inout GatewayConfiguration) -> Void = { _ in }
    ) throws {
        let eventLoop = TestGateway.group.next()
        self.eventLoop = eventLoop
        let parts = try eventLoop.submit {
            var configuration = GatewayConfiguration()
            configuration.port = 0
            configure(&configuration)
            let bus = LoopbackBus(eventLoop: eventLoop)
            let service = LoopbackService(bus: bus, resources)
            let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            let gateway = Gateway(configuration: configuration, bus: bus, logger: logger)
            return NIOLoopBound((gateway: gateway, bus: bus, service: service), eventLoop: eventLoop)
        }.wait()
        self.parts = parts
        try eventLoop.flatSubmit { parts.value.gateway.start() }.wait()
        port = try eventLoop.submit { parts.value.gateway.address?.port ?? 0 }.wait()
    }

    deinit {
        let parts = parts
        eventLoop.execute { parts.value.gateway.stop().whenComplete { _ in _ = parts } }
    }

    func stop() throws {
        let parts = parts
        try eventLoop.flatSubmit { parts.value.gateway.stop() }.wait()
    }

    /// Runs something on the loop, with the bus and the service.
    func with<Result: Sendable>(
        _ body: @escaping @Sendable (LoopbackBus, LoopbackService) -> Result
    ) throws -> Result {
        let parts = parts
        return try eventLoop.submit { body(parts.value.bus, parts.value.service) }.wait()
    }

    /// Sends a GET request to the port of the metrics.
    func requestMetrics(_ path: String) throws -> String {
        let parts = parts
        let port = try eventLoop.submit { parts.value.gateway.metricsAddress?.port ?? 0 }.wait()
        let client = try SocketClient(port: port)
        client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
        return client.receiveAnswer(hasBody: true)
    }

    /// A WebSocket of protocol 1.2.3.
    func connect() throws -> WebSocketTestClient {
        let client = try WebSocketTestClient(port: port)
        client.send(#"{"id":0,"method":"version","params":{"protocol":"1.2.3"}}"#)
        _ = client.receive()
        return client
    }

    /// Sends a request on a connection of its own, and gives the answer's status line, fields and body.
    func request(_ method: String, _ path: String, fields: String = "", body: String = "") throws -> String {
        let client = try SocketClient(port: port)
        let length = body.isEmpty ? "" : "Content-Length: \(body.utf8.count)\r\n"
        client.send("\(method) \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\(length)\r\n\(body)")
        return client.receiveAnswer(hasBody: method != "HEAD")
    }
}

/// A WebSocket that sends and receives texts.
final class WebSocketTestClient {
    private let socket: SocketClient

    init(port: Int, path: String = "/") throws {
        socket = try SocketClient(port: port)
        socket.send(
            "GET \(path) HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nCookie: c=d\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        _ = socket.receive(through: "\r\n\r\n")
    }

    func send(_ text: String) {
        let payload = Array(text.utf8)
        var frame: [UInt8] = [0x81]
        if payload.count < 126 {
            frame.append(0x80 | UInt8(payload.count))
        } else {
            frame += [0x80 | 126, UInt8(payload.count >> 8 & 0xff), UInt8(payload.count & 0xff)]
        }
        socket.send(frame + [0, 0, 0, 0] + payload)
    }

    /// The next frame as its kind and its text.
    func receive() -> String { socket.receiveFrame() }

    func close() { socket.close() }
}
