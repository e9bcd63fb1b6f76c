import Foundation

/// A real nats-server that a test starts and ends.
///
/// `@unchecked Sendable`: the process is started in `init` and afterwards only told to end; nothing else changes.
final class NATSServerProcess: @unchecked Sendable {
    /// Where it listens for clients.
    let port: Int
    /// Where it listens for routes of its cluster; 0 without one.
    let clusterPort: Int
    private let process: Process

    /// The binary: `NATS_SERVER_BIN`, or the first one on the PATH.
    static let binary: String? = {
        let environment = ProcessInfo.processInfo.environment
        if let named = environment["NATS_SERVER_BIN"] { return named }
        let folders = (environment["PATH"] ?? "").split(separator: ":")
        return folders.map { "\($0)/nats-server" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    static let whySkipped = "no nats-server: put one on the PATH or name it in NATS_SERVER_BIN"

    /// Starts a server and waits until it says that it is ready.
    init(port: Int = -1, arguments: [String] = [], configuration: String? = nil) throws {
        process = Process()
        process.executableURL = URL(fileURLWithPath: NATSServerProcess.binary ?? "nats-server")
        var all = ["-a", "127.0.0.1", "-p", "\(port)"] + arguments
        if let configuration {
            let file = FileManager.default.temporaryDirectory
                .appendingPathComponent("nats-\(UUID().uuidString).conf")
            try configuration.write(to: file, atomically: true, encoding: .utf8)
            all += ["-c", file.path]
        }
        process.arguments = all
        let log = Pipe()
        process.standardError = log
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let clusterMarks = arguments.contains("--cluster") ? [NATSServerProcess.clusterMark] : []
        let text = NATSServerProcess.read(log.fileHandleForReading, until: ["Server is ready"] + clusterMarks)
        guard let port = NATSServerProcess.port(after: "Listening for client connections on ", in: text)
        else {
            process.terminate()
            throw Failure(log: text)
        }
        self.port = port
        clusterPort = NATSServerProcess.port(after: NATSServerProcess.clusterMark, in: text) ?? 0
    }

    deinit { kill() }

    var url: String { "nats://127.0.0.1:\(port)" }

    /// Ends it at once, as a crash would.
    func kill() {
        guard process.isRunning else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    private struct Failure: Error {
        let log: String
    }

    private static let clusterMark = "Listening for route connections on "

    private static func read(_ log: FileHandle, until marks: [String]) -> String {
        var text = ""
        while !text.hasSuffix("\n") || !marks.allSatisfy({ text.contains($0) }) {
            let data = log.availableData
            if data.isEmpty { break }
            text += String(decoding: data, as: UTF8.self)
        }
        return text
    }

    private static func port(after mark: String, in text: String) -> Int? {
        guard
            let line = text.components(separatedBy: mark).dropFirst().first?.prefix(while: { !$0.isNewline })
        else { return nil }
        return line.split(separator: ":").last.flatMap { Int($0) }
    }
}
