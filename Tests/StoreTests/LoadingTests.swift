import RESProtocol
import Testing

@testable import Store
@testable import StoreOracle

@Suite("JSON and CSV files as sources")
struct LoadingTests {
    private func store(_ text: String, _ file: String, database: String? = nil) throws -> StoreFixture {
        let directory = try TemporaryDirectory.make()
        defer { TemporaryDirectory.remove(directory) }
        try TemporaryDirectory.write(text, to: directory + "/" + file)
        var configuration = StoreConfiguration(path: directory + "/" + file, name: SourceKind.stem(of: file))
        configuration.databaseFile = database
        return try StoreFixture(StoreEngine.open(configuration, instance: "test").0)
    }

    @Test(
        "json-server's shape: arrays of objects are tables with types, keys and links; the rest are resources"
    )
    func jsonTables() throws {
        let store = try store(
            """
            {
              "posts": [
                { "id": 1, "title": "One", "views": 1.5, "tags": ["a"], "draft": true },
                { "id": 2, "title": "Two", "views": 2, "extra": null }
              ],
              "comments": [{ "id": "c1", "postId": 1, "body": "x" }, { "id": "c2", "postId": 2 }],
              "loose": [{ "id": 1, "postId": 9 }, { "id": 1, "what": [1] }, { "what": "1" }],
              "profile": { "name": "typicode", "nested": {"a":1} },
              "words": ["a", "b"], "nothing": []
            }
            """,
            "db.json"
        )
        #expect(
            store.get("db.posts.1")
                == #"{"result":{"model":{"id":1,"title":"One","views":1.5,"tags":{"data":["a"]},"draft":true,"extra":null,"#
                + #""comments":{"rid":"db.posts.1.comments","soft":true}}}}"#
        )
        #expect(
            store.get("db.comments.c1")
                == #"{"result":{"model":{"id":"c1","postId":1,"body":"x","post":{"rid":"db.posts.1","soft":true}}}}"#
        )
        #expect(
            store.get("db.loose.2") == #"{"result":{"model":{"id":1,"postId":null,"what":{"data":[1]}}}}"#
        )
        #expect(store.get("db.loose.3").contains(#""what":"1""#))
        #expect(store.get("db.profile").contains(#"{"name":"typicode","nested":{"data":{"a":1}}}"#))
        #expect(store.get("db.words").contains(#"["a","b"]"#))
        #expect(store.get("db.nothing").contains(#""collection":[]"#))
        #expect(
            store.call("db.posts", #"{"title":"Three"}"#).last == #"reply {"resource":{"rid":"db.posts.3"}}"#
        )
        #expect(store.call("db.posts.1.delete").contains("event.db.comments.c1.delete"))
    }

    @Test(
        "a file of resource ids: each a model or a collection of RES values, with or without the service's name"
    )
    func jsonResources() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let configuration = StoreConfiguration(path: "/\(root)/sample-data/notes.json", name: "notes")
        let store = try StoreFixture(StoreEngine.open(configuration, instance: "test").0)
        #expect(
            store.get("notes.all")
                == #"{"result":{"collection":[{"rid":"notes.1"},{"rid":"notes.2"},{"rid":"notes.3"}]}}"#
        )
        #expect(store.get("notes.1").contains(#""next":{"rid":"notes.2","soft":true}"#))
        #expect(store.get("notes.settings").contains(#""colours":{"data":{"#))
        #expect(
            store.call("notes.1.set", #"{"pinned":false}"#).first
                == #"event.notes.1.change {"values":{"pinned":false}}"#
        )
    }

    @Test("CSV: types are found out from the values, and what would lose by that stays text")
    func csv() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let configuration = StoreConfiguration(path: "/\(root)/sample-data/stations.csv", name: "stations")
        let stations = try StoreFixture(StoreEngine.open(configuration, instance: "test").0)
        let table = try #require(stations.engine.schema.table(named: "stations"))
        #expect(
            table.columns.map { "\($0.name) \($0.declaredType)" } == [
                "id INTEGER", "name TEXT", "city TEXT", "country TEXT", "latitude REAL", "longitude REAL",
                "opened TEXT",
                "platforms INTEGER", "terminus BOOLEAN",
            ]
        )
        #expect(table.key == .integer(column: 0))
        #expect(stations.get("stations.stations.1").contains(#""terminus":true"#))
        let store = try store(
            "\u{feff}code;zip;n;\"a \"\"b\"\"\"\r\nx;007;1e3;\"1;\n2\"\r\n\r\ny;08;;\"\"\n",
            "odd.csv"
        )
        #expect(
            store.get("odd.odd.1")
                == #"{"result":{"model":{"code":"x","zip":"007","n":1000.0,"a \"b\"":"1;\n2"}}}"#
        )
        #expect(
            store.get("odd.odd.2") == #"{"result":{"model":{"code":"y","zip":"08","n":null,"a \"b\"":""}}}"#
        )
    }

    @Test(
        "what is wrong with a file is said with its line",
        arguments: [
            ("a.csv", "", "a.csv is empty"), ("a.csv", "a,a\n", "a.csv:1: two columns are called a"),
            ("a.csv", "a,\n", "a.csv:1: column 2 has no name"),
            ("a.csv", "a,b\n1,2\n\n3\n", "a.csv:4: 1 fields where the first line names 2 columns"),
            ("a.csv", "a\n\"x\ny\n", "a.csv:2: a quote is opened and not closed"),
            ("a.csv", "a\n\"x\"y\n", "a.csv:2: text after a closing quote"),
            ("a.json", "{\n\"a\": tru }", "a.json:2: an unknown word"),
            ("a.json", "[1]", "neither an object nor an array of objects"),
            ("a.json", #"{"a": 5}"#, "a: A model is an object"),
            ("a.json", #"{"a b": {}}"#, "is no resource name"),
            ("a.json", #"{"a.b": {}, "b": {}}"#, "b comes twice"),
            ("a.json", #"{"t": [{"x": 1, "X": 2}]}"#, "X differs from another member in its case alone"),
            ("a.json", #"{"t": [{"x": 1}], "t.5": {}}"#, "t.5 is a resource below t, which is a table"),
        ]
    )
    func broken(file: String, text: String, message: String) throws {
        do throws(StoreError) {
            let directory = "/tmp"
            let bytes = Array(text.utf8)
            let connection: SQLiteConnection
            do throws(SQLiteError) {
                connection = try SQLiteConnection(path: ":memory:", mode: .readWriteCreate)
            } catch {
                throw StoreError(.unreadable, error.message)
            }
            _ = try SourceLoader(path: directory + "/" + file, name: "a")
                .load(bytes, SourceKind(path: file), into: connection)
            Issue.record("\(text) was taken")
        } catch {
            #expect(error.message.contains(message), "\(error.message)")
        }
    }
}
