import NIOCore
import RESProtocol
import Testing

@testable import Store
@testable import StoreOracle

@Suite("What the store tells of itself: $schema and $live")
struct DescribingTests {
    private static let script = """
        CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL COLLATE NOCASE UNIQUE);
        CREATE TABLE books (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL REFERENCES authors (id) ON DELETE CASCADE,
            title TEXT DEFAULT 'none', lent INTEGER, extra TEXT, upper TEXT AS (upper(title)) STORED) STRICT;
        CREATE INDEX by_title ON books (title DESC, author_id) WHERE lent = 0;
        CREATE TABLE lines (a INTEGER, b TEXT, PRIMARY KEY (b, a)) WITHOUT ROWID;
        CREATE VIEW titles AS SELECT title, name FROM books JOIN authors ON authors.id = author_id;
        CREATE VIEW broken AS SELECT missing FROM authors;
        """

    private func model(_ reply: String) throws -> JSONSlice {
        let response = try #require(ServiceResponse(decoding: ByteBuffer(string: reply)))
        guard case .result(let result) = response.outcome else { throw UnexpectedReply(reply: reply) }
        return try #require(result["model"])
    }

    struct UnexpectedReply: Error {
        let reply: String
    }

    @Test("the schema resource tells all that a grid or a generator of types needs")
    func schema() throws {
        let store = try StoreFixture(Self.script)
        let model = try model(store.get("library.$schema"))
        #expect(model["service"]?.string == "library")
        let tables = Array(try #require(model["tables"]?["data"]).elements)
        #expect(tables.map { $0["name"]?.string } == ["authors", "books", "lines", "titles"])
        let books = tables[1]
        #expect(books["resource"]?.string == "library.books")
        #expect(books["key"]?.text == #"{"kind":"integer","columns":["id"]}"#)
        #expect(books["strict"]?.bool == true)
        #expect(books["withoutRowid"]?.bool == false)
        let columns = Array(try #require(books["columns"]).elements)
        #expect(
            columns[1].text
                == #"{"name":"author_id","type":"INTEGER","affinity":"integer","form":"plain","key":null,"notNull":true,"#
                + #""default":null,"generated":null,"collation":"BINARY"}"#
        )
        #expect(columns[2]["default"]?.string == "'none'")
        #expect(columns[5]["generated"]?.string == "stored")
        #expect(
            books["foreignKeys"]?.text
                == #"[{"columns":["author_id"],"table":"authors","targetColumns":["id"],"onUpdate":"NO ACTION","#
                + #""onDelete":"CASCADE"}]"#
        )
        #expect(
            books["links"]?.text
                == #"[{"name":"author","columns":["author_id"],"table":"authors","resource":"library.authors","shown":"soft"}]"#
        )
        #expect(
            books["indexes"]?.text
                == #"[{"name":"by_title","unique":false,"origin":"c","partial":true,"columns":["#
                + #"{"name":"title","descending":true,"collation":"BINARY"},"#
                + #"{"name":"author_id","descending":false,"collation":"BINARY"}]}]"#
        )
        #expect(
            tables[0]["collections"]?.text
                == #"[{"name":"books","part":"books","table":"books","columns":["author_id"]}]"#
        )
        #expect(tables[2]["key"]?.text == #"{"kind":"columns","columns":["b","a"]}"#)
        #expect(tables[2]["withoutRowid"]?.bool == true)
        #expect(tables[3]["type"]?.string == "view")
        #expect(tables[3]["reads"]?.text == #"["authors","books"]"#)
        #expect(tables[3]["sql"]?.string?.hasPrefix("CREATE VIEW titles AS SELECT") == true)
        #expect(model["notServed"]?["data"]?.text.contains("broken (no such column: missing)") == true)
        #expect(store.get("library.$schema?x=1").contains("takes no query"))
        #expect(store.get("library.$shema").contains("did you mean $schema?"))
    }

    @Test(
        "each live query is listed with how it is followed and what it has cost, and the list is live while it is held"
    )
    func live() throws {
        let store = try StoreFixture(Self.script)
        _ = store.call("library.authors.new", #"{"name":"Ann"}"#)
        _ = store.get("library.authors?sort=name")
        _ = store.get("library.authors?sort=name&limit=5")
        _ = store.get("library.authors.$count")
        _ = store.get("library.titles")
        let list = store.get("library.$live")
        #expect(
            list.contains(
                #""resource":"library.authors","query":"sort=name","strategy":"window","reason":null"#
            )
        )
        #expect(list.contains(#""resource":"library.authors.$count","query":"start=0","strategy":"count""#))
        #expect(
            list.contains(
                #""resource":"library.titles","query":"limit=100","strategy":"requery","reason":"a view"#
            )
        )
        #expect(list.contains(#""windows":2,"clients":1"#))
        #expect(!list.contains("$live\""))
        #expect(store.engine.nextDeadline != nil)
        store.now += Instant.milliseconds(1100)
        _ = store.tick()
        _ = store.call("library.authors.new", #"{"name":"Bea"}"#)
        store.now += Instant.milliseconds(1100)
        let lines = store.tick()
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("event.library.$live.query") == true)
        #expect(lines.first?.contains(#""changes":1"#) == true)
        // Without anybody who holds it, nothing is done for it.
        store.now += Instant.seconds(30)
        #expect(store.tick().contains { $0.hasPrefix("event.library.$live.query") })
        store.now += Instant.seconds(11)
        _ = store.tick()
        #expect(store.engine.liveQueries.isEmpty)
        #expect(store.engine.nextDeadline == nil)
        #expect(store.get("library.$live?limit=5&start=1").contains(#""query":"limit=5&start=1""#))
        #expect(store.get("library.$live?sort=x").contains("system.invalidQuery"))
    }

    @Test("a changed schema: what is new is served, what is gone is told, what is the same stays live")
    func declarations() throws {
        let store = try StoreFixture(Self.script, isFile: true)
        _ = store.get("library.lines")
        _ = store.get("library.authors?sort=name")
        _ = store.get("library.authors.$count")
        try store.outside(
            "CREATE TABLE extra (id INTEGER PRIMARY KEY, t TEXT); INSERT INTO extra VALUES (1, 'x')"
        )
        var lines = store.tick()
        #expect(lines.contains(#"system.reset {"resources":["library.extra","library.extra.>"]}"#))
        #expect(
            lines.contains(#"event.library.change {"values":{"extra":{"rid":"library.extra","soft":true}}}"#)
        )
        #expect(
            lines.contains { $0.hasPrefix(#"event.library.$schema.change {"values":{"tables":{"data":["#) }
        )
        #expect(!lines.contains { $0.contains("library.authors.>") })
        #expect(store.engine.liveQueries.count == 3)
        #expect(store.get("library.extra.1") == #"{"result":{"model":{"id":1,"t":"x"}}}"#)
        try store.outside("ALTER TABLE extra ADD COLUMN mood TEXT DEFAULT 'fine'")
        lines = store.tick()
        #expect(lines.contains(#"system.reset {"resources":["library.extra","library.extra.>"]}"#))
        #expect(store.get("library.extra.1") == #"{"result":{"model":{"id":1,"t":"x","mood":"fine"}}}"#)
        try store.outside("DROP TABLE extra; INSERT INTO authors (name) VALUES ('Zoe')")
        lines = store.tick()
        #expect(lines.contains(#"event.library.change {"values":{"extra":{"action":"delete"}}}"#))
        #expect(
            lines.contains { $0.hasPrefix("event.library.authors.query") && $0.contains("library.authors.1") }
        )
        #expect(
            lines.contains {
                $0.hasPrefix("event.library.authors.$count.query") && $0.contains(#"{"count":1}"#)
            }
        )
        #expect(store.get("library.extra.1").contains("No table or view extra"))
        try store.outside("CREATE INDEX by_name ON authors (name)")
        lines = store.tick()
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("event.library.$schema.change") == true)
    }
}
