import Logging
import NIOCore
import NIOPosix

@testable import WebServer

/// A server on an event loop of its own, with an application made for one test.
final class TestServer: Sendable {
    let port: Int
    let eventLoop: any EventLoop
    private let server: NIOLoopBound<HTTPServer>
    private let application: NIOLoopBound<TestApplication>
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    init(
        _ configure: @Sendable (inout HTTPServerConfiguration) -> Void = { _ in },
        application prepare: @escaping @Sendable (TestApplication) -> Void = { _ in }
    ) throws {
        var settings = HTTPServerConfiguration()
        configure(&settings)
        let configuration = settings
        let eventLoop = TestServer.group.next()
        let parts = try eventLoop.submit {
            let application = TestApplication(eventLoop: eventLoop)
            prepare(application)
            let server = HTTPServer(
                configuration: configuration,
                application: application,
                eventLoop: eventLoop,
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            )
            return (
                NIOLoopBound(server, eventLoop: eventLoop), NIOLoopBound(application, eventLoop: eventLoop)
            )
        }.wait()
        (server, application) = parts
        try eventLoop.flatSubmit { parts.0.value.start() }.wait()
        port = try eventLoop.submit { parts.0.value.address?.port ?? 0 }.wait()
        self.eventLoop = eventLoop
    }

    deinit {
        let server = server
        let application = application
        eventLoop.execute {
            let kept = application
            server.value.stop().whenComplete { _ in _ = kept }
        }
    }

    func stop() -> EventLoopFuture<Void> {
        let server = server
        return eventLoop.flatSubmit { server.value.stop() }
    }

    /// Runs something with the application on its loop.
    func with<Result: Sendable>(_ body: @escaping @Sendable (TestApplication) -> Result) throws -> Result {
        let application = application
        return try eventLoop.submit { body(application.value) }.wait()
    }

    /// Completes when a condition holds, looked at every turn of the loop.
    func until(_ condition: @escaping @Sendable (TestApplication) -> Bool) throws {
        while try !with(condition) { continue }
    }

    var connectionCount: Int {
        get throws {
            let server = server
            return try eventLoop.submit { server.value.connectionCount }.wait()
        }
    }
}

/// Answers with what it was asked, keeps exchanges of paths that start with `/later`, accepts every WebSocket and echoes.
final class TestApplication: HTTPApplication, WebSocketDelegate {
    let eventLoop: any EventLoop
    var waiting: [HTTPExchange] = []
    var upgrades: [HTTPExchange] = []
    var connections: [WebSocketConnection] = []
    var abandoned = 0
    var closed = 0
    var acceptsLater = false
    var onOpen: ((WebSocketConnection) -> Void)?
    var answer: ((HTTPRequest) -> HTTPResponse)?

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func received(_ exchange: HTTPExchange) {
        let request = exchange.request
        if exchange.isWebSocketHandshake, request.path != "/refuse" {
            guard acceptsLater else { return accept(exchange) }
            exchange.onAbandon = { self.abandoned += 1 }
            upgrades.append(exchange)
        } else if request.path.hasPrefix("/later") {
            exchange.onAbandon = { self.abandoned += 1 }
            waiting.append(exchange)
        } else {
            exchange.respond(answer?(request) ?? TestApplication.echo(request))
        }
    }

    func accept(_ upgrade: HTTPExchange) {
        guard let connection = upgrade.accept(delegate: self) else { return }
        connections.append(connection)
        onOpen?(connection)
    }

    func received(text: ByteBuffer, on connection: WebSocketConnection) {
        connection.send(text)
    }

    func closed(_ connection: WebSocketConnection) {
        closed += 1
    }

    static func echo(_ request: HTTPRequest) -> HTTPResponse {
        var body = ByteBuffer(string: "\(request.method) \(request.target)")
        if request.body.readableBytes > 0 {
            body.writeString(" ")
            body.writeImmutableBuffer(request.body)
        }
        return HTTPResponse(200, fields: [HTTPField("Content-Type", "text/plain")], body: body)
    }
}
