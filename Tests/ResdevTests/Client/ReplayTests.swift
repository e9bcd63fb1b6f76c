import RESProtocol
import Testing

@testable import resdev

/// Recordings as text, and what is played of them.
@Suite("Recordings")
struct ReplayTests {
    private static let recording = """
        {"at":11,"asked":10,"request":"access.books","params":null,"answer":{"result":{"get":true}}}
        {"at":12,"asked":10,"request":"get.books","query":"limit=2","answer":{"result":{"collection":["a","b"],"query":"limit=2"}}}
        {"at":13,"asked":10,"request":"get.books.1","answer":{"result":{"model":{"title":"Dune"}}}}
        {"at":40,"event":"event.books.1.change","data":{"values":{"title":"Dune 2"}}}
        {"at":60,"event":"event.books.query","data":{"subject":"x","queries":{"limit=2":{"events":[{"event":"remove","data":{"idx":0}}]}}}}
        {"at":101,"event":"event.books.1.change","data":{"values":{"title":"Dune 3"}}}
        {"at":102,"asked":100,"request":"call.books.1.set","params":{"title":"Dune 3"},"answer":{"result":null}}
        {"at":103,"asked":103,"request":"get.nobody","answer":null}
        """

    private func replay() throws -> Replay {
        Replay(
            try ReplayTests.recording.split(separator: "\n").map { line in
                try #require(RecordedLine(decoding: try JSONSlice(parsing: String(line))))
            }
        )
    }

    private func key(_ subject: String, query: String = "", params: String = "null") -> RecordedExchange.Key {
        RecordedExchange.Key(subject: subject, query: query, params: params)
    }

    @Test("lines are written as they are read")
    func lines() throws {
        for line in ReplayTests.recording.split(separator: "\n") {
            let recorded = try #require(RecordedLine(decoding: try JSONSlice(parsing: String(line))))
            #expect(RecordedLine(decoding: try JSONSlice(parsing: recorded.text)) == recorded)
        }
    }

    @Test("requests are answered as they were, and what nobody answered stays unanswered")
    func answers() throws {
        var replay = try replay()
        #expect(replay.asked(key("access.books")).answer?.text == "{\"result\":{\"get\":true}}")
        #expect(
            replay.asked(key("get.books.1")).answer?.text == "{\"result\":{\"model\":{\"title\":\"Dune\"}}}"
        )
        #expect(replay.asked(key("get.nobody")).answer == nil)
        #expect(
            replay.asked(key("get.books", query: "limit=3")).answer?["error"]?["code"]?.string
                == "system.notFound"
        )
    }

    @Test("events come when they came, and who asks later gets what they made of the resource")
    func events() throws {
        var replay = try replay()
        #expect(replay.nextTime == 30)
        #expect(replay.due(at: 29.9).isEmpty)
        #expect(replay.due(at: 30).map(\.subject) == ["event.books.1.change"])
        #expect(replay.nextTime == 50)
        #expect(replay.due(at: 1000).map(\.subject) == ["event.books.query"])
        #expect(replay.nextTime == nil)
        #expect(
            replay.asked(key("get.books.1")).answer?.text == "{\"result\":{\"model\":{\"title\":\"Dune 2\"}}}"
        )
        #expect(
            replay.asked(key("get.books", query: "limit=2")).answer?.text
                == "{\"result\":{\"collection\":[\"b\"],\"query\":\"limit=2\"}}"
        )
    }

    @Test("the events of a call come with the call")
    func calls() throws {
        var replay = try replay()
        let (answer, events) = replay.asked(key("call.books.1.set", params: "{\"title\":\"Dune 3\"}"))
        #expect(answer?.text == "{\"result\":null}")
        #expect(events.map { $0.data?["values"]?["title"]?.string } == ["Dune 3"])
        #expect(
            replay.asked(key("get.books.1")).answer?.text == "{\"result\":{\"model\":{\"title\":\"Dune 3\"}}}"
        )
    }
}
