"""Filters, sorting and windows of a table: every query gives what the SQL beside it gives."""

import json

import pytest

QUERIES = [
    ("books", "author_id=16", "WHERE author_id = 16 ORDER BY id"),
    ("books", "language=fr", "WHERE language = 'fr' ORDER BY id"),
    ("books", "language=fr&year__lt=1900", "WHERE language = 'fr' AND year < 1900 ORDER BY id"),
    ("books", "year__gt=2000", "WHERE year > 2000 ORDER BY id"),
    ("books", "year__gte=2000", "WHERE year >= 2000 ORDER BY id"),
    ("books", "year__lte=1817", "WHERE year <= 1817 ORDER BY id"),
    ("books", "language__ne=en&limit=1000", "WHERE language <> 'en' ORDER BY id"),
    ("books", "language__in=sv,no,is", "WHERE language IN ('sv', 'no', 'is') ORDER BY id"),
    ("books", "language__notin=en,fr&limit=1000", "WHERE language NOT IN ('en', 'fr') ORDER BY id"),
    ("books", "title__like=The+%25+of+%25", "WHERE title LIKE 'The % of %' ORDER BY id LIMIT 100"),
    ("books", "title__contains=Wind", "WHERE instr(title, 'Wind') ORDER BY id"),
    ("books", "title__startswith=Ha", "WHERE substr(title, 1, 2) = 'Ha' ORDER BY id"),
    ("books", "title=The%20Hobbit", "WHERE title = 'The Hobbit'"),
    ("books", "title=G%C3%B6sta+Berling's+Saga", "WHERE title = 'Gösta Berling''s Saga'"),
    ("books", "details__isnull=false", "WHERE details IS NOT NULL ORDER BY id"),
    ("books", "lendable=false", "WHERE lendable = 0 ORDER BY id"),
    ("books", "lendable=true&limit=7", "WHERE lendable = 1 ORDER BY id LIMIT 7"),
    ("books", "decade=1920", "WHERE decade = 1920 ORDER BY id"),
    ("books", "year=1925.0", "WHERE year = 1925 ORDER BY id"),
    ("books", "sort=title&limit=10", "ORDER BY title, id LIMIT 10"),
    ("books", "sort=-year,title&limit=10", "ORDER BY year DESC, title, id LIMIT 10"),
    ("books", "sort=-id&limit=3", "ORDER BY id DESC LIMIT 3"),
    ("books", "sort=year&start=20&limit=10", "ORDER BY year, id LIMIT 10 OFFSET 20"),
    ("books", "start=240", "ORDER BY id LIMIT 100 OFFSET 240"),
    ("books", "start=1000", "WHERE 0"),
    ("books", "limit=1000", "ORDER BY id"),
    ("books", "year=3000", "WHERE 0"),
    ("authors", "died__isnull=true&sort=born", "WHERE died IS NULL ORDER BY born, id"),
    ("authors", "sort=died&limit=30", "ORDER BY died, id LIMIT 30"),
    ("authors", "sort=-died&limit=30", "ORDER BY died DESC, id LIMIT 30"),
    ("members", "email=ADA.Winterbourne@EXAMPLE.org", "WHERE email = 'ada.winterbourne@example.org'"),
    ("members", "active=0", "WHERE NOT active ORDER BY id"),
    ("loans", "returned_on__isnull=true&sort=due_on", "WHERE returned_on IS NULL ORDER BY due_on, id"),
    ("reviews", "rating__lte=2&sort=-written_on&limit=5", "WHERE rating <= 2 ORDER BY written_on DESC, id LIMIT 5"),
]


@pytest.mark.parametrize("table, query, where", QUERIES, ids=[f"{table}?{query}" for table, query, _ in QUERIES])
async def test_a_query_gives_the_rows_that_its_SQL_gives(http, sql, table, query, where):
    answer = await http.get(f"/api/library/{table}?{query}")
    assert answer.status == 200, answer.body
    expected = [key for (key,) in sql(f"SELECT id FROM {table} {where}")]
    assert [row["model"]["id"] for row in answer.json()] == expected


@pytest.mark.parametrize("query, hint", [
    ("colour=red", ["colour"]),
    ("titel=Emma", ["titel", "title"]),
    ("year__near=1900", ["near"]),
    ("year__gtt=1900", ["gtt", "gt"]),
    ("sort=colour", ["colour"]),
    ("sort=titel", ["titel", "title"]),
    ("limit=1001", ["limit", "1000"]),
    ("limit=0", ["limit"]),
    ("limit=-1", ["limit"]),
    ("limit=many", ["limit", "many"]),
    ("start=-1", ["start"]),
    ("details__isnull=perhaps", ["perhaps"]),
])
async def test_a_query_that_cannot_be_meant_is_an_error_that_says_what_and_what_instead(http, query, hint):
    answer = await http.get(f"/api/library/books?{query}")
    assert (answer.status, answer.code) == (400, "system.invalidQuery")
    for word in hint:
        assert word in answer.message.replace(",", ""), answer.message


@pytest.mark.parametrize("words", ["libraries", "the+sea", "gosta", "murder"])
async def test_q_searches_the_full_text_index_that_covers_a_table(http, sql, words):
    text = words.replace('"', "%22")
    found = (await http.get(f"/api/library/books?q={text}&limit=1000")).json()
    expected = sql("SELECT rowid FROM books_fts WHERE books_fts MATCH ?", words.replace("+", " "))
    assert sorted(row["model"]["id"] for row in found) == sorted(key for (key,) in expected)


async def test_q_on_a_table_without_an_index_says_how_to_get_one(http):
    answer = await http.get("/api/library/authors?q=Austen")
    assert (answer.status, answer.code) == (400, "system.invalidQuery")
    assert "fts5" in answer.message.lower()


async def test_fields_gives_values_instead_of_references(http, sql):
    answer = await http.get("/api/library/books?author_id=110&sort=year&fields=title,year")
    assert [tuple(row.values()) for row in answer.json()] == sql(
        "SELECT title, year FROM books WHERE author_id = 110 ORDER BY year, id")


async def test_a_row_takes_no_filter(http):
    answer = await http.get("/api/library/books/42?year=1979")
    assert answer.status == 400 and answer.code == "system.invalidQuery"


async def test_queries_of_one_meaning_share_one_resource(server, http, nats_connect):
    nc = await nats_connect(server.nats)

    async def normalised(query):
        answer = await nc.request("get.library.books", b'{"query":"%s"}' % query.encode())
        return json.loads(answer.data)["result"]["query"]

    forms = ["language=fr&year__gt=1900", "year__gt=1900&language=fr", "language=fr&year__gt=1900.0&limit=100&start=0",
             "language=fr&sort=id&year__gt=%31900"]
    assert len({await normalised(form) for form in forms}) == 1
    assert await normalised("language=fr&year__gt=1901") != await normalised(forms[0])
