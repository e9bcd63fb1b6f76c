import Glibc

/// SIGINT and SIGTERM, taken by the main thread while it waits and by nobody else.
enum StopSignals {
    /// Keeps the signals pending from here on. Called before any thread is made, since threads inherit the mask.
    static func block() {
        var set = signalSet
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Waits until the process is asked to stop.
    static func wait() {
        var set = signalSet
        var received: Int32 = 0
        while sigwait(&set, &received) != 0 {}
    }

    /// Asks the process to stop, from any thread.
    static func raise() {
        kill(getpid(), SIGTERM)
    }

    /// Gives the signals their usual meaning again, so that a second one ends a stop that hangs.
    static func unblock() {
        var set = signalSet
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
    }

    private static var signalSet: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGINT)
        sigaddset(&set, SIGTERM)
        return set
    }
}
