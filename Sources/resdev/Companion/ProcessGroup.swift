import Glibc
import RESProtocol

/// The processes of one group, as `/proc` shows them.
enum ProcessGroup {
    /// Whether any process of a group still runs; those that have ended and that nobody has asked for do not count.
    static func isAlive(_ group: pid_t) -> Bool {
        guard kill(-group, 0) == 0 else { return false }
        let processes = DirectoryListing.names(in: "/proc").filter { Int($0) != nil }
        guard !processes.isEmpty else { return true }
        return processes.contains { name in
            guard let text = try? TextFile.read("/proc/\(name)/stat", maximumSize: 4096),
                let (state, member) = parse(text)
            else { return false }
            return member == group && state != "Z" && state != "X"
        }
    }

    /// The state and the group in the text of `/proc/<pid>/stat` (proc(5)); the name before them may hold anything.
    static func parse(_ text: String) -> (state: Character, group: pid_t)? {
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 2, let state = fields[0].first, let group = pid_t(fields[2]) else { return nil }
        return (state, group)
    }
}
