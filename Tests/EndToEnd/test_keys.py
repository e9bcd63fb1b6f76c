"""Keys of the terminal that a server runs on."""

import signal
import sys

import pytest

from harness.deadline import eventually
from harness.process import LIBRARY

PORTS = ["--port", 0, "--nats-port", 0]


async def test_keys_do_what_the_help_says(terminal, connect, tmp_path):
    opener = tmp_path / "open"
    opener.write_text(f"#!/bin/sh\necho \"$1\" > '{tmp_path}/opened.new' && mv '{tmp_path}/opened.new' '{tmp_path}/opened'\n")
    opener.chmod(0o755)
    server = await terminal("serve", LIBRARY, *PORTS, env={"BROWSER": str(opener)})
    http = await server.ready()
    assert not server.takes_lines
    server.press("h")
    await server.shows("h  this list\n(.*\n)*.*q  quit\n")
    server.press("o")
    await server.shows(r"opening http://127\.0\.0\.1:\d+/\n")
    await eventually(lambda: (tmp_path / "opened").exists(), "the browser was called")
    assert (tmp_path / "opened").read_text().startswith("http://127.0.0.1:")
    for latency, rules in (("200 ms", ["client latency=200ms"]), ("1000 ms", ["client latency=1000ms"]), ("none", [])):
        server.press("l")
        await server.shows(f"latency: {latency}\n")
        assert [rule["text"] for rule in (await http.get("/api/$sys/chaos")).json()["rules"]] == rules
    server.press("xyz\x1b[Aq"[:6])
    server.press("q")
    assert await server.ended() == 0
    assert server.takes_lines


async def test_sockets_are_dropped_and_the_data_is_reset(terminal, tmp_path):
    from harness.res_client import RESClient

    server = await terminal("serve", LIBRARY, *PORTS, "--ready-file", tmp_path / "ready.json")
    http = await server.ready()
    import json
    client = await RESClient.connect(json.loads((tmp_path / "ready.json").read_text())["ws"], "1.2.3")
    await client.subscribe("library.books.42")
    server.press("d")
    await server.shows("dropped 1 WebSockets\n")
    await eventually(lambda: client.closed_with is not None, "the client was dropped")
    await client.close()
    before = (await http.get("/api/library/books/42")).json()
    await http.patch("/api/library/books/42", {"title": "Lost"})
    server.press("rh")
    await server.shows("press r once more to reset the data\n(.*\n)*.*q  quit\n")
    assert (await http.get("/api/library/books/42")).json()["title"] == "Lost"
    server.press("r")
    await server.shows("press r once more")
    server.press("r")
    await server.shows("library: is as its source says\n")
    assert (await http.get("/api/library/books/42")).json() == before


async def test_a_file_goes_back_to_its_latest_snapshot(terminal, library_db):
    server = await terminal("serve", library_db, *PORTS)
    http = await server.ready()
    server.press("rr")
    await server.shows("library: is a file that is served in place, and there is no snapshot of it")
    for title in ("First", "Second"):
        await http.patch("/api/library/books/42", {"title": title})
        assert (await http.post("/api/$sys/database/library/snapshot", {"name": title})).status == 204
    await http.patch("/api/library/books/42", {"title": "Lost"})
    server.press("rr")
    await server.shows("library: is as in the snapshot Second\n")
    assert (await http.get("/api/library/books/42")).json()["title"] == "Second"


@pytest.mark.parametrize("end", ["Ctrl-C", signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGABRT, signal.SIGSEGV])
async def test_the_terminal_is_as_before_however_it_ends(terminal, library_db, end):
    server = await terminal("serve", library_db, *PORTS)
    await server.ready()
    assert not server.takes_lines
    if end == "Ctrl-C":
        server.press("\x03")
    else:
        server.process.send_signal(end)
    assert await server.ended() == (-end if end in (signal.SIGABRT, signal.SIGSEGV) else 0)
    assert server.takes_lines


async def test_the_terminal_is_the_shell_s_while_the_process_rests(terminal, library_db):
    server = await terminal("serve", library_db, *PORTS)
    await server.ready()
    server.press("\x1a")
    await eventually(lambda: server.takes_lines, "the terminal is as before")
    server.process.send_signal(signal.SIGCONT)
    await eventually(lambda: not server.takes_lines, "keys are read again")
    server.press("q")
    assert await server.ended() == 0


async def test_a_command_beside_the_server_leaves_the_keys_to_it(terminal, library_db):
    server = await terminal("serve", library_db, *PORTS, "--", sys.executable, "-c",
                            "import sys; print('reading', flush=True); print('read', repr(sys.stdin.read()), flush=True)")
    await server.ready()
    await server.shows("reading")
    server.press("h")
    await server.shows("q  quit")
    assert "read ''" not in server.text
    server.press("q")
    assert await server.ended() == 0


async def test_a_terminal_that_is_closed_ends_the_server(terminal, library_db, tmp_path):
    (tmp_path / "resdev.conf").write_text("log_level: info")
    server = await terminal("serve", library_db, *PORTS, cwd=tmp_path)
    await server.ready()
    server.hang_up()
    assert await server.ended() == 0


async def test_without_a_terminal_nothing_is_said_of_keys(server):
    assert "press h" not in server.text
