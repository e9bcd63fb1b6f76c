import Glibc

/// The process of a command that runs beside the server, in a process group of its own, so that all it starts can be
/// ended with it. Used by the main thread alone.
final class Companion {
    /// How long it has to end when it is asked to, in milliseconds; a second request or this time ends it at once.
    static let patience = 5000
    /// How often it is looked whether all of its processes are gone, in milliseconds.
    private static let interval = 20

    let command: CompanionCommand
    /// How it ended, as a shell tells; nil while it runs.
    private(set) var status: Int32?
    private let processID: pid_t
    /// The other end of its standard input, which stays open for as long as the server runs; -1 for none.
    private let input: Int32

    /// Starts a command.
    ///
    /// - Parameters:
    ///   - environment: what is set beside the environment of this process.
    ///   - keepsInput: whether the terminal's input stays with the server: the command then reads nothing, and no end
    ///     either, since many tools that watch files take the end of their input for the end of the session.
    /// - Throws: why it cannot be started.
    init(
        _ command: CompanionCommand,
        environment: [(name: String, value: String)],
        keepsInput: Bool
    ) throws(StartFailure) {
        self.command = command
        var ends: [Int32] = [-1, -1]
        if keepsInput, pipe(&ends) != 0 {
            throw Companion.failure(command, ChildProcess.Failure(code: errno))
        }
        input = ends[1]
        defer { if ends[0] >= 0 { close(ends[0]) } }
        let started = ChildProcess.start(
            command.arguments,
            environment: CompanionCommand.merge(ChildProcess.environment, environment),
            .shared(input: keepsInput ? ends[0] : nil)
        )
        switch started {
        case .success(let processID): self.processID = processID
        case .failure(let failure):
            close(input)
            throw Companion.failure(command, failure)
        }
    }

    deinit { if input >= 0 { close(input) } }

    private static func failure(_ command: CompanionCommand, _ failure: ChildProcess.Failure) -> StartFailure
    {
        StartFailure(
            "cannot start '\(command.title)': \(command.arguments[0]): \(failure)",
            remedy: failure.code == ENOENT
                ? "behind -- stands a program that is on the PATH, and its arguments"
                : "behind -- stands a program that can be run, and its arguments"
        )
    }

    /// Passes a signal on to all of its processes.
    func send(_ signal: Int32) {
        if status == nil { kill(-processID, signal) }
    }

    /// Takes notice of processes that have ended.
    func reap() {
        var status: Int32 = 0
        while true {
            let ended = waitpid(-1, &status, WNOHANG)
            guard ended > 0 else { return }
            if ended == processID { self.status = CompanionCommand.exitStatus(ofWait: status) }
        }
    }

    /// Ends all of its processes, and waits until they have: by a signal, then, after a while or when a second stop is
    /// asked for, by SIGKILL.
    func end(by signal: Int32, _ signals: ServerSignals) {
        kill(-processID, signal == SIGHUP || signal == SIGINT || signal == SIGQUIT ? signal : SIGTERM)
        // A process that was stopped gets the signal once it goes on.
        kill(-processID, SIGCONT)
        var waited = 0
        while waited < Companion.patience {
            reap()
            guard status == nil || ProcessGroup.isAlive(processID) else { return }
            if case .stop? = signals.next(within: Companion.interval) { break }
            waited += Companion.interval
        }
        kill(-processID, SIGKILL)
        var status: Int32 = 0
        if self.status == nil, waitpid(processID, &status, 0) == processID {
            self.status = CompanionCommand.exitStatus(ofWait: status)
        }
    }
}
