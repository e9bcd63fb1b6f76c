import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// One process of the program: starts the roles, says that they are up, waits for a signal, and stops them.
enum Server {
    /// Runs until SIGINT or SIGTERM. Called on the main thread.
    ///
    /// - Throws: why the server could not start, or why it could not go on.
    static func run(_ plan: ServerPlan) throws {
        plan.readyFile?.remove()
        let failure = NIOLockedValueBox<StartFailure?>(nil)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        guard let eventLoop = group.next() as? any EventLoop & NIOSerialEventLoopExecutor else {
            preconditionFailure("event loops of a thread are executors")
        }
        let roles = Roles(plan, on: eventLoop) { reason in
            failure.withLockedValue { $0 = $0 ?? StartFailure(reason) }
            StopSignals.raise()
        }
        do {
            let started = try eventLoop.makeFutureWithTask { try await roles.start() }.wait()
            try announce(started, plan)
        } catch {
            try? eventLoop.makeFutureWithTask { await roles.stop() }.wait()
            throw error
        }
        let reload = plan.configuration.flatMap {
            ConfigurationReload($0, sources: plan.sources, logger: plan.logger)
        }
        while true {
            let request = StopSignals.next(reloads: reload != nil)
            guard request != .stop else { break }
            reload?.reload(isAsked: request == .reload) { configuration in
                let answer = eventLoop.makeFutureWithTask { await roles.reconfigure(configuration) }
                return (try? answer.wait()) ?? nil
            }
        }
        // Whoever asks a second time does not want to wait.
        StopSignals.unblock()
        plan.logger.log(
            level: plan.style == .resgate ? .info : .debug,
            "\(plan.style == .resgate ? "Stopping server..." : "stopping")"
        )
        plan.readyFile?.remove()
        try eventLoop.makeFutureWithTask { await roles.stop() }.wait()
        if plan.style == .resgate { plan.logger.info("Server stopped") }
        try group.syncShutdownGracefully()
        if let failure = failure.withLockedValue({ $0 }) { throw failure }
    }

    private static func announce(_ started: StartedServer, _ plan: ServerPlan) throws(StartFailure) {
        try plan.readyFile?.write(started.addresses)
        switch plan.style {
        case .banner:
            let lines = started.banner.lines(inColour: StandardOutput.showsColour)
            StandardOutput.write(lines.joined(separator: "\n") + "\n")
        case .records:
            for remark in started.banner.remarks { plan.logger.notice("\(remark)") }
            plan.logger.info("ready", metadata: started.addresses.metadata)
        case .resgate:
            if let metrics = started.addresses.metrics {
                plan.logger.info("Metrics endpoint listening on \(metrics)")
            }
            if let http = started.addresses.http { plan.logger.info("Listening on \(http)") }
            plan.logger.info("Server ready")
        }
    }
}

extension ServerAddresses {
    fileprivate var metadata: Logger.Metadata {
        [("http", http), ("ws", webSocket), ("nats", nats)].reduce(into: [:]) { metadata, member in
            if let address = member.1 { metadata[member.0] = "\(address)" }
        }
    }
}
