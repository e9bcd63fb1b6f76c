import Glibc
package import Logging
package import NIOCore
package import RESProtocol
package import WebServer

/// A RES gateway: serves the resources of services on a message bus to clients over HTTP and WebSocket.
///
/// Belongs to the event loop of its bus.
package final class Gateway {
    private let configuration: GatewayConfiguration
    private let bus: any MessageBus
    private let logger: Logger
    private let services: BusServices
    let context: SessionContext
    private var handler: APIHandler?
    private(set) var server: HTTPServer?
    private var metricsHandler: MetricsHandler?
    private var metricsServer: HTTPServer?
    private let tracer: MessageTracer?
    private var systemEvents: BusSubscription?
    /// Who has a path of the gateway's port to itself.
    private var guests: [String: any HTTPApplication] = [:]

    package init(configuration: GatewayConfiguration, bus: any MessageBus, logger: Logger) {
        self.configuration = configuration
        self.bus = bus
        self.logger = logger
        let retention = UInt64(max(configuration.cacheRetention.nanoseconds, 0))
        let services = BusServices(bus: bus, timeout: configuration.requestTimeout, logger: logger)
        self.services = services
        let tracer = MessageTracer(logger)
        self.tracer = tracer
        let port: any ServicePort = tracer.map { TracedServices(services, tracer: $0) } ?? services
        let cache = ResourceCache(
            port: port,
            retention: retention,
            resetThrottle: configuration.resetThrottle
        )
        context = SessionContext(cache: cache, limits: configuration.sessions)
        context.guarded = configuration.guarded
        context.referenceThrottle = configuration.referenceThrottle
        services.wake = { [cache] in cache.wake() }
    }

    /// Where the gateway listens, once started.
    package var address: SocketAddress? { server?.address }

    /// Leaves the WebSocket requests for a path to somebody else, if they come from where pages may come from; before
    /// `start`, and not for a path of resources.
    package func reserve(_ path: String, for guest: any HTTPApplication) {
        guests[path] = guest
    }

    /// Where metrics are served, once started; nil where they are not.
    package var metricsAddress: SocketAddress? { metricsServer?.address }

    /// Listens for system events, then for clients.
    ///
    /// Fails with the system's error when the address cannot be bound, and with one that says what is wrong when `allowOrigin`
    /// or a method that a request method stands for is not well-formed.
    package func start() -> EventLoopFuture<Void> {
        bus.eventLoop.preconditionInEventLoop()
        let handler: APIHandler
        do {
            handler = try APIHandler(
                configuration: configuration,
                context: context,
                tracer: tracer,
                makeConnectionID: Gateway.makeConnectionIDs()
            )
        } catch {
            return bus.eventLoop.makeFailedFuture(error)
        }
        handler.guests = guests
        self.handler = handler
        systemEvents = bus.subscribe(to: "system.*") { [context, logger] message in
            Gateway.systemEvent(message, context, logger)
        }
        bus.observeState { [context, logger] state in
            switch state {
            case .disconnected(let reason), .failed(let reason):
                logger.warning("the message bus is gone", metadata: ["reason": "\(reason)"])
                context.cache.busDisconnected()
            case .reconnected:
                logger.info("the message bus is back; everything is fetched anew")
                context.busReconnected()
            }
        }
        let server = HTTPServer(
            configuration: configuration.serverConfiguration,
            application: handler,
            eventLoop: bus.eventLoop,
            logger: logger
        )
        self.server = server
        return startMetrics().assumeIsolated().flatMap { server.start() }.nonisolated()
    }

    /// Serves metrics, where a port is configured for them.
    private func startMetrics() -> EventLoopFuture<Void> {
        guard let port = configuration.metricsPort else { return bus.eventLoop.makeSucceededVoidFuture() }
        let handler = MetricsHandler(context: context)
        metricsHandler = handler
        var configuration = configuration.serverConfiguration
        configuration.port = port
        let server = HTTPServer(
            configuration: configuration,
            application: handler,
            eventLoop: bus.eventLoop,
            logger: logger
        )
        metricsServer = server
        return server.start()
    }

    /// Sends close frames, lets answers in flight leave, and ends all subscriptions, within a second.
    package func stop() -> EventLoopFuture<Void> {
        bus.eventLoop.preconditionInEventLoop()
        if let systemEvents { bus.unsubscribe(systemEvents) }
        systemEvents = nil
        guard let server else {
            services.stop()
            return bus.eventLoop.makeSucceededVoidFuture()
        }
        let ended = [server.stop(), metricsServer?.stop()].compactMap { $0 }
        let stopped = EventLoopFuture.andAllComplete(ended, on: bus.eventLoop).assumeIsolated()
        stopped.whenComplete { [services] _ in services.stop() }
        return stopped.nonisolated()
    }

    private static func systemEvent(_ message: Message, _ context: SessionContext, _ logger: Logger) {
        guard let payload = try? ResourceEvent.payload(of: message.payload) ?? .emptyObject,
            payload.kind == .object
        else {
            logger.error("system event that is no object", metadata: ["subject": "\(message.subject)"])
            return
        }
        switch message.subject.text {
        case "system.reset": context.systemReset(payload)
        case "system.tokenReset": context.tokenReset(payload)
        default: break
        }
    }

    private static func makeConnectionIDs() -> () -> String {
        var generator = SystemRandomNumberGenerator()
        var ids = ConnectionIDs(using: &generator)
        return { ids.next(seconds: UInt32(truncatingIfNeeded: time(nil))) }
    }
}
