"""NATS over WebSocket: at the broker's own port, and at /nats of the gateway's."""

import asyncio
import json
import os
import random
import socket
import struct

import pytest
import websockets

HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{more}\r\n"
)


def unused_port():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return bound.getsockname()[1]


@pytest.fixture
def start_broker(start, tmp_path, library_db, server_certificate):
    """Starts a broker whose WebSocket listener has these settings; returns it and the listener's port."""

    async def started(settings="", general="", secure=False):
        certificate, key = server_certificate
        tls = f'tls {{ cert_file: "{certificate}", key_file: "{key}" }}' if secure else "no_tls: true"
        path, port = tmp_path / "resdev.conf", unused_port()
        path.write_text(
            f'broker {{\n{general}\nwebsocket {{ host: "127.0.0.1", port: {port}\n{tls}\n{settings}\n}}\n}}\n'
        )
        return await start("serve", library_db, "--config", path), port

    return started


async def nats_over(reader_port, **options):
    """The HTTP answer to a handshake, and the connection."""
    path, host, more = options.get("path", "/"), options.get("host", "localhost"), options.get("more", "")
    reader, writer = await asyncio.open_connection("127.0.0.1", reader_port)
    writer.write(HANDSHAKE.format(path=path, host=host, more=more).encode())
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).decode()
    return head, reader, writer


async def round_trip(nc):
    async def answer(message):
        await message.respond(message.data + b"!")

    await nc.subscribe("ws.echo", cb=answer)
    assert (await nc.request("ws.echo", b"abc", timeout=5)).data == b"abc!"


async def test_nats_py_over_ws(start_broker, nats_connect):
    server, port = await start_broker()
    over_ws = await nats_connect(f"ws://127.0.0.1:{port}")
    await round_trip(over_ws)
    over_tcp = await nats_connect(server.nats)
    got = await over_ws.subscribe("many")
    await over_ws.flush()
    for number in range(2_000):
        await over_tcp.publish("many", b"%d" % number, headers={"n": str(number)} if number % 2 else None)
    for number in range(2_000):
        assert (await got.next_msg(5)).data == b"%d" % number
    large = b"y" * 1_000_000
    back = await over_tcp.subscribe("large")
    await over_tcp.flush()
    await over_ws.publish("large", large)
    assert (await back.next_msg(5)).data == large


async def test_nats_py_over_wss(start_broker, authority, nats_connect):
    _, port = await start_broker(secure=True)
    nc = await nats_connect(f"wss://localhost:{port}", tls=authority.context())
    assert nc._server_info["tls_required"] is True and nc._server_info["port"] == port
    await round_trip(nc)


async def test_info_names_the_listener(start_broker):
    _, port = await start_broker()
    async with websockets.connect(f"ws://127.0.0.1:{port}/any/path") as client:
        line = await client.recv()
        info = json.loads(line.decode().removeprefix("INFO "))
        assert info["port"] == port and "tls_required" not in info


@pytest.mark.parametrize("compressed", [False, True])
async def test_a_session_whatever_the_frames(start_broker, compressed):
    """The same bytes, cut into frames and fragments at random places, with control frames between."""
    _, port = await start_broker("compression: true")
    generator = random.Random(7)
    protocol = b"CONNECT {\"verbose\":false,\"headers\":true,\"no_responders\":true}\r\nSUB a.> 1\r\n"
    expected = b""
    for number in range(60):
        body = bytes(generator.randrange(97, 123) for _ in range(generator.choice([0, 1, 10, 200, 5_000])))
        protocol += b"PUB a.%d %d\r\n%s\r\n" % (number, len(body), body)
        expected += b"MSG a.%d 1 %d\r\n%s\r\n" % (number, len(body), body)
    protocol += b"PING\r\n"
    for _ in range(5):
        got = b""
        async with websockets.connect(
            f"ws://127.0.0.1:{port}/", compression="deflate" if compressed else None, max_size=None
        ) as client:
            assert (await client.recv()).startswith(b"INFO ")
            start = 0
            while start < len(protocol):
                pieces = []
                for _ in range(generator.choice([1, 1, 3])):
                    end = start + generator.choice([1, 2, 7, 50, 1_000, 8_000])
                    pieces.append(protocol[start:end])
                    start = end
                await client.send(pieces if len(pieces) > 1 else pieces[0])
                if generator.random() < 0.1:
                    await (await client.ping())
            while not got.endswith(b"PONG\r\n"):
                got += await asyncio.wait_for(client.recv(), 5)
        assert got == expected + b"PONG\r\n"


async def test_compression_is_agreed_on_without_context(start_broker):
    _, port = await start_broker("compression: true")
    head, _, writer = await nats_over(port, more="Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n")
    assert (
        "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n" in head
    )
    writer.close()


async def test_no_compression_unless_configured(start_broker):
    _, port = await start_broker()
    head, _, writer = await nats_over(port, more="Sec-WebSocket-Extensions: permessage-deflate\r\n")
    assert head.startswith("HTTP/1.1 101 ") and "Extensions" not in head
    writer.close()


def masked(opcode, payload, final=True):
    key = os.urandom(4)
    length = (
        bytes([0x80 | len(payload)]) if len(payload) < 126
        else b"\xfe" + struct.pack(">H", len(payload)) if len(payload) < 65_536
        else b"\xff" + struct.pack(">Q", len(payload))
    )
    return bytes([(0x80 if final else 0) | opcode]) + length + key + bytes(b ^ key[i & 3] for i, b in enumerate(payload))


async def read_frame(reader):
    first, second = await reader.readexactly(2)
    length = second & 0x7F
    if length == 126:
        (length,) = struct.unpack(">H", await reader.readexactly(2))
    elif length == 127:
        (length,) = struct.unpack(">Q", await reader.readexactly(8))
    return first, await reader.readexactly(length)


async def test_browsers_get_frames_of_4096_bytes(start_broker):
    _, port = await start_broker()
    _, reader, writer = await nats_over(port, more="User-Agent: Mozilla/5.0 (X11) Chrome/120\r\n")
    await read_frame(reader)
    writer.write(masked(2, b"CONNECT {\"verbose\":false}\r\nSUB a 1\r\nPUB a 10000\r\n" + b"z" * 10_000 + b"\r\nPING\r\n"))
    got, sizes = b"", []
    while not got.endswith(b"PONG\r\n"):
        first, payload = await asyncio.wait_for(read_frame(reader), 5)
        assert first == 0x82
        sizes.append(len(payload))
        got += payload
    assert got == b"MSG a 1 10000\r\n" + b"z" * 10_000 + b"\r\nPONG\r\n"
    assert max(sizes) == 4_096
    writer.close()


async def test_a_frame_without_a_mask_ends_the_connection(start_broker):
    _, port = await start_broker()
    _, reader, writer = await nats_over(port)
    await read_frame(reader)
    writer.write(b"\x82\x06PING\r\n")
    first, payload = await asyncio.wait_for(read_frame(reader), 5)
    assert first == 0x88 and struct.unpack(">H", payload[:2]) == (1002,)
    writer.close()


async def test_a_close_frame_says_why(start_broker):
    _, port = await start_broker(general='authorization { user: u, password: p }')
    _, reader, writer = await nats_over(port)
    await read_frame(reader)
    writer.write(masked(2, b"CONNECT {\"user\":\"u\",\"pass\":\"wrong\"}\r\n"))
    first, payload = await asyncio.wait_for(read_frame(reader), 5)
    assert (first, payload) == (0x82, b"-ERR 'Authorization Violation'\r\n")
    first, payload = await asyncio.wait_for(read_frame(reader), 5)
    assert first == 0x88 and struct.unpack(">H", payload[:2]) == (1008,) and payload[2:] == b"Authentication Failure"
    writer.close()


@pytest.mark.parametrize(
    "request_text, status",
    [
        (HANDSHAKE.replace("GET", "POST"), 405),
        (HANDSHAKE.replace("Upgrade: websocket\r\n", ""), 400),
        (HANDSHAKE.replace("Connection: Upgrade", "Connection: close"), 400),
        (HANDSHAKE.replace("Version: 13", "Version: 12"), 400),
        (HANDSHAKE.replace("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", ""), 400),
    ],
)
async def test_what_is_no_handshake_is_answered(start_broker, request_text, status):
    _, port = await start_broker()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request_text.format(path="/", host="localhost", more="").encode())
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).decode()
    assert head.startswith(f"HTTP/1.1 {status} ") and "Sec-Websocket-Version: 13\r\n" in head
    writer.close()


@pytest.mark.parametrize(
    "settings, origin, host, allowed",
    [
        ("same_origin: true", "http://localhost:{port}", "localhost:{port}", True),
        ("same_origin: true", "http://localhost", "localhost:{port}", False),
        ("same_origin: true", "http://LOCALHOST", "localhost", True),
        ("same_origin: true", "https://localhost", "localhost", False),
        ("same_origin: true", None, "localhost", True),
        ("same_origin: true", "null", "localhost", False),
        ('allowed_origins: ["http://good.example"]', "http://good.example:80", "x", True),
        ('allowed_origins: ["http://good.example"]', "https://good.example", "x", False),
        ('allowed_origins: ["http://good.example"]', "http://bad.example", "x", False),
        ('allowed_origins: ["http://good.example"]', None, "x", True),
    ],
)
async def test_origins(start_broker, settings, origin, host, allowed):
    _, port = await start_broker(settings)
    more = f"Origin: {origin.format(port=port)}\r\n" if origin else ""
    head, _, writer = await nats_over(port, host=host.format(port=port), more=more)
    assert head.startswith("HTTP/1.1 101 " if allowed else "HTTP/1.1 403 ")
    writer.close()


async def test_cookies_stand_in_for_connect(start_broker):
    _, port = await start_broker(
        'user_cookie: "nu", pass_cookie: "np", token_cookie: "nt"', general="authorization { user: u, password: secret }"
    )
    for cookie, good in [("nu=u; np=secret", True), ('a=b; nu="u"; np=secret', True), ("nu=u; np=wrong", False)]:
        _, reader, writer = await nats_over(port, more=f"Cookie: {cookie}\r\n")
        await read_frame(reader)
        writer.write(masked(2, b"CONNECT {\"verbose\":false}\r\nPING\r\n"))
        _, payload = await asyncio.wait_for(read_frame(reader), 5)
        assert (payload.startswith(b"PONG\r\n")) == good, cookie
        writer.close()


async def test_configured_headers_stand_in_the_answer(start_broker):
    _, port = await start_broker('headers { "X-Hello": "world" }')
    head, _, writer = await nats_over(port)
    assert "X-Hello: world\r\n" in head
    writer.close()


async def test_a_slow_handshake_is_given_up(start_broker):
    _, port = await start_broker('handshake_timeout: "500ms"')
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: ")
    answer = await asyncio.wait_for(reader.read(), 4)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 408 ")
    writer.close()


async def test_serve_has_nats_at_a_path_of_its_port(server, nats_connect):
    over_ws = await nats_connect(server.ws.rstrip("/") + "/nats")
    over_tcp = await nats_connect(server.nats)
    got = await over_ws.subscribe("hello")
    await over_ws.flush()
    await over_tcp.publish("hello", b"there")
    assert (await got.next_msg(5)).data == b"there"
    reply = await over_ws.request("get.library", b"", timeout=5)
    assert json.loads(reply.data)
    assert (await server.http.request("GET", "/nats")).status == 400
