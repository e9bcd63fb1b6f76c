"""What a hostile NATS client can do to the broker: nothing to anybody else, and little to its memory.

`scripts/harden` runs the same with the numbers of `LONG`, which take minutes."""

import asyncio
import os
import random
import resource
import socket
import struct
import threading
import time

import pytest

from harness import broker as brokers
from harness.broker import Broker, RawClient
from harness.deadline import eventually

LONG = os.environ.get("HARDEN") == "long"
MEGABYTE = 1 << 20


@pytest.fixture
def start_broker(resources, tmp_path):
    program = brokers.ours(tmp_path)
    count = 0

    async def started(text="", *arguments):
        nonlocal count
        count += 1
        folder = tmp_path / f"broker-{count}"
        folder.mkdir()
        if text:
            (folder / "b.conf").write_text(f"listen: 127.0.0.1:-1\nhttp: 127.0.0.1:-1\n{text}\n")
            arguments = ["-c", folder / "b.conf", *arguments]
        broker = Broker(program, folder, *arguments)
        resources.push_async_callback(broker.stop)
        return await broker.start()

    return started


def memory(broker):
    """Resident bytes."""
    with open(f"/proc/{broker.pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def files(broker):
    """How many files and sockets it has open."""
    return len(os.listdir(f"/proc/{broker.pid}/fd"))


async def serves(broker, seconds=10.0):
    """An ordinary client is served, in time."""
    start = time.monotonic()

    def ask():
        client = RawClient(broker.address)
        client.send("SUB hello 1\r\nPUB hello 2\r\nhi\r\nPING\r\n")
        text = client.until("hi\r\n")
        client.close()
        return text

    assert "MSG hello 1 2\r\nhi" in await asyncio.to_thread(ask)
    assert time.monotonic() - start < seconds


async def test_a_connect_that_comes_too_slowly_is_given_up(start_broker):
    broker = await start_broker("authorization { user: a, password: b, timeout: 1 }")
    slow = [socket.create_connection(broker.address) for _ in range(200)]
    start = time.monotonic()
    text = b'CONNECT {"user":"a","pass":"b","name":"' + b"x" * 200

    def drip():
        position = 0
        while time.monotonic() - start < 0.8:
            for connection in slow:
                connection.send(text[position:position + 1])
            position += 1
            time.sleep(0.02)

    await asyncio.to_thread(drip)

    def ends():
        for connection in slow:
            connection.settimeout(5)
            received = b""
            try:
                while chunk := connection.recv(4096):
                    received += chunk
            except ConnectionResetError:
                pass
            assert received.endswith(b"-ERR 'Authentication Timeout'\r\n"), received

    await asyncio.to_thread(ends)
    assert time.monotonic() - start < 4
    await eventually(lambda: files(broker) < 40, lambda: f"{files(broker)} files are open")


async def test_half_open_connections_are_found_out(start_broker):
    """The other side is gone without a word, as when its machine lost power: nothing of it is ever heard again."""
    broker = await start_broker('ping_interval: "200ms"\nping_max: 2\nwrite_deadline: "1s"')
    quiet = [RawClient(broker.address) for _ in range(50)]
    for client in quiet:
        client.send("SUB a 1\r\n")
    await eventually(lambda: files(broker) < 40, lambda: f"{files(broker)} files are open", 5)
    closed = (await broker.ask("/connz?state=closed&limit=100"))["connections"]
    assert {connection["reason"] for connection in closed if connection["subscriptions"]} == {"Stale Connection"}
    # Half closed: who only ends its own side is let go at once.
    client = RawClient(broker.address)
    client.socket.shutdown(socket.SHUT_WR)
    client.rest(2)


@pytest.mark.parametrize("count", [1_000, 100_000])
async def test_header_bombs_are_messages_like_others(start_broker, count):
    broker = await start_broker()
    block = b"NATS/1.0\r\n" + b"a:\r\n" * count + b"\r\n"
    client = RawClient(broker.address)
    client.send("SUB a 1\r\n")
    client.send(b"HPUB a %d %d\r\n" % (len(block), len(block)) + block + b"\r\n")
    client.until(block.decode() + "\r\n")
    # Without the end of a line, and over the limit by one byte.
    client.send(b"HPUB a %d %d\r\n" % (MEGABYTE, MEGABYTE) + b"x" * MEGABYTE + b"\r\n")
    client.until("x\r\n")
    client.send(b"HPUB a 4 %d\r\n" % (MEGABYTE + 1))
    assert client.rest().endswith("-ERR 'Maximum Payload Violation'\r\n")
    await serves(broker)


async def test_subjects_of_as_many_tokens_as_fit(start_broker):
    broker = await start_broker()
    before = memory(broker)
    client = RawClient(broker.address)
    for number in range(20):
        longest = ".".join("a" * 1 for _ in range(2_040)) + f".{number}"
        client.send(f"SUB {longest} {number}\r\nSUB {longest.replace('a', '*', 1_000)} w{number}\r\n")
    client.send("PING\r\n")
    client.until("PONG\r\n")
    subject = ".".join("a" for _ in range(2_040)) + ".7"
    start = time.monotonic()
    for _ in range(50):
        client.send(f"PUB {subject} 0\r\n\r\n")
    client.send("PING\r\n")
    text = client.until("PONG\r\n")
    assert text.count("MSG ") == 100
    assert time.monotonic() - start < 2
    assert memory(broker) - before < 64 * MEGABYTE
    other = RawClient(broker.address)
    other.send("SUB " + ".".join("a" for _ in range(4_096)) + " 1\r\n")
    assert other.rest().endswith("-ERR 'maximum control line exceeded'\r\n")
    wide = await start_broker("max_control_line: 65536")
    client = RawClient(wide.address)
    subject = ".".join("a" for _ in range(4_096))
    client.send(f"SUB {subject} 1\r\nSUB a.{'*.' * 4_094}* 2\r\nSUB {'*.' * 4_000}> 3\r\nPUB {subject} 0\r\n\r\nPING\r\n")
    assert client.until("PONG\r\n").count("MSG ") == 3
    client.send("UNSUB 1\r\nUNSUB 2\r\nUNSUB 3\r\n" + f"PUB {subject} 0\r\n\r\n" + "PING\r\n")
    assert client.until("PONG\r\n") == "PONG\r\n"
    # As deep as matching goes, and one deeper.
    client.send(f"SUB {'*.' * 8_191}* 4\r\nPUB {'a.' * 8_191}a 0\r\n\r\nSUB {'*.' * 8_192}* 5\r\nPING\r\n")
    text = client.until("PONG\r\n")
    assert text.startswith("MSG ") and text.endswith("\r\n\r\n-ERR 'Invalid Subject'\r\nPONG\r\n")
    client.close()
    await serves(wide)


async def test_ten_thousand_connects_and_disconnects_leave_nothing(start_broker):
    broker = await start_broker()
    own = (await broker.ask("/varz"))["subscriptions"]
    sends = [
        b"", b"CONN", b'CONNECT {"verbose":false}\r\nSUB a.b 1\r\nPING\r\n', b"PUB a 100\r\nhalf", b"SUB > 1\r\nPUB a 1\r\nx\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
    ]

    def storm(count):
        for number in range(count):
            connection = socket.create_connection(broker.address)
            connection.send(sends[number % len(sends)])
            if number % 3 == 0:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()

    await asyncio.to_thread(storm, 2_000)
    await eventually(lambda: files(broker) < 40, lambda: f"{files(broker)} files are open")
    warm = memory(broker)
    await asyncio.to_thread(storm, 100_000 if LONG else 8_000)
    await eventually(lambda: files(broker) < 40, lambda: f"{files(broker)} files are open")
    assert memory(broker) - warm < 16 * MEGABYTE
    state = await broker.ask("/varz")
    assert (state["connections"], state["subscriptions"]) == (0, own)
    await serves(broker)


async def test_garbage_of_all_kinds_harms_nobody(start_broker):
    broker = await start_broker()
    chance = random.Random(7)
    words = [b"PUB ", b"SUB ", b"UNSUB ", b"CONNECT ", b"HPUB ", b"PING\r\n", b"MSG ", b"+OK\r\n", b"-ERR ", b"INFO {", b"\r\n",
             b" ", b"a.b", b"99999999999999999999", b"-1", b"{", b"\x00", b"\xff\xfe", b"\x16\x03\x01", b"*", b">", b"1", b"\n"]

    def throw(count):
        for _ in range(count):
            connection = socket.create_connection(broker.address)
            connection.settimeout(5)
            text = b"".join(chance.choice(words) for _ in range(chance.randrange(1, 60)))
            if chance.random() < 0.3:
                text = chance.randbytes(chance.randrange(1, 5_000))
            try:
                connection.sendall(text)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65_536):
                    pass
            except OSError:
                pass
            connection.close()

    before = memory(broker)
    await asyncio.to_thread(throw, 50_000 if LONG else 2_000)
    await serves(broker)
    assert memory(broker) - before < 32 * MEGABYTE
    await eventually(lambda: files(broker) < 40, lambda: f"{files(broker)} files are open")


async def test_one_message_to_clients_that_do_not_read_is_not_copied_for_each(start_broker):
    """48 kB to many subscribers; all of them together take little more than the system's own buffers."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    count = min(10_000 if LONG else 200, hard - 500)
    broker = await start_broker('write_deadline: "60s"')
    stuck = []

    def gather():
        for _ in range(count):
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            connection.connect(broker.address)
            connection.sendall(b'CONNECT {"verbose":false}\r\nSUB a 1\r\n')
            stuck.append(connection)

    await asyncio.to_thread(gather)
    publisher = RawClient(broker.address)
    # Fills the system's buffers first, so that what comes then has to wait in the broker.
    for _ in range(60):
        publisher.send(b"PUB a 48000\r\n" + b"x" * 48_000 + b"\r\nPING\r\n")
        publisher.until("PONG\r\n", 60)
    before = memory(broker)
    publisher.send(b"PUB a 48000\r\n" + b"y" * 48_000 + b"\r\nPING\r\n")
    publisher.until("PONG\r\n", 60)
    grown = memory(broker) - before
    print(f"{count} clients, {grown / MEGABYTE:.1f} MB more for one message, {before / MEGABYTE:.1f} MB before")
    assert grown < count * 4_800 + 8 * MEGABYTE, f"{grown} bytes for one message to {count}"
    assert before < 600 * MEGABYTE
    for connection in stuck:
        connection.close()
    await serves(broker)


async def test_five_hundred_messages_of_a_megabyte_arrive(start_broker):
    broker = await start_broker()
    subscriber, publisher = RawClient(broker.address), RawClient(broker.address)
    subscriber.send("SUB big 1\r\nPING\r\n")
    subscriber.until("PONG\r\n")
    message = b"PUB big %d\r\n" % MEGABYTE + b"x" * MEGABYTE + b"\r\n"
    total = 500 * (len(b"MSG big 1 1048576\r\n") + MEGABYTE + 2)

    def publish():
        for _ in range(500):
            publisher.send(message)

    def receive():
        left, buffer = total, bytearray(1 << 20)
        while left > 0:
            size = subscriber.socket.recv_into(buffer, min(left, len(buffer)))
            assert size, f"closed with {left} bytes to come"
            left -= size

    before = memory(broker)
    start = time.monotonic()
    publishing = threading.Thread(target=publish)
    publishing.start()
    await asyncio.to_thread(receive)
    publishing.join()
    assert time.monotonic() - start < 20
    assert memory(broker) - before < 200 * MEGABYTE


async def test_a_stuck_client_is_gone_in_two_seconds_and_the_publisher_goes_on(start_broker):
    broker = await start_broker("max_pending: 1048576")
    stuck = RawClient(broker.address)
    stuck.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    healthy = RawClient(broker.address)
    healthy.send("SUB other 1\r\n")
    stuck.send("SUB a 1\r\nPING\r\n")
    stuck.until("PONG\r\n")
    publisher = RawClient(broker.address)
    start = time.monotonic()

    def publish():
        for _ in range(100):
            publisher.send(b"PUB a 1000000\r\n" + b"x" * 1_000_000 + b"\r\n")
        publisher.send("PUB other 2\r\nhi\r\nPING\r\n")
        publisher.until("PONG\r\n")

    await asyncio.to_thread(publish)
    assert time.monotonic() - start < 5, "the publisher's flush returns"
    healthy.until("hi\r\n")

    async def is_gone():
        state = await broker.ask("/connz?state=closed")
        return any(connection["reason"] == "Slow Consumer (Pending Bytes)" for connection in state["connections"])

    while not await is_gone():
        assert time.monotonic() - start < 2 + 5, "it is closed"
        await asyncio.sleep(0.02)
    assert (await broker.ask("/varz"))["slow_consumers"] == 1
    await serves(broker)


async def test_a_client_that_does_not_read_its_pongs_is_ended(start_broker):
    broker = await start_broker('max_pending: 1048576\nwrite_deadline: "500ms"')
    before = memory(broker)
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    connection.settimeout(10)
    connection.connect(broker.address)

    def flood():
        try:
            while True:
                connection.sendall(b"PING\r\n" * 1_000)
        except ConnectionError:
            pass

    await asyncio.to_thread(flood)
    (closed,) = (await broker.ask("/connz?state=closed"))["connections"]
    assert closed["reason"].startswith("Slow Consumer"), closed
    assert memory(broker) - before < 32 * MEGABYTE
    await serves(broker)
    connection.close()


async def test_without_free_descriptors_those_who_are_there_are_served(start_broker):
    broker = await start_broker()
    first = RawClient(broker.address)
    _, hard = resource.prlimit(broker.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(broker.pid, resource.RLIMIT_NOFILE, (files(broker) + 20, hard))
    crowd = [socket.create_connection(broker.address) for _ in range(100)]

    def worked():
        with open(f"/proc/{broker.pid}/stat") as file:
            return sum(map(int, file.read().rsplit(")", 1)[1].split()[11:13])) / os.sysconf("SC_CLK_TCK")

    first.send("SUB a 1\r\nPUB a 2\r\nhi\r\n")
    first.until("hi\r\n")
    before = worked()
    await asyncio.sleep(1)
    assert worked() - before < 0.5, "it does not try without end"
    for connection in crowd:
        connection.close()
    await serves(broker)
