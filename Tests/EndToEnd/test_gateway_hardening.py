"""What a gateway does about clients and services that ask for too much: a limit, a clear answer, and nobody else notices."""

import asyncio
import json
import os
import socket
import time

import pytest
import websockets

from harness.deadline import SECONDS, eventually
from harness.service import OPEN, model

MEGABYTE = 1 << 20


@pytest.fixture
async def broker(start):
    return await start("broker")


@pytest.fixture
async def gateway(start, broker):
    return await start("gateway", "--nats", broker.nats)


@pytest.fixture
async def service(join, broker):
    return await join(broker.nats, {"access.test.>": OPEN, "get.test.model": model(n=0)})


def memory(server):
    """Bytes of memory that a process holds."""
    with open(f"/proc/{server.process.pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))


def files(server):
    """How many files and sockets a process has open."""
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


async def raw(gateway):
    """A WebSocket without a reader of its own."""
    port = int(gateway.ready["ws"].rsplit(":", 1)[1].strip("/"))
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=64 * MEGABYTE)
    writer.write(
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


def frame(payload):
    """A masked text frame, its mask all zeros."""
    size = len(payload)
    header = bytes([0x81, 0x80 | size]) if size < 126 else (
        bytes([0x81, 0xFE]) + size.to_bytes(2, "big") if size < 1 << 16 else bytes([0x81, 0xFF]) + size.to_bytes(8, "big")
    )
    return header + bytes(4) + payload


async def test_a_client_that_stops_reading_is_dropped_and_harms_nobody(gateway, service, connect):
    other = await connect(gateway)
    await other.subscribe("test.model")
    _, writer = await raw(gateway)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    writer.transport.pause_reading()
    writer.write(frame(b'{"id":1,"method":"subscribe.test.model"}'))
    await eventually(lambda: len(service.asked("access.test.model")) == 2, "both are subscribed")
    connections = files(gateway)
    before = memory(gateway)
    text = "x" * 100_000
    count = 0
    for count in range(1, 1501):
        await service.event("test.model", "custom", {"n": count, "text": text})
        if count % 50 == 0:
            await other.until(lambda: other.events[-1][2]["n"] == count)
    await other.until(lambda: other.events[-1][2]["n"] == count)
    assert len(other.events) == count
    grown = memory(gateway) - before
    assert grown < 100 * MEGABYTE, f"{grown} bytes are held for a client that does not read"
    assert files(gateway) == connections - 1, "its connection is ended"
    writer.transport.abort()
    assert (await other.get("test.model")) == {}


async def test_one_client_has_so_many_requests_under_way_and_no_more(start, broker, service, connect):
    gateway = await start("gateway", "--nats", broker.nats, "--reqtimeout", 60_000)
    other = await connect(gateway)
    asked = []

    async def keep(message):
        asked.append(message)

    await service.nc.subscribe("auth.slow.method", cb=keep)
    await service.nc.flush()
    client = await websockets.connect(gateway.ws, proxy=None, max_size=None)
    for number in range(10_050):
        await client.send(json.dumps({"id": number, "method": "auth.slow.method"}))
    refused = [json.loads(await asyncio.wait_for(client.recv(), SECONDS)) for _ in range(50)]
    assert {answer["error"]["code"] for answer in refused} == {"system.requestLimitExceeded"}
    assert {answer["id"] for answer in refused} == set(range(10_000, 10_050))
    assert (await other.get("test.model"))["models"]
    await eventually(lambda: len(asked) == 10_000, "all others are asked")
    for message in asked:
        await message.respond(b'{"result":1}')
    answers = [json.loads(await asyncio.wait_for(client.recv(), SECONDS)) for _ in range(10_000)]
    assert all(answer["result"] == 1 for answer in answers)
    await client.send('{"id":1,"method":"get.test.model"}')
    assert "result" in json.loads(await asyncio.wait_for(client.recv(), SECONDS))
    await client.close()


@pytest.mark.parametrize("depth", [511, 513, 100_000])
async def test_deep_json_of_a_client_is_a_request_or_is_ignored(gateway, service, depth):
    await service.on("auth.test.model.method", {"result": None})
    text = '{"id":1,"method":"auth.test.model.method","params":' + "[" * depth + "]" * depth + "}"
    async with websockets.connect(gateway.ws, proxy=None, max_size=None) as client:
        await client.send(text)
        await client.send('{"id":2,"method":"version"}')
        answers = [json.loads(await asyncio.wait_for(client.recv(), SECONDS))["id"] for _ in range(2 if depth < 512 else 1)]
        assert sorted(answers) == ([1, 2] if depth < 512 else [2])


async def test_deep_json_over_http_is_refused(gateway, service):
    answer = await gateway.http.post("/api/test/model/method", "[" * 100_000 + "]" * 100_000)
    assert answer.status == 400
    assert answer.code == "system.badRequest"
    assert "nested" in answer.message


async def test_deep_json_of_a_service_is_its_error(gateway, service, connect):
    await service.on("get.test.deep", b'{"result":{"model":{"a":{"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}}}}")
    client = await connect(gateway)
    with pytest.raises(Exception, match="system.internalError"):
        await client.subscribe("test.deep")
    await client.subscribe("test.model")
    await service.publish("event.test.model.change", None)
    await service.nc.publish("event.test.model.custom", b"[" * 200_000)
    await service.event("test.model", "change", {"values": {"n": 1}})
    assert (await client.next_event())[2] == {"values": {"n": 1}}


async def test_a_request_larger_than_the_bus_takes_is_refused(gateway, service, connect):
    client = await connect(gateway)
    with pytest.raises(Exception, match="system.invalidRequest") as caught:
        await client.auth("test.model", "method", "x" * (MEGABYTE + 10))
    assert "1048576" in str(caught.value)
    assert (await client.get("test.model"))["models"]


async def test_a_message_larger_than_the_limit_ends_its_connection_alone(gateway, service, connect):
    other = await connect(gateway)
    client = await websockets.connect(gateway.ws, proxy=None, max_size=None, compression=None)
    try:
        await client.send("x" * (32 * MEGABYTE))
    except websockets.ConnectionClosed:
        pass
    await asyncio.wait_for(client.wait_closed(), SECONDS)
    assert client.close_code == 1009
    assert (await other.get("test.model"))["models"]


async def test_a_body_that_comes_too_slowly_holds_nobody_up(gateway, service):
    port = int(gateway.ready["ws"].rsplit(":", 1)[1].strip("/"))
    writers = []
    for _ in range(50):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /api/test/model/method HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
        writers.append(writer)
    for _ in range(3):
        for writer in writers:
            writer.write(b" ")
        start = time.monotonic()
        assert (await gateway.http.get("/api/test/model")).status == 200
        assert time.monotonic() - start < 2
    for writer in writers:
        writer.close()
    await eventually(lambda: files(gateway) < 30, lambda: f"{files(gateway)} files are open")


async def test_a_body_over_the_limit_is_refused(gateway, service):
    answer = await gateway.http.request("POST", "/api/test/model/method", b" " * (17 * MEGABYTE))
    assert answer.status == 413


async def test_many_connects_and_disconnects_leave_nothing(gateway, service):
    async def visit(requests):
        reader, writer = await raw(gateway)
        if requests:
            writer.write(frame(b'{"id":1,"method":"subscribe.test.model"}'))
            await reader.readexactly(10)
        writer.transport.abort()

    async def rounds(count, width):
        for number in range(count):
            await asyncio.gather(*(visit((number + index) % 2) for index in range(width)))

    await rounds(20, 100)  # 2,000, after which everything has its size
    await eventually(lambda: files(gateway) < 30, lambda: f"{files(gateway)} files are open")
    before = memory(gateway)
    await rounds(60, 100)
    await eventually(lambda: files(gateway) < 30, lambda: f"{files(gateway)} files are open")
    grown = memory(gateway) - before
    assert grown < 8 * MEGABYTE, f"{grown} bytes more after 6,000 connections more"
    assert (await gateway.http.get("/api/test/model")).status == 200


async def test_what_a_client_left_under_way_is_forgotten(gateway, service, connect):
    await service.on("get.test.slow", None)
    for _ in range(200):
        reader, writer = await raw(gateway)
        writer.write(frame(b'{"id":1,"method":"subscribe.test.slow"}') + frame(b'{"id":2,"method":"auth.test.x.slow"}'))
        writer.transport.abort()
    client = await connect(gateway)
    assert (await client.subscribe("test.model")) == {"n": 0}


async def test_references_without_end_are_followed_beside_everything_else(gateway, service, connect):
    """Each resource references the next one."""
    async def answer(message):
        number = int(message.subject.rsplit(".", 1)[1])
        await message.respond(json.dumps(model(next={"rid": f"chain.{number + 1}"})).encode())

    await service.nc.subscribe("get.chain.*", cb=answer)
    await service.on("access.chain.>", OPEN)
    client = await websockets.connect(gateway.ws, proxy=None, max_size=None)
    other = await connect(gateway)
    await client.send('{"id":1,"method":"subscribe.chain.1"}')
    for _ in range(20):
        assert (await other.get("test.model"))["models"]
    await client.close()
    assert (await other.get("test.model"))["models"]
