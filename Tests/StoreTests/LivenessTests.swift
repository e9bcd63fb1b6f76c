import RESProtocol
import Testing

@testable import Store

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
