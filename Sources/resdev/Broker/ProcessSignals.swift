import Glibc

/// The signals that a broker's process takes, by the main thread while it waits and by nobody else.
enum ProcessSignals {
    /// What a signal asks for.
    enum Signal: Equatable {
        case interrupt, terminate, hangUp, reopen, lameDuck

        /// The signal as log lines call it.
        var name: String {
            switch self {
            case .interrupt: "interrupt"
            case .terminate: "terminated"
            case .hangUp: "hangup"
            case .reopen: "user defined signal 1"
            case .lameDuck: "user defined signal 2"
            }
        }
    }

    private static let numbers: [(number: Int32, signal: Signal)] = [
        (SIGINT, .interrupt), (SIGTERM, .terminate), (SIGHUP, .hangUp), (SIGUSR1, .reopen),
        (SIGUSR2, .lameDuck),
    ]

    /// Keeps the signals pending from here on. Called before any thread is made, since threads inherit the mask.
    static func block() {
        var set = signalSet
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Waits for the next signal.
    static func next() -> Signal {
        var set = signalSet
        var received: Int32 = 0
        while true {
            guard sigwait(&set, &received) == 0 else { continue }
            if let known = numbers.first(where: { $0.number == received }) { return known.signal }
        }
    }

    private static var signalSet: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for known in numbers { sigaddset(&set, known.number) }
        return set
    }
}
