import RESProtocol
import Testing

@testable import Store
@testable import StoreOracle

@Suite("Which queries are live")
struct LivenessTests {
    private static let script = """
        CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);
        INSERT INTO notes VALUES (1, 'a'), (2, 'b');
        """

    @Test(
        "a query that nobody asks for in a probe is dropped, one that is asked for stays and is probed less often"
    )
    func probes() throws {
        let store = try StoreFixture(Self.script)
        _ = store.get("library.notes?limit=1")
        _ = store.get("library.notes?limit=2")
        #expect(store.tick() == [])
        store.now += Instant.seconds(31)
        #expect(
            store.tick() == [#"event.library.notes.query {"subject":"_query.library.test.1.library.notes"}"#]
        )
        #expect(
            store.send("_query.library.test.1.library.notes", #"{"query":"limit=2"}"#)
                == [#"reply {"result":{"events":[]}}"#]
        )
        store.now += Instant.seconds(11)
        #expect(store.tick() == [])
        #expect(store.engine.liveQueries.count == 1)
        #expect(store.engine.liveQueries.query("library.notes", "limit=2") != nil)
        store.now += Instant.seconds(31)
        #expect(store.tick().count == 1)
        store.now += Instant.seconds(11)
        #expect(store.tick() == [])
        #expect(store.engine.liveQueries.isEmpty)
        #expect(store.engine.nextDeadline == nil)
        #expect(store.call("library.notes.1.set", #"{"text":"c"}"#).count == 2)
    }

    @Test("a gateway that asks about an event is told the state of its moment")
    func answersOfTheMoment() throws {
        let store = try StoreFixture(Self.script)
        _ = store.get("library.notes?sort=-id")
        _ = store.get("library.notes?text=zzz")
        _ = store.call("library.notes.new", #"{"text":"c"}"#)
        _ = store.call("library.notes.new", #"{"text":"d"}"#)
        let first = "_query.library.test.1.library.notes"
        #expect(
            store.send(first, #"{"query":"sort=-id"}"#)
                == [
                    #"reply {"result":{"events":[{"event":"add","data":{"value":{"rid":"library.notes.3"},"idx":0}}]}}"#
                ]
        )
        #expect(store.send(first, #"{"query":"text=zzz"}"#) == [#"reply {"result":{"events":[]}}"#])
        #expect(
            store.send(first, #"{"query":"limit=1"}"#)
                == [#"reply {"result":{"collection":[{"rid":"library.notes.1"}],"query":"limit=1"}}"#]
        )
        store.now += Instant.seconds(20)
        _ = store.call("library.notes.new", #"{"text":"zzz"}"#)
        #expect(
            store.send(first, #"{"query":"text=zzz"}"#)
                == [#"reply {"result":{"collection":[{"rid":"library.notes.5"}],"query":"text=zzz"}}"#]
        )
        #expect(
            store.send("_query.library.test.1.library.notes", "[]").first?.contains("system.internalError")
                == true
        )
    }

    private static let family = """
        CREATE TABLE parents (id INTEGER PRIMARY KEY, name TEXT);
        CREATE TABLE children (id INTEGER PRIMARY KEY, parents_id INTEGER REFERENCES parents ON DELETE SET NULL);
        INSERT INTO parents VALUES (1, 'a'), (2, 'b');
        INSERT INTO children VALUES (1, 1), (2, 1), (3, 2);
        """
    private static let ended = #":{"events":[{"event":"delete"}]}"#

    @Test("what refers to a row ends with the row, for who holds it as for who asks")
    func orphans() throws {
        let store = try StoreFixture(Self.family)
        _ = store.get("library.parents.1.children")
        _ = store.get("library.parents.1.children.$count")
        _ = store.get("library.parents.2.children")
        let lines = store.call("library.parents.1.delete")
        let queries = lines.filter { $0.contains(".query") }
        #expect(queries.count == 2)
        #expect(queries[1].hasPrefix("event.library.parents.1.children.$count.query"))
        #expect(queries[1].contains(#""start=0""# + Self.ended))
        #expect(queries[0].contains(#""limit=100""# + Self.ended))
        #expect(lines.contains("event.library.parents.1.delete"))
        #expect(store.get("library.parents.1.children").contains("system.notFound"))
        // A gateway that asks is told the same.
        let subject = "_query.library.test.1.library.parents.1.children"
        #expect(store.send(subject, #"{"query":"limit=100"}"#).last?.contains("system.notFound") == true)
        #expect(store.engine.liveQueries.count == 1)
        // It is another row that bears the key later.
        _ = store.call("library.parents.new", #"{"id":1}"#)
        #expect(store.get("library.parents.1.children").contains(#""collection":[]"#))
    }

    @Test("it ends also when another process deletes the row and leaves what refers to it")
    func orphansOfOthers() throws {
        let store = try StoreFixture(Self.family, isFile: true)
        _ = store.get("library.parents.1.children")
        _ = store.get("library.parents.2.children")
        try store.outside("PRAGMA foreign_keys = OFF; DELETE FROM parents WHERE id = 1")
        let lines = store.tick()
        #expect(lines.count == 1)
        #expect(lines[0].hasPrefix("event.library.parents.1.children.query") && lines[0].contains(Self.ended))
        #expect(store.engine.liveQueries.count == 1)
        // The table of the row is another one from now on.
        try store.outside("ALTER TABLE parents ADD COLUMN more")
        #expect(store.tick().contains { $0.hasPrefix("system.reset") && $0.contains("library.parents.>") })
        #expect(store.engine.liveQueries.isEmpty)
        try store.outside("DELETE FROM children")
        #expect(store.tick().isEmpty)
    }

    @Test("a costly query whose reading was put off is read when another process's lock has gone")
    func deferredWhileLocked() throws {
        let store = try StoreFixture(
            Self.script
                + "CREATE VIEW lengths AS SELECT length(text) AS n, count(*) AS c FROM notes GROUP BY 1;",
            isFile: true
        ) {
            $0.liveQueries.immediateSteps = 0
            $0.busyTimeout = 5
        }
        // With a write-ahead log readers would not have to wait.
        try store.engine.database.connection.execute("PRAGMA journal_mode = DELETE")
        _ = store.get("library.lengths")
        let first = store.call("library.notes.1.set", #"{"text":"two"}"#)
        #expect(first.contains { $0.hasPrefix("event.library.lengths.query") })
        let second = store.call("library.notes.2.set", #"{"text":"three"}"#)
        #expect(!second.contains { $0.hasPrefix("event.library.lengths.query") })
        let other = try SQLiteConnection(path: store.path, mode: .readWrite)
        try other.execute("BEGIN EXCLUSIVE")
        store.now += Instant.seconds(2)
        #expect(store.tick() == [])
        try other.execute("COMMIT")
        store.now += Instant.milliseconds(60)
        #expect(
            store.tick().contains { $0.hasPrefix("event.library.lengths.query") && $0.contains(#""n":5"#) }
        )
        #expect(store.engine.deferred.isEmpty)
    }

    @Test("an answer that tells the whole is told again for every event that it covers")
    func forgottenEvents() throws {
        let store = try StoreFixture(Self.script)
        _ = store.get("library.notes?sort=-id")
        _ = store.call("library.notes.new", #"{"text":"c"}"#)
        store.now += Instant.seconds(6)
        _ = store.call("library.notes.new", #"{"text":"d"}"#)
        store.now += Instant.seconds(6)
        _ = store.call("library.notes.1.set", #"{"text":"e"}"#)
        _ = store.call("library.notes.new", #"{"text":"f"}"#)
        // The first event is forgotten by now, and the second one is not.
        let collection = #""collection":[{"rid":"library.notes.5"},{"rid":"library.notes.4"}"#
        for number in 1...3 {
            let subject = "_query.library.test.\(number).library.notes"
            let reply = store.send(subject, #"{"query":"sort=-id"}"#).last
            #expect(reply?.contains(collection) == true, "\(number): \(reply ?? "")")
        }
    }

    @Test("beyond the capacity, events come without answers, so that every gateway asks")
    func capacity() throws {
        let store = try StoreFixture(Self.script) { $0.liveQueries.capacity = 1 }
        _ = store.get("library.notes?limit=1")
        _ = store.get("library.notes?limit=2")
        #expect(store.engine.liveQueries.count == 1)
        let lines = store.call("library.notes.1.delete")
        #expect(
            lines == [
                #"event.library.notes.query {"subject":"_query.library.test.1.library.notes"}"#,
                "event.library.notes.1.delete", #"reply {"result":null}"#,
            ]
        )
        #expect(
            store.send("_query.library.test.1.library.notes", #"{"query":"limit=2"}"#)
                == [#"reply {"result":{"collection":[{"rid":"library.notes.2"}],"query":"limit=2"}}"#]
        )
        #expect(
            store.send("_query.library.test.1.library.notes", #"{"query":"limit=1"}"#)
                == [
                    #"reply {"result":{"events":[{"event":"remove","data":{"idx":0}},"#
                        + #"{"event":"add","data":{"value":{"rid":"library.notes.2"},"idx":0}}]}}"#
                ]
        )
    }

    @Test("rows beyond the bound are told apart no more: gateways ask anew after another process's commit")
    func rowBound() throws {
        let store = try StoreFixture(Self.script, isFile: true) { $0.liveRows.rows = 1 }
        _ = store.get("library.notes.1")
        _ = store.get("library.notes.2")
        try store.outside("UPDATE notes SET text = 'x'")
        let lines = store.tick()
        #expect(lines.contains(#"system.reset {"resources":["library.notes.*"]}"#))
        #expect(lines.filter { $0.hasSuffix(#".change {"values":{"text":"x"}}"#) }.count == 1)
        try store.outside("UPDATE notes SET text = 'y'")
        #expect(store.tick().count == 1)
    }

    @Test("a transaction that touches more rows than are told apart resets what it may have changed")
    func changeBound() throws {
        let store = try StoreFixture(
            Self.script
                + "CREATE TRIGGER more AFTER INSERT ON notes BEGIN UPDATE notes SET text = new.text; END;"
        ) { $0.maximumChanges = 2 }
        _ = store.get("library.notes")
        let lines = store.call("library.notes.new", #"{"text":"c"}"#)
        #expect(lines.first == #"system.reset {"resources":["library.notes","library.notes.>"]}"#)
        #expect(store.engine.liveQueries.isEmpty)
    }

    @Test("writes wait while another process holds the lock, and are refused when it holds it too long")
    func blocked() throws {
        let store = try StoreFixture(Self.script, isFile: true)
        let other = try SQLiteConnection(path: store.path, mode: .readWrite)
        try other.execute("BEGIN IMMEDIATE; UPDATE notes SET text = 'other'")
        #expect(store.call("library.notes.1.set", #"{"text":"mine"}"#) == [])
        #expect(store.get("library.notes.1").contains(#""text":"a""#))
        store.now += Instant.milliseconds(100)
        #expect(store.tick() == [])
        try other.execute("COMMIT")
        store.now += Instant.milliseconds(100)
        #expect(
            store.tick() == [
                #"event.library.notes.1.change {"values":{"text":"other"}}"#,
                #"event.library.notes.1.change {"values":{"text":"mine"}}"#, #"reply {"result":null}"#,
            ]
        )
        try other.execute("BEGIN IMMEDIATE")
        #expect(store.call("library.notes.2.set", #"{"text":"mine"}"#) == [])
        store.now += Instant.seconds(3)
        #expect(
            store.error(store.tick())
                == "system.serviceUnavailable: The database is locked by another process; try again"
        )
    }
}
