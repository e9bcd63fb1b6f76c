import RESProtocol
import Testing

@testable import resdev

/// Transcripts: what the gateway sends, and what a person sees of it.
@Suite("Copies of resources in the terminal")
struct ResourceCopiesTests {
    private static let set = """
        {"models":{"books.1":{"id":1,"title":"Dune","author":{"rid":"authors.7","soft":true}},
        "books.2":{"id":2,"title":"砂丘","note":null}},
        "collections":{"books":[{"rid":"books.1"},{"rid":"books.2"},{"rid":"books.3"}],"tags":["a","b"]},
        "errors":{"books.3":{"code":"system.notFound","message":"Not found"}}}
        """

    private func copies() throws -> ResourceCopies {
        var copies = ResourceCopies()
        copies.add(resourceSet: try JSONSlice(parsing: ResourceCopiesTests.set))
        return copies
    }

    @Test(
        "events change the copies, and each change is one line",
        arguments: [
            (
                "books.1.change", "{\"values\":{\"title\":\"Dune 2\"}}",
                "books.1  title  \"Dune\" → \"Dune 2\""
            ),
            ("books.1.change", "{\"values\":{\"pages\":3}}", "books.1  pages  none → 3"),
            (
                "books.1.change", "{\"values\":{\"title\":{\"action\":\"delete\"}}}",
                "books.1  title  \"Dune\" → none"
            ),
            ("tags.add", "{\"idx\":2,\"value\":\"c\"}", "tags  + [2] \"c\""),
            ("tags.remove", "{\"idx\":0}", "tags  - [0] \"a\""),
            ("books.1.delete", nil, "books.1  deleted"),
            ("books.1.lent", "{\"to\":\"Ann\"}", "books.1  lent  {\"to\":\"Ann\"}"),
            (
                "books.1.unsubscribe",
                "{\"reason\":{\"code\":\"system.accessDenied\",\"message\":\"Access denied\"}}",
                "books.1  unsubscribed: Access denied"
            ),
            (
                "tags.add", "{\"idx\":9,\"value\":\"c\"}",
                "tags  add event that does not fit: there is no collection with that place"
            ),
            (
                "tags.remove", "{\"idx\":-1}",
                "tags  remove event that does not fit: there is no collection with that place"
            ),
            (
                "tags.change", "{\"values\":{}}",
                "tags  change event that does not fit: there is no model of that id"
            ),
        ] as [(String, String?, String)]
    )
    func events(name: String, data: String?, line: String) throws {
        var copies = try copies()
        let changes = copies.apply(event: name, data: try data.map { try JSONSlice(parsing: $0) })
        let text = ChangeText(style: TerminalStyle(inColour: false))
        #expect(changes.map(text.line) == [line])
    }

    @Test("events that were applied are what later events find")
    func applied() throws {
        var copies = try copies()
        for event in ["{\"idx\":0,\"value\":1}", "{\"idx\":3,\"value\":2}"] {
            _ = copies.apply(event: "tags.add", data: try JSONSlice(parsing: event))
        }
        _ = copies.apply(event: "tags.remove", data: try JSONSlice(parsing: "{\"idx\":1}"))
        let text = ResourceText(copies: copies, style: TerminalStyle(inColour: false), width: 80)
        #expect(text.jsonLines(of: "tags") == ["1", "\"b\"", "2"])
    }

    @Test(
        "people see models as lists and collections as tables",
        arguments: [
            ("books.1", ["id      1", "title   Dune", "author  → authors.7"]),
            ("tags", ["a", "b"]),
            (
                "books",
                ["id         title  note", "1          Dune", "2          砂丘   ∅", "→ books.3"]
            ),
            ("books.3", ["Not found (system.notFound)"]),
        ]
    )
    func forPeople(rid: String, lines: [String]) throws {
        let text = ResourceText(copies: try copies(), style: TerminalStyle(inColour: false), width: 80)
        #expect(text.lines(of: rid) == lines)
    }

    @Test("programs see one JSON value a line, with what was sent along in its place")
    func forPrograms() throws {
        let text = ResourceText(copies: try copies(), style: TerminalStyle(inColour: false), width: 80)
        #expect(
            text.jsonLines(of: "books") == [
                "{\"id\":1,\"title\":\"Dune\",\"author\":{\"rid\":\"authors.7\"}}",
                "{\"id\":2,\"title\":\"砂丘\",\"note\":null}", "{\"rid\":\"books.3\"}",
            ]
        )
    }

    @Test("text from a server cannot steer the terminal")
    func controlCharacters() {
        #expect(TerminalText.printable("a\u{1b}[2Jb\u{202e}\u{9b}c\n") == "a␛[2Jb␦␦c␊")
    }

    @Test("a table fits the terminal: wide columns are cut, and columns without room are named")
    func narrowTable() {
        var table = TerminalTable(headings: ["id", "title", "a", "b"])
        table.add(["1", "The Left Hand of Darkness", "1234567", "7654321"])
        let style = TerminalStyle(inColour: false)
        #expect(
            table.lines(width: 32, style: style)
                == ["id  title       a        b", "1   The Left …  1234567  7654321"]
        )
        #expect(table.lines(width: 18, style: style).last == "not shown: b")
    }
}
