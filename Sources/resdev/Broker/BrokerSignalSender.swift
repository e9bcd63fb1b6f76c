import Glibc

/// Sends signals to brokers that run in other processes.
enum BrokerSignalSender {
    /// Sends a signal.
    ///
    /// - Parameter program: the name of the program whose only process is meant, where no process is named.
    /// - Throws: why it could not be sent.
    static func send(_ signal: BrokerSignal, program: String) throws(StartFailure) {
        let process =
            switch signal.target {
            case .named(let text): try processID(text)
            case .only: try onlyProcess(of: program)
            }
        guard kill(process, signal.command.number) == 0 else {
            throw StartFailure("signal \"\(signal.command.rawValue)\" \(process): \(SystemError.text(errno))")
        }
    }

    /// The process with this number, or whose number this file holds.
    private static func processID(_ text: String) throws(StartFailure) -> pid_t {
        let number = FileText.read(text, maximumSize: 64)?.filter { !$0.isWhitespace } ?? text
        guard let process = pid_t(number), process > 0 else { throw StartFailure("invalid pid: \(text)") }
        return process
    }

    private static func onlyProcess(of program: String) throws(StartFailure) -> pid_t {
        let found = DirectoryListing.names(in: "/proc").compactMap { pid_t($0) }.filter { process in
            process != getpid() && programName(of: process) == program
        }
        guard let first = found.first else { throw StartFailure("no \(program) processes running") }
        guard found.count == 1 else {
            let list = found.map { "\n\($0)" }.joined()
            throw StartFailure("multiple \(program) processes running:\(list)")
        }
        return first
    }

    /// The name under which a process was called.
    private static func programName(of process: pid_t) -> String? {
        guard let line = FileText.read("/proc/\(process)/cmdline", maximumSize: 4_096) else { return nil }
        let first = line.prefix { $0 != "\0" }
        return first.split(separator: "/").last.map(String.init)
    }
}

/// The text of small files that need not be there.
private enum FileText {
    static func read(_ path: String, maximumSize: Int) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: maximumSize)
        let count = Glibc.read(descriptor, &bytes, maximumSize)
        guard count > 0 else { return nil }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
