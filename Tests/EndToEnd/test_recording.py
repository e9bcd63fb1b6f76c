"""A session that is recorded and played again without the services that were there."""
import json

from harness.deadline import eventually


async def test_what_was_recorded_is_answered_again(start, library_db, tmp_path, connect):
    recording = tmp_path / "session.jsonl"
    server = await start("record", recording, library_db, "--port", 0, "--nats-port", 0, ports=False)
    client = await connect(server)
    await client.subscribe("library.books.42")
    await client.subscribe("library.books?limit=2&sort=-year")
    await client.call("library.books.42", "set", {"title": "Don’t panic", "year": 2030})
    before = (await server.http.get("/api/library/books/7")).json()
    await client.close()
    await server.stop()
    text = recording.read_text()
    assert "cid" not in text and "token" not in text

    replayed = await start("replay", recording, "--port", 0, "--nats-port", 0, ports=False)
    assert (await replayed.http.get("/api/library/books/7")).json() == before
    client = await connect(replayed)
    await client.subscribe("library.books.42")
    assert client.models["library.books.42"]["title"] != "Don’t panic"
    await client.call("library.books.42", "set", {"title": "Don’t panic", "year": 2030})
    await eventually(lambda: client.models["library.books.42"]["title"] == "Don’t panic", "the event of the call")
    assert (await replayed.http.get("/api/library/books/99")).status == 404


async def test_a_file_that_is_no_recording_is_named_with_its_line(tmp_path):
    from harness.process import run

    recording = tmp_path / "notes.jsonl"
    recording.write_text('{"at": 1, "event": "event.a.b"}\n{"title": "x"}\n')
    ended = await run("replay", recording)
    assert ended.code == 1 and f"{recording}:2: no line of a recording" in ended.stderr
