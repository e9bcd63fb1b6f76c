"""What a hostile client can do to the HTTP and WebSocket server: nothing to anybody else, and little to its memory."""

import asyncio
import os
import resource
import socket
import struct
from pathlib import Path

import pytest


def place(server):
    host, port = server.ready["http"].split("://")[1].rsplit(":", 1)
    return host, int(port)


def memory(server):
    """Resident bytes of the server."""
    pages = int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def answers(server, seconds=5):
    """Whether an ordinary client is served in time."""
    response = await asyncio.wait_for(server.http.request("GET", "/api/library/books"), seconds)
    return response.status == 200


async def exchange(server, request):
    """All that comes back to a request until the server closes, or says nothing more."""
    reader, writer = await asyncio.open_connection(*place(server))
    writer.write(request)
    received = b""
    try:
        while chunk := await asyncio.wait_for(reader.read(65_536), 0.5):
            received += chunk
    except (TimeoutError, ConnectionResetError):
        pass
    writer.close()
    return received


SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.mark.parametrize("head", [
    b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
    b"Content-Length: 5\r\nContent-Length: 6\r\n",
    b"Content-Length: 5, 6\r\n",
    b"Content-Length: +5\r\n",
    b"Content-Length: 0x5\r\n",
    b"Content-Length: -5\r\n",
    b"Content-Length: 99999999999999999999\r\n",
    b"Content-Length : 5\r\n",
    b"Transfer-Encoding: xchunked\r\n",
    b"Transfer-Encoding: chunked, identity\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n",
    b"Transfer-Encoding : chunked\r\n",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    b" Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding:\x0bchunked\r\n",
    b"X: a\r\n Content-Length: 5\r\n",
    b"X: a\nTransfer-Encoding: chunked\r\n\x00\r\n",
])
async def test_no_request_hides_in_another(server, head):
    """What two servers could read in two ways is refused, and nothing behind it is read."""
    request = b"POST /api/library/books/1/set HTTP/1.1\r\nHost: a\r\n" + head + b"\r\n0\r\n\r\n" + SMUGGLED
    received = await exchange(server, request)
    assert received.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 501 ", b"HTTP/1.1 413 ")), received
    assert received.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("chunks", [
    b"5;ext=\n\r\nhello\r\n0\r\n\r\n", b"g\r\nhello\r\n", b"-1\r\nhello\r\n",
    b"ffffffffffffffff\r\nhello\r\n", b"5\r\nhelloX\r\n0\r\n\r\n", b"5\r\nhello\r\n0\r\nContent-Length 5\r\n\r\n",
    b"5;" + b"x" * 300 + b"\r\nhello\r\n0\r\n\r\n",
])
async def test_chunks_that_can_be_read_in_two_ways_are_refused(server, chunks):
    request = b"POST /api/library/books/1/set HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
    received = await exchange(server, request + SMUGGLED)
    assert received.count(b"HTTP/1.1 ") == 1 and b"smuggled" not in received, received
    assert await answers(server)


async def test_slow_bodies_and_handshakes_harm_nobody(server):
    """Hundreds that send a byte now and then; whoever else comes is served at once."""
    starts = [
        b"POST /api/library/books/1/set HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n{",
        b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n",
        b"G",
        b"",
    ]
    before = memory(server)
    slow = []
    for number in range(800):
        connection = socket.create_connection(place(server))
        connection.send(starts[number % len(starts)])
        slow.append(connection)
    for _ in range(3):
        for connection in slow[::4]:
            connection.send(b" ")
        assert await answers(server)
    assert memory(server) - before < 64 << 20
    for connection in slow:
        connection.close()


async def test_twenty_thousand_connects_and_disconnects(server):
    """Bare, half a request, a whole one, an upgrade; closed in order or with a reset. Nothing of them stays."""
    upgrade = (
        b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    sends = [b"", b"GET / HT", b"GET /api/library/books/1 HTTP/1.1\r\nHost: a\r\n\r\n", upgrade]
    target = place(server)

    def storm(count):
        for number in range(count):
            connection = socket.create_connection(target)
            connection.send(sends[number % 4])
            if number % 3 == 0:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()

    # Who comes last waits until those before have been looked at.
    await asyncio.to_thread(storm, 4_000)
    assert await answers(server, 30)
    warm = memory(server)
    await asyncio.to_thread(storm, 16_000)
    assert await answers(server, 30)
    assert memory(server) - warm < 32 << 20
    descriptors = len(os.listdir(f"/proc/{server.process.pid}/fd"))
    assert descriptors < 200, "connections that are gone are closed"


async def test_without_free_descriptors_the_listener_rests(server):
    """Who is there is served, and who could not be let in is, once others have gone."""
    folder = f"/proc/{server.process.pid}"
    _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (len(os.listdir(folder + "/fd")) + 20, hard))
    crowd = [socket.create_connection(place(server)) for _ in range(100)]

    def worked():
        fields = Path(folder + "/stat").read_text().rsplit(")", 1)[1].split()
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")

    await asyncio.sleep(0.1)
    before = worked()
    await asyncio.sleep(1)
    assert worked() - before < 0.5, "it does not try without end"
    for connection in crowd:
        connection.close()
    assert await answers(server)
