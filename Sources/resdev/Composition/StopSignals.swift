import Glibc

/// SIGINT, SIGTERM, SIGHUP and SIGIO, taken by the main thread while it waits and by nobody else.
enum StopSignals {
    /// What a signal asks for.
    enum Request {
        /// An orderly stop.
        case stop
        /// To read the configuration again, since somebody asks for it.
        case reload
        /// To look whether the configuration has changed, since a file in its folder has.
        case look
    }

    /// Keeps the signals pending from here on. Called before any thread is made, since threads inherit the mask.
    static func block() {
        var set = signalSet
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Waits for the next signal.
    ///
    /// - Parameter reloads: whether there is a configuration to read again; if not, SIGHUP asks for a stop.
    static func next(reloads: Bool) -> Request {
        var set = signalSet
        var received: Int32 = 0
        while true {
            guard sigwait(&set, &received) == 0 else { continue }
            switch received {
            case SIGHUP where reloads: return .reload
            case SIGIO:
                if reloads { return .look }
            default: return .stop
            }
        }
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
        for number in [SIGINT, SIGTERM, SIGHUP, SIGIO] { sigaddset(&set, number) }
        return set
    }
}
