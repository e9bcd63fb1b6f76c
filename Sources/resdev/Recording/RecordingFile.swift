import Glibc
import RESProtocol

/// The file of a recording: JSON lines, whole at every moment.
final class RecordingFile {
    private let path: String
    private let descriptor: Int32
    private var isBroken = false

    /// Bytes that a recording may have when it is read.
    static let maximumSize = 1 << 30

    /// Begins a new recording; one of that name is overwritten.
    init(path: String) throws(StartFailure) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw StartFailure("cannot write the recording \(path): \(String(cString: strerror(errno)))")
        }
        append(text: RecordedLine.head.text)
    }

    deinit { close(descriptor) }

    /// Appends a line; after an error, of which the first is told, nothing more is written.
    func append(_ line: RecordedLine) {
        if case .lost(let count, _) = line {
            StandardError.write(
                "resdev: the recording lacks \(count) answers: too many requests were under way at a time\n"
            )
        }
        append(text: line.text)
    }

    private func append(text: String) {
        guard !isBroken else { return }
        var rest = Array((text + "\n").utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                isBroken = true
                let reason = String(cString: strerror(errno))
                return StandardError.write(
                    "resdev: the recording ends here: cannot write \(path): \(reason)\n"
                )
            }
            rest = rest.dropFirst(count)
        }
    }

    /// Reads a recording.
    static func read(_ path: String) throws(StartFailure) -> [RecordedLine] {
        let text: String
        do { text = try TextFile.read(path, maximumSize: maximumSize) } catch {
            throw StartFailure("cannot read the recording \(path): \(error)")
        }
        var lines: [RecordedLine] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where !line.isEmpty {
            let json = try? JSONSlice(parsing: String(line))
            if json?["recording"]?.string == "resdev" {
                let version = json?["version"]?.double ?? 0
                guard version <= Double(RecordedLine.version) else {
                    throw StartFailure(
                        "\(path):\(index + 1): a recording of version \(Int(min(version, 1e9))), and this program reads \(RecordedLine.version)",
                        remedy: "play it with the resdev that made it"
                    )
                }
                continue
            }
            guard let recorded = json.flatMap({ RecordedLine(decoding: $0) }) else {
                throw StartFailure(
                    "\(path):\(index + 1): no line of a recording",
                    remedy: "recordings are written by 'resdev record', and saved by the console"
                )
            }
            lines.append(recorded)
        }
        return lines
    }
}
