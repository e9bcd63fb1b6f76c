import Glibc
import Synchronization

/// Where log lines go: standard error, or a file that is put aside when it has become large.
///
/// Lines of several threads come out whole, one after the other.
final class LogDestination: Sendable {
    /// A log file as it is set up.
    struct File: Equatable, Sendable {
        let path: String
        /// From which size on it is put aside, in bytes; zero for never.
        var sizeLimit = 0
        /// How many files are kept, the current one among them; zero for all.
        var maximumCount = 0
    }

    private struct State: Sendable {
        var descriptor: Int32
        var size = 0
    }

    private let file: File?
    private let state: Mutex<State>

    /// The process's standard error.
    static let standardError = LogDestination()

    private init() {
        file = nil
        state = Mutex(State(descriptor: STDERR_FILENO))
    }

    /// A file, to which lines are added behind those that are there.
    ///
    /// - Throws: why it cannot be opened.
    init(_ file: File) throws(StartFailure) {
        self.file = file
        state = Mutex(try LogDestination.open(file))
    }

    /// Whether it is a file.
    var isFile: Bool { file != nil }

    /// Writes lines that end in a line end; what cannot be written is dropped.
    ///
    /// - Parameter rotated: makes the line that says that the file before was put aside, and where.
    func write(_ text: String, rotated: (_ backup: String) -> String = { _ in "" }) {
        state.withLock { state in
            LogDestination.write(text, to: &state)
            guard let file, file.sizeLimit > 0, state.size >= file.sizeLimit else { return }
            guard let backup = LogDestination.rotate(file, &state) else { return }
            LogDestination.write(rotated(backup), to: &state)
        }
    }

    /// Opens the file anew, after somebody else has moved it away.
    ///
    /// - Throws: why it cannot be opened; lines then go where they went before.
    func reopen() throws(StartFailure) {
        guard let file else { return }
        let opened = try LogDestination.open(file)
        let old = state.withLock { state in
            defer { state = opened }
            return state.descriptor
        }
        close(old)
    }

    private static func open(_ file: File) throws(StartFailure) -> State {
        let descriptor = Glibc.open(file.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else {
            throw StartFailure("error opening file: open \(file.path): \(SystemError.text(errno))")
        }
        return State(descriptor: descriptor, size: max(0, lseek(descriptor, 0, SEEK_END)))
    }

    private static func write(_ text: String, to state: inout State) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(state.descriptor, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else { return }
            rest = rest.dropFirst(max(0, count))
            state.size += max(0, count)
        }
    }

    /// Puts the file aside under the time, and begins a new one.
    ///
    /// - Returns: the old one's name; nil when it could not be moved.
    private static func rotate(_ file: File, _ state: inout State) -> String? {
        let backup = "\(file.path).\(LogStamp.now().fileSuffix)"
        guard rename(file.path, backup) == 0 else {
            state.size = 0
            return nil
        }
        guard let opened = try? open(file) else { return nil }
        close(state.descriptor)
        state = opened
        if file.maximumCount > 0 { removeOldest(of: file) }
        return backup
    }

    private static func removeOldest(of file: File) {
        let slash = file.path.lastIndex(of: "/")
        let folder = slash.map { String(file.path[...$0]) } ?? "./"
        let name = slash.map { String(file.path[file.path.index(after: $0)...]) } ?? file.path
        let backups = DirectoryListing.names(in: folder).filter { other in
            other.hasPrefix(name + ".") && LogStamp.isFileSuffix(other.dropFirst(name.count + 1))
        }
        for old in backups.sorted().dropLast(file.maximumCount - 1) { unlink(folder + old) }
    }
}

/// What the system says of an error number.
enum SystemError {
    static func text(_ code: Int32) -> String {
        let text = strerror(code).map { String(cString: $0) } ?? "error \(code)"
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}
