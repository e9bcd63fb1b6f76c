import CSQLite
import RESProtocol
import Testing

@testable import Store
@testable import StoreOracle

@Suite("The store on a bus")
struct StoreTests {
    private static let script = """
        CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
        INSERT INTO notes VALUES (1, 'one');
        """

    private func configuration(isFile: Bool) throws -> (StoreConfiguration, directory: String) {
        let directory = try TemporaryDirectory.make()
        try TemporaryDirectory.write(Self.script, to: directory + "/notes.sql")
        var configuration = StoreConfiguration(path: directory + "/notes.sql", name: "notes")
        if isFile { configuration.databaseFile = directory + "/notes.db" }
        return (configuration, directory)
    }

    @Test(
        "requests are answered, everybody has access, and events come before the reply",
        arguments: [false, true]
    )
    func requests(isFile: Bool) throws {
        let (configuration, directory) = try configuration(isFile: isFile)
        defer { TemporaryDirectory.remove(directory) }
        let client = try BusClient(configuration)
        #expect(
            try client.wait(for: "system.reset").hasSuffix(
                #"{"resources":["notes","notes.>"],"access":["notes","notes.>"]}"#
            )
        )
        #expect(client.summary.tables.map(\.resource) == ["notes.notes"])
        #expect(client.summary.tables.map(\.rows) == ["1"])
        #expect(try client.request("access.notes.notes.1") == #"{"result":{"get":true,"call":"*"}}"#)
        #expect(try client.request("get.notes.notes.1") == #"{"result":{"model":{"id":1,"text":"one"}}}"#)
        #expect(
            try client.request("call.notes.notes", #"{"params":{"text":"two"}}"#)
                == #"{"resource":{"rid":"notes.notes.2"}}"#
        )
        #expect(try client.request("auth.notes.notes.login").contains("system.methodNotFound"))
        try client.change(to: .reconnected)
        _ = try client.wait(for: "system.reset")
        try client.stop()
    }

    @Test("another process's commit becomes events")
    func outsideWriter() throws {
        let (configuration, directory) = try configuration(isFile: true)
        defer { TemporaryDirectory.remove(directory) }
        let client = try BusClient(configuration)
        _ = try client.request("get.notes.notes.1")
        _ = try client.request("get.notes.notes", #"{"query":"limit=5"}"#)
        let other = try SQLiteConnection(path: directory + "/notes.db", mode: .readWrite)
        try other.execute("UPDATE notes SET text = 'uno'; INSERT INTO notes VALUES (2, 'due')")
        #expect(try client.wait(for: "event.notes.notes.1.change").hasSuffix(#"{"values":{"text":"uno"}}"#))
        #expect(
            try client.wait(for: "event.notes.notes.query").contains(
                #""value":{"rid":"notes.notes.2"},"idx":1"#
            )
        )
        try other.execute("DELETE FROM notes WHERE id = 1")
        _ = try client.wait(for: "event.notes.notes.1.delete")
        try other.execute("ALTER TABLE notes ADD COLUMN mood TEXT DEFAULT 'fine'")
        _ = try client.wait(for: "system.reset")
        #expect(
            try client.request("get.notes.notes.2")
                == #"{"result":{"model":{"id":2,"text":"due","mood":"fine"}}}"#
        )
        try client.stop()
    }

    @Test("many clients' writes at the same moment are all there, one refused among them")
    func groupCommit() throws {
        let store = try StoreFixture(Self.script, isFile: true)
        var requests: [(subject: String, payload: String)] = (0..<50).map {
            ("call.library.notes.new", #"{"params":{"text":"note \#($0)"}}"#)
        }
        requests.insert(("call.library.notes.new", #"{"params":{"text":null}}"#), at: 20)
        requests.append(("get.library.notes", #"{"query":"limit=1"}"#))
        let lines = store.sendTogether(requests)
        #expect(lines.count == 52 + 50)
        #expect(lines.first?.hasPrefix("reply52 ") == true)
        #expect(lines.filter { $0.contains("reply21 ") }.first?.contains("text: a value is required") == true)
        #expect(store.get("library.notes.51") == #"{"result":{"model":{"id":51,"text":"note 49"}}}"#)
    }
}
