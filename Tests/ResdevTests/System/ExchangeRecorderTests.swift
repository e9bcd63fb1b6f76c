import NIOCore
import RESProtocol
import Testing

@testable import Gateway
@testable import Store
@testable import resdev

@Suite("The recorder of exchanges")
struct ExchangeRecorderTests {
    private final class Clock {
        var now: UInt64 = 1_000_000
    }

    private let clock = Clock()
    private let recorder: ExchangeRecorder

    init() {
        recorder = ExchangeRecorder(now: { [clock] in clock.now }, wallTime: { 1_700_000_000_000 })
    }

    private func began(
        _ number: UInt64,
        _ resource: String,
        _ transport: ClientExchange.Transport = .http,
        action: String = "GET",
        method: String? = nil,
        params: JSONSlice? = nil
    ) {
        recorder.requestBegan(
            ClientExchange(
                transport: transport,
                connection: transport == .http ? "" : "c1",
                number: number,
                action: action,
                method: method,
                resource: resource,
                params: params,
                client: "127.0.0.1:5000"
            )
        )
    }

    private func ended(
        _ number: UInt64,
        _ transport: ClientExchange.Transport = .http,
        status: Int? = 200,
        error: String? = nil
    ) {
        recorder.requestEnded(
            ClientExchange.Answer(
                connection: transport == .http ? "" : "c1",
                number: number,
                status: status,
                error: error,
                bytes: 9
            )
        )
    }

    private func message(_ subject: String, reply: String? = nil, _ payload: String = "{}") -> Message {
        Message(
            subject: Subject(unchecked: subject),
            reply: reply.map { Subject(unchecked: $0) },
            payload: ByteBuffer(string: payload)
        )
    }

    private func take() -> [JSONSlice] { recorder.take() }

    @Test("a request is told once it has ended, with what services were asked and what SQL they ran")
    func request() throws {
        began(1, "library.books.1?x=1", params: .object([("a", 1)]))
        recorder.requestPublished(message("get.library.books.1", reply: "_INBOX.a.1"))
        recorder.requestDispatched()
        #expect(take().isEmpty)
        clock.now += 40_000
        recorder.statementsRan([
            StatementTrace(reply: "_INBOX.a.1", sql: "SELECT 1", start: clock.now, nanoseconds: 5000),
            StatementTrace(reply: nil, sql: "COMMIT", start: clock.now, nanoseconds: 7000),
            StatementTrace(reply: "_INBOX.a.9", sql: "SELECT 2", start: clock.now, nanoseconds: 1),
        ])
        clock.now += 60_000
        recorder.answerArrived(message("_INBOX.a.1", "{\"result\":{}}"))
        recorder.answerHandled()
        clock.now += 20_000
        ended(1)
        let row = try #require(take().first)
        #expect(row["kind"]?.string == "http" && row["client"]?.string == "127.0.0.1:5000")
        #expect(row["resource"]?.string == "library.books.1?x=1")
        #expect(row["params"]?.text == "{\"a\":1}")
        #expect(row["status"]?.text == "200" && row["error"]?.isNull == true && row["bytes"]?.text == "9")
        #expect(row["us"]?.double == 120)
        let part = try #require(row["parts"]?.elements.first { _ in true })
        #expect(part["title"]?.string == "get" && part["us"]?.double == 100 && part["error"]?.isNull == true)
        let statements = try #require(
            part["sql"]?.elements.map { "\($0["sql"]?.string ?? "") \($0["shared"]?.text ?? "")" }
        )
        #expect(statements == ["SELECT 1 false", "COMMIT true"])
    }

    @Test("parts end as services answer, or do not")
    func parts() throws {
        began(1, "a.b", .ws, action: "call", method: "set")
        recorder.requestPublished(message("access.a.b", reply: "_INBOX.1"))
        recorder.requestDispatched()
        recorder.answerArrived(message("_INBOX.1", "{\"result\":{}}"))
        recorder.requestPublished(message("call.a.b.set", reply: "_INBOX.2"))
        recorder.answerHandled()
        // Nobody's: no request is being handled.
        recorder.requestPublished(message("get.a.x", reply: "_INBOX.9"))
        recorder.answerArrived(message("_INBOX.2", "timeout:\"5000\""))
        ended(1, .ws, status: nil, error: "system.timeout")
        began(2, "a.c", .ws, action: "get")
        recorder.requestPublished(message("get.a.c", reply: "_INBOX.3"))
        recorder.requestPublished(message("get.a.d", reply: "_INBOX.4"))
        recorder.requestDispatched()
        recorder.answerArrived(message("_INBOX.3", "{\"error\":{\"code\":\"a.wrong\"}}"))
        recorder.answerHandled()
        recorder.answerArrived(
            Message(subject: "_INBOX.4", headers: MessageHeaders(status: 503), payload: ByteBuffer())
        )
        ended(2, .ws, status: nil)
        let rows = take()
        let parts = rows.map { row in
            row["parts"]?.elements.map { "\($0["title"]?.string ?? "") \($0["error"]?.string ?? "-")" } ?? []
        }
        #expect(parts == [["access -", "call set no answer"], ["get a.wrong", "get no responders"]])
        #expect(rows.map { $0["error"]?.string } == ["system.timeout", nil])
        #expect(rows.first?["client"]?.string == "c1")
    }

    @Test(
        "events belong to the one write to their service that is under way, else they are rows of their own"
    )
    func events() {
        began(1, "library.books.1", .ws, action: "call", method: "set")
        recorder.requestPublished(message("call.library.books.1.set", reply: "_INBOX.1"))
        recorder.requestDispatched()
        recorder.eventDelivered(resource: "library.books?limit=1", event: "query", clients: 2)
        recorder.eventDelivered(resource: "other.thing", event: "change", clients: 1)
        recorder.eventDelivered(resource: "$sys.exchanges", event: "rows", clients: 1)
        recorder.answerArrived(message("_INBOX.1", "{\"result\":null}"))
        ended(1, .ws, status: nil)
        recorder.eventDelivered(resource: "library.books.1", event: "change", clients: 3)
        let rows = take().map { row in
            let events = row["events"]?.elements.map {
                "\($0["resource"]?.string ?? "") \($0["clients"]?.text ?? "")"
            }
            return "\(row["kind"]?.string ?? "") \(events?.joined(separator: ", ") ?? "")"
        }
        #expect(rows == ["event other.thing 1", "ws library.books?limit=1 2", "event library.books.1 3"])
    }

    @Test("the server's own resources are left out")
    func system() {
        began(1, "$sys.connections", .ws, action: "subscribe")
        ended(1, .ws, status: nil)
        began(2, "$system.x", .ws, action: "subscribe")
        ended(2, .ws, status: nil)
        #expect(take().map { $0["resource"]?.string } == ["$system.x"])
    }

    @Test("rows beyond the limit are counted, and the last ones are kept for who comes later")
    func limits() {
        let limit = UInt64(ExchangeRecorder.maximumWaiting)
        for number in 1...limit + 2 {
            began(number, "a.b")
            ended(number)
        }
        #expect((recorder.seen, recorder.skipped) == (Int(limit) + 2, 2))
        #expect(take().count == Int(limit))
        began(limit + 3, "a.last")
        ended(limit + 3)
        _ = take()
        #expect(recorder.recent.last?["resource"]?.string == "a.last")
        #expect(recorder.recent.count <= ExchangeRecorder.maximumRecent)
        recorder.reset()
        #expect(take().isEmpty)
    }

    @Test("parts of one exchange are limited")
    func manyParts() {
        began(1, "a.b")
        for number in 0...Exchange.maximumParts {
            recorder.requestPublished(message("get.a.\(number)", reply: "_INBOX.\(number)"))
        }
        ended(1)
        #expect(
            take().first.map { Array($0["parts"]?.elements ?? JSONSlice.array([]).elements).count }
                == Exchange.maximumParts
        )
    }
}
