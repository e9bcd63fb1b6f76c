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
    }

    deinit { close(descriptor) }

    /// Appends a line; after an error, of which the first is told, nothing more is written.
    func append(_ line: RecordedLine) {
        guard !isBroken else { return }
        var rest = Array((line.text + "\n").utf8)[...]
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
            guard let json = try? JSONSlice(parsing: String(line)),
                let recorded = RecordedLine(decoding: json)
            else {
                throw StartFailure(
                    "\(path):\(index + 1): no line of a recording",
                    remedy: "recordings are written by 'resdev record'"
                )
            }
            lines.append(recorded)
        }
        return lines
    }
}
