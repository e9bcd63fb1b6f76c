"""What else happens to the files of a database: parts of the write-ahead log cut off, permission taken away and given back."""

import asyncio
import os
import shutil
import sqlite3
import tempfile
import time
from pathlib import Path

import pytest

from harness.deadline import eventually


def beside(path, suffix):
    return path.with_name(path.name + suffix)


async def until_works(server, name):
    """Waits until writing works again."""
    deadline = time.monotonic() + 10
    while (answer := await server.http.patch("/api/library/authors/1", {"name": name})).status != 204:
        assert time.monotonic() < deadline, answer.body
        await asyncio.sleep(0.05)


@pytest.fixture
async def served(start, library_db, connect):
    """A server over a file with a write-ahead log, and a client that follows a row and a window."""
    database = sqlite3.connect(library_db)
    database.execute("PRAGMA journal_mode = wal")
    database.close()
    server = await start("serve", library_db)
    client = await connect(server)
    await client.subscribe("library.authors.1")
    await client.subscribe("library.authors?sort=name&limit=3")
    return server, client


async def test_the_index_of_the_log_is_cut_off_again_and_again(served, library_db, shell, sql):
    server, client = served
    for number in range(1, 12):
        # Some of the names are written by another process, whose own index is cut off as well.
        if number % 3 == 0:
            shell(f"UPDATE authors SET name = 'Round {number}' WHERE id = 1;")
        else:
            await until_works(server, f"Round {number}")
        os.truncate(beside(library_db, "-shm"), 0 if number % 2 else 4096)
        answer = await server.http.get(f"/api/library/books?sort=title&limit={number}")
        assert answer.status == 200, answer.body
        await client.until(lambda: client["library.authors.1"]["name"] == f"Round {number}")
    await until_works(server, "After")
    await client.until(lambda: client["library.authors.1"]["name"] == "After")
    assert sql("SELECT name FROM authors WHERE id = 1") == [("After",)]
    assert sql("PRAGMA integrity_check") == [("ok",)]
    assert server.running and "was cut off by another program" in server.text


async def test_the_index_of_the_log_is_cut_off_under_writes(served, library_db, sql):
    server, client = served
    acknowledged = {}

    async def write(key):
        for number in range(40):
            answer = await server.http.patch(f"/api/library/authors/{key}", {"name": f"{key}-{number}"})
            if answer.status == 204:
                acknowledged[key] = f"{key}-{number}"
            else:
                assert answer.status == 503, answer.body

    async def vandal():
        while not all(task.done() for task in writers):
            os.truncate(beside(library_db, "-shm"), 0)
            await asyncio.sleep(0.01)

    writers = [asyncio.ensure_future(write(key)) for key in range(2, 8)]
    await asyncio.gather(vandal(), *writers)
    assert server.running
    kept = dict(sql("SELECT id, name FROM authors WHERE id BETWEEN 2 AND 7"))
    assert {key: kept[key] for key in acknowledged} == acknowledged
    assert sql("PRAGMA integrity_check") == [("ok",)]


async def test_the_log_itself_is_cut_off(served, library_db):
    server, client = served
    await until_works(server, "In the log")
    os.truncate(beside(library_db, "-wal"), 0)
    answers = [await server.http.get(f"/api/library/books?sort=title&limit={limit}") for limit in range(1, 4)]
    assert all(answer.status in (200, 503) for answer in answers), [answer.body for answer in answers]
    await until_works(server, "After")
    await client.until(lambda: client["library.authors.1"]["name"] == "After")
    assert server.running


def unprivileged():
    """A command that runs another as a user who may not do everything; nothing where we are none who may."""
    if os.geteuid() != 0:
        return ()
    assert shutil.which("setpriv"), "util-linux has setpriv"
    return ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


@pytest.fixture
def shared_folder():
    """A folder that every user reaches."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o777)
    yield folder
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o777)
    shutil.rmtree(folder)


def give(path, mode):
    """Sets a mode and, where we may, the owner whom the server runs as."""
    if os.geteuid() == 0:
        os.chown(path, 65534, 65534)
    path.chmod(mode)


@pytest.mark.parametrize("journal", ["delete", "wal"])
async def test_permission_is_taken_away_and_given_back(start, library_db, shared_folder, journal):
    data = shared_folder / "data"
    data.mkdir()
    path = Path(shutil.copy(library_db, data / "library.db"))
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA journal_mode = {journal}")
    database.close()
    give(data, 0o755)
    give(path, 0o644)
    server = await start("serve", path, prefix=unprivileged(), folder=shared_folder)
    await until_works(server, "Before")
    # The directory is closed to writing, so that a rollback journal cannot be made.
    give(data, 0o555)
    answer = await server.http.patch("/api/library/authors/1", {"name": "Refused"})
    if journal == "delete":
        assert answer.status in (403, 503), answer.body
        assert "cannot be" in answer.message or "read-only" in answer.message
    assert (await server.http.get("/api/library/authors/1")).status == 200
    give(data, 0o755)
    await until_works(server, "After")
    # Neither the file nor its place can be reached at all, and then again.
    give(path, 0o000)
    give(data, 0o000)
    answer = await server.http.patch("/api/library/authors/1", {"name": "Nowhere"})
    assert answer.status in (204, 503), answer.body
    give(data, 0o755)
    give(path, 0o644)
    await until_works(server, "Home")
    assert (await server.http.get("/api/library/authors/1")).json()["name"] == "Home"


async def test_a_file_that_may_not_be_read_or_written(start, library_db, shared_folder):
    data = shared_folder / "data"
    data.mkdir()
    path = Path(shutil.copy(library_db, data / "library.db"))
    give(data, 0o755)
    give(path, 0o000)
    with pytest.raises(AssertionError) as failure:
        await start("serve", path, prefix=unprivileged(), folder=shared_folder)
    assert "library.db" in str(failure.value) and "Fatal" not in str(failure.value)
    give(path, 0o444)
    server = await start("serve", path, prefix=unprivileged(), folder=shared_folder)
    assert (await server.http.get("/api/library/books/42")).status == 200
    answer = await server.http.patch("/api/library/books/42", {"pages": 5})
    assert answer.status == 403 and "read-only" in answer.message
