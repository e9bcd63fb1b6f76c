import Testing

@testable import Store
@testable import StoreOracle

@Suite("Rows")
struct RowTests {
    static let library = """
        CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, born INTEGER CHECK (born > 0));
        CREATE TABLE books (
            id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL REFERENCES authors (id), title TEXT NOT NULL,
            year INTEGER, lendable BOOLEAN NOT NULL DEFAULT 1, details JSON, price REAL,
            decade INTEGER GENERATED ALWAYS AS (year - year % 10) VIRTUAL
        );
        INSERT INTO authors VALUES (1, 'Jane Austen', 1775), (2, 'Mary Shelley', 1797);
        INSERT INTO books (id, author_id, title, year, details, price) VALUES
            (1, 1, 'Emma', 1815, '{"tags":["novel"]}', 9.5), (2, 2, 'Frankenstein', 1818, NULL, NULL);
        CREATE VIEW old AS SELECT title, year FROM books WHERE year < 1817;
        """

    @Test("a row is a model of its columns in order, with links and collections of referring rows")
    func model() throws {
        let store = try StoreFixture(Self.library)
        #expect(
            store.get("library.books.1")
                == #"{"result":{"model":{"id":1,"author_id":1,"title":"Emma","year":1815,"lendable":true,"#
                + #""details":{"data":{"tags":["novel"]}},"price":9.5,"decade":1810,"#
                + #""author":{"rid":"library.authors.1","soft":true}}}}"#
        )
        #expect(
            store.get("library.authors.2")
                == #"{"result":{"model":{"id":2,"name":"Mary Shelley","born":1797,"#
                + #""books":{"rid":"library.authors.2.books","soft":true}}}}"#
        )
        #expect(
            store.get("library")
                == #"{"result":{"model":{"authors":{"rid":"library.authors","soft":true},"#
                + #""books":{"rid":"library.books","soft":true},"old":{"rid":"library.old","soft":true}}}}"#
        )
    }

    @Test("a table is a query collection of references")
    func collection() throws {
        let store = try StoreFixture(Self.library)
        #expect(
            store.get("library.books")
                == #"{"result":{"collection":[{"rid":"library.books.1"},{"rid":"library.books.2"}],"query":"limit=100"}}"#
        )
        #expect(
            store.get("library.books?sort=-year&limit=1")
                == #"{"result":{"collection":[{"rid":"library.books.2"}],"query":"limit=1&sort=-year"}}"#
        )
        #expect(
            store.get("library.authors.1.books")
                == #"{"result":{"collection":[{"rid":"library.books.1"}],"query":"limit=100"}}"#
        )
        #expect(
            store.get("library.old")
                == #"{"result":{"collection":[{"data":{"title":"Emma","year":1815}}],"query":"limit=100"}}"#
        )
    }

    @Test("a change is told before the reply, with what follows from it")
    func change() throws {
        let store = try StoreFixture(Self.library)
        _ = store.get("library.books?year__lt=1817")
        _ = store.get("library.old")
        #expect(
            store.call("library.books.1.set", #"{"year":1816,"author_id":2}"#) == [
                #"event.library.books.1.change {"values":{"author_id":2,"year":1816,"#
                    + #""author":{"rid":"library.authors.2","soft":true}}}"#,
                #"event.library.old.query {"subject":"_query.library.test.1.library.old","queries":{"limit=100":"#
                    + #"{"events":[{"event":"remove","data":{"idx":0}},"#
                    + #"{"event":"add","data":{"value":{"data":{"title":"Emma","year":1816}},"idx":0}}]}}}"#,
                #"reply {"result":null}"#,
            ]
        )
        #expect(
            store.call("library.books.new", #"{"author_id":1,"title":"Persuasion","year":1810}"#) == [
                "event.library.books.3.create",
                #"event.library.books.query {"subject":"_query.library.test.2.library.books","queries":"#
                    + #"{"year__lt=1817":{"events":[{"event":"add","data":{"value":{"rid":"library.books.3"},"idx":1}}]}}}"#,
                #"event.library.old.query {"subject":"_query.library.test.3.library.old","queries":{"limit=100":"#
                    + #"{"events":[{"event":"add","data":{"value":{"data":{"title":"Persuasion","year":1810}},"idx":1}}]}}}"#,
                #"reply {"resource":{"rid":"library.books.3"}}"#,
            ]
        )
        #expect(
            store.call("library.books.3.delete").last == #"reply {"result":null}"#
        )
        #expect(store.call("library.books.1.set", #"{"year":1816}"#) == [#"reply {"result":null}"#])
    }

    @Test("a refused write names the column and leaves nothing behind")
    func refusal() throws {
        let store = try StoreFixture(Self.library)
        let cases: [(String, String, String)] = [
            ("library.books.new", #"{"title":"X"}"#, "system.invalidParams: author_id: a value is required"),
            (
                "library.books.new", #"{"title":"X","author_id":9}"#,
                "system.invalidParams: author_id: no such row in authors"
            ),
            (
                "library.authors.new", #"{"name":"Jane Austen"}"#,
                "system.invalidParams: name: another row of authors has this already"
            ),
            (
                "library.authors.new", #"{"name":"X","born":-1}"#,
                "system.invalidParams: born must satisfy CHECK (born > 0)"
            ),
            ("library.authors.1.delete", "null", "system.invalidParams: books.author_id refers to this row"),
            (
                "library.books.1.set", #"{"titel":"X"}"#,
                "system.invalidParams: No column titel in books; did you mean title?"
            ),
            (
                "library.books.1.set", #"{"year":"soon"}"#,
                "system.invalidParams: year is a string; a whole number would be right"
            ),
            (
                "library.books.1.set", #"{"year":1984.5}"#,
                "system.invalidParams: year is 1984.5; a whole number would be right"
            ),
            (
                "library.books.1.set", #"{"year":1e30}"#,
                "system.invalidParams: year is 1e30; a whole number would be right"
            ),
            (
                "library.books.1.set", #"{"decade":1}"#,
                "system.invalidParams: decade is computed by the database"
            ),
            (
                "library.books.1.set", "[1]",
                "system.invalidParams: The parameters are no object of column values"
            ),
            ("library.books.9.set", #"{"year":1}"#, "system.notFound: No row 9 in books"),
            ("library.books.1.sett", "{}", "system.methodNotFound: No method sett; did you mean set?"),
            (
                "library.bocks.new", "{}",
                "system.notFound: No table or view bocks in library; did you mean books?"
            ),
        ]
        for (subject, params, message) in cases {
            let lines = store.call(subject, params)
            #expect(lines.count == 1)
            #expect(store.error(lines) == message)
        }
    }
}
