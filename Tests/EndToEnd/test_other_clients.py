"""NATS clients that others wrote, in Rust and in Python, at the embedded broker."""

import asyncio

import natsrpy
import pytest
from natsio.client import ClientConfig, NATSCore

from harness.broker import Broker, ours
from harness.deadline import eventually


@pytest.fixture
async def url(start):
    return (await start("broker")).nats


@pytest.fixture
def rust(url, resources):
    """Connects clients of async-nats, through natsrpy."""

    async def connected(address=None, **options):
        client = natsrpy.Nats([address or url], **options)
        await client.startup()
        resources.push_async_callback(client.shutdown)
        return client

    return connected


@pytest.fixture
def natsio(url, resources):
    async def connected(address=None):
        client = NATSCore(ClientConfig([address or url]))
        await client.connect()
        resources.push_async_callback(client.close)
        return client

    return connected


async def test_rust_publishes_to_python_and_back_with_headers(rust, nats_connect, url):
    client, python = await rust(), await nats_connect(url)
    box = await python.subscribe("greet.*")
    await python.flush()
    await client.publish("greet.world", b"hello", headers={"Lang": "en"})
    message = await box.next_msg(5)
    assert (message.subject, message.data, message.headers) == ("greet.world", b"hello", {"Lang": "en"})
    async with client.subscribe("answer.>") as messages:
        await client.flush()
        await python.publish("answer.a.b", b"back", headers={"X": "1"})
        message = await asyncio.wait_for(messages.__anext__(), 5)
        assert (message.subject, message.payload, message.headers["X"]) == ("answer.a.b", b"back", "1")


async def test_rust_requests_and_is_told_that_nobody_answers(rust, nats_connect, url):
    client, python = await rust(), await nats_connect(url)

    async def answer(message):
        await message.respond(message.data.upper())

    await python.subscribe("shout", cb=answer)
    await python.flush()
    assert (await client.request("shout", b"hey")).payload == b"HEY"
    with pytest.raises(Exception, match="(?i)no responders"):
        await client.request("nobody", b"hey")


async def test_rust_shares_a_queue_with_python(rust, nats_connect, url):
    client, python = await rust(), await nats_connect(url)
    taken = {"rust": 0, "python": 0}

    async def by_rust(message):
        taken["rust"] += 1

    async def by_python(message):
        taken["python"] += 1

    await python.subscribe("jobs", queue="workers", cb=by_python)
    async with client.subscribe("jobs", by_rust, queue="workers"):
        await client.flush()
        await python.flush()
        for _ in range(200):
            await python.publish("jobs", b"")
        await python.flush()
        await eventually(lambda: sum(taken.values()) == 200, "all messages are taken")
    assert sum(taken.values()) == 200 and min(taken.values()) > 50


async def test_rust_signs_in_with_password_token_and_key(rust, resources, tmp_path):
    for arguments, options in (
        (["--user", "ann", "--pass", "secret"], {"user_and_pass": ("ann", "secret")}),
        (["--auth", "t0ken"], {"token": "t0ken"}),
    ):
        broker = Broker(ours(tmp_path), tmp_path / arguments[0].strip("-"), *arguments)
        resources.push_async_callback(broker.stop)
        await broker.start()
        client = await rust(broker.url, **options)
        await client.flush()


async def test_rust_comes_back_when_the_broker_does(rust, start, free_port, nats_connect):
    first = await start("broker", "--port", free_port, ports=False)
    client = await rust(first.nats)
    heard = asyncio.Queue()

    async def hear(message):
        heard.put_nowait(message.payload)

    async with client.subscribe("news", hear):
        await client.flush()
        await first.stop()
        second = await start("broker", "--port", free_port, ports=False)
        publisher = await nats_connect(second.nats)

        async def publish():
            while heard.empty():
                await publisher.publish("news", b"again")
                await asyncio.sleep(0.05)

        await asyncio.wait_for(publish(), 20)
        assert await heard.get() == b"again"


async def test_natsio_subscribes_and_publishes(natsio, nats_connect, url):
    client, python = await natsio(), await nats_connect(url)
    box = await python.subscribe("tell")
    await python.flush()
    await client.publish("tell", b"it")
    assert (await box.next_msg(5)).data == b"it"
    mine = await client.subscribe("to.*")
    await client.flush()
    await python.publish("to.me", b"you")
    assert (await mine.next_msg(5)).payload == b"you"
