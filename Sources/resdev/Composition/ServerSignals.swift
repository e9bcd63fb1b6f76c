import Glibc

/// The signals of a server, taken by the main thread while it waits and by no other thread.
///
/// Beside those of `StopSignals` there are the ones that a command beside the server makes, or is to get, and those of a
/// terminal whose keys are read.
struct ServerSignals {
    /// What a signal asks for.
    enum Event: Equatable {
        /// An orderly stop; the signal that asked for it.
        case stop(Int32)
        /// To read the configuration again, since somebody asks for it.
        case reload
        /// To look for keys that were pressed, and for a file of the configuration's folder that has changed.
        case look
        /// A process that this one has started has ended or stopped.
        case child
        /// The terminal asks the process to rest for a while.
        case suspend
        /// The process goes on after a rest.
        case resume
        /// Nothing for a server; a command beside it gets it.
        case forward(Int32)
    }

    private let numbers: [Int32]

    /// - Parameters:
    ///   - hasCompanion: whether a command runs beside the server.
    ///   - hasKeys: whether keys of a terminal are read.
    init(hasCompanion: Bool, hasKeys: Bool) {
        var numbers = StopSignals.numbers
        if hasCompanion || hasKeys { numbers += [SIGCHLD, SIGTSTP, SIGCONT, SIGQUIT] }
        if hasCompanion { numbers += [SIGUSR1, SIGUSR2, SIGWINCH] }
        self.numbers = numbers
    }

    /// Keeps the signals pending from here on. Called before the server makes threads, which inherit the mask.
    func block() {
        var set = signalSet
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Waits for the next signal.
    ///
    /// - Parameter reloads: whether there is a configuration to read again; if not, SIGHUP asks for a stop.
    func next(reloads: Bool) -> Event {
        var set = signalSet
        var received: Int32 = 0
        while sigwait(&set, &received) != 0 {}
        return event(received, reloads: reloads)
    }

    /// The next signal, if one comes within some milliseconds.
    func next(within milliseconds: Int) -> Event? {
        var set = signalSet
        var time = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
        let received = sigtimedwait(&set, nil, &time)
        return received > 0 ? event(received, reloads: false) : nil
    }

    private func event(_ number: Int32, reloads: Bool) -> Event {
        switch number {
        case SIGHUP where reloads: .reload
        case SIGIO: .look
        case SIGCHLD: .child
        case SIGTSTP: .suspend
        case SIGCONT: .resume
        case SIGUSR1, SIGUSR2, SIGWINCH: .forward(number)
        default: .stop(number)
        }
    }

    private var signalSet: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for number in numbers { sigaddset(&set, number) }
        return set
    }
}
