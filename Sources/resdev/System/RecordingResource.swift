import RESProtocol

import struct NIOCore.ByteBuffer

/// `$sys.recording`: a recording in memory that people start and stop while the server runs, in the lines that
/// `resdev record` writes and `resdev replay` plays. A model of what it has, with the methods `start`, `stop` and `lines`.
final class RecordingResource: SystemResource {
    let name = "$sys.recording"
    /// Size of a recording, in bytes; one that is as large ends.
    static let maximumBytes = 16 << 20

    private let sources: SystemSources
    private let limit: Int
    private var recording: TrafficRecording?
    private var lines: [JSONSlice] = []
    private var bytes = 0
    private var requests = 0
    private var lost = 0
    private var isFull = false
    private var told = JSONObject()

    init(_ sources: SystemSources, limit: Int = RecordingResource.maximumBytes) {
        self.sources = sources
        self.limit = limit
    }

    func begin() { told = model }

    /// Nobody looks any more: what is recorded stays until the next start.
    func end() { stop() }

    func content(_ key: String?) -> JSONSlice? { key == nil ? JSONSlice(model: model) : nil }

    func tick(isSecond: Bool) -> [SystemEvent] {
        let now = model
        defer { told = now }
        return now.changes(since: told).map { [.change($0, of: name)] } ?? []
    }

    private var model: JSONObject {
        var model = JSONObject()
        model.set("active", flag: recording != nil)
        model.set("requests", integer: requests)
        model.set("lines", integer: lines.count)
        model.set("bytes", integer: bytes)
        model.set("full", flag: isFull)
        model.set("lost", integer: recording?.lost ?? lost)
        return model
    }

    func call(_ key: String?, _ method: String, _ params: JSONSlice, _ answer: @escaping SystemAnswer) {
        guard key == nil else { return answer(.failure(.notFound)) }
        switch method {
        case "start": answer(start())
        case "stop":
            stop()
            answer(.success(.null))
        case "lines": answer(.success(.array(lines)))
        default:
            answer(.failure(.methodNotFound.saying("\(name) has the methods start, stop and lines")))
        }
    }

    private func start() -> Result<JSONSlice, RESError> {
        guard recording == nil else {
            return .failure(.invalidParams.saying("There is a recording already"))
        }
        lines = []
        (bytes, requests, lost, isFull) = (0, 0, 0, false)
        add(RecordedLine.head)
        let recording = TrafficRecording(sources) { [weak self] line in self?.write(line) }
        self.recording = recording
        recording.begin()
        return .success(.null)
    }

    private func stop() {
        recording?.end()
        lost = recording?.lost ?? lost
        recording = nil
    }

    private func write(_ line: RecordedLine) {
        guard !isFull else { return }
        if case .request = line { requests += 1 }
        add(line.json)
        if bytes > limit {
            isFull = true
            stop()
        }
    }

    private func add(_ line: JSONSlice) {
        lines.append(line)
        bytes += line.bytes.readableBytes + 1
    }
}
