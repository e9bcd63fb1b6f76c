import Glibc

/// The process's standard error.
enum StandardError {
    /// Writes text at once; what a closed stream does not take is dropped.
    static func write(_ text: String) {
        StandardStream.write(text, to: STDERR_FILENO)
    }
}

/// The process's standard output.
enum StandardOutput {
    /// Writes text at once; what a closed stream does not take is dropped.
    static func write(_ text: String) {
        StandardStream.write(text, to: STDOUT_FILENO)
    }

    /// Cells of a line: the terminal's, `COLUMNS`, or 100.
    static var columns: Int {
        var size = winsize()
        if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return getenv("COLUMNS").flatMap { Int(String(cString: $0)) }.map { max($0, 20) } ?? 100
    }

    /// Whether people read it in colour: it is a terminal, and NO_COLOR is not set (no-color.org).
    static var showsColour: Bool {
        guard isatty(STDOUT_FILENO) == 1 else { return false }
        if let noColour = getenv("NO_COLOR"), noColour.pointee != 0 { return false }
        return getenv("TERM").map { String(cString: $0) } != "dumb"
    }
}

private enum StandardStream {
    static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else { return }
            rest = rest.dropFirst(max(0, count))
        }
    }
}
