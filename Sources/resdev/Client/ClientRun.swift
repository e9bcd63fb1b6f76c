import NIOCore
import NIOPosix
import RESProtocol

/// Runs what a command does on a connection, and waits for it.
enum ClientRun {
    typealias Body = @Sendable (RESConnection, AsyncStream<RESConnection.Event>) async throws -> Void

    /// Time between two attempts to connect again.
    private static let pause = Duration.seconds(1)

    /// Connects once; Ctrl-C ends the process.
    static func run(_ options: ClientOptions, _ server: ServerURL, _ body: @escaping Body) throws {
        let token = options.token
        try wait { try await RESConnection.with(server, token: token, body) }
    }

    /// Connects, and connects again whenever the server has gone, until the body has ended for another reason than
    /// a lost connection.
    static func untilDone(_ options: ClientOptions, _ server: ServerURL, _ body: @escaping Body) throws {
        let token = options.token
        try wait {
            var hasConnected = false
            while true {
                do {
                    try await RESConnection.with(server, token: token) { connection, events in
                        try await body(connection, events)
                    }
                    return
                } catch is ConnectionLost {
                    hasConnected = true
                    StandardError.write("resdev: the server is gone; waiting for it to come back\n")
                } catch let failure as StartFailure {
                    guard hasConnected else { throw failure }
                }
                try await Task.sleep(for: pause)
            }
        }
    }

    private static func wait(_ work: @escaping @Sendable () async throws -> Void) throws {
        StopSignals.unblock()
        try MultiThreadedEventLoopGroup.singleton.next().makeFutureWithTask(work).wait()
    }
}

/// The server went away while it was watched.
struct ConnectionLost: Error {}
