import CSQLite
import Glibc
import NIOCore
import RESProtocol

@testable import Store

/// A store engine over a script, driven without thread or bus: what is sent comes back as lines of text.
final class StoreFixture {
    let engine: StoreEngine
    let path: String
    private let directory: String
    var now: Instant = Instant.seconds(1000)

    /// - Parameter isFile: whether the script is loaded into a file, which other connections can write to.
    init(_ sql: String, isFile: Bool = false, configure: (inout StoreConfiguration) -> Void = { _ in }) throws
    {
        directory = try TemporaryDirectory.make()
        let script = directory + "/library.sql"
        try TemporaryDirectory.write(sql, to: script)
        path = directory + "/library.db"
        var configuration = StoreConfiguration(path: script, name: "library")
        if isFile { configuration.databaseFile = path }
        configure(&configuration)
        engine = try StoreEngine.open(configuration, instance: "test").0
    }

    /// Over an engine that is open already.
    init(_ engine: StoreEngine) throws {
        directory = try TemporaryDirectory.make()
        path = directory + "/library.db"
        self.engine = engine
    }

    deinit { TemporaryDirectory.remove(directory) }

    /// Sends a request and gives what the store sends: `subject payload`, the reply's subject being `reply`.
    func send(_ subject: String, _ payload: String = "") -> [String] {
        lines(engine.process([message(subject, payload)], now: now))
    }

    /// Sends requests that arrive together; reply subjects are `reply1`, `reply2` and so on.
    func sendTogether(_ requests: [(subject: String, payload: String)]) -> [String] {
        let messages = requests.enumerated().map { index, request in
            message(request.subject, request.payload, reply: "reply\(index + 1)")
        }
        return lines(engine.process(messages, now: now))
    }

    /// The reply to a get.
    func get(_ id: String) -> String {
        let parts = id.split(separator: "?", maxSplits: 1)
        var payload = ByteBuffer()
        if parts.count == 2 {
            payload.writeStaticString("{\"query\":")
            payload.writeJSON(parts[1])
            payload.writeStaticString("}")
        }
        return send("get.\(parts[0])", String(buffer: payload)).last.map {
            String($0.dropFirst("reply ".count))
        } ?? ""
    }

    /// Everything that follows from a call: events, then the reply.
    func call(_ subject: String, _ params: String = "null") -> [String] {
        send("call.\(subject)", "{\"params\":\(params)}")
    }

    /// The message of the error that a call is answered with.
    func error(_ lines: [String]) -> String? {
        guard let reply = lines.last?.dropFirst("reply ".count),
            let response = ServiceResponse(decoding: ByteBuffer(string: String(reply))),
            case .error(let error) = response.outcome
        else { return nil }
        return error.code + ": " + error.message
    }

    /// Lets time alone do its work.
    func tick() -> [String] { lines(engine.tick(now: now)) }

    /// Runs SQL on the fixture's file by another connection.
    func outside(_ sql: String) throws {
        let connection = try SQLiteConnection(path: path, mode: .readWrite)
        connection.setBusyTimeout(milliseconds: 5000)
        try connection.execute(sql)
    }

    private func message(_ subject: String, _ payload: String, reply: String = "reply") -> Message {
        Message(
            subject: Subject(unchecked: subject),
            reply: Subject(unchecked: reply),
            payload: ByteBuffer(string: payload)
        )
    }

    private func lines(_ outputs: [StoreOutput]) -> [String] {
        outputs.map { output in
            output.payload.readableBytes == 0
                ? output.subject.text : output.subject.text + " " + String(buffer: output.payload)
        }
    }
}

/// Directories that a test makes and removes.
enum TemporaryDirectory {
    struct Failure: Error {}

    static func make() throws -> String {
        var template = Array("/tmp/store-tests-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure() }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    static func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "w") else { throw Failure() }
        defer { fclose(file) }
        let bytes = Array(text.utf8)
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw Failure() }
    }

    static func remove(_ directory: String) {
        guard let entries = opendir(directory) else { return }
        while let entry = readdir(entries) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { unlink(directory + "/" + name) }
        }
        closedir(entries)
        rmdir(directory)
    }
}
