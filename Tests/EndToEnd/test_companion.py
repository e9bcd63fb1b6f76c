"""A command that runs beside the server: what it is told, and how each ends the other."""

import json
import os
import signal
import sys

import pytest

from harness.deadline import eventually
from harness.process import run

PORTS = ["--port", 0, "--nats-port", 0]


def python(code):
    return ["--", sys.executable, "-c", code]


async def test_it_is_told_where_the_server_is_and_its_output_passes_through(library_db):
    ended = await run("serve", library_db, *PORTS, *python("""if 1:
        import json, os, sys, urllib.request
        book = json.load(urllib.request.urlopen(os.environ["RES_HTTP_URL"] + "/api/library/books/42"))
        print(json.dumps([book["id"], os.environ["RES_URL"], os.environ["NATS_URL"], os.environ["OWN"]]))
        print("to stderr", file=sys.stderr)"""), env={"OWN": "kept", "NATS_URL": "nats://elsewhere"})
    answer = json.loads(ended.stdout.splitlines()[-1])
    assert answer[0] == 42 and answer[1].startswith("ws://127.0.0.1:") and answer[3] == "kept"
    assert answer[2].startswith("nats://127.0.0.1:")
    assert "to stderr\n" in ended.stderr
    assert ended.code == 0


@pytest.mark.parametrize("code, status", [("raise SystemExit(3)", 3), ("import os; os.kill(os.getpid(), 9)", 137)])
async def test_its_end_ends_the_server_with_its_status(library_db, code, status):
    ended = await run("serve", library_db, *PORTS, *python(code))
    assert ended.code == status
    assert f"status={status}" in ended.stderr


async def test_what_is_behind_the_dashes_is_the_command_s_alone(library_db):
    ended = await run("serve", library_db, *PORTS, "--", sys.executable, "-c", "import sys; print(sys.argv[1:])",
                      "--port", "x", "--", "--help")
    assert (ended.code, ended.stdout.splitlines()[-1]) == (0, "['--port', 'x', '--', '--help']")


@pytest.mark.parametrize("program, reason", [("no-such-program", "No such file"), ("/etc/passwd", "Permission denied")])
async def test_a_command_that_cannot_start_is_named(library_db, tmp_path, program, reason):
    ready = tmp_path / "ready.json"
    ended = await run("serve", library_db, *PORTS, "--ready-file", ready, "--", program, "x")
    assert ended.code == 1
    assert f"cannot start '{program} x': {program}: {reason}" in ended.stderr
    assert not ready.exists()


async def test_the_server_s_end_ends_all_that_it_started(start, library_db):
    server = await start("serve", library_db, command=["sh", "-c", "sleep 100 & echo pids $$ $!; wait"])
    line = await eventually(lambda: next((line for line in server.stdout.splitlines() if line.startswith("pids ")), None),
                            "the command runs")
    await server.stop(seconds=3)
    for pid in map(int, line.split()[1:]):
        assert not is_running(pid)


async def test_what_a_command_leaves_behind_is_ended(library_db):
    ended = await run("serve", library_db, *PORTS, "--", "sh", "-c", "sleep 100 & echo pid $!; exit 4")
    assert ended.code == 4
    (pid,) = [int(line.split()[1]) for line in ended.stdout.splitlines() if line.startswith("pid ")]
    assert not is_running(pid)


async def test_signals_are_passed_on_and_a_second_one_does_not_wait(start, library_db):
    server = await start("serve", library_db, command=[sys.executable, "-uc", """if 1:
        import signal, time
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
            signal.signal(number, lambda number, frame: print("got", signal.Signals(number).name))
        print("waiting")
        while True: time.sleep(1)"""])

    async def says(text):
        await eventually(lambda: text in server.stdout.splitlines(), f"the command says {text}")

    await says("waiting")
    server.process.send_signal(signal.SIGUSR1)
    await says("got SIGUSR1")
    server.process.send_signal(signal.SIGINT)
    await says("got SIGINT")
    assert server.running and (await server.http.get("/api/library/books/42")).status == 200
    await server.stop(seconds=3)


def is_running(pid):
    """Whether a process runs; one that waits to be asked how it ended does not."""
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
