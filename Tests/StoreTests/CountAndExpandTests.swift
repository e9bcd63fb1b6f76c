import RESProtocol
import Testing

@testable import Store
@testable import StoreOracle

@Suite("Counts, references that are sent along, views with a key")
struct CountAndExpandTests {
    private static let script = """
        CREATE TABLE countries (code TEXT PRIMARY KEY, name TEXT);
        CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT, country_id TEXT REFERENCES countries (code));
        CREATE TABLE books (id INTEGER PRIMARY KEY, author_id INTEGER REFERENCES authors (id) ON DELETE CASCADE,
            title TEXT, year INTEGER);
        CREATE VIEW shelf AS SELECT b.id AS book, b.title, a.name FROM books b JOIN authors a ON a.id = b.author_id;
        INSERT INTO countries VALUES ('no', 'Norway'), ('se', 'Sweden');
        INSERT INTO authors VALUES (1, 'Ann', 'no'), (2, 'Bo', 'se');
        INSERT INTO books VALUES (1, 1, 'A', 1900), (2, 1, 'B', 1910), (3, 2, 'C', 1920);
        """

    @Test("a count is a live model; conditions alone have a meaning in it")
    func counts() throws {
        let store = try StoreFixture(Self.script)
        #expect(store.get("library.books.$count") == #"{"result":{"model":{"count":3},"query":"start=0"}}"#)
        #expect(
            store.get("library.books.$count?year__gt=1905")
                == #"{"result":{"model":{"count":2},"query":"year__gt=1905"}}"#
        )
        #expect(
            store.get("library.authors.1.books.$count")
                == #"{"result":{"model":{"count":2},"query":"start=0"}}"#
        )
        #expect(store.get("library.shelf.$count?name=Ann").contains(#"{"count":2}"#))
        #expect(
            store.call("library.books.2.set", #"{"year":1900}"#) == [
                #"event.library.books.2.change {"values":{"year":1900}}"#,
                #"event.library.books.$count.query {"subject":"_query.library.test.1.library.books.$count","#
                    + #""queries":{"year__gt=1905":{"events":[{"event":"change","data":{"values":{"count":1}}}]}}}"#,
                #"reply {"result":null}"#,
            ]
        )
        let lines = store.call("library.authors.1.delete")
        #expect(
            lines.contains {
                $0.hasPrefix("event.library.authors.1.books.$count.query")
                    && $0.contains(#""start=0":{"events":[{"event":"delete"}]}"#)
            }
        )
        #expect(store.get("library.authors.1.books.$count").contains("system.notFound"))
        #expect(
            lines.contains { $0.hasPrefix("event.library.shelf.$count.query") && $0.contains(#""count":0"#) }
        )
        #expect(store.get("library.books.$count?start=0").contains(#"{"count":1}"#))
        for query in ["limit=5", "sort=year", "start=1", "fields=id", "expand=author"] {
            #expect(store.get("library.books.$count?" + query).contains("has no meaning in a count"))
        }
        #expect(store.get("library.books.1.$count").contains("system.notFound"))
    }

    @Test("expand makes links hard, along paths, and what it gives is live")
    func expand() throws {
        let store = try StoreFixture(Self.script)
        #expect(
            store.get("library.books?expand=author&limit=1")
                == #"{"result":{"collection":[{"rid":"library.books.1?expand=author"}],"query":"expand=author&limit=1"}}"#
        )
        #expect(
            store.get("library.books.1?expand=author.country")
                == #"{"result":{"model":{"id":1,"author_id":1,"title":"A","year":1900,"#
                + #""author":{"rid":"library.authors.1?expand=country"}},"query":"expand=author.country"}}"#
        )
        #expect(
            store.get("library.authors.1?expand=books,country")
                == #"{"result":{"model":{"id":1,"name":"Ann","country_id":"no","country":{"rid":"library.countries.no"},"#
                + #""books":{"rid":"library.authors.1.books"}},"query":"expand=books,country"}}"#
        )
        #expect(
            store.get("library.authors.1?expand=country,books").hasSuffix(
                #""query":"expand=books,country"}}"#
            )
        )
        #expect(
            store.call("library.books.1.set", #"{"author_id":2}"#) == [
                #"event.library.books.1.change {"values":{"author_id":2,"author":{"rid":"library.authors.2","soft":true}}}"#,
                #"event.library.books.1.query {"subject":"_query.library.test.1.library.books.1","#
                    + #""queries":{"expand=author.country":{"events":[{"event":"change","data":{"values":{"author_id":2,"#
                    + #""author":{"rid":"library.authors.2?expand=country"}}}}]}}}"#,
                #"reply {"result":null}"#,
            ]
        )
        let lines = store.call("library.books.1.delete")
        #expect(
            lines.contains {
                $0.hasPrefix("event.library.books.1.query")
                    && $0.contains(#""expand=author.country":{"events":[{"event":"delete"}]}"#)
            }
        )
        #expect(
            store.send("_query.library.test.2.library.books.1", #"{"query":"expand=author.country"}"#).first?
                .contains("system.notFound") == true
        )
        let errors: [(String, String)] = [
            ("library.books?expand=autor", "A row of books has no link autor; did you mean author?"),
            ("library.books?expand=author.books.author.books.author", "expand goes at most 4 links deep"),
            ("library.books?expand=author&fields=id", "expand goes with references to rows"),
            ("library.books?expand=", "expand names no link"),
            ("library.books.2?year=3", "The query of a row is expand=… alone"),
            ("library.shelf?expand=x", "has no link x"),
        ]
        for (id, message) in errors { #expect(store.get(id).contains(message), "\(id)") }
    }

    @Test("links can be left out or hard, per table")
    func linkModes() throws {
        let store = try StoreFixture(Self.script) {
            $0.tables["books"] = TableOptions(links: .hard)
            $0.tables["AUTHORS"] = TableOptions(links: LinkMode.none)
        }
        #expect(store.get("library.books.1").contains(#""author":{"rid":"library.authors.1"}}"#))
        #expect(
            store.get("library.authors.1") == #"{"result":{"model":{"id":1,"name":"Ann","country_id":"no"}}}"#
        )
        #expect(
            store.get("library.authors.1?expand=country").contains(
                #""country":{"rid":"library.countries.no"}"#
            )
        )
        #expect(
            store.call("library.books.1.set", #"{"author_id":2}"#).first
                == #"event.library.books.1.change {"values":{"author_id":2,"author":{"rid":"library.authors.2"}}}"#
        )
        #expect(
            store.call("library.authors.1.set", #"{"country_id":"se"}"#).first
                == #"event.library.authors.1.change {"values":{"country_id":"se"}}"#
        )
    }

    @Test("a view with a key has rows, which follow what the view reads")
    func keyedView() throws {
        let store = try StoreFixture(Self.script) { $0.tables["shelf"] = TableOptions(key: ["book"]) }
        #expect(
            store.get("library.shelf?limit=2")
                == #"{"result":{"collection":[{"rid":"library.shelf.1"},{"rid":"library.shelf.2"}],"query":"limit=2"}}"#
        )
        #expect(store.get("library.shelf.1") == #"{"result":{"model":{"book":1,"title":"A","name":"Ann"}}}"#)
        _ = store.get("library.shelf.2")
        let lines = store.call("library.authors.1.set", #"{"name":"Anna"}"#)
        #expect(lines.contains(#"event.library.shelf.1.change {"values":{"name":"Anna"}}"#))
        #expect(lines.contains(#"event.library.shelf.2.change {"values":{"name":"Anna"}}"#))
        // What the view does not read changes nothing in it.
        #expect(store.call("library.books.1.set", #"{"year":5}"#).count == 2)
        let deletion = store.call("library.books.1.delete")
        #expect(deletion.contains("event.library.shelf.1.delete"))
        #expect(
            deletion.contains { $0.hasPrefix("event.library.shelf.query") && $0.contains("library.shelf.3") }
        )
        #expect(
            store.error(store.call("library.shelf.2.delete"))
                == "system.methodNotFound: shelf is a view, which is read-only"
        )
    }

    @Test("hidden tables and columns are not served, and their changes are not told")
    func hidden() throws {
        let store = try StoreFixture(Self.script) {
            $0.tables["countries"] = TableOptions(isHidden: true)
            $0.tables["books"] = TableOptions(hiddenColumns: ["author_id"], defaultLimit: 2, maximumLimit: 2)
        }
        #expect(store.get("library.countries").contains("No table or view countries"))
        #expect(store.engine.schema.leftOut == ["countries (hidden)"])
        #expect(store.get("library.books.1") == #"{"result":{"model":{"id":1,"title":"A","year":1900}}}"#)
        #expect(store.get("library.books?author_id=1").contains("No column author_id"))
        #expect(
            store.get("library.books").contains(
                #"[{"rid":"library.books.1"},{"rid":"library.books.2"}],"query":"limit=2""#
            )
        )
        #expect(store.get("library.books?limit=3").contains("1 to 2, would be right"))
        #expect(
            store.call("library.books.1.set", #"{"title":"X"}"#).first
                == #"event.library.books.1.change {"values":{"title":"X"}}"#
        )
        #expect(store.call("library.authors.1.delete").contains("event.library.books.1.delete"))
    }

    @Test("what the configuration names and the database has not is said with the nearest name")
    func misconfigured() throws {
        let cases: [(String, TableOptions, String)] = [
            ("bocks", TableOptions(), "there is no table or view bocks in library; did you mean books?"),
            (
                "shelf", TableOptions(key: ["boock"]),
                "key of shelf: there is no column boock; did you mean book?"
            ),
            (
                "books", TableOptions(hiddenColumns: ["id"]),
                "books: id is part of the key and cannot be hidden"
            ),
            ("books", TableOptions(key: ["title"]), "books is a table; only views are given a key"),
        ]
        for (name, options, message) in cases {
            #expect(throws: StoreError(.configuration, message)) {
                _ = try StoreFixture(Self.script) { $0.tables[name] = options }
            }
        }
    }
}

extension TableOptions {
    init(
        isHidden: Bool = false,
        hiddenColumns: Set<String> = [],
        key: [String] = [],
        links: LinkMode? = nil,
        defaultLimit: Int? = nil,
        maximumLimit: Int? = nil
    ) {
        self.init()
        self.isHidden = isHidden
        self.hiddenColumns = hiddenColumns
        self.key = key
        self.links = links
        self.defaultLimit = defaultLimit
        self.maximumLimit = maximumLimit
    }
}
