import Logging
import NIOCore
import NIOPosix
import WebServer

/// Sends every message back as it came.
final class Echo: HTTPApplication, WebSocketDelegate {
    func received(_ exchange: HTTPExchange) {
        if exchange.accept(delegate: self) == nil { exchange.respond(HTTPResponse(400)) }
    }

    func received(text: ByteBuffer, on connection: WebSocketConnection) { connection.send(text) }

    func received(binary: ByteBuffer, on connection: WebSocketConnection) { connection.send(binary: binary) }

    func closed(_ connection: WebSocketConnection) {}
}

// EchoServer PORT [takeover]: listens on a port of 127.0.0.1, with compression; `takeover` keeps its context.
let arguments = CommandLine.arguments
var compression = CompressionOptions()
compression.threshold = 0
if arguments.contains("takeover") {
    compression.serverTakesContextOver = true
    compression.clientTakesContextOver = true
}
var configuration = HTTPServerConfiguration(port: arguments.dropFirst().first.flatMap { Int($0) } ?? 9001)
configuration.compression = compression
let loop = MultiThreadedEventLoopGroup.singleton.next()
let parts = try loop.submit { [configuration] in
    let echo = Echo()
    let server = HTTPServer(
        configuration: configuration,
        application: echo,
        eventLoop: loop,
        logger: Logger(label: "echo")
    )
    return NIOLoopBound((server: server, echo: echo), eventLoop: loop)
}.wait()
try loop.flatSubmit { parts.value.server.start() }.wait()
print("listening on \(try loop.submit { parts.value.server.address?.port ?? 0 }.wait())")
try loop.makePromise(of: Void.self).futureResult.wait()
