import RESProtocol
import Testing

@testable import Store
@testable import StoreOracle

@Suite("Every kind of table")
struct TableKindTests {
    @Test("names with spaces, dots, quotes, other scripts and reserved words are reached by their encoding")
    func names() throws {
        let store = try StoreFixture(
            #"""
            CREATE TABLE "my table.x" ("select" TEXT PRIMARY KEY, "ö ""q""" INTEGER, "a.b" TEXT);
            INSERT INTO "my table.x" VALUES ('k 1', 1, 'x');
            CREATE TABLE "group" ("order" INTEGER PRIMARY KEY, "limit" INTEGER);
            """#
        )
        #expect(
            store.get("library.my~20table~2Ex.k~201")
                == #"{"result":{"model":{"select":"k 1","ö \"q\"":1,"a.b":"x"}}}"#
        )
        #expect(
            store.call("library.my~20table~2Ex.k~201.set", #"{"ö \"q\"":2,"a.b":null}"#) == [
                #"event.library.my~20table~2Ex.k~201.change {"values":{"ö \"q\"":2,"a.b":null}}"#,
                #"reply {"result":null}"#,
            ]
        )
        #expect(
            store.get("library.my~20table~2Ex?%C3%B6%20%22q%22=2")
                == #"{"result":{"collection":[{"rid":"library.my~20table~2Ex.k~201"}],"query":"%C3%B6%20%22q%22=2"}}"#
        )
        #expect(
            store.call("library.group", #"{"order":5,"limit":1}"#).last
                == #"reply {"resource":{"rid":"library.group.5"}}"#
        )
        #expect(store.get("library.group?limit__eq=1").hasSuffix(#""query":"limit__eq=1"}}"#))
    }

    @Test("composite keys, WITHOUT ROWID, and keys that other rows' triggers and cascades change")
    func compositeKeys() throws {
        let store = try StoreFixture(
            """
            CREATE TABLE a (x TEXT, y INTEGER, z TEXT, PRIMARY KEY (y, x)) WITHOUT ROWID;
            CREATE TABLE b (id INTEGER PRIMARY KEY, y INTEGER, x TEXT,
                FOREIGN KEY (y, x) REFERENCES a (y, x) ON UPDATE CASCADE ON DELETE CASCADE);
            INSERT INTO a VALUES ('p,q', 1, 'z');
            INSERT INTO b VALUES (7, 1, 'p,q');
            """
        )
        #expect(
            store.get("library.a.1,p~2Cq")
                == #"{"result":{"model":{"x":"p,q","y":1,"z":"z","b":{"rid":"library.a.1,p~2Cq.b","soft":true}}}}"#
        )
        #expect(
            store.get("library.b.7")
                == #"{"result":{"model":{"id":7,"y":1,"x":"p,q","a":{"rid":"library.a.1,p~2Cq","soft":true}}}}"#
        )
        #expect(store.get("library.a.1,p~2Cq.b").contains("library.b.7"))
        #expect(
            store.call("library.a.1,p~2Cq.set", #"{"x":"r"}"#) == [
                "event.library.a.1,r.create",
                #"event.library.b.7.change {"values":{"x":"r","a":{"rid":"library.a.1,r","soft":true}}}"#,
                #"event.library.a.1,p~2Cq.b.query {"subject":"_query.library.test.1.library.a.1,p~2Cq.b","#
                    + #""queries":{"limit=100":{"events":[{"event":"delete"}]}}}"#,
                "event.library.a.1,p~2Cq.delete",
                #"reply {"resource":{"rid":"library.a.1,r"}}"#,
            ]
        )
        #expect(
            store.call("library.a.1,r.delete") == [
                "event.library.a.1,r.delete", "event.library.b.7.delete", #"reply {"result":null}"#,
            ]
        )
    }

    @Test("a table without a declared key has the rowid as key, whatever its columns are called")
    func rowid() throws {
        let store = try StoreFixture(
            "CREATE TABLE t (rowid TEXT, v); INSERT INTO t VALUES ('x', 1), (NULL, 'y');"
        )
        #expect(store.get("library.t").contains(#"[{"rid":"library.t.1"},{"rid":"library.t.2"}]"#))
        #expect(store.get("library.t.2") == #"{"result":{"model":{"rowid":null,"v":"y"}}}"#)
        #expect(store.call("library.t.new", #"{"v":3}"#).last == #"reply {"resource":{"rid":"library.t.3"}}"#)
        #expect(
            store.call("library.t.9.put", #"{"v":4}"#).last == #"reply {"resource":{"rid":"library.t.9"}}"#
        )
    }

    @Test("REPLACE, upsert by trigger and deletes of whole tables are seen; what comes to nothing is not")
    func hiddenChanges() throws {
        let store = try StoreFixture(
            """
            CREATE TABLE a (id INTEGER PRIMARY KEY, u TEXT UNIQUE ON CONFLICT REPLACE);
            CREATE TABLE log (n INTEGER PRIMARY KEY, t TEXT);
            INSERT INTO a VALUES (1, 'one'), (2, 'two');
            INSERT INTO log VALUES (1, 'x'), (2, 'y');
            CREATE TRIGGER clear AFTER UPDATE ON a WHEN new.u = 'clear' BEGIN DELETE FROM log; END;
            CREATE TRIGGER undo AFTER UPDATE ON a WHEN new.u = 'undo' BEGIN UPDATE a SET u = old.u WHERE id = new.id; END;
            """
        )
        #expect(
            store.call("library.a.new", #"{"u":"one"}"#) == [
                "event.library.a.3.create", "event.library.a.1.delete",
                #"reply {"resource":{"rid":"library.a.3"}}"#,
            ]
        )
        #expect(
            store.call("library.a.2.set", #"{"u":"clear"}"#) == [
                #"event.library.a.2.change {"values":{"u":"clear"}}"#, "event.library.log.1.delete",
                "event.library.log.2.delete", #"reply {"result":null}"#,
            ]
        )
        #expect(store.call("library.a.2.set", #"{"u":"undo"}"#) == [#"reply {"result":null}"#])
        #expect(
            store.sendTogether([
                ("call.library.a.2.set", #"{"params":{"u":"A"}}"#),
                ("call.library.a.2.set", #"{"params":{"u":"clear"}}"#),
            ]) == [#"reply1 {"result":null}"#, #"reply2 {"result":null}"#]
        )
    }

    @Test("generated columns are shown, read only, and part of a change where they have changed")
    func generated() throws {
        let store = try StoreFixture(
            """
            CREATE TABLE g (v INTEGER AS (a * 2) VIRTUAL, a INTEGER, s INTEGER AS (a + 1) STORED, b TEXT DEFAULT 'd');
            INSERT INTO g (a) VALUES (1);
            CREATE TABLE trigger_source (id INTEGER PRIMARY KEY);
            CREATE TRIGGER t AFTER INSERT ON trigger_source BEGIN UPDATE g SET b = 'by trigger'; END;
            """
        )
        #expect(store.get("library.g.1") == #"{"result":{"model":{"v":2,"a":1,"s":2,"b":"d"}}}"#)
        #expect(
            store.call("library.g.1.set", #"{"b":"e"}"#).first
                == #"event.library.g.1.change {"values":{"b":"e"}}"#
        )
        #expect(
            store.call("library.g.1.set", #"{"a":3}"#).first
                == #"event.library.g.1.change {"values":{"v":6,"a":3,"s":4}}"#
        )
        #expect(
            store.call("library.g.1.set", #"{"b":{"action":"delete"}}"#).first
                == #"event.library.g.1.change {"values":{"b":"d"}}"#
        )
        #expect(store.call("library.g.1.set", #"{"b":"d"}"#) == [#"reply {"result":null}"#])
        // Of a row that a trigger changes, what a computed column was cannot be known; it is told with the change.
        #expect(
            store.call("library.trigger_source", "{}").dropFirst().first
                == #"event.library.g.1.change {"values":{"v":6,"b":"by trigger"}}"#
        )
    }

    @Test(
        "values of every type go in and come out",
        arguments: [
            (#"{"i":9007199254740993}"#, #""i":"9007199254740993""#),
            (#"{"i":"9007199254740993"}"#, #""i":"9007199254740993""#),
            (#"{"r":"Infinity"}"#, #""r":"Infinity""#), (#"{"r":1}"#, #""r":1.0"#),
            (#"{"f":true}"#, #""f":true"#),
            (#"{"j":{"data":{"a":[1]}}}"#, #""j":{"data":{"a":[1]}}"#),
            (#"{"j":{"a":[1]}}"#, #""j":{"data":{"a":[1]}}"#),
            (#"{"j":"text"}"#, #""j":"text""#), (#"{"j":5}"#, #""j":5"#), (#"{"j":true}"#, #""j":true"#),
            (#"{"b":{"$base64":true,"encoded":"AAH/"}}"#, #""b":{"data":{"$base64":true,"encoded":"AAH/"}}"#),
            (#"{"t":"a\u0000b"}"#, #""t":"a\u0000b""#), (#"{"t":7}"#, #""t":"7""#),
        ]
    )
    func values(params: String, member: String) throws {
        let store = try StoreFixture(
            "CREATE TABLE v (id INTEGER PRIMARY KEY, i INTEGER, r REAL, f BOOLEAN, j JSON, b BLOB, t TEXT); INSERT INTO v (id) VALUES (1);"
        )
        #expect(store.call("library.v.1.set", params).last == #"reply {"result":null}"#)
        #expect(store.get("library.v.1").contains(member))
    }

    @Test("a batch takes effect as a whole or not at all")
    func batch() throws {
        let store = try StoreFixture(
            "CREATE TABLE n (id INTEGER PRIMARY KEY, t TEXT NOT NULL); INSERT INTO n VALUES (1, 'a');"
        )
        #expect(
            store.call(
                "library.batch",
                #"[{"rid":"library.n","method":"new","params":{"t":"b"}},{"rid":"library.n.1","method":"delete"}]"#
            ) == [
                "event.library.n.2.create", "event.library.n.1.delete",
                #"reply {"result":[{"resource":{"rid":"library.n.2"}},{"result":null}]}"#,
            ]
        )
        let failed = store.call(
            "library.batch",
            #"[{"rid":"library.n.2","method":"set","params":{"t":"c"}},{"rid":"library.n","method":"new"}]"#
        )
        #expect(failed.count == 1)
        #expect(store.error(failed) == "system.invalidParams: Call 1: t: a value is required")
        #expect(store.get("library.n.2") == #"{"result":{"model":{"id":2,"t":"b"}}}"#)
        #expect(store.error(store.call("library.batch", "{}"))?.hasPrefix("system.invalidParams") == true)
    }

    @Test("increment adds and answers with the new values; put replaces the whole row")
    func incrementAndPut() throws {
        let store = try StoreFixture(
            "CREATE TABLE c (id INTEGER PRIMARY KEY, n INTEGER, t TEXT DEFAULT 'x'); INSERT INTO c VALUES (1, NULL, 'y');"
        )
        #expect(
            store.call("library.c.1.increment", #"{"n":2}"#)
                == [#"event.library.c.1.change {"values":{"n":2}}"#, #"reply {"result":{"n":2}}"#]
        )
        #expect(
            store.error(store.call("library.c.1.increment", #"{"t":1}"#))
                == "system.invalidParams: t can only grow by a number"
        )
        #expect(
            store.call("library.c.1.put", #"{"n":9}"#).first
                == #"event.library.c.1.change {"values":{"n":9,"t":"x"}}"#
        )
        #expect(
            store.error(store.call("library.c.1.put", #"{"id":2}"#))?.contains("differs from the key") == true
        )
    }
}
