"""The embedded broker, seen by ordinary NATS clients.

What holds of any NATS broker is asked of a real nats-server as well, which keeps these tests honest.
"""

import asyncio
import json
from urllib.parse import urlsplit

import nats.errors
import pytest
from nats.aio.msg import Msg

from harness.deadline import eventually
from harness.nats_server import NATSServer


@pytest.fixture(params=["resdev", "nats-server"])
async def broker(request, start, resources, tmp_path):
    """The address of a broker."""
    if request.param == "resdev":
        return (await start("broker")).nats
    server = NATSServer(tmp_path)
    resources.push_async_callback(server.stop)
    return (await server.start()).url


@pytest.fixture
async def nc(broker, nats_connect):
    return await nats_connect(broker)


class Mailbox:
    """The messages a subscription was given."""

    def __init__(self):
        self.messages: list[Msg] = []

    async def take(self, msg):
        self.messages.append(msg)

    @property
    def data(self):
        return [msg.data for msg in self.messages]


@pytest.mark.parametrize("pattern, subject, matches", [
    ("a.b", "a.b", True), ("a.b", "a.c", False), ("a.b", "a.b.c", False), ("a.b", "A.b", False),
    ("a.*", "a.b", True), ("a.*", "a", False), ("a.*", "a.b.c", False), ("*.b", "a.b", True), ("*", "a", True),
    ("a.>", "a.b", True), ("a.>", "a.b.c", True), ("a.>", "a", False), (">", "a.b.c", True),
    ("a.*.c", "a.b.c", True), ("a.*.c", "a.b.d", False), ("*.*.>", "a.b.c.d", True), ("*.*.>", "a.b", False),
    ("grüße.*", "grüße.öl", True),
])
async def test_a_subscription_gets_the_subjects_its_pattern_covers(nc, pattern, subject, matches):
    box = Mailbox()
    await nc.subscribe(pattern, cb=box.take)
    last = await nc.subscribe("the.last.one.of.all")
    await nc.publish(subject, b"data")
    await nc.publish("the.last.one.of.all")
    await last.next_msg(timeout=5)
    got = [(msg.subject, msg.data) for msg in box.messages if msg.subject != "the.last.one.of.all"]
    assert got == ([(subject, b"data")] if matches else [])


async def test_messages_of_one_publisher_arrive_in_their_order(broker, nats_connect):
    box, count = Mailbox(), 20_000
    subscriber, publisher = await nats_connect(broker), await nats_connect(broker)
    await subscriber.subscribe("numbers", cb=box.take)
    await subscriber.flush()
    for number in range(count):
        await publisher.publish("numbers", b"%d" % number)
    await publisher.flush()
    await eventually(lambda: len(box.messages) == count, lambda: f"{count} messages come, not {len(box.messages)}", 30)
    assert box.data == [b"%d" % number for number in range(count)]


async def test_every_subscription_gets_its_copy(nc):
    boxes = [Mailbox() for _ in range(5)]
    for box in boxes:
        await nc.subscribe("copy", cb=box.take)
    await nc.publish("copy", b"x")
    await eventually(lambda: all(box.data == [b"x"] for box in boxes), "each gets one")


async def test_a_queue_group_shares_the_messages_out(broker, nats_connect, nc):
    members, bystander = [Mailbox() for _ in range(3)], Mailbox()
    for box in members:
        member = await nats_connect(broker)
        await member.subscribe("jobs.*", queue="workers", cb=box.take)
        await member.flush()
    await nc.subscribe("jobs.>", cb=bystander.take)
    for number in range(300):
        await nc.publish("jobs.a", b"%d" % number)
    await eventually(lambda: sum(len(box.messages) for box in members) >= 300, "300 jobs are taken")
    await nc.flush()
    taken = sorted(int(data) for box in members for data in box.data)
    assert taken == list(range(300))
    assert all(box.messages for box in members)
    assert len(bystander.messages) == 300


async def test_headers_arrive_as_they_were_sent(nc):
    box = Mailbox()
    await nc.subscribe("head", cb=box.take)
    headers = {"X-One": "1", "x-two": "a b: c", "Nats-Msg-Id": "7"}
    await nc.publish("head", b"body", headers=headers)
    await nc.publish("head", b"", headers=headers)
    await eventually(lambda: len(box.messages) == 2, "two messages come")
    assert [(msg.headers, msg.data) for msg in box.messages] == [(headers, b"body"), (headers, b"")]


async def test_a_request_is_replied_to(nc, broker, nats_connect):
    responder = await nats_connect(broker)

    async def answer(msg):
        await msg.respond(msg.data.upper())

    await responder.subscribe("shout", cb=answer)
    await responder.flush()
    answers = await asyncio.gather(*(nc.request("shout", b"m%d" % n, timeout=5) for n in range(100)))
    assert [msg.data for msg in answers] == [b"M%d" % n for n in range(100)]


async def test_a_request_nobody_listens_to_fails_at_once(nc):
    with pytest.raises(nats.errors.NoRespondersError):
        await nc.request("nobody", b"", timeout=5)


async def test_an_unsubscribed_subscription_gets_nothing_more(nc):
    box = Mailbox()
    subscription = await nc.subscribe("a", cb=box.take)
    await nc.publish("a", b"1")
    await nc.flush()
    await subscription.unsubscribe()
    await nc.publish("a", b"2")
    await nc.flush()
    assert box.data in ([b"1"], [])  # the client may drop what it had not handed over yet
    with pytest.raises(nats.errors.NoRespondersError):
        await nc.request("a", b"", timeout=5)


async def test_a_subscription_may_end_after_a_number_of_messages(nc):
    box = Mailbox()
    subscription = await nc.subscribe("few", cb=box.take)
    await subscription.unsubscribe(limit=3)
    for number in range(10):
        await nc.publish("few", b"%d" % number)
    await nc.flush()
    await eventually(lambda: len(box.messages) >= 3, "three messages come")
    await nc.flush()
    assert box.data == [b"0", b"1", b"2"]


async def test_a_client_without_echo_does_not_hear_itself(broker, nats_connect):
    silent, other = await nats_connect(broker, no_echo=True), await nats_connect(broker)
    box = Mailbox()
    await silent.subscribe("echo", cb=box.take)
    await silent.publish("echo", b"own")
    await silent.flush()
    await other.publish("echo", b"foreign")
    await eventually(lambda: box.data, "a message comes")
    assert box.data == [b"foreign"]


async def test_drain_hands_over_everything_then_closes(nc, broker, nats_connect):
    box, publisher = Mailbox(), await nats_connect(broker)
    await nc.subscribe("drain", cb=box.take)
    await nc.flush()
    for number in range(1000):
        await publisher.publish("drain", b"%d" % number)
    await publisher.flush()
    await nc.drain()
    assert nc.is_closed
    assert len(box.messages) == 1000


@pytest.mark.parametrize("size", [0, 1, 4095, 65536, 1 << 20])
async def test_a_payload_of_any_size_up_to_the_limit_arrives_unchanged(nc, size):
    box = Mailbox()
    payload = bytes(n * 31 % 251 for n in range(size))
    await nc.subscribe("big", cb=box.take)
    await nc.publish("big", payload)
    await eventually(lambda: box.messages, "the message comes")
    assert nc.max_payload == 1 << 20
    assert box.data == [payload]


async def test_INFO_says_what_the_server_is_and_can_do(broker):
    url = urlsplit(broker)
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    line = await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    assert line.startswith(b"INFO {") and line.endswith(b"\r\n")
    info = json.loads(line[5:])
    assert {"server_id", "version", "proto", "host", "port", "max_payload", "headers", "client_id"} <= set(info)
    assert (info["proto"], info["headers"], info["max_payload"], info["port"]) == (1, True, 1 << 20, url.port)


async def converse(broker, text):
    """Sends raw protocol and returns what comes back until the broker answers a PING or closes."""
    url = urlsplit(broker)
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    await reader.readline()  # INFO
    writer.write(b'CONNECT {"verbose":false,"pedantic":false}\r\n' + text)
    answer = b""
    try:
        while b"PONG" not in answer and (piece := await asyncio.wait_for(reader.read(1 << 16), 5)):
            answer += piece
    except ConnectionResetError:
        pass  # closed with some of the text unread
    finally:
        writer.close()
    return answer


@pytest.mark.parametrize("text, error", [
    (b"FLY away\r\n", b"Unknown Protocol Operation"),
    (b"PUB big 1048577\r\n", b"Maximum Payload Violation"),
    (b"PUB " + b"x" * 5000 + b" 0\r\n", b"maximum control line exceeded"),
    (b"PUB a -1\r\n", None),
    (b"PUB a 99999999999999999999999\r\n", None),
    (b"PUB a 3\r\nabcdef\r\n", b"Unknown Protocol Operation"),
    (b"SUB\r\n", None),
    (b"HPUB a 20 10\r\n", None),
])
async def test_bad_protocol_closes_that_connection_with_an_error_where_one_is_defined(broker, nats_connect, text, error):
    other = await nats_connect(broker)
    answer = await converse(broker, text + b"PING\r\n")
    assert b"PONG" not in answer
    if error:
        assert answer.startswith(b"-ERR '" + error), answer
    await other.flush()  # the others go on


async def test_an_invalid_subject_is_an_error_and_the_connection_goes_on(broker):
    answer = await converse(broker, b"SUB a..b 1\r\nPING\r\n")
    assert b"-ERR 'Invalid Subject'" in answer and b"PONG" in answer


async def test_messages_split_at_every_byte_arrive(broker, nc):
    box = Mailbox()
    await nc.subscribe("split.>", cb=box.take)
    await nc.flush()
    url = urlsplit(broker)
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    text = b'CONNECT {"headers":true}\r\nPUB split.a 5\r\nhello\r\nHPUB split.b r 20 22\r\nNATS/1.0\r\nA: bcd\r\n\r\nhi\r\nPING\r\n'
    for at in range(len(text)):
        writer.write(text[at:at + 1])
        await writer.drain()
    await eventually(lambda: len(box.messages) == 2, "two messages come")
    writer.close()
    assert box.data == [b"hello", b"hi"]
    assert (box.messages[1].reply, box.messages[1].headers) == ("r", {"A": "bcd"})


async def test_rows_can_be_read_and_written_from_NATS(server, nats_connect):
    nc = await nats_connect(server.nats)
    got = json.loads((await nc.request("get.library.books.42", b"{}")).data)
    assert got["result"]["model"]["id"] == 42
    access = json.loads((await nc.request("access.library.books.42", b'{"cid":"x"}')).data)
    assert access["result"] == {"get": True, "call": "*"}
    answer = json.loads((await nc.request("call.library.books.42.set", b'{"params":{"pages":5}}')).data)
    assert "error" not in answer
    assert json.loads((await nc.request("get.library.books.42", b"")).data)["result"]["model"]["pages"] == 5


async def test_every_change_can_be_followed_from_NATS(server, nats_connect, http):
    nc, box = await nats_connect(server.nats), Mailbox()
    await nc.subscribe("event.library.>", cb=box.take)
    await nc.flush()
    await http.patch("/api/library/books/42", {"pages": 5})
    await eventually(lambda: box.messages, "an event comes")
    assert (box.messages[0].subject, json.loads(box.messages[0].data)) == (
        "event.library.books.42.change", {"values": {"pages": 5}})


@pytest.mark.parametrize("payload", [b"garbage", b"[]", b'{"query":5}', b"{" * 100_000, b"\xff"])
@pytest.mark.parametrize("subject", ["get.library.books.42", "call.library.books.42.set", "access.library.books"])
async def test_a_request_that_is_none_is_answered_by_the_store_all_the_same(server, nats_connect, subject, payload):
    nc = await nats_connect(server.nats)
    answer = json.loads((await nc.request(subject, payload, timeout=5)).data)
    assert ("result" in answer) != ("error" in answer)
    again = await nc.request("get.library.books.42", b"{}", timeout=5)
    assert json.loads(again.data)["result"]["model"]["id"] == 42
