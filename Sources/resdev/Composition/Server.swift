import ArgumentParser
import Glibc
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import RESProtocol

/// One process of the program: starts the roles, says that they are up, does what signals and keys ask for, and stops
/// the roles.
enum Server {
    /// Runs until a signal, a key or the end of the command beside it. Called on the main thread.
    ///
    /// - Throws: why the server could not start, or why it could not go on; the exit status of the command beside it
    ///   where that ended by itself and not well.
    static func run(_ plan: ServerPlan) throws {
        plan.readyFile?.remove()
        let keys = plan.takesKeys ? TerminalKeys() : nil
        let signals = ServerSignals(hasCompanion: plan.companion != nil, hasKeys: keys != nil)
        signals.block()
        let failure = NIOLockedValueBox<StartFailure?>(nil)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        guard let eventLoop = group.next() as? any EventLoop & NIOSerialEventLoopExecutor else {
            preconditionFailure("event loops of a thread are executors")
        }
        let roles = Roles(plan, on: eventLoop) { reason in
            failure.withLockedValue { $0 = $0 ?? StartFailure(reason) }
            StopSignals.raise()
        }
        let companion: Companion?
        let addresses: ServerAddresses
        do {
            let started = try eventLoop.makeFutureWithTask { try await roles.start() }.wait()
            addresses = started.addresses
            try announce(started, plan)
            companion = try startCompanion(plan, addresses)
        } catch {
            plan.readyFile?.remove()
            try? eventLoop.makeFutureWithTask { await roles.stop() }.wait()
            throw error
        }
        eventLoop.scheduleTask(in: settling) { ResidentCode.release() }
        let desk = ServerDesk(plan, roles, on: eventLoop, at: addresses)
        let reason = desk.work(signals, keys, companion)
        companion?.end(by: reason.signal, signals)
        keys?.restore()
        plan.logger.log(
            level: plan.style == .resgate ? .info : .debug,
            "\(plan.style == .resgate ? "Stopping server..." : "stopping")"
        )
        plan.readyFile?.remove()
        try stop(roles, on: eventLoop, signals)
        if plan.style == .resgate { plan.logger.info("Server stopped") }
        try group.syncShutdownGracefully()
        if let failure = failure.withLockedValue({ $0 }) { throw failure }
        if case .companion(let status) = reason, status != 0 { throw ExitCode(status) }
    }

    /// How long after the start what only that needed is given back.
    private static let settling = TimeAmount.seconds(1)
    /// How long further signals change nothing while the roles stop: terminals and supervisors often send two.
    private static let calm = TimeAmount.seconds(1)

    /// Stops the roles. Whoever asks again when that has taken a while does not want to wait, and ends the process.
    private static func stop(_ roles: Roles, on eventLoop: any EventLoop, _ signals: ServerSignals) throws {
        let hasStopped = NIOLockedValueBox(false)
        let stop = eventLoop.makeFutureWithTask { await roles.stop() }
        stop.whenComplete { _ in
            hasStopped.withLockedValue { $0 = true }
            kill(getpid(), SIGIO)
        }
        let end = NIODeadline.now() + calm
        while !hasStopped.withLockedValue({ $0 }), NIODeadline.now() < end {
            _ = signals.next(within: 100)
        }
        StopSignals.unblock()
        try stop.wait()
    }

    /// Starts the command that is to run beside the server, where there is one.
    private static func startCompanion(_ plan: ServerPlan, _ addresses: ServerAddresses) throws(StartFailure)
        -> Companion?
    {
        guard let command = plan.companion else { return nil }
        return try Companion(
            command,
            environment: CompanionCommand.environment(
                addresses,
                nats: plan.nats?.servers.map { "\($0)" }.joined(separator: ",")
            ),
            keepsInput: isatty(STDIN_FILENO) == 1
        )
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
