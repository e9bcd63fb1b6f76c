import Glibc

/// The keys of the terminal that the process runs on, each as it is pressed and without an echo.
///
/// Used by the main thread alone, to which the kernel sends SIGIO when there is something to read. Ctrl-C and Ctrl-Z stay
/// what they are. The terminal is as it was again after `restore`, at the process's end, and when it crashes.
final class TerminalKeys {
    private let descriptor: Int32
    private var isActive = false

    /// - Returns: nil where there is no terminal to read from and tell people on, or where the process runs in its
    ///   background.
    init?() {
        guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1,
            tcgetpgrp(STDIN_FILENO) == getpgrp(), let path = ttyname(STDIN_FILENO)
        else { return nil }
        // Opened anew, since the way of reading is a property of what others, as the shell, have open too.
        descriptor = Glibc.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        guard fcntl(descriptor, F_SETOWN, getpid()) == 0,
            fcntl(descriptor, F_SETFL, O_NONBLOCK | O_ASYNC) == 0, TerminalState.save()
        else {
            close(descriptor)
            return nil
        }
    }

    deinit {
        restore()
        close(descriptor)
    }

    /// Has keys come one by one from now on, where the process has the terminal.
    func activate() {
        guard tcgetpgrp(STDIN_FILENO) == getpgrp() else { return }
        isActive = TerminalState.readKeys()
    }

    /// Makes the terminal what it was.
    func restore() {
        guard isActive else { return }
        isActive = false
        TerminalState.restore()
    }

    /// What was pressed since the last time; nil once the terminal is gone.
    func take() -> [UInt8]? {
        guard isActive else { return [] }
        var keys: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 256)
        while true {
            let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                keys += HotKeys.keys(of: Array(chunk[..<count]))
            } else if count < 0, errno == EAGAIN || errno == EINTR {
                return keys
            } else {
                return nil
            }
        }
    }
}

/// How the terminal was before its keys were read.
///
/// A handler of signals reads it, which is safe: it is written before handlers are there, by the main thread alone, and
/// tcsetattr may be called in one (POSIX.1-2017 section 2.4.3).
private enum TerminalState {
    nonisolated(unsafe) private static var former = termios()
    nonisolated(unsafe) private static var isChanged = false

    /// Remembers the terminal as it is, for all ways in which the process may end.
    static func save() -> Bool {
        guard tcgetattr(STDIN_FILENO, &former) == 0 else { return false }
        atexit { TerminalState.restore() }
        for number in [SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP] {
            signal(number) { number in
                TerminalState.restore()
                signal(number, SIG_DFL)
                raise(number)
            }
        }
        return true
    }

    static func readKeys() -> Bool {
        var state = former
        state.c_lflag &= ~tcflag_t(ICANON | ECHO)
        withUnsafeMutableBytes(of: &state.c_cc) { codes in
            codes[Int(VMIN)] = 1
            codes[Int(VTIME)] = 0
        }
        isChanged = true
        return tcsetattr(STDIN_FILENO, TCSANOW, &state) == 0
    }

    static func restore() {
        guard isChanged else { return }
        isChanged = false
        // From the background a process that changes the terminal would be stopped.
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTTOU)
        pthread_sigmask(SIG_BLOCK, &set, nil)
        tcsetattr(STDIN_FILENO, TCSANOW, &former)
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
    }
}
