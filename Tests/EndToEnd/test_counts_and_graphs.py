"""Counts, graphs in one request, the schema and the list of live queries, as clients of the gateway see them."""

import sqlite3

from harness.deadline import eventually


async def test_a_count_follows_the_rows(client, http):
    count = "library.books.$count?author_id=110"
    await client.subscribe(count)
    assert client[count] == {"count": 3}
    await http.post("/api/library/books", {"author_id": 110, "title": "The Salmon of Doubt", "year": 2002, "pages": 284})
    await client.until(lambda: client[count] == {"count": 4})
    assert (await http.get("/api/library/books/$count?author_id=110")).json() == {"count": 4}
    assert (await http.get("/api/library/authors/110/books/$count")).json() == {"count": 4}
    refused = await http.get("/api/library/books/$count?limit=3")
    assert (refused.status, refused.code) == (400, "system.invalidQuery")


async def test_one_request_fetches_the_graph(http):
    book = (await http.get("/api/library/books/42?expand=author.books")).json()
    author = book["author"]["model"]
    assert author["name"] == "Douglas Adams"
    assert [row["model"]["author_id"] for row in author["books"]["collection"]] == [110, 110, 110]
    plain = (await http.get("/api/library/books/42")).json()
    assert plain["author"] == {"href": "/api/library/authors/110"}
    refused = await http.get("/api/library/books/42?expand=autor")
    assert refused.status == 400 and "did you mean author?" in refused.message


async def test_what_is_sent_along_is_live(client, http):
    rid = "library.books?author_id=110&sort=title&expand=author"
    await client.subscribe(rid)
    row = "library.books.42?expand=author"
    assert client[row]["author"] == {"rid": "library.authors.110"}
    assert client["library.authors.110"]["name"] == "Douglas Adams"
    await http.patch("/api/library/authors/110", {"name": "D. N. Adams"})
    await client.until(lambda: client["library.authors.110"]["name"] == "D. N. Adams")
    await http.patch("/api/library/books/42", {"author_id": 1})
    # The row leaves the collection, and is no longer sent along.
    await client.until(lambda: row not in client)


async def test_a_row_with_its_graph_follows_its_reference(client, http):
    row = "library.books.42?expand=author"
    await client.subscribe(row)
    await http.patch("/api/library/books/42", {"author_id": 1, "pages": 5})
    await client.until(lambda: client[row]["author"] == {"rid": "library.authors.1"})
    assert client[row]["pages"] == 5 and client["library.authors.1"]["id"] == 1


async def test_the_schema_and_the_tables_follow_declarations(client, http, library_db):
    await client.subscribe("library.$schema")
    await client.subscribe("library")
    await client.subscribe("library.reviews?limit=3")
    names = lambda: [table["name"] for table in client["library.$schema"]["tables"]["data"]]
    assert "books" in names()
    with sqlite3.connect(library_db) as connection:
        connection.execute("CREATE TABLE shelves (id INTEGER PRIMARY KEY, place TEXT)")
    await client.until(lambda: "shelves" in names() and "shelves" in client["library"])
    await client.subscribe("library.shelves")
    await http.post("/api/library/shelves", {"place": "cellar"})
    await client.until(lambda: client.collections["library.shelves"] == [{"rid": "library.shelves.1"}])
    with sqlite3.connect(library_db) as connection:
        connection.execute("ALTER TABLE shelves ADD COLUMN full BOOLEAN DEFAULT 1")
    await client.until(lambda: client["library.shelves.1"] == {"id": 1, "place": "cellar", "full": True})
    with sqlite3.connect(library_db) as connection:
        connection.execute("DROP TABLE shelves")
    await client.until(lambda: "shelves" not in client["library"] and "shelves" not in names())
    await client.until(lambda: any(event == ("library.shelves", "delete") for event in
                                   ((rid, name) for rid, name, _ in client.events)))
    assert (await http.get("/api/library/shelves")).status == 404


async def test_the_list_of_live_queries_is_live(client, http):
    await client.subscribe("library.books?sort=title&limit=5")
    await client.subscribe("library.$live")
    listed = lambda: {row["data"]["query"]: row["data"] for row in client.collections["library.$live"]}
    assert listed()["limit=5&sort=title"]["strategy"] == "window"
    changes = listed()["limit=5&sort=title"]["changes"]
    await http.patch("/api/library/books/42", {"title": "0"})
    await eventually(lambda: listed()["limit=5&sort=title"]["changes"] == changes + 1, lambda: "the list tells", 5)
