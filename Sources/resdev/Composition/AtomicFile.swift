import Glibc

/// Files that others read while they are written.
enum AtomicFile {
    /// Writes a file as a whole: whoever reads it sees all of it or nothing.
    ///
    /// - Throws: what failed, and why.
    static func replace(_ path: String, with text: String) throws(StartFailure) {
        let temporary = "\(path).\(getpid()).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure("create", temporary) }
        let bytes = Array(text.utf8)
        let written = Glibc.write(descriptor, bytes, bytes.count)
        guard close(descriptor) == 0, written == bytes.count, rename(temporary, path) == 0 else {
            defer { unlink(temporary) }
            throw failure("write", path)
        }
    }

    private static func failure(_ verb: String, _ path: String) -> StartFailure {
        StartFailure("cannot \(verb) \(path): \(String(cString: strerror(errno)))")
    }
}
