import CSQLite
import Glibc
import RESProtocol
import Testing

@testable import Store
@testable import StoreOracle

@Suite("Faults of the file")
struct FaultTests {
    private static let script = """
        CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
        INSERT INTO notes VALUES (1, 'one');
        """

    @Test(
        "a full disk refuses what does not fit, and keeps what was acknowledged with it",
        arguments: [1, 60]
    )
    func full(together: Int) throws {
        let store = try StoreFixture(Self.script, isFile: true)
        let pages = try store.engine.database.connection.integer("PRAGMA page_count")
        try store.engine.database.connection.execute("PRAGMA max_page_count = \(pages + 4)")
        let text = String(repeating: "x", count: 1500)
        var acknowledged: [String] = []
        var refused = 0
        for _ in 0..<(60 / together) {
            let requests = (0..<together).map { _ in
                ("call.library.notes.new", #"{"params":{"text":"\#(text)"}}"#)
            }
            for line in store.sendTogether(requests) where line.hasPrefix("reply") {
                if let start = line.range(of: "library.notes.") {
                    acknowledged.append(String(line[start.upperBound...].prefix { $0.isNumber }))
                } else {
                    refused += 1
                    #expect(line.contains("The disk is full; nothing was written"))
                }
            }
        }
        #expect(acknowledged.count + refused == 60)
        #expect(refused > 0 && !acknowledged.isEmpty)
        for key in acknowledged { #expect(store.get("library.notes.\(key)").contains(text)) }
        try store.engine.database.connection.execute("PRAGMA max_page_count = 1000000")
        #expect(store.error(store.call("library.notes.new", #"{"text":"room"}"#)) == nil)
    }

    @Test("reading without end is ended, and the next request is answered")
    func endless() throws {
        let store = try StoreFixture(Self.script) { configuration in
            configuration.readTime = 50
            configuration.namedSQL = [
                NamedSQL(
                    name: "forever",
                    sql:
                        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) AS n FROM c"
                )
            ]
        }
        #expect(store.get("library.$q.forever").contains("The query took too long"))
        #expect(store.get("library.notes.1").contains("one"))
    }

    @Test("nothing is acknowledged while the file is away, and all goes on when it is back")
    func away() throws {
        let store = try StoreFixture(Self.script, isFile: true)
        #expect(store.get("library.notes.1").contains("one"))
        #expect(rename(store.path, store.path + ".away") == 0)
        #expect(
            store.error(store.call("library.notes.1.set", #"{"text":"lost"}"#))?.hasPrefix(
                "system.serviceUnavailable"
            ) == true
        )
        #expect(store.get("library.notes.1").contains("system.serviceUnavailable"))
        #expect(rename(store.path + ".away", store.path) == 0)
        store.now += Instant.seconds(1)
        #expect(store.tick().isEmpty)
        #expect(store.get("library.notes.1").contains("one"))
        #expect(store.error(store.call("library.notes.1.set", #"{"text":"kept"}"#)) == nil)
    }

    @Test("another file in its place is served, with its own schema")
    func replaced() throws {
        let store = try StoreFixture(Self.script, isFile: true)
        _ = store.get("library.notes.1")
        let other = store.path + ".other"
        let connection = try SQLiteConnection(path: other, mode: .readWriteCreate)
        try connection.execute(
            "CREATE TABLE pages (id INTEGER PRIMARY KEY, text TEXT); INSERT INTO pages VALUES (5, 'five')"
        )
        #expect(rename(other, store.path) == 0)
        #expect(store.tick().contains(#"system.reset {"resources":["library","library.>"]}"#))
        #expect(store.get("library.pages.5").contains("five"))
        #expect(store.get("library.notes.1").contains("system.notFound"))
        #expect(store.error(store.call("library.pages.5.set", #"{"text":"6"}"#)) == nil)
    }

    @Test("a damaged file is told as that, once, and served again when it is whole")
    func damaged() throws {
        let store = try StoreFixture(Self.script, isFile: true)
        let backup = store.path + ".backup"
        try store.engine.database.connection.execute("VACUUM INTO '\(backup)'")
        let file = open(store.path, O_WRONLY)
        let noise = [UInt8](repeating: 0xa5, count: 8192)
        #expect(pwrite(file, noise, noise.count, 0) == noise.count)
        close(file)
        unlink(store.path + "-wal")
        let other = try StoreFixture.reopened(store)
        #expect(other.contains("system.serviceUnavailable") || other.contains("one"))
        #expect(rename(backup, store.path) == 0)
        store.now += Instant.seconds(1)
        _ = store.tick()
        #expect(store.get("library.notes.1").contains("one"))
    }

    @Test(
        "errors of SQLite are told in words that help",
        arguments: [
            (SQLITE_FULL, "system.serviceUnavailable", "The disk is full"),
            (SQLITE_READONLY | 6 << 8, "system.serviceUnavailable", "directory cannot be written"),
            (SQLITE_READONLY | 4 << 8, "system.serviceUnavailable", "removed or replaced"),
            (SQLITE_READONLY, "system.forbidden", "read-only"),
            (SQLITE_PERM, "system.forbidden", "read-only"),
            (SQLITE_CANTOPEN, "system.serviceUnavailable", "missing, or closed to this user"),
            (SQLITE_IOERR | 1 << 8, "system.serviceUnavailable", "cannot be read"),
            (SQLITE_IOERR | 2 << 8, "system.serviceUnavailable", "cut off"),
            (SQLITE_IOERR | 3 << 8, "system.serviceUnavailable", "cannot be written"),
            (SQLITE_IOERR | 4 << 8, "system.serviceUnavailable", "cannot be written"),
            (SQLITE_CORRUPT, "system.serviceUnavailable", "damaged"),
            (SQLITE_NOTADB, "system.serviceUnavailable", "damaged"),
            (SQLITE_NOMEM, "system.serviceUnavailable", "no memory"),
            (SQLITE_BUSY, "system.serviceUnavailable", "locked"),
            (SQLITE_INTERRUPT, "system.timeout", "too long"),
            (SQLITE_ERROR, "system.internalError", "Database error: why"),
        ]
    )
    func words(code: Int32, error: String, message: String) {
        let told = RESError(SQLiteError(extendedCode: code, message: "why"))
        #expect(told.code == error)
        #expect(told.message.contains(message))
    }
}

extension StoreFixture {
    /// What a read says after the page cache was emptied.
    fileprivate static func reopened(_ store: StoreFixture) throws -> String {
        sqlite3_db_release_memory(store.engine.database.connection.handle)
        return store.get("library.notes.1")
    }
}

extension String {
    /// Where a part of it is.
    fileprivate func range(of part: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(part) { return start..<index(start, offsetBy: part.count) }
            start = index(after: start)
        }
        return nil
    }
}
