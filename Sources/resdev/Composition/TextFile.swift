import Glibc

/// Reading of small text files, such as those of `/proc`.
enum TextFile {
    /// The file's text, or nil when it cannot be read. Reads 16 MiB at most.
    static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < 16 << 20 {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            guard count > 0 else { break }
            bytes.append(contentsOf: chunk[..<count])
        }
        return String(decoding: bytes, as: UTF8.self)
    }

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
