import Glibc

/// Hears from the kernel that somebody has written to a database file or its log (inotify).
///
/// A hint that saves polling: file systems without it, and writes on another machine, are found by the slow poll.
final class FileWatch {
    /// Readable when something has been written; -1 where the kernel gives none.
    let descriptor: Int32
    private let paths: [String]
    /// Room for what the kernel reports; what it holds is of no interest.
    private var events = [UInt8](repeating: 0, count: 4096)

    init(database path: String) {
        paths = [path, path + "-wal", path + "-journal"]
        descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        watch()
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Watches what exists by now; for a file that is watched already this changes nothing.
    func watch() {
        guard descriptor >= 0 else { return }
        for path in paths { inotify_add_watch(descriptor, path, UInt32(IN_MODIFY) | UInt32(IN_CLOSE_WRITE)) }
    }

    /// Takes what was reported; whether there was anything.
    func drain() -> Bool {
        guard descriptor >= 0 else { return false }
        var found = false
        while true {
            let count = events.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count > 0 { found = true }
            // Room that is left over for the largest event means that no further one was there.
            if count < events.count - FileWatch.largestEvent { return found }
        }
    }

    /// Bytes of an event with the longest name.
    private static let largestEvent = 16 + 256
}
