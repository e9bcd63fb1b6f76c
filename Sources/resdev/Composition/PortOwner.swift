import Glibc

/// Who listens on a TCP port of this machine, as far as `/proc` shows it to us.
struct PortOwner: Equatable, CustomStringConvertible {
    let name: String
    let processID: Int

    var description: String { "\(name) (pid \(processID))" }

    /// The owner of a listening port, or nil when it cannot be known (another user's process, no `/proc`).
    static func find(port: Int) -> PortOwner? {
        let tables = ["/proc/net/tcp", "/proc/net/tcp6"].compactMap { TextFile.read($0) }
        guard let inode = tables.lazy.compactMap({ listeningInode(port: port, table: $0) }).first else {
            return nil
        }
        for entry in DirectoryListing.names(in: "/proc") {
            guard let processID = Int(entry), holds(processID: processID, inode: inode) else { continue }
            let name = TextFile.read("/proc/\(processID)/comm") ?? "a process"
            return PortOwner(name: String(name.prefix { $0 != "\n" }), processID: processID)
        }
        return nil
    }

    /// The inode of the socket that listens on a port, from the text of `/proc/net/tcp` (proc(5)).
    static func listeningInode(port: Int, table: String) -> String? {
        let listening = "0A"
        for line in table.split(separator: "\n").dropFirst() {
            let columns = line.split(separator: " ", omittingEmptySubsequences: true)
            guard columns.count > 9, columns[3] == listening,
                let colon = columns[1].lastIndex(of: ":"),
                Int(columns[1][columns[1].index(after: colon)...], radix: 16) == port
            else { continue }
            return String(columns[9])
        }
        return nil
    }

    private static func holds(processID: Int, inode: String) -> Bool {
        let folder = "/proc/\(processID)/fd"
        return DirectoryListing.names(in: folder).contains { name in
            SymbolicLink.target(of: "\(folder)/\(name)") == "socket:[\(inode)]"
        }
    }
}
