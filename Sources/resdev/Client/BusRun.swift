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

/// Runs what a command does on a connection to a NATS server, and waits for it.
enum BusRun {
    /// Connects, runs the body on the bus's loop, waits for its future, and closes; Ctrl-C ends the process.
    static func run(
        _ options: BusOptions,
        _ body: @escaping @Sendable (any MessageBus) throws -> EventLoopFuture<Void>
    ) throws {
        StopSignals.unblock()
        let options = try options.options()
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let logger = Logger(label: "resdev") { _ in SwiftLogNoOpLogHandler() }
        do {
            try eventLoop.flatSubmit {
                NATSBus.connect(options, on: eventLoop, logger: logger).assumeIsolated().flatMap { bus in
                    let done = eventLoop.makePromise(of: Void.self)
                    let work: EventLoopFuture<Void>
                    do { work = try body(bus) } catch { work = eventLoop.makeFailedFuture(error) }
                    work.assumeIsolated().whenComplete { result in
                        bus.close().assumeIsolated().whenComplete { _ in done.completeWith(result) }
                    }
                    return done.futureResult
                }.nonisolated()
            }.wait()
        } catch let error as NATSError {
            throw StartFailure(
                error.message,
                remedy: "start a broker with 'resdev serve', or name a server with --nats or NATS_URL"
            )
        }
    }
}
