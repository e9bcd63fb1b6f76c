import CSQLite
import Glibc
import Testing

@testable import Store
@testable import StoreOracle

@Suite("Opening a source")
struct OpeningTests {
    private func open(_ path: String, file: String? = nil) throws(StoreError) -> StoreEngine {
        var configuration = StoreConfiguration(path: path, name: "library")
        configuration.databaseFile = file
        configuration.busyTimeout = 10
        return try StoreEngine.open(configuration, instance: "test").0
    }

    private func failure(_ path: String, file: String? = nil) -> StoreError? {
        do throws(StoreError) {
            _ = try open(path, file: file)
            return nil
        } catch {
            return error
        }
    }

    @Test("what cannot be served is refused with path, reason and remedy")
    func refusals() throws {
        let directory = try TemporaryDirectory.make()
        defer { TemporaryDirectory.remove(directory) }
        #expect(failure(directory + "/none.db")?.code == .missing)
        #expect(failure(directory)?.message == "\(directory) is a directory")
        try TemporaryDirectory.write(
            "no database, but a text that is long enough",
            to: directory + "/text.db"
        )
        let text = try #require(failure(directory + "/text.db"))
        #expect(text.code == .notADatabase)
        #expect(text.message.hasPrefix("\(directory)/text.db is not a SQLite database"))
        #expect(text.remedy != nil)
    }

    @Test("a script's error is told with file, line and statement")
    func scriptErrors() throws {
        let directory = try TemporaryDirectory.make()
        defer { TemporaryDirectory.remove(directory) }
        let path = directory + "/bad.sql"
        let cases: [(String, String)] = [
            (
                "CREATE TABLE a (b);\n\n-- note\nCREATE TABEL c (d);\n",
                "4: near \"TABEL\": syntax error, in: CREATE TABEL c (d);"
            ),
            (
                "CREATE TABLE a (b NOT NULL);\nINSERT INTO a\n  VALUES (NULL);",
                "2: NOT NULL constraint failed: a.b, in: INSERT INTO a VALUES (NULL);"
            ),
            (
                "SELECT 1;\nSELECT\n  missing FROM\n  nowhere;",
                "2: no such table: nowhere, in: SELECT missing FROM nowhere;"
            ),
        ]
        for (script, message) in cases {
            try TemporaryDirectory.write(script, to: path)
            let error = try #require(failure(path, file: directory + "/bad.db"))
            #expect(error.code == .script)
            #expect(error.message == "\(path):\(message)")
            #expect(FileContents.kind(of: directory + "/bad.db") == .missing)
        }
        try TemporaryDirectory.write("BEGIN; CREATE TABLE a (b);", to: path)
        #expect(failure(path)?.message.hasSuffix("a transaction is begun and not ended") == true)
    }

    @Test("a file that has tables is served as it is; the script is not loaded over it")
    func existingFile() throws {
        let directory = try TemporaryDirectory.make()
        defer { TemporaryDirectory.remove(directory) }
        try TemporaryDirectory.write("CREATE TABLE a (b);", to: directory + "/one.sql")
        try TemporaryDirectory.write("CREATE TABLE c (d);", to: directory + "/two.sql")
        _ = try open(directory + "/one.sql", file: directory + "/kept.db")
        let engine = try open(directory + "/two.sql", file: directory + "/kept.db")
        #expect(engine.schema.tables.map(\.name) == ["a"])
    }

    @Test("a database that another process has locked for itself is said to be locked")
    func locked() throws {
        let directory = try TemporaryDirectory.make()
        defer { TemporaryDirectory.remove(directory) }
        let other = try SQLiteConnection(path: directory + "/a.db", mode: .readWriteCreate)
        try other.execute("CREATE TABLE a (b); BEGIN EXCLUSIVE")
        #expect(failure(directory + "/a.db")?.code == .locked)
    }

    @Test("a file that cannot be written is served read-only")
    func readOnly() throws {
        let directory = try TemporaryDirectory.make()
        defer { TemporaryDirectory.remove(directory) }
        try SQLiteConnection(path: directory + "/a.db", mode: .readWriteCreate)
            .execute("CREATE TABLE a (id INTEGER PRIMARY KEY); INSERT INTO a VALUES (1)")
        // The superuser may write any file, so the file's permissions would not tell.
        var configuration = StoreConfiguration(path: directory + "/a.db", name: "a")
        configuration.isReadOnly = true
        let engine = try StoreEngine.open(configuration, instance: "test").0
        #expect(engine.database.connection.isReadOnly)
        let store = try StoreFixture(engine)
        #expect(store.get("a.a.1") == #"{"result":{"model":{"id":1}}}"#)
        #expect(store.error(store.call("a.a.1.delete")) == "system.forbidden: The database is read-only")
    }

    @Test("the sample library is served whole")
    func sampleLibrary() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let engine = try open("/\(root)/sample-data/library.sql")
        #expect(
            engine.schema.tables.map(\.name)
                == ["authors", "books", "book_genres", "members", "loans", "reviews", "book_ratings"]
        )
        #expect(engine.schema.leftOut == [])
        #expect(engine.schema.table(named: "books")?.searchIndex?.name == "books_fts")
        let store = try StoreFixture(engine)
        #expect(store.get("library.books?q=frankenstein").contains(#""query":"q=frankenstein""#))
        #expect(store.get("library.books?q=prejud*%20%22%20NOT").hasPrefix(#"{"result":{"collection":[]"#))
        let found = store.get("library.books?q=prejud*&fields=title")
        #expect(found.contains("Pride and Prejudice"))
        let lines = store.call(
            "library.books.new",
            #"{"author_id":1,"title":"Prejudices","year":1900,"pages":9}"#
        )
        #expect(lines.contains { $0.hasPrefix("event.library.books.query ") && $0.contains("Prejudices") })
        #expect(store.get("library.authors?q=x").contains("No full-text index covers authors"))
        let genres = try #require(engine.schema.table(named: "book_genres"))
        #expect(genres.rowName(.values([.integer(1), .text("satire")])) == "library.book_genres.1,satire")
        #expect(genres.links.map(\.name) == ["book"])
        #expect(engine.schema.table(named: "book_ratings")?.dependencies == ["books", "authors", "reviews"])
        #expect(
            engine.schema.table(named: "books")?.reverses.map(\.name) == ["book_genres", "loans", "reviews"]
        )
    }
}
