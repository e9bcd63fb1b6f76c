"""Another program writes to the file that is being served, and every client hears of it."""

import sqlite3

import pytest

from harness.deadline import eventually
from harness.library import WINDOWS, differences

NEW = "INSERT INTO books (id, author_id, title, year, pages) VALUES"


@pytest.fixture(params=["delete", "wal"])
async def outside(request, start, library_db, connect):
    """A client of a library in either journal mode."""
    database = sqlite3.connect(library_db)
    assert database.execute(f"PRAGMA journal_mode = {request.param}").fetchone() == (request.param,)
    database.close()
    return await connect(await start("serve", library_db))


async def test_a_change_of_the_schema_is_told_with_what_is_different(start, library_db, shell):
    server = await start("serve", library_db)
    shell("ALTER TABLE books ADD COLUMN isbn TEXT; CREATE TABLE shelves (id INTEGER PRIMARY KEY); DROP VIEW book_ratings;")
    for line in ("books.isbn: a new column, TEXT", "shelves: a new table", "book_ratings is gone"):
        text = f"the schema has changed  change={line} database=library\n"
        await eventually(lambda: text in server.stderr, lambda: f"{text} in {server.stderr}")
    assert server.stderr.count("the schema has changed") == 3


async def test_an_update_is_a_change(outside, shell):
    await outside.subscribe("library.books.42")
    shell("UPDATE books SET pages = 777 WHERE id = 42;")
    assert await outside.next_event() == ("library.books.42", "change", {"values": {"pages": 777}})


async def test_an_insert_is_an_add_and_a_delete_a_remove(outside, shell):
    query = "library.books?author_id=110&sort=title"
    await outside.subscribe(query)
    shell(f"{NEW} (900, 110, 'Mostly Harmless', 1992, 240);")
    name, event, data = await outside.next_event()
    assert (name, event, data["idx"], data["value"]) == (query, "add", 1, {"rid": "library.books.900"})
    shell("DELETE FROM books WHERE id = 900;")
    assert await outside.next_event() == (query, "remove", {"idx": 1})


async def test_a_transaction_counts_by_what_it_leaves(outside, shell):
    await outside.subscribe("library.books.42")
    await outside.subscribe("library.books.43")
    shell("""
        BEGIN; UPDATE books SET pages = 1 WHERE id = 42; ROLLBACK;
        BEGIN;
        UPDATE books SET pages = pages + 1000 WHERE id = 42;
        UPDATE books SET pages = pages - 1000 WHERE id = 42;
        SAVEPOINT s; UPDATE books SET year = 1 WHERE id = 43; ROLLBACK TO s;
        UPDATE books SET year = 1900 WHERE id = 43;
        COMMIT;
    """)
    assert await outside.next_event() == (
        "library.books.43", "change", {"values": {"year": 1900, "decade": 1900}})


@pytest.mark.parametrize("statement, keys", [
    ("DELETE FROM book_genres WHERE book_id = 42 AND genre = 'satire';", ["42,science~20fiction"]),
    ("INSERT INTO book_genres VALUES (42, 'classic');", ["42,classic", "42,satire", "42,science~20fiction"]),
    ("UPDATE book_genres SET genre = 'zen' WHERE book_id = 42 AND genre = 'satire';", ["42,science~20fiction", "42,zen"]),
    ("REPLACE INTO book_genres VALUES (42, 'satire'), (42, 'a');", ["42,a", "42,satire", "42,science~20fiction"]),
    ("DELETE FROM book_genres;", []),
])
async def test_every_kind_of_write_to_a_table_without_rowid_is_seen(outside, shell, statement, keys):
    query = "library.book_genres?book_id=42"
    await outside.subscribe(query)
    shell(statement)
    await outside.until(lambda: outside.keys(query) == keys, lambda: f"{outside.keys(query)} is {keys}")


async def test_replacing_a_row_is_seen(outside, shell):
    await outside.subscribe("library.books.42")
    shell("PRAGMA foreign_keys = OFF; REPLACE INTO books (id, author_id, title, year, pages) VALUES (42, 110, 'So Long', 1984, 1);")
    await outside.until(lambda: outside["library.books.42"]["title"] == "So Long")


async def test_truncating_a_table_is_seen(outside, shell):
    await outside.subscribe("library.loans?limit=20")
    shell("DELETE FROM loans;")
    await outside.until(lambda: outside["library.loans?limit=20"] == [])


async def test_every_window_is_right_after_bulk_writes(outside, shell, library_db):
    for query, _ in WINDOWS:
        await outside.subscribe(query)
    for script in [
        "UPDATE books SET pages = (id * 7919) % 1500 + 1;",
        "UPDATE books SET year = 1800 + (id * 31) % 220, lendable = (id % 3 = 0);",
        "DELETE FROM reviews WHERE id % 2; UPDATE authors SET died = NULL WHERE id % 3 = 0;",
        "BEGIN; DELETE FROM loans; DELETE FROM reviews; DELETE FROM books WHERE id % 2; COMMIT;",
        "".join(f"{NEW} ({key}, 92, 'Bulk {key}', 1955, {key});" for key in range(1000, 1100)),
    ]:
        shell(script)
        await outside.until(
            lambda: not differences(outside, library_db), lambda: "\n".join(differences(outside, library_db)))


async def test_writes_from_inside_and_outside_mix(outside, shell, sql):
    await outside.subscribe("library.books.42")
    for pages in range(1, 20, 2):
        await outside.call("library.books.42", "set", {"pages": pages})
        shell(f"UPDATE books SET pages = {pages + 1} WHERE id = 42;")
        await outside.until(lambda: outside["library.books.42"]["pages"] == pages + 1)
    assert sql("SELECT pages FROM books WHERE id = 42") == [(20,)]


async def test_full_text_search_stays_current_through_its_triggers(outside, sql):
    await outside.call("library.books.42", "set", {"subjects": "towels, dolphins"})
    assert sql("SELECT rowid FROM books_fts WHERE books_fts MATCH 'dolphins'") == [(42,)]
