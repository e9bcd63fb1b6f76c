"""A session that is recorded and played again without the services that were there."""
import json

import pytest

from harness.deadline import eventually
from harness.res_client import RESError


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


async def test_what_the_console_records_is_served_as_well(server, http, start, tmp_path, connect):
    client = await connect(server)
    await client.subscribe("library.books.42")
    # What is in the gateway's cache already belongs to the recording.
    assert (await http.post("/api/$sys/recording/start")).status == 204
    assert (await http.post("/api/$sys/recording/start")).json()["message"] == "There is a recording already"
    title = (await http.get("/api/library/books/42")).json()["title"]
    await client.call("library.books.42", "set", {"title": "Don’t panic"})
    assert (await http.get("/api/library/nothing")).status == 404
    await http.post("/api/$sys/recording/stop")
    lines = (await http.post("/api/$sys/recording/lines")).json()
    assert [(line["client"], line["action"], line["resource"], line["result"]) for line in lines if "client" in line] == [
        ("http", "GET", "library.books.42", 200), ("ws", "call", "library.books.42", "ok"), ("http", "GET", "library.nothing", 404)]
    await http.get("/api/library/books/7")
    assert (await http.post("/api/$sys/recording/lines")).json() == lines
    recording = tmp_path / "session.jsonl"
    recording.write_text("".join(json.dumps(line) + "\n" for line in lines))
    replayed = await start("replay", recording, "--port", 0, "--nats-port", 0, ports=False)
    assert (await replayed.http.get("/api/library/books/42")).json()["title"] == title
    await replayed.http.patch("/api/library/books/42", {"title": "Don’t panic"})
    assert (await replayed.http.get("/api/library/books/42")).json()["title"] == "Don’t panic"


async def test_what_clients_ask_for_is_in_the_file_and_no_password(start, library_db, tmp_path, connect):
    recording = tmp_path / "session.jsonl"
    server = await start("record", recording, library_db, "--port", 0, "--nats-port", 0, ports=False)
    client = await connect(server)
    await client.subscribe("library.authors.1")
    with pytest.raises(RESError):
        await client.auth("library.$auth", "login", {"name": "ann", "password": "hunter2"})
    await client.close()
    await server.stop()
    lines = [json.loads(line) for line in recording.read_text().splitlines()]
    assert lines[0] == {"recording": "resdev", "version": 1}
    asked = [(line["client"], line["action"], line["resource"]) for line in lines if "client" in line]
    assert asked == [("ws", "subscribe", "library.authors.1"), ("ws", "auth", "library.$auth")]
    assert "hunter2" not in recording.read_text()
    assert all(line["asked"] <= line["at"] for line in lines if "asked" in line)


async def test_a_file_that_is_no_recording_is_named_with_its_line(tmp_path):
    from harness.process import run

    recording = tmp_path / "notes.jsonl"
    recording.write_text('{"at": 1, "event": "event.a.b"}\n{"title": "x"}\n')
    ended = await run("replay", recording)
    assert ended.code == 1 and f"{recording}:2: no line of a recording" in ended.stderr
