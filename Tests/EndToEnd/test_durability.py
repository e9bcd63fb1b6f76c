"""What was acknowledged is there, whatever happens to the process."""

import asyncio

import pytest


@pytest.mark.parametrize("journal", ["delete", "wal"])
async def test_every_acknowledged_write_survives_a_kill(start, library_db, connect, sql, journal):
    sql(f"PRAGMA journal_mode = {journal}")
    server = await start("serve", library_db)
    client = await connect(server)
    acknowledged = []

    async def write(key):
        try:
            await client.request("call.library.books.new", {"id": key, "author_id": 1, "title": f"{key}", "year": 1, "pages": 1})
            acknowledged.append(key)
        except ConnectionError:
            pass

    writes = [asyncio.create_task(write(key)) for key in range(1000, 2000)]
    while len(acknowledged) < 50:
        await asyncio.sleep(0)
    server.kill()
    await asyncio.gather(*writes)
    assert set(acknowledged) <= {key for (key,) in sql("SELECT id FROM books WHERE id >= 1000")}
    assert sql("PRAGMA integrity_check") == [("ok",)]

    again = await start("serve", library_db)
    assert (await again.http.get(f"/api/library/books/{acknowledged[-1]}")).status == 200


async def test_a_script_loaded_into_a_file_stays_there_with_what_was_written(start, tmp_path):
    script, file = tmp_path / "small.sql", tmp_path / "small.db"
    script.write_text("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);\nINSERT INTO notes VALUES (1, 'one');\n")
    server = await start("serve", script, "--db", file)
    assert (await server.http.post("/api/small/notes/new", {"text": "two"})).status == 200
    await server.stop()
    again = await start("serve", file)
    assert [row["model"]["text"] for row in (await again.http.get("/api/small/notes")).json()] == ["one", "two"]


async def test_a_database_is_left_as_it_was_when_nothing_is_written(start, library_db):
    before = open(library_db, "rb").read()
    server = await start("serve", library_db)
    assert (await server.http.get("/api/library/books")).status == 200
    await server.stop()
    assert open(library_db, "rb").read() == before
