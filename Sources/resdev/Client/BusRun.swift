import ArgumentParser
import Glibc
import Logging
import NIOCore
import NIOPosix
import RESProtocol

/// What every command that joins a NATS server can be told.
struct BusOptions: ParsableArguments {
    @Option(
        name: [.customShort("s"), .customLong("nats")],
        help: ArgumentHelp(
            "The NATS server, as nats://localhost:4222; NATS_URL, if left out, else the local one.",
            valueName: "url"
        )
    )
    var url: String?

    @Flag(help: "JSON lines, even on a terminal.")
    var json = false

    /// How to write for who reads the output.
    var output: ClientOutputStyle { ClientOutputStyle(json: json) }

    /// The server that the options name.
    func options() throws -> NATSOptions {
        let variable = getenv("NATS_URL").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        var options = try NATSOptions(argument: url ?? variable ?? "nats://localhost:4222")
        options.name = "resdev command line"
        return options
    }
}

/// Runs what a command does on connections to a NATS server, and waits for it.
enum BusRun {
    /// Connects, runs the body on the bus's loop, waits for its future, and closes; Ctrl-C ends the process.
    static func run(
        _ options: BusOptions,
        _ body: @escaping @Sendable (any MessageBus) throws -> EventLoopFuture<Void>
    ) throws {
        try run(options, connections: 1) { buses in
            guard let bus = buses.first else { throw StartFailure("there is no connection") }
            return try body(bus)
        }
    }

    /// The same with several connections, all on one loop.
    static func run<Result: Sendable>(
        _ options: BusOptions,
        connections: Int,
        _ body: @escaping @Sendable ([any MessageBus]) throws -> EventLoopFuture<Result>
    ) throws -> Result {
        StopSignals.unblock()
        let options = try options.options()
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        do {
            return try eventLoop.flatSubmit {
                let all = (0..<connections).map { _ in connect(options, eventLoop) }
                return EventLoopFuture.whenAllSucceed(all, on: eventLoop).assumeIsolated().flatMap { bound in
                    run(bound.map(\.value), eventLoop, body)
                }.nonisolated()
            }.wait()
        } catch let error as NATSError {
            throw StartFailure(
                error.message,
                remedy: "start a broker with 'resdev serve', or name a server with --nats or NATS_URL"
            )
        }
    }

    private static func connect(
        _ options: NATSOptions,
        _ eventLoop: any EventLoop
    ) -> EventLoopFuture<NIOLoopBound<NATSBus>> {
        let logger = Logger(label: "resdev") { _ in SwiftLogNoOpLogHandler() }
        return NATSBus.connect(options, on: eventLoop, logger: logger).assumeIsolated()
            .map { NIOLoopBound($0, eventLoop: eventLoop) }.nonisolated()
    }

    private static func run<Result: Sendable>(
        _ buses: [any MessageBus],
        _ eventLoop: any EventLoop,
        _ body: @Sendable ([any MessageBus]) throws -> EventLoopFuture<Result>
    ) -> EventLoopFuture<Result> {
        let done = eventLoop.makePromise(of: Result.self)
        let work: EventLoopFuture<Result>
        do { work = try body(buses) } catch { work = eventLoop.makeFailedFuture(error) }
        work.assumeIsolated().whenComplete { result in
            EventLoopFuture.andAllComplete(buses.map { $0.close() }, on: eventLoop).assumeIsolated()
                .whenComplete { _ in done.completeWith(result) }
        }
        return done.futureResult
    }
}
