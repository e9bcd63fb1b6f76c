import Glibc

/// The write-ahead log of a file that another one has taken the place of.
///
/// SQLite finds a log by the file's name, so it would take it for the new file's.
enum StaleLog {
    /// Brings what the log holds into the file that it belongs to, wherever that is now, and takes it away from the path;
    /// a log that came with the new file stays.
    static func remove(of connection: SQLiteConnection) {
        guard let path = connection.path else { return }
        _ = try? connection.integer("PRAGMA wal_checkpoint(TRUNCATE)")
        for log in [path + "-wal", path + "-shm"] where isOpenHere(log) { unlink(log) }
    }

    /// Whether this process has the file open that stands at a path.
    private static func isOpenHere(_ path: String) -> Bool {
        var wanted = stat()
        guard stat(path, &wanted) == 0, let entries = opendir("/proc/self/fd") else { return false }
        defer { closedir(entries) }
        while let entry = readdir(entries) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            var found = stat()
            guard let descriptor = Int32(name), fstat(descriptor, &found) == 0 else { continue }
            if found.st_dev == wanted.st_dev, found.st_ino == wanted.st_ino { return true }
        }
        return false
    }
}
