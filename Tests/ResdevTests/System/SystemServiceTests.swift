import NIOCore
import NIOEmbedded
import RESProtocol
import Testing

@testable import resdev

@Suite("The service of $sys")
struct SystemServiceTests {
    /// Notes what is done with it.
    private final class Resource: SystemResource {
        let name: String
        var log: [String] = []
        var late: SystemAnswer?

        init(_ name: String) { self.name = name }

        func begin() { log.append("begin") }
        func end() { log.append("end") }

        func content(_ key: String?) -> JSONSlice? {
            key == "missing" ? nil : JSONSlice(string: key ?? "itself")
        }

        func tick(isSecond: Bool) -> [SystemEvent] {
            log.append(isSecond ? "second" : "tick")
            return isSecond ? [SystemEvent("custom", of: name)] : []
        }

        func call(
            _ key: String?,
            _ method: String,
            _ params: JSONSlice,
            _ answer: @escaping SystemAnswer
        ) {
            switch method {
            case "echo":
                answer(.success(.object([("key", JSONSlice(string: key ?? "")), ("params", params)])))
            case "later": late = answer
            default: answer(.failure(.methodNotFound))
            }
        }
    }

    private final class Interest: SystemInterest {
        var subjects: Set<String> = []
        func hasInterest(in subject: Subject) -> Bool { subjects.contains(subject.text) }
    }

    private let bus = TestBus()
    private let interest = Interest()
    private let tables = Resource("$sys.tables")
    private let rows = Resource("$sys.tables.rows")
    private let service: SystemService

    init() {
        service = SystemService(bus: bus, interest: interest, resources: [tables, rows])
        service.start()
    }

    @Test(
        "requests go to the resource with the longest name, and the rest of the name with them",
        arguments: [
            ("get.$sys.tables", #"{"result":"itself"}"#), ("get.$sys.tables.a.b", #"{"result":"a.b"}"#),
            ("get.$sys.tables.rows", #"{"result":"itself"}"#), ("get.$sys.tables.rows.7", #"{"result":"7"}"#),
            (
                "get.$sys.tablesque",
                #"{"error":{"code":"system.notFound","message":"There is no $sys.tablesque"}}"#
            ),
            ("get.$sys.tables.missing", #"{"error":{"code":"system.notFound","message":"Not found"}}"#),
            ("access.$sys.tables", #"{"result":{"get":true,"call":"*"}}"#),
            ("call.$sys.tables.x.echo", #"{"result":{"key":"x","params":{}}}"#),
            (
                "call.$sys.tables.nothing",
                #"{"error":{"code":"system.methodNotFound","message":"Method not found"}}"#
            ),
        ]
    )
    func answers(subject: String, answer: String) {
        #expect(bus.ask(subject) == ["_INBOX.1 \(answer)"])
    }

    @Test("what is malformed is answered, and what wants no answer is passed over")
    func malformed() {
        #expect(bus.ask("get.$sys.tables", "[").first?.contains("system.invalidParams") == true)
        #expect(bus.ask("get.$sys.tables", reply: nil).isEmpty)
        #expect(tables.log.isEmpty)
    }

    @Test("an answer may come later")
    func later() {
        #expect(bus.ask("call.$sys.tables.later").isEmpty)
        tables.late?(.success(1))
        #expect(bus.published.last == "_INBOX.1 {\"result\":1}")
    }

    @Test("what nobody follows is not looked at")
    func idle() {
        bus.loop.advanceTime(by: .seconds(5))
        #expect(bus.ask("access.$sys.tables").count == 1)
        bus.loop.advanceTime(by: .seconds(5))
        #expect(tables.log.isEmpty && rows.log.isEmpty)
    }

    @Test("what is followed is looked at four times a second, until nobody listens any more")
    func following() {
        interest.subjects = ["event.$sys.tables.change"]
        _ = bus.ask("get.$sys.tables")
        _ = bus.ask("get.$sys.tables.a")
        #expect(tables.log == ["begin"])
        bus.loop.advanceTime(by: .seconds(1))
        #expect(tables.log == ["begin", "tick", "tick", "tick", "second"])
        #expect(bus.published.last == "event.$sys.tables.custom ")
        interest.subjects = []
        bus.loop.advanceTime(by: .seconds(5))
        #expect(tables.log.dropFirst(5) == ["end"])
        interest.subjects = ["event.$sys.tables.change"]
        _ = bus.ask("get.$sys.tables")
        #expect(tables.log.last == "begin")
        #expect(rows.log.isEmpty)
    }

    @Test("a stop ends everything that is followed")
    func stopping() {
        interest.subjects = ["event.$sys.tables.change"]
        _ = bus.ask("get.$sys.tables")
        service.stop()
        #expect(tables.log == ["begin", "end"])
        #expect(bus.patterns.isEmpty)
        bus.loop.advanceTime(by: .seconds(5))
        #expect(tables.log == ["begin", "end"])
    }
}
