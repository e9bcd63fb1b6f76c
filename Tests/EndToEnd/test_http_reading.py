"""What GET and HEAD say about tables, rows and views."""

import json
from urllib.parse import unquote

import pytest

BOOK_COLUMNS = [
    "id", "author_id", "title", "year", "decade", "language", "pages", "subjects", "lendable", "details",
]


async def test_a_row_is_a_model_of_all_columns_in_declared_order(http, sql):
    answer = await http.get("/api/library/books/42")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    row = answer.json()
    assert [name for name in row if name in BOOK_COLUMNS] == BOOK_COLUMNS
    expected = dict(zip(BOOK_COLUMNS, sql(f"SELECT {', '.join(BOOK_COLUMNS)} FROM books WHERE id = 42")[0]))
    assert row["title"] == "The Hitchhiker's Guide to the Galaxy"
    assert {name: row[name] for name in BOOK_COLUMNS} == {
        **expected, "lendable": True, "details": json.loads(expected["details"]),
    }


async def test_a_foreign_key_has_a_link_beside_it(http):
    row = (await http.get("/api/library/books/42")).json()
    assert row["author"] == {"href": f"/api/library/authors/{row['author_id']}"}
    author = (await http.get(row["author"]["href"])).json()
    assert author["name"] == "Douglas Adams"


async def test_null_is_a_property_with_the_value_null(http, sql):
    (key,) = sql("SELECT id FROM authors WHERE name = 'Margaret Atwood'")[0]
    row = (await http.get(f"/api/library/authors/{key}")).json()
    assert "died" in row and row["died"] is None


@pytest.mark.parametrize("column, where, value", [
    ("lendable", "title = 'Ulysses'", False),
    ("lendable", "title = 'Dubliners'", True),
    ("details", "title = 'Beloved'", {"awards": ["Pulitzer Prize 1988"]}),
    ("details", "title = 'Dubliners'", None),
    ("title", "title LIKE 'Gösta%'", "Gösta Berling's Saga"),
])
async def test_a_value_is_shown_by_its_declared_type(http, sql, column, where, value):
    (key,) = sql(f"SELECT id FROM books WHERE {where}")[0]
    assert (await http.get(f"/api/library/books/{key}")).json()[column] == value


async def test_a_table_is_a_list_of_its_first_100_rows_by_key(http):
    books = (await http.get("/api/library/books")).json()
    assert len(books) == 100
    assert [book["href"] for book in books] == [f"/api/library/books/{key}" for key in range(1, 101)]
    assert books[41]["model"] == (await http.get("/api/library/books/42")).json()


async def test_a_row_with_a_composite_key_is_named_by_its_columns_in_key_order(http):
    row = (await http.get("/api/library/book_genres/42,satire")).json()
    assert (row["book_id"], row["genre"]) == (42, "satire")
    assert row["book"] == {"href": "/api/library/books/42"}


async def test_bytes_outside_letters_and_digits_are_tilde_encoded_in_a_key(http):
    genres = (await http.get("/api/library/book_genres?book_id=42")).json()
    assert [unquote(genre["href"]) for genre in genres] == [
        "/api/library/book_genres/42,satire", "/api/library/book_genres/42,science~20fiction",
    ]
    for href in ("/api/library/book_genres/42,science~20fiction", genres[1]["href"]):
        assert (await http.get(href)).json()["genre"] == "science fiction"


async def test_the_rows_that_refer_to_a_row_are_a_collection_below_it(http, sql):
    (key,) = sql("SELECT id FROM authors WHERE name = 'Douglas Adams'")[0]
    books = (await http.get(f"/api/library/authors/{key}/books")).json()
    assert [book["model"]["id"] for book in books] == [
        key for (key,) in sql("SELECT id FROM books WHERE author_id = ? ORDER BY id", key)
    ]


async def test_a_view_is_a_list_of_values(http, sql):
    ratings = (await http.get("/api/library/book_ratings?limit=1000")).json()
    columns = ["id", "title", "author", "reviews", "rating"]
    expected = [dict(zip(columns, row)) for row in sql(f"SELECT {', '.join(columns)} FROM book_ratings")]
    assert sorted(ratings, key=lambda row: row["id"]) == sorted(expected, key=lambda row: row["id"])


async def test_the_database_links_to_its_tables_and_views(http):
    database = (await http.get("/api/library")).json()
    assert database == {
        name: {"href": f"/api/library/{name}"}
        for name in ["authors", "books", "book_genres", "members", "loans", "reviews", "book_ratings"]
    }


async def test_HEAD_answers_as_GET_without_the_body(http):
    got, head = await http.get("/api/library/books/42"), await http.head("/api/library/books/42")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Type"] == got.headers["Content-Type"]
    assert int(head.headers["Content-Length"]) == len(got.body)


@pytest.mark.parametrize("path", [
    "/api/library/books/100000",
    "/api/library/books/abc",
    "/api/library/books/042",
    "/api/library/books/42,1",
    "/api/library/book_genres/42",
    "/api/library/book_genres/42,knitting",
    "/api/library/shelves",
    "/api/library/books_fts_data",
    "/api/library/sqlite_schema",
    "/api/nothing",
])
async def test_what_is_not_there_is_not_found(http, path):
    answer = await http.get(path)
    assert (answer.status, answer.code) == (404, "system.notFound")
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"


async def test_text_that_looks_like_code_comes_back_as_it_went_in(http):
    text = "'); DROP TABLE books; -- \"\\ \u2028 \U0001F4DA \x01"
    answer = await http.post("/api/library/books/new", {"author_id": 1, "title": text, "year": 2020, "pages": 1})
    assert (await http.get(answer.headers["Location"])).json()["title"] == text
