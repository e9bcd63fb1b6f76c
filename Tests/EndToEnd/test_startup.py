"""What resdev says when it starts, and what it does about ports, flags and commands."""

import asyncio
import json
import re
import signal

import pytest

from harness.process import LIBRARY, run

TABLES = ["authors", "books", "book_genres", "members", "loans", "reviews"]


@pytest.fixture
async def script(start):
    return await start("serve", LIBRARY)


async def test_a_script_is_loaded_into_memory_and_served(script):
    assert (await script.http.get("/api/library/books/42")).json()["id"] == 42
    assert (await script.http.patch("/api/library/books/42", {"pages": 5})).status == 204


async def test_the_banner_says_in_at_most_12_lines_what_there_is(script, sql):
    lines = script.stdout.splitlines()
    assert 0 < len(lines) <= 12
    text = script.stdout
    for address in script.ready.values():
        assert address in text
    for table in TABLES:
        (count,) = sql(f"SELECT count(*) FROM {table}")[0]
        assert re.search(rf"{re.escape(script.ready['http'])}/api/library/{table}\b.*\b{count}\b", text), (table, count)
    assert "curl " in text
    assert "nats " in text and "sub" in text


async def test_the_curl_line_of_the_banner_works(script):
    (command,) = re.findall(r"curl .*", script.stdout)
    process = await asyncio.create_subprocess_shell(
        f"{command} --fail --silent --show-error", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    stdout, stderr = await process.communicate()
    assert process.returncode == 0, stderr


async def test_a_banner_for_a_file_or_pipe_is_plain(script):
    assert "\x1b" not in script.text


async def test_the_ready_file_names_what_accepts_connections(script):
    assert set(script.ready) == {"http", "ws", "nats"}
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/?", script.ready["http"])
    assert re.fullmatch(r"ws://127\.0\.0\.1:\d+/?", script.ready["ws"])
    assert re.fullmatch(r"nats://127\.0\.0\.1:\d+/?", script.ready["nats"])


async def test_logs_in_JSON_are_one_object_a_line(start, library_db):
    server = await start("serve", library_db, "--log", "json", "--log-level", "debug")
    await server.http.get("/api/library/books/42")
    await server.stop()
    lines = server.stderr.splitlines()
    assert lines
    for line in lines:
        entry = json.loads(line)
        assert isinstance(entry, dict) and entry["level"] and entry["message"], line


async def test_several_sources_are_served_side_by_side(start, library_db, tmp_path):
    script = tmp_path / "shop.sql"
    script.write_text("CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT);\nINSERT INTO items VALUES (1, 'pen');\n")
    server = await start("serve", library_db, script)
    assert (await server.http.get("/api/library/books/42")).status == 200
    assert (await server.http.get("/api/shop/items/1")).json() == {"id": 1, "name": "pen"}


async def test_name_replaces_the_name_of_the_file(start, library_db):
    server = await start("serve", library_db, "--name", "shelves")
    assert (await server.http.get("/api/shelves/books/42")).status == 200
    assert (await server.http.get("/api/library/books/42")).status == 404


async def test_a_busy_port_is_left_to_its_owner_and_the_next_free_one_taken(start, library_db, busy_port):
    server = await start("serve", library_db, "--port", busy_port, "--nats-port", 0, ports=False)
    assert int(server.ready["http"].rstrip("/").rpartition(":")[2]) > busy_port
    assert f"{busy_port}" in server.text and "python" in server.text
    assert (await server.http.get("/api/library/books/42")).status == 200


async def test_a_busy_NATS_port_is_handled_the_same(start, library_db, busy_port):
    server = await start("serve", library_db, "--port", 0, "--nats-port", busy_port, ports=False)
    assert int(server.ready["nats"].rstrip("/").rpartition(":")[2]) > busy_port
    assert f"{busy_port}" in server.text


@pytest.mark.parametrize("flags", [["--port", "BUSY", "--nats-port", "0"], ["--port", "0", "--nats-port", "BUSY"]])
async def test_strict_port_fails_instead(library_db, busy_port, flags):
    flags = [str(busy_port) if flag == "BUSY" else flag for flag in flags]
    ended = await run("serve", library_db, "--strict-port", *flags)
    assert ended.code != 0
    assert str(busy_port) in ended.stderr and "python" in ended.stderr


@pytest.mark.parametrize("arguments, words", [
    ([], ["serve", "broker", "gateway", "store"]),
    (["serve"], ["SOURCE", "--db", "--name", "--addr", "--port", "--nats-port", "--nats", "--ready-file", "--strict-port",
                 "--log", "--log-level"]),
    (["broker"], ["--addr", "--port"]),
    (["gateway"], ["--nats", "--addr", "--port"]),
    (["store"], ["SOURCE", "--nats"]),
])
async def test_help_names_every_command_and_flag(arguments, words):
    ended = await run(*arguments, "--help")
    assert ended.code == 0 and ended.stderr == ""
    for word in words:
        assert word.lower() in ended.stdout.lower(), word
    assert max(map(len, ended.stdout.splitlines())) <= 100


@pytest.mark.parametrize("arguments, nearest", [
    (["serv", "x.db"], "serve"),
    (["brokr"], "broker"),
    (["gatway"], "gateway"),
    (["serve", "x.db", "--prot", "80"], "--port"),
    (["serve", "x.db", "--strictport"], "--strict-port"),
    (["broker", "--adr", "1"], "--addr"),
])
async def test_a_misspelt_command_or_flag_is_an_error_that_suggests_the_nearest(arguments, nearest):
    ended = await run(*arguments)
    assert ended.code not in (0, -signal.SIGILL, -signal.SIGSEGV)
    assert nearest in ended.stderr


@pytest.mark.parametrize("arguments, word", [
    (["serve", LIBRARY, "--port", "65536"], "65536"),
    (["serve", LIBRARY, "--port=-1"], "-1"),
    (["serve", LIBRARY, "--port", "http"], "http"),
    (["serve", LIBRARY, "--addr", "not an address"], "not an address"),
    (["serve", LIBRARY, "--log", "xml"], "xml"),
    (["serve", LIBRARY, "--log-level", "loud"], "loud"),
    (["serve", LIBRARY, "--nats", "http://x"], "http://x"),
    (["gateway"], "--nats"),
    (["store", LIBRARY], "--nats"),
    (["store", "--nats", "nats://127.0.0.1:1"], "source"),
])
async def test_a_flag_with_a_value_it_cannot_have_is_an_error_that_names_it(arguments, word):
    ended = await run(*arguments)
    assert ended.code > 0
    assert word in ended.stderr.lower() if word.islower() else word in ended.stderr
