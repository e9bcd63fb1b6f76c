"""What goes wrong with the file underneath: a clear answer to who asks, and everything as before when the cause has gone."""

import asyncio
import os
import resource
import sqlite3
import time

import pytest


pytestmark = pytest.mark.parametrize("journal", ["delete", "wal"])


@pytest.fixture
async def served(start, library_db, connect, journal):
    """A server, and a client that follows a row."""
    database = sqlite3.connect(library_db)
    database.execute(f"PRAGMA journal_mode = {journal}")
    database.close()
    server = await start("serve", library_db)
    client = await connect(server)
    await client.subscribe("library.authors.1")
    return server, client


def write(server, name="Somebody"):
    return server.http.patch("/api/library/authors/1", {"name": name})


def other_files(path):
    return [path.with_name(path.name + suffix) for suffix in ("-wal", "-shm", "-journal")]


async def until_works(server, name):
    """Waits until writing works again."""
    deadline = time.monotonic() + 10
    while (answer := await write(server, name)).status != 204:
        assert time.monotonic() < deadline, answer.body
        await asyncio.sleep(0.05)


async def test_a_file_that_is_replaced_is_served(served, library_db, tmp_path):
    server, client = served
    replacement = tmp_path / "replacement.db"
    source, copy = sqlite3.connect(library_db), sqlite3.connect(replacement)
    source.backup(copy)
    with copy:
        copy.execute("UPDATE authors SET name = 'Replaced' WHERE id = 1")
    copy.close()
    source.close()
    os.replace(replacement, library_db)
    await client.until(lambda: client["library.authors.1"]["name"] == "Replaced")
    assert (await write(server, "After")).status == 204
    await client.until(lambda: client["library.authors.1"]["name"] == "After")
    # The write-ahead log of the old file is not the new one's.
    await server.stop()
    database = sqlite3.connect(library_db)
    assert database.execute("SELECT name FROM authors WHERE id = 1").fetchone() == ("After",)
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_what_cannot_be_kept_is_not_acknowledged_while_the_file_is_away(served, library_db, tmp_path):
    server, client = served
    away = tmp_path / "away.db"
    os.rename(library_db, away)
    answer = await write(server)
    assert answer.status == 503
    assert "removed or replaced" in answer.json()["message"] or "no longer where it was" in answer.json()["message"]
    os.rename(away, library_db)
    await until_works(server, "Back")
    await client.until(lambda: client["library.authors.1"]["name"] == "Back")


async def test_a_file_that_is_cut_off_is_served_again_once_it_is_restored(served, library_db, tmp_path):
    server, client = served
    assert (await write(server, "Kept")).status == 204
    backup = tmp_path / "backup.db"
    source, copy = sqlite3.connect(library_db), sqlite3.connect(backup)
    source.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    source.backup(copy)
    copy.close()
    source.close()
    whole = backup.read_bytes()
    with open(library_db, "r+b") as file:
        file.truncate(4096 * 2)
    answers = [await server.http.get(f"/api/library/books?sort=title&limit={limit}") for limit in range(1, 6)]
    assert all(answer.status in (200, 404, 503) for answer in answers), [answer.body for answer in answers]
    for path in other_files(library_db):
        path.unlink(missing_ok=True)
    replacement = tmp_path / "whole.db"
    replacement.write_bytes(whole)
    os.replace(replacement, library_db)
    await until_works(server, "Restored")
    assert (await server.http.get("/api/library/books?sort=title&limit=7")).status == 200


async def test_a_full_disk_is_told_and_loses_nothing(served, library_db, sql):
    """A limit on the size of files stands for the disk: the kernel refuses the write in the middle of it."""
    server, client = served
    pid = server.process.pid
    largest = max(path.stat().st_size for path in [library_db, *other_files(library_db)] if path.exists())
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (largest + 8192, resource.RLIM_INFINITY))
    refused = None
    acknowledged = []
    for number in range(40):
        answer = await server.http.post("/api/library/authors/new", {"name": f"{number}" + "x" * 4000, "born": 1950, "country": "x"})
        if answer.status == 200:
            acknowledged.append(f"{number}" + "x" * 4000)
        else:
            refused = answer
            break
    assert refused is not None and refused.status == 503, refused
    assert "nothing was written" in refused.json()["message"]
    assert (await server.http.get("/api/library/authors/1")).status == 200
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await until_works(server, "Room again")
    assert set(acknowledged) <= {name for (name,) in sql("SELECT name FROM authors")}
    assert sql("PRAGMA integrity_check") == [("ok",)]


async def test_a_write_waits_for_another_writer_and_says_so_when_that_takes_too_long(served, library_db):
    server, client = served
    other = sqlite3.connect(library_db, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.ensure_future(write(server, "Patient"))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    other.execute("COMMIT")
    assert (await waiting).status == 204
    other.execute("BEGIN IMMEDIATE")
    answer = await write(server, "Impatient")
    assert answer.status == 503 and "locked by another process" in answer.json()["message"]
    assert (await server.http.get("/api/library/authors/2")).status == 200
    other.execute("ROLLBACK")
    other.close()
    await until_works(server, "Served")


async def test_reading_without_end_is_ended(start, library_db, tmp_path, journal):
    config = tmp_path / "resdev.conf"
    config.write_text(
        f"""
        databases {{ library {{
          file: "{library_db}"
          limits {{ read_time: "200ms" }}
          sql {{ forever: "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) AS n FROM c" }}
        }} }}
        """
    )
    server = await start("serve", "-c", config)
    began = time.monotonic()
    answers = await asyncio.gather(
        server.http.get("/api/library/$q/forever"), server.http.get("/api/library/authors/1"),
    )
    assert "took too long" in answers[0].json()["message"]
    assert answers[1].status == 200
    assert time.monotonic() - began < 2


async def test_a_directory_that_goes_away_and_comes_back(served, library_db):
    server, client = served
    folder, away = library_db.parent, library_db.parent.with_name("elsewhere")
    os.rename(folder, away)
    answer = await write(server)
    assert answer.status == 503
    os.rename(away, folder)
    await until_works(server, "Home")
    await client.until(lambda: client["library.authors.1"]["name"] == "Home")
