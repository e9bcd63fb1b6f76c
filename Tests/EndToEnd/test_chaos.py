"""What goes wrong on purpose: only where it was asked for, and the same way with the same seed."""

import asyncio
import time

import pytest

from harness.deadline import eventually
from harness.process import run


async def timed(request):
    start = time.monotonic()
    answer = await request
    return answer, time.monotonic() - start


async def fates(http, count=40):
    return [(await http.get("/api/library/authors/1")).status for _ in range(count)]


async def test_nothing_goes_wrong_unless_asked(server, http):
    assert set(await fates(http)) == {200}
    assert (await http.get("/api/$sys/chaos")).json()["rules"] == []


async def test_latency_delays_every_request_and_not_those_for_the_server_itself(start, library_db):
    server = await start("serve", library_db, "--latency", "200ms±50")
    assert "chaos: client latency=200ms±50ms" in server.stdout
    answer, took = await timed(server.http.get("/api/library/authors/1"))
    assert (answer.status, 0.14 < took < 1.0) == (200, True)
    assert (await timed(server.http.get("/api/$sys/chaos")))[1] < 0.14


async def test_the_same_seed_brings_the_same_errors(start, library_db):
    runs = []
    for seed in (7, 7, 8):
        server = await start("serve", library_db, "--error-rate", "30%", "--seed", seed)
        runs.append(await fates(server.http))
        await server.stop()
    assert set(runs[0]) == {200, 503}
    assert runs[0] == runs[1] != runs[2]


async def test_a_request_asks_for_its_own_delay(http):
    for path, fields in (("?_delay=150ms", {}), ("", {"X-Resdev-Delay": "150ms"})):
        answer, took = await timed(http.get(f"/api/library/authors/1{path}", **fields))
        assert (answer.status, took >= 0.15) == (200, True), path
    assert len((await http.get("/api/library/authors?limit=2&_delay=1ms")).json()) == 2
    answer = await http.get("/api/library/authors/1?_delay=soon")
    assert (answer.status, answer.json()["message"]) == \
        (400, "X-Resdev-Delay or _delay: 'soon' is no latency, such as 200ms or 200ms±50ms")


async def test_connections_are_dropped(start, library_db):
    server = await start("serve", library_db, "--drop", "100%")
    with pytest.raises((ConnectionError, EOFError, AssertionError, OSError)):
        await server.http.get("/api/library/authors/1")


async def test_services_miss_requests_by_pattern(start, library_db):
    server = await start("serve", library_db, "--chaos", "service library.books.> timeouts=100%")
    assert (await server.http.get("/api/library/authors/1")).status == 200
    answer = await server.http.get("/api/library/books/1")
    assert (answer.status, answer.json()["code"]) == (404, "system.timeout")


async def test_slow_consumers_get_events_late_and_all_of_them(start, library_db, connect):
    server = await start("serve", library_db, "--stall", "300ms")
    await eventually(lambda: "chaos: client stall=300ms" in server.stdout, "the banner tells of it")
    client = await connect(server)
    await client.subscribe("library.books.42")
    arrivals = []
    for number in range(1, 61):
        await server.http.patch("/api/library/books/42", {"pages": number})
        await asyncio.sleep(0.02)
        if not arrivals or arrivals[-1] != client.models["library.books.42"]["pages"]:
            arrivals.append(client.models["library.books.42"]["pages"])
    await eventually(lambda: client.models["library.books.42"]["pages"] == 60, "the last change arrives")
    # What a client that keeps up sees in 60 steps comes in one step or two for each time it reads.
    assert len(arrivals) <= 30, arrivals


async def test_clients_of_the_server_s_own_resources_are_not_slow(start, library_db, connect):
    server = await start("serve", library_db, "--stall", "5s")
    client = await connect(server)
    await client.subscribe("$sys.chaos")
    await client.call("$sys.chaos", "clear")
    await eventually(lambda: client.models["$sys.chaos"]["rules"]["data"] == [], "the change arrives at once")


async def test_it_is_switched_while_the_server_runs(server, http):
    assert (await http.post("/api/$sys/chaos/set", {"rules": ["http library.books.> errors=100%"]})).status == 204
    assert (await http.get("/api/library/books/1")).status == 503
    assert (await http.get("/api/library/authors/1")).status == 200
    assert (await http.post("/api/$sys/chaos/set", {"rules": ["http errors=200%"]})).json()["message"] == \
        "Rule 0: '200%' is not between 0 and 100%"
    assert (await http.post("/api/$sys/chaos/clear", {})).status == 204
    assert (await http.get("/api/library/books/1")).status == 200


async def test_requests_on_a_slow_socket_stay_in_order(server, http, connect):
    client = await connect(server)
    await http.post("/api/$sys/chaos/set", {"rules": ["ws latency=30ms±30ms"]})
    for number in range(20):
        await client.call("library.books.42", "set", {"pages": number + 1})
    assert (await http.get("/api/library/books/42")).json()["pages"] == 20


async def test_wrong_options_are_named():
    ended = await run("serve", "x.db", "--latency", "fast")
    assert (ended.code, "'fast' is no latency, such as 200ms" in ended.text) == (64, True)
    ended = await run("serve", "x.db", "--chaos", "library errors=500%")
    assert (ended.code, "not between 0 and 100%" in ended.text) == (64, True)
