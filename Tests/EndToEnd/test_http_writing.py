"""Creating, changing, replacing and deleting rows over HTTP."""

from urllib.parse import unquote

import pytest

MOMO = {"author_id": 1, "title": "A Book", "year": 2020, "pages": 90}


@pytest.mark.parametrize("path", ["/api/library/books/new", "/api/library/books"])
async def test_POST_to_a_table_creates_a_row_and_says_where_it_is(http, sql, path):
    answer = await http.post(path, MOMO)
    (key,) = sql("SELECT max(id) FROM books")[0]
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["Location"] == f"/api/library/books/{key}"
    row = (await http.get(answer.headers["Location"])).json()
    assert {name: row[name] for name in MOMO} == MOMO
    assert (row["language"], row["lendable"], row["decade"], row["details"]) == ("en", True, 2020, None)


async def test_a_row_may_bring_its_own_key(http):
    answer = await http.post("/api/library/books/new", {**MOMO, "id": 5000})
    assert answer.headers["Location"] == "/api/library/books/5000"


async def test_a_row_with_a_composite_key_is_created_under_that_key(http):
    answer = await http.post("/api/library/book_genres/new", {"book_id": 42, "genre": "travel, mostly"})
    assert unquote(answer.headers["Location"]) == "/api/library/book_genres/42,travel~2C~20mostly"
    assert (await http.get(answer.headers["Location"])).json()["genre"] == "travel, mostly"


async def test_PATCH_changes_what_it_names(http, sql):
    before = (await http.get("/api/library/books/42")).json()
    answer = await http.patch("/api/library/books/42", {"pages": 208, "lendable": False, "details": {"a": [1, None]}})
    assert (answer.status, answer.body) == (204, b"")
    assert "Content-Type" not in answer.headers
    after = (await http.get("/api/library/books/42")).json()
    assert after == {**before, "pages": 208, "lendable": False, "details": {"a": [1, None]}}
    assert sql("SELECT pages, lendable, json(details) FROM books WHERE id = 42") == [(208, 0, '{"a":[1,null]}')]


async def test_POST_set_is_PATCH_for_clients_that_have_none(http):
    assert (await http.post("/api/library/books/42/set", {"pages": 208})).status == 204
    assert (await http.get("/api/library/books/42")).json()["pages"] == 208


@pytest.mark.parametrize("column, value", [("details", None), ("language", "en"), ("subjects", "")])
async def test_a_delete_action_sets_a_column_to_its_default_or_null(http, sql, column, value):
    (key,) = sql("SELECT id FROM books WHERE title = 'Swann''s Way'")[0]
    assert (await http.patch(f"/api/library/books/{key}", {column: {"action": "delete"}})).status == 204
    assert (await http.get(f"/api/library/books/{key}")).json()[column] == value


async def test_PUT_replaces_the_row(http):
    assert (await http.put("/api/library/books/42", {**MOMO, "id": 42})).status == 204
    row = (await http.get("/api/library/books/42")).json()
    assert (row["title"], row["subjects"], row["details"], row["lendable"]) == ("A Book", "", None, True)


async def test_PUT_to_a_key_that_is_free_creates_the_row(http):
    answer = await http.put("/api/library/books/900", MOMO)
    assert (answer.status, answer.headers["Location"]) == (200, "/api/library/books/900")
    assert (await http.get("/api/library/books/900")).json()["title"] == MOMO["title"]


async def test_DELETE_deletes_the_row(http):
    location = (await http.post("/api/library/books/new", MOMO)).headers["Location"]
    assert (await http.delete(location)).status == 204
    assert (await http.get(location)).status == 404
    assert (await http.delete(location)).code == "system.notFound"


async def test_rows_that_go_with_a_deleted_row_are_gone_too(http, sql):
    (key,) = sql("SELECT book_id FROM reviews WHERE book_id NOT IN (SELECT book_id FROM loans) LIMIT 1")[0]
    (review,) = sql("SELECT id FROM reviews WHERE book_id = ?", key)[0]
    assert (await http.delete(f"/api/library/books/{key}")).status == 204
    assert (await http.get(f"/api/library/reviews/{review}")).status == 404


async def test_a_new_key_takes_the_row_to_its_new_address(http):
    location = (await http.post("/api/library/books/new", MOMO)).headers["Location"]
    answer = await http.patch(location, {"id": 7000})
    assert (answer.status, answer.headers["Location"]) == (200, "/api/library/books/7000")
    assert (await http.get(location)).status == 404
    assert (await http.get("/api/library/books/7000")).json()["title"] == MOMO["title"]


async def test_integers_beyond_what_JSON_numbers_hold_are_texts(http):
    big = str(2**53 + 1)
    location = (await http.post("/api/library/books/new", {**MOMO, "id": big})).headers["Location"]
    assert location == f"/api/library/books/{big}"
    assert (await http.get(location)).json()["id"] == big


VIOLATIONS = [
    ("PATCH", "books/42", {"title": None}, "title"),
    ("PATCH", "books/42", {"title": ""}, "title"),
    ("PATCH", "books/42", {"pages": 0}, "pages"),
    ("PATCH", "books/42", {"year": 9999}, "year"),
    ("PATCH", "books/42", {"lendable": 2}, "lendable"),
    ("PATCH", "books/42", {"author_id": 9999}, "author_id"),
    ("PATCH", "books/42", {"decade": 1990}, "decade"),
    ("PATCH", "books/42", {"colour": "blue"}, "colour"),
    ("PATCH", "books/42", {"titel": "Emma"}, "title"),
    ("POST", "books/new", {"title": "No author", "year": 2000, "pages": 1}, "author_id"),
    ("POST", "books/new", {"author_id": 1, "title": "Emma", "year": 1815, "pages": 474}, "title"),
    ("POST", "members/new", {"name": "B", "email": "ADA.winterbourne@example.org", "joined": "2024-01-01"}, "email"),
    ("POST", "members/new", {"name": "B", "email": "b@example.org", "joined": "2024-02-31"}, "joined"),
    ("POST", "reviews/new", {"book_id": 1, "member_id": 1, "rating": 6, "written_on": "2024-01-01"}, "rating"),
    ("POST", "book_genres/new", {"book_id": 42, "genre": "satire"}, "genre"),
    ("POST", "books/new", [], "object"),
    ("POST", "books/new", None, "author_id"),
]


@pytest.mark.parametrize("method, path, body, word", VIOLATIONS)
async def test_a_write_against_a_constraint_changes_nothing_and_names_the_column(http, sql, method, path, body, word):
    before = sql("SELECT * FROM books"), sql("SELECT * FROM members"), sql("SELECT * FROM reviews")
    (author,) = sql("SELECT author_id FROM books WHERE title = 'Emma'")[0]
    if body and body.get("title") == "Emma" and "author_id" in body:
        body = {**body, "author_id": author}
    answer = await http.request(method, f"/api/library/{path}", body)
    assert (answer.status, answer.code) == (400, "system.invalidParams"), answer.body
    assert word in answer.message
    assert (sql("SELECT * FROM books"), sql("SELECT * FROM members"), sql("SELECT * FROM reviews")) == before


async def test_a_row_that_others_need_is_not_deleted(http, sql):
    (key,) = sql("SELECT book_id FROM loans LIMIT 1")[0]
    answer = await http.delete(f"/api/library/books/{key}")
    assert (answer.status, answer.code) == (400, "system.invalidParams")
    assert "loans" in answer.message
    assert (await http.get(f"/api/library/books/{key}")).status == 200


@pytest.mark.parametrize("method, path", [
    ("PATCH", "/api/library/books/100000"),
    ("DELETE", "/api/library/books/100000"), ("POST", "/api/library/books/100000/set"),
    ("POST", "/api/library/shelves/new"),
])
async def test_what_is_not_there_cannot_be_written(http, method, path):
    answer = await http.request(method, path, {"title": "x"})
    assert (answer.status, answer.code) == (404, "system.notFound")


@pytest.mark.parametrize("method, path, status, code", [
    ("POST", "/api/library/books/42/fly", 404, "system.methodNotFound"),
    ("POST", "/api/library/books/fly", 404, "system.methodNotFound"),
    ("PUT", "/api/library/books", 405, "system.methodNotAllowed"),
    ("PATCH", "/api/library/books", 405, "system.methodNotAllowed"),
    ("DELETE", "/api/library/books", 405, "system.methodNotAllowed"),
    ("POST", "/api/library/book_ratings/new", 404, "system.methodNotFound"),
    ("BREW", "/api/library/books/42", 405, "system.methodNotAllowed"),
    ("TRACE", "/api/library/books/42", 405, "system.methodNotAllowed"),
])
async def test_a_method_that_a_resource_does_not_have_is_an_error(http, method, path, status, code):
    answer = await http.request(method, path, None if method == "TRACE" else {})
    assert (answer.status, answer.code) == (status, code)
