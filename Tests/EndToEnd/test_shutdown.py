"""SIGINT and SIGTERM end everything in order, within a second, with exit status 0."""

import http.client
import signal
from urllib.parse import urlsplit

import pytest

from harness.deadline import eventually

SIGNALS = [signal.SIGINT, signal.SIGTERM]


@pytest.mark.parametrize("number", SIGNALS)
async def test_a_signal_closes_WebSockets_as_going_away(server, connect, number):
    clients = [await connect(server) for _ in range(5)]
    await server.stop(number)
    assert [await client.closed() for client in clients] == [1001] * 5


@pytest.mark.parametrize("number", SIGNALS)
async def test_an_event_that_happened_before_the_signal_still_arrives(server, connect, number):
    watching, writing = await connect(server), await connect(server)
    await watching.subscribe("library.books.42")
    for pages in range(1, 51):
        writing.send("call.library.books.42.set", {"pages": pages})
    await writing.until(lambda: len(writing.received) == 51)  # the version's answer and 50 replies
    await server.stop(number)
    await watching.closed()
    assert watching["library.books.42"]["pages"] == 50


async def test_idle_HTTP_connections_do_not_hold_it_up(server):
    connection = http.client.HTTPConnection(urlsplit(server.ready["http"]).netloc)
    connection.request("GET", "/api/library/books/42")
    connection.getresponse().read()
    await server.stop()
    connection.close()


async def test_NATS_clients_see_the_connection_end(server, nats_connect):
    closed = []

    async def see():
        closed.append(True)

    await nats_connect(server.nats, disconnected_cb=see)
    await server.stop()
    await eventually(lambda: closed, "the connection ends")


async def test_the_database_is_closed_and_complete(start, library_db, sql):
    sql("PRAGMA journal_mode = wal")
    server = await start("serve", library_db)
    await server.http.patch("/api/library/books/42", {"pages": 5})
    await server.stop()
    assert [path.name for path in library_db.parent.iterdir()] == ["library.db"]
    assert sql("SELECT pages FROM books WHERE id = 42") == [(5,)]


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("role", ["broker", "gateway", "store"])
async def test_each_role_ends_in_order(start, nats_server, library_db, role, number):
    arguments = {"broker": [], "gateway": ["--nats", nats_server.url], "store": [library_db, "--nats", nats_server.url]}
    server = await start(role, *arguments[role])
    await server.stop(number)


async def test_a_second_signal_while_ending_does_no_harm(server):
    server.process.send_signal(signal.SIGTERM)
    await server.stop(signal.SIGTERM)
