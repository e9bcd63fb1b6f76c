"""Sources that can't be served: one clear error that says what, where and what to do, and nothing is lost."""

import os
import sqlite3

import pytest

from harness.process import LIBRARY, run


async def serve(*arguments):
    return await run("serve", *arguments, "--port", 0, "--nats-port", 0)


def expect_one_error(ended, *words):
    assert ended.code > 0, ended
    for word in words:
        assert word in ended.stderr, ended.stderr
    assert len(ended.stderr.strip().splitlines()) <= 4, ended.stderr
    assert "Fatal error" not in ended.stderr


async def test_a_missing_file(tmp_path):
    expect_one_error(await serve(tmp_path / "nowhere.db"), "nowhere.db")
    assert list(tmp_path.iterdir()) == []  # nothing is made in its place


async def test_a_folder(tmp_path):
    (tmp_path / "folder.db").mkdir()
    expect_one_error(await serve(tmp_path / "folder.db"), "folder.db")


@pytest.mark.parametrize("content", [
    b"x", b"These are not the rows you are looking for.\n" * 100, b"SQLite format 3\0" + b"\xff" * 4096,
])
async def test_a_file_that_is_no_database(tmp_path, content):
    file = tmp_path / "prose.db"
    file.write_bytes(content)
    expect_one_error(await serve(file), "prose.db")
    assert file.read_bytes() == content


async def test_a_file_of_a_kind_nobody_knows(tmp_path):
    file = tmp_path / "library.txt"
    file.write_text("x")
    expect_one_error(await serve(file), "library.txt", ".db", ".sql")


@pytest.mark.parametrize("script, line", [
    ("CREATE TABLE a (id INTEGER PRIMARY KEY);\n\nCREATE TABEL b (id INTEGER);\n", 3),
    ("-- first\nCREATE TABLE a (id INTEGER PRIMARY KEY, t TEXT);\nINSERT INTO a VALUES\n  (1, 'x'),\n  (1, 'y');\n", 3),
    ("CREATE TABLE a (id INTEGER PRIMARY KEY);\nINSERT INTO a\n  VALUES (1, 2);\n", 2),
    ("CREATE TABLE a (id INTEGER PRIMARY KEY);\nINSERT INTO a VALUES ('open\n", 2),
    ("CREATE TABLE a (id INTEGER PRIMARY KEY);\nCREATE TABLE b (\n", 2),
])
async def test_an_error_in_a_script_names_file_and_line(tmp_path, script, line):
    file = tmp_path / "broken.sql"
    file.write_text(script)
    ended = await serve(file)
    expect_one_error(ended, "broken.sql")
    lines = script.count("\n")
    assert any(f"broken.sql:{number}" in ended.stderr for number in range(line, lines + 1)), ended.stderr


async def test_a_script_is_not_loaded_into_a_file_that_has_tables(start, tmp_path):
    script, file = tmp_path / "more.sql", tmp_path / "kept.db"
    database = sqlite3.connect(file)
    database.executescript("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT); INSERT INTO notes VALUES (1, 'kept');")
    database.close()
    script.write_text("DROP TABLE notes;\nCREATE TABLE more (id INTEGER PRIMARY KEY);\n")
    server = await start("serve", script, "--db", file)
    assert str(file) in server.text and "not loaded" in server.text
    assert (await server.http.get("/api/more/notes/1")).json()["text"] == "kept"


async def test_a_script_that_fails_halfway_leaves_nothing_behind(start, tmp_path):
    script, file = tmp_path / "small.sql", tmp_path / "small.db"
    good = "CREATE TABLE notes (id INTEGER PRIMARY KEY);\nINSERT INTO notes VALUES (1);\n"
    script.write_text(good + "CREATE TABLE notes (id);\n")
    expect_one_error(await serve(script, "--db", file), "small.sql:3")
    script.write_text(good)
    server = await start("serve", script, "--db", file)
    assert (await server.http.get("/api/small/notes/1")).json() == {"id": 1}


@pytest.mark.parametrize("folder", ["/proc", "/nowhere/at/all"])
async def test_a_folder_that_cannot_be_written(folder):
    expect_one_error(await serve(LIBRARY, "--db", f"{folder}/library.db"), f"{folder}/library.db")


async def test_a_ready_file_that_cannot_be_written():
    expect_one_error(await serve(LIBRARY, "--ready-file", "/proc/ready.json"), "/proc/ready.json")


async def test_two_sources_of_one_name(tmp_path, library_db):
    expect_one_error(await serve(library_db, LIBRARY), "library", "--name")


async def test_a_database_that_another_program_locks(library_db):
    database = sqlite3.connect(library_db, isolation_level=None)
    database.execute("BEGIN EXCLUSIVE")
    expect_one_error(await serve(library_db), "library.db", "locked")
    database.execute("ROLLBACK")
    database.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
async def test_a_file_that_may_not_be_read(library_db):
    library_db.chmod(0)
    expect_one_error(await serve(library_db), "library.db")


def make_read_only(path):
    """Makes it read-only for root too: SQLite writes no file whose format version for writers is above 2."""
    with open(path, "r+b") as file:
        file.seek(18)
        file.write(b"\x03")


async def test_a_read_only_database_is_served_but_not_written(start, library_db):
    make_read_only(library_db)
    server = await start("serve", library_db)
    assert (await server.http.get("/api/library/books/42")).status == 200
    answer = await server.http.patch("/api/library/books/42", {"pages": 5})
    assert answer.status >= 400 and answer.code != "system.internalError"
    assert "read-only" in answer.message
    assert (await server.http.get("/api/library/books/42")).json()["pages"] != 5


async def test_a_database_locked_while_it_is_served_says_so_and_recovers(start, library_db):
    server = await start("serve", library_db)
    database = sqlite3.connect(library_db, isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    answer = await server.http.patch("/api/library/books/42", {"pages": 5})
    assert answer.status in (404, 503) and answer.code in ("system.serviceUnavailable", "system.timeout")
    assert (await server.http.get("/api/library/books/42")).status == 200
    database.execute("ROLLBACK")
    database.close()
    assert (await server.http.patch("/api/library/books/42", {"pages": 6})).status == 204
    assert (await server.http.get("/api/library/books/42")).json()["pages"] == 6


async def test_a_table_that_goes_away_while_it_is_served_is_not_found(start, library_db):
    server = await start("serve", library_db)
    database = sqlite3.connect(library_db)
    database.executescript("PRAGMA foreign_keys = OFF; DROP TABLE reviews;")
    database.close()
    answer = await server.http.get("/api/library/reviews/1")
    assert answer.status == 404 and answer.code == "system.notFound"
    assert (await server.http.get("/api/library/books/42")).status == 200
