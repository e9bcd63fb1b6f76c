import Glibc

/// Has the kernel send SIGIO to this process when a configuration file is written or replaced (inotify).
///
/// The file's folder is watched, since editors write a new file and give it the old one's name. Reading again what has
/// not changed does no harm, so that nothing is said about which file it was.
final class ConfigurationWatch {
    private let descriptor: Int32

    /// - Returns: nil where the kernel has no watches to give; then SIGHUP alone leads to a reload.
    init?(_ path: String) {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        guard descriptor >= 0 else { return nil }
        let events = UInt32(IN_CLOSE_WRITE) | UInt32(IN_MOVED_TO)
        guard inotify_add_watch(descriptor, folder, events) >= 0,
            fcntl(descriptor, F_SETOWN, getpid()) == 0,
            fcntl(descriptor, F_SETFL, O_NONBLOCK | O_ASYNC) == 0
        else {
            close(descriptor)
            return nil
        }
    }

    deinit { close(descriptor) }

    /// Takes what was reported, so that what comes next is reported again; true when there was anything.
    func drain() -> Bool {
        var events = [UInt8](repeating: 0, count: 4096)
        var hasNews = false
        while events.withUnsafeMutableBytes({ read(descriptor, $0.baseAddress, $0.count) }) > 0 {
            hasNews = true
        }
        return hasNews
    }
}
