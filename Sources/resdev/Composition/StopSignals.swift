import Glibc

/// SIGINT, SIGTERM, SIGHUP, SIGQUIT and SIGIO, which no thread of a server is to be interrupted by; `ServerSignals` waits for them.
enum StopSignals {
    /// All of them.
    static let numbers = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGIO]

    /// Keeps the signals pending from here on. Called before any thread is made, since threads inherit the mask.
    static func block() {
        var set = signalSet
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Asks the process to stop, from any thread.
    static func raise() {
        kill(getpid(), SIGTERM)
    }

    /// Gives the signals their usual meaning again, so that a second one ends a stop that hangs.
    static func unblock() {
        var set = signalSet
        // Nobody waits for these any more, and they end a process that does not expect them.
        signal(SIGIO, SIG_IGN)
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
    }

    private static var signalSet: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for number in numbers { sigaddset(&set, number) }
        return set
    }
}
