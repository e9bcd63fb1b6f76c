import RESProtocol
import Testing

@testable import Store
@testable import StoreOracle

@Suite("Resources without a schema")
struct GenericResourceTests {
    private func fixture(isFile: Bool = false, _ configure: (inout StoreConfiguration) -> Void = { _ in })
        throws
        -> StoreFixture
    {
        try StoreFixture("-- nothing", isFile: isFile, configure: configure)
    }

    @Test("put makes a model or a collection, methods change them, and every change is told")
    func transcript() throws {
        let store = try fixture()
        let steps: [(String, String, [String])] = [
            (
                "library.notes.1.put", #"{"text":"hi","n":1}"#,
                [
                    "event.library.notes.1.create",
                    #"event.library.change {"values":{"notes.1":{"rid":"library.notes.1","soft":true}}}"#,
                    #"reply {"resource":{"rid":"library.notes.1"}}"#,
                ]
            ),
            (
                "library.notes.1.set",
                #"{"text":"ho","n":{"action":"delete"},"none":{"action":"delete"},"tags":["a"]}"#,
                [
                    #"event.library.notes.1.change {"values":{"text":"ho","tags":{"data":["a"]},"n":{"action":"delete"}}}"#,
                    #"reply {"result":null}"#,
                ]
            ),
            ("library.notes.1.set", #"{"text":"ho"}"#, [#"reply {"result":null}"#]),
            (
                "library.tags.put", #"["a","b"]"#,
                [
                    "event.library.tags.create",
                    #"event.library.change {"values":{"tags":{"rid":"library.tags","soft":true}}}"#,
                    #"reply {"resource":{"rid":"library.tags"}}"#,
                ]
            ),
            (
                "library.tags.add", #"{"value":{"rid":"library.notes.1"},"idx":0}"#,
                [
                    #"event.library.tags.add {"value":{"rid":"library.notes.1"},"idx":0}"#,
                    #"reply {"result":null}"#,
                ]
            ),
            (
                "library.tags.remove", #"{"value":"b"}"#,
                [#"event.library.tags.remove {"idx":2}"#, #"reply {"result":null}"#]
            ),
            (
                "library.tags.put", #"["b","a"]"#,
                [
                    #"event.library.tags.remove {"idx":0}"#, #"event.library.tags.add {"value":"b","idx":0}"#,
                    #"reply {"result":null}"#,
                ]
            ),
            (
                "library.tags.delete", "null",
                [
                    "event.library.tags.delete",
                    #"event.library.change {"values":{"tags":{"action":"delete"}}}"#,
                    #"reply {"result":null}"#,
                ]
            ),
            (
                "library.todos", #"{"done":false}"#,
                [
                    "event.library.todos.1.create", "event.library.todos.create",
                    #"event.library.change {"values":{"todos":{"rid":"library.todos","soft":true},"#
                        + #""todos.1":{"rid":"library.todos.1","soft":true}}}"#,
                    #"reply {"resource":{"rid":"library.todos.1"}}"#,
                ]
            ),
            (
                "library.todos.new", "{}",
                [
                    "event.library.todos.2.create",
                    #"event.library.todos.add {"value":{"rid":"library.todos.2"},"idx":1}"#,
                    #"event.library.change {"values":{"todos.2":{"rid":"library.todos.2","soft":true}}}"#,
                    #"reply {"resource":{"rid":"library.todos.2"}}"#,
                ]
            ),
        ]
        for (subject, params, lines) in steps {
            #expect(store.call(subject, params) == lines, "\(subject) \(params)")
        }
        #expect(store.get("library.notes.1") == #"{"result":{"model":{"text":"ho","tags":{"data":["a"]}}}}"#)
        #expect(
            store.get("library.todos")
                == #"{"result":{"collection":[{"rid":"library.todos.1"},{"rid":"library.todos.2"}]}}"#
        )
    }

    @Test(
        "what does not fit is refused",
        arguments: [
            ("library.a.put", "5", "A model is an object and a collection an array"),
            ("library.none.set", "{}", "system.notFound: No resource library.none"),
            ("library.none.delete", "null", "system.notFound"),
            ("library.m.add", #"{"value":1}"#, "A model has no method add"),
            ("library.c.set", "{}", "A collection has no method set"),
            ("library.c.add", #"{"value":1,"idx":3}"#, "idx is 3; 0 to 2 would be right"),
            ("library.c.add", "{}", "value is missing"),
            ("library.c.remove", #"{"idx":-1}"#, "idx is -1; 0 to 1"),
            ("library.c.remove", #"{"value":"z"}"#, "No element equals"),
            ("library.c.push", "{}", "No method push"),
            ("library.m.new", "{}", "is a model, so it has no method new"),
            ("library.$x.put", "{}", "system.notFound"),
            ("library.put", "{}", "system.methodNotFound"),
            ("library.m.set", #"{"a":{"rid":"a b"}}"#, "is no resource id"),
            ("library.m.put", #"{"a":"\#(String(repeating: "x", count: 100))"}"#, "at most 100 bytes"),
            ("library.\(String(repeating: "x", count: 41)).put", "{}", "system.notFound"),
            ("library.third.put", "{}", "There are 2 resources, which is the limit"),
        ]
    )
    func refusals(subject: String, params: String, message: String) throws {
        let store = try fixture {
            $0.generics.maximumSize = 100
            $0.generics.maximumName = 40
            $0.generics.maximumCount = 2
        }
        _ = store.call("library.m.put", "{}")
        _ = store.call("library.c.put", "[1,2]")
        let lines = store.call(subject, params)
        #expect(lines.count == 1)
        #expect(store.error(lines)?.contains(message) == true, "\(lines)")
    }

    @Test("a batch takes effect as a whole or not at all, the table of ours included")
    func batch() throws {
        let store = try fixture()
        let failed = store.call(
            "library.batch",
            #"[{"rid":"library.a","method":"put","params":{}},{"rid":"library.b","method":"put","params":1}]"#
        )
        #expect(failed.count == 1)
        #expect(store.get("library.a").contains("system.notFound"))
        #expect(store.call("library.a.put", "{}").count == 3)
        #expect(store.get("library") == #"{"result":{"model":{"a":{"rid":"library.a","soft":true}}}}"#)
        #expect(store.get("library.$schema").contains(#""tables":{"data":[]}"#))
    }

    @Test("another process's changes are told, and they outlive the process")
    func outside() throws {
        let store = try fixture(isFile: true)
        _ = store.call("library.m.put", #"{"a":1}"#)
        _ = store.get("library.m")
        try store.outside(
            #"UPDATE _resdev_resources SET content = '{"a":2}'; INSERT INTO _resdev_resources VALUES ('n', '[]')"#
        )
        #expect(
            store.tick() == [
                #"event.library.m.change {"values":{"a":2}}"#,
                #"event.library.change {"values":{"n":{"rid":"library.n","soft":true}}}"#,
            ]
        )
        let again = try StoreFixture(
            StoreEngine.open(StoreConfiguration(path: store.path, name: "library"), instance: "test").0
        )
        #expect(again.get("library.m") == #"{"result":{"model":{"a":2}}}"#)
    }

    @Test("a database with tables has them only when asked, under names that no table claims")
    func besideTables() throws {
        let script = "CREATE TABLE books (id INTEGER PRIMARY KEY);"
        let store = try StoreFixture(script)
        #expect(
            store.error(store.call("library.notes.1.put", "{}"))?.contains("No table or view notes") == true
        )
        let both = try StoreFixture(script) { $0.genericResources = .on }
        #expect(
            both.call("library.notes.1.put", "{}").last == #"reply {"resource":{"rid":"library.notes.1"}}"#
        )
        #expect(both.call("library.books", "{}").last == #"reply {"resource":{"rid":"library.books.1"}}"#)
        let off = try StoreFixture("-- nothing") { $0.genericResources = .off }
        #expect(off.error(off.call("library.notes.put", "{}"))?.contains("system.notFound") == true)
    }
}
