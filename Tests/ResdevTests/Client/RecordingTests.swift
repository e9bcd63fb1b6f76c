import Glibc
import NIOCore
import NIOEmbedded
import RESProtocol
import Testing

@testable import Gateway
@testable import resdev

@Suite("What is recorded")
struct RecordingTests {
    private func key(_ subject: String) -> RecordedExchange.Key { RecordedExchange.Key(subject: subject) }

    /// What a list of steps brings about: `+a` a request, `-a` its answer; of each what was given up or found.
    private func play(_ steps: String, _ pending: inout PendingAnswers) -> [String] {
        steps.split(separator: " ").map { step in
            let name = String(step.dropFirst())
            guard step.first == "+" else { return pending.answered(name)?.key.subject ?? "nobody" }
            return pending.asked(key(name), reply: name, at: 1) ? "gave one up" : "kept"
        }
    }

    @Test("answers find their requests, and beyond the limit the oldest request is given up")
    func pending() {
        var pending = PendingAnswers(limit: 3)
        #expect(play("+a +b +c -b -b", &pending) == ["kept", "kept", "kept", "b", "nobody"])
        #expect(play("+d +e -a -c -d", &pending) == ["kept", "gave one up", "nobody", "c", "d"])
        #expect(pending.count == 1)
    }

    @Test("what was answered is let go of, however long one request waits")
    func tidying() {
        var pending = PendingAnswers(limit: 10)
        let steps = (0..<10_000).map { "+\($0) -\($0)" }.joined(separator: " ")
        #expect(play("+slow " + steps, &pending).contains("gave one up") == false)
        #expect(play("-slow", &pending) == ["slow"])
    }

    @Test(
        "lines are written as they are read",
        arguments: [
            #"{"at":2.5,"asked":1.125,"client":"http","action":"GET","resource":"a.b?x=1","result":200}"#,
            #"{"at":2.5,"asked":1.0,"client":"ws","action":"call","method":"set","resource":"a","params":{"b":1},"result":"ok"}"#,
            #"{"at":9.0,"lost":12}"#, #"{"at":9.0,"event":"event.a.change","data":{}}"#,
            #"{"at":2.0,"asked":1.0,"request":"get.a","answer":null}"#,
        ]
    )
    func lines(text: String) throws {
        #expect(try #require(RecordedLine(decoding: JSONSlice(parsing: text))).text == text)
    }

    @Test(
        "what is no line is none",
        arguments: [
            "{}", "[]", #"{"at":"x","lost":1}"#, #"{"at":1,"client":"http"}"#, #"{"at":1,"lost":-1}"#,
            #"{"at":1,"lost":1e300}"#,
        ]
    )
    func wrong(text: String) throws {
        #expect(RecordedLine(decoding: try JSONSlice(parsing: text)) == nil)
    }

    @Test("parameters by which people log in are not recorded")
    func secrets() {
        let payload = ByteBuffer(string: #"{"cid":"c","token":"t","params":{"password":"hunter2"}}"#)
        for (subject, params) in [
            ("auth.library.$auth.login", "null"), ("call.library.$auth.login", "null"),
            ("call.library.authors.set", #"{"password":"hunter2"}"#),
        ] {
            let message = Message(subject: Subject(unchecked: subject), payload: payload)
            #expect(RecordedExchange.Key(of: message).params == params)
        }
    }

    @Test("a recording of a later version is refused, and of this one is read")
    func versions() throws {
        let path = "/tmp/resdev-recording-\(getpid()).jsonl"
        defer { unlink(path) }
        try AtomicFile.replace(path, with: "\(RecordedLine.head.text)\n{\"at\":1,\"lost\":2}\n")
        #expect(try RecordingFile.read(path) == [.lost(2, at: 1)])
        try AtomicFile.replace(path, with: "{\"recording\":\"resdev\",\"version\":2}\n")
        #expect(throws: StartFailure.self) { try RecordingFile.read(path) }
    }

    @Test("clients, answers and events are recorded in their order, from the beginning to the end")
    func transcript() {
        let outer = TestBus()
        let bus = GatewayBus(outer: outer, inner: TestBus())
        let sources = SystemSources(broker: nil, stores: [], gatewayBus: bus, bus: outer, busAddress: nil)
        var lines: [String] = []
        let recording = TrafficRecording(sources) { lines.append($0.text) }
        _ = bus.subscribe(to: "_INBOX.*", queue: nil) { _ in }
        recording.begin()
        let request = ClientExchange(
            transport: .http,
            connection: "",
            number: 1,
            action: "GET",
            method: nil,
            resource: "a.b",
            params: nil,
            client: ""
        )
        recording.requestBegan(request)
        bus.publish(Message(subject: "get.a.b", reply: "_INBOX.1", payload: ByteBuffer(string: "{}")))
        bus.publish(Message(subject: "get.$sys.x", reply: "_INBOX.2", payload: ByteBuffer(string: "{}")))
        outer.publish("event.a.b.change", payload: ByteBuffer(string: "{\"values\":{}}"))
        outer.publish("_INBOX.1", payload: ByteBuffer(string: "{\"result\":1}"))
        outer.loop.advanceTime(by: .milliseconds(2))
        recording.requestEnded(.init(connection: "", number: 1, status: 200, error: nil, bytes: 0))
        recording.end()
        outer.publish("event.a.b.change", payload: ByteBuffer())
        outer.loop.run()
        #expect(
            lines == [
                #"{"at":0.0,"event":"event.a.b.change","data":{"values":{}}}"#,
                #"{"at":0.0,"asked":0.0,"request":"get.a.b","answer":{"result":1}}"#,
                #"{"at":2.0,"asked":0.0,"client":"http","action":"GET","resource":"a.b","result":200}"#,
            ]
        )
        #expect(outer.patterns == ["_INBOX.*"])
    }
}
