import RESProtocol
import Testing

@testable import Store
@testable import StoreOracle

@Suite("Named SQL")
struct NamedSQLTests {
    private static let script = """
        CREATE TABLE items (sku TEXT PRIMARY KEY, name TEXT NOT NULL, stock INTEGER CHECK (stock >= 0), price REAL);
        CREATE TABLE other (x);
        INSERT INTO items VALUES ('a', 'Ant', 5, 1.5), ('007', 'Bee', 0, 2), ('c', 'Cat', 9, 3);
        """

    private func fixture() throws -> StoreFixture {
        try StoreFixture(Self.script) {
            var cheap = NamedSQL(
                name: "cheap",
                sql: "SELECT name, price FROM items WHERE price < :price ORDER BY price"
            )
            cheap.parameters["price"] = NamedSQL.Parameter(.real)
            var found = NamedSQL(
                name: "by sku",
                sql: "SELECT sku, stock FROM items WHERE sku = :sku AND (:least IS NULL OR stock >= :least)"
            )
            found.parameters["least"] = NamedSQL.Parameter(.integer, isOptional: true)
            $0.namedSQL = [
                cheap, found,
                NamedSQL(
                    name: "restock",
                    sql: """
                        -- two statements
                        UPDATE items SET stock = stock + $n WHERE sku = @sku;
                        SELECT stock FROM items WHERE sku = @sku;
                        """
                ),
                NamedSQL(name: "all", sql: "SELECT * FROM items"),
                NamedSQL(
                    name: "extend",
                    sql: "CREATE TABLE IF NOT EXISTS made (id INTEGER PRIMARY KEY, t TEXT)"
                ),
            ]
        }
    }

    @Test("a SELECT is a live collection of rows, its parameters bound and typed")
    func reading() throws {
        let store = try fixture()
        #expect(
            store.get("library.$q.cheap?price=2.0")
                == #"{"result":{"collection":[{"data":{"name":"Ant","price":1.5}}],"query":"price=2"}}"#
        )
        #expect(store.get("library.$q.by~20sku?sku=007").contains(#"{"sku":"007","stock":0}"#))
        #expect(store.get("library.$q.by~20sku?sku=007&least=1").contains(#""collection":[]"#))
        #expect(store.get("library.$q.all?limit=1&start=1").contains(#""query":"limit=1&start=1""#))
        let lines = store.call("library.items.a.set", #"{"price":1.75}"#)
        #expect(
            lines.contains {
                $0.hasPrefix("event.library.$q.cheap.query")
                    && $0.contains(#"{"data":{"name":"Ant","price":1.75}}"#)
            }
        )
        // What it does not read makes no difference.
        #expect(!store.call("library.items.a.set", #"{"stock":6}"#).contains { $0.contains("$q.cheap") })
        #expect(store.get("library.$q").contains(#""cheap":{"rid":"library.$q.cheap","soft":true}"#))
        let schema = store.get("library.$schema")
        #expect(
            schema.contains(
                #"{"name":"cheap","resource":"library.$q.cheap","writes":false,"parameters":[{"name":"price","type":"real","#
                    + #""optional":false}],"columns":["name","price"],"defaultLimit":100,"#
                    + #""limit":1000,"reads":["items"],"failure":null}"#
            )
        )
    }

    @Test(
        "what does not fit is refused with the parameter's name",
        arguments: [
            ("library.$q.cheap", "cheap needs a value for price"),
            ("library.$q.cheap?price=much", "price is \\\"much\\\"; a number would be right"),
            ("library.$q.cheap?price=1&prize=2", "cheap has no parameter prize; did you mean price?"),
            ("library.$q.cheap?price=1&price=2", "price is given twice"),
            ("library.$q.cheep?price=1", "did you mean cheap?"),
            ("library.$q.all?limit=1001", "limit is \\\"1001\\\""),
            ("library.$q.restock", "restock writes, so it can only be called"),
        ]
    )
    func refusals(id: String, message: String) throws {
        #expect(try fixture().get(id).contains(message))
    }

    @Test("statements that write are called, in one transaction with their events")
    func writing() throws {
        let store = try fixture()
        #expect(
            store.call("library.$q.restock", #"{"sku":"a","n":3}"#) == [
                #"event.library.items.a.change {"values":{"stock":8}}"#,
                #"reply {"result":{"changes":1,"rows":[{"stock":8}]}}"#,
            ]
        )
        #expect(
            store.error(store.call("library.$q.restock", #"{"sku":"a","n":-100}"#))?.contains(
                "CHECK constraint failed"
            )
                == true
        )
        #expect(
            store.error(store.call("library.$q.restock", #"{"sku":"a"}"#))?.contains("needs a value for n")
                == true
        )
        #expect(
            store.call("library.$q.cheap", #"{"price":2}"#)
                == [#"reply {"result":{"changes":0,"rows":[{"name":"Ant","price":1.5}]}}"#]
        )
        #expect(
            store.error(store.call("library.$q.cheap", #"{"price":"x"}"#))?.contains(
                "a number would be right"
            ) == true
        )
        let batch = store.call(
            "library.batch",
            #"[{"rid":"library.$q","method":"restock","params":{"sku":"a","n":1}},{"rid":"library.items.a","method":"set","params":{"stock":-1}}]"#
        )
        #expect(batch.count == 1)
        #expect(store.get("library.items.a").contains(#""stock":8"#))
    }

    @Test("a statement that changes the schema is seen by all")
    func declaring() throws {
        let store = try fixture()
        let lines = store.call("library.$q.extend")
        #expect(
            lines.contains(#"event.library.change {"values":{"made":{"rid":"library.made","soft":true}}}"#)
        )
        #expect(lines.last == #"reply {"result":{"changes":0,"rows":[]}}"#)
        #expect(store.call("library.made.new", #"{"t":"x"}"#).first == "event.library.made.1.create")
        #expect(store.call("library.$q.extend").count == 1)
    }

    @Test(
        "SQL that cannot run is refused at the start",
        arguments: [
            ("SELECT missing FROM items", "no such column: missing"),
            ("SELECT * FROM items WHERE sku = ?", "a parameter has no name; :name would be right"),
            ("COMMIT", "COMMIT is not possible in named SQL"),
            ("  -- nothing", "there is no statement in it"),
            ("/* x */ ATTACH 'a' AS b", "ATTACH is not possible in named SQL"),
        ]
    )
    func broken(sql: String, message: String) throws {
        #expect(throws: StoreError(.configuration, "named SQL bad: " + message)) {
            _ = try StoreFixture(Self.script) { $0.namedSQL = [NamedSQL(name: "bad", sql: sql)] }
        }
    }

    @Test("a costly query rests after it was read, and who asks meanwhile is told the present state")
    func pauses() throws {
        let store = try StoreFixture(Self.script) {
            $0.namedSQL = [NamedSQL(name: "sum", sql: "SELECT sum(stock) AS n FROM items")]
            $0.liveQueries.immediateSteps = 1
        }
        _ = store.get("library.$q.sum")
        #expect(store.call("library.items.a.set", #"{"stock":6}"#).count == 3)
        #expect(store.call("library.items.a.set", #"{"stock":7}"#).count == 2)
        #expect(store.call("library.items.a.set", #"{"stock":8}"#).count == 2)
        let deadline = try #require(store.engine.nextDeadline)
        store.now = deadline
        #expect(store.tick().first?.contains(#"{"data":{"n":17}}"#) == true)
        _ = store.call("library.items.a.set", #"{"stock":9}"#)
        let lines = store.send("get.library.$q.sum")
        #expect(lines.first?.hasPrefix("event.library.$q.sum.query") == true)
        #expect(lines.last?.contains(#"{"data":{"n":18}}"#) == true)
    }

    @Test(
        "costly queries wait for each other, each is told in its turn, and all hold the present state in the end"
    )
    func turns() throws {
        let store = try StoreFixture(Self.script) {
            $0.namedSQL = (0..<5).map {
                NamedSQL(name: "sum\($0)", sql: "SELECT sum(stock) + \($0) AS n FROM items")
            }
            $0.liveQueries.immediateSteps = 1
        }
        for number in 0..<5 { _ = store.get("library.$q.sum\(number)") }
        func told(_ lines: [String]) -> [String] { lines.filter { $0.hasPrefix("event.library.$q.") } }
        #expect(told(store.call("library.items.a.set", #"{"stock":6}"#)).count == 1)
        #expect(told(store.call("library.items.a.set", #"{"stock":7}"#)).isEmpty)
        var events: [String] = []
        for turn in 1...5 {
            store.now = try #require(store.engine.nextDeadline)
            events += told(store.tick())
            #expect(events.count == turn)
        }
        for number in 0..<5 {
            #expect(
                events.contains { $0.contains("$q.sum\(number).") && $0.contains(#"{"n":\#(16 + number)}"#) }
            )
        }
        #expect(store.engine.deferred.isEmpty)
    }
}
