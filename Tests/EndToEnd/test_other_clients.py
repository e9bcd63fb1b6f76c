"""NATS clients that others wrote, in Rust, Python, C and Go, at the embedded broker."""

import asyncio
import os
import subprocess
from pathlib import Path

import natsrpy
import pytest
from natsio.client import ClientConfig, NATSCore

from harness.broker import Broker, ours
from harness.deadline import eventually
from harness.nats_jwt import Key, account_jwt, credentials, jwt, user_jwt


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


# MARK: libnats (C) and nats.go

CLIENTS = Path(__file__).parent / "clients"
STEPS = ["connect", "publish subscribe headers", "request", "queue", "limit"]


@pytest.fixture(scope="session", params=["c", "go"])
def program(request, tmp_path_factory):
    """A client program, built once."""
    path = tmp_path_factory.mktemp("client") / request.param
    if request.param == "c":
        command = ["cc", CLIENTS / "client.c", "-o", path, "-lnats"]
    else:
        command = ["go", "build", "-o", path, CLIENTS / "client.go"]
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode"}
    built = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)
    assert built.returncode == 0, built.stderr
    return path


async def steps(program, *arguments):
    process = await asyncio.create_subprocess_exec(
        program, *map(str, arguments), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    text = (await asyncio.wait_for(process.communicate(), 30))[0].decode()
    assert process.returncode == 0, text
    return [line.removeprefix("ok ") for line in text.splitlines()]


async def test_another_language_does_everything_and_comes_back(program, start, free_port):
    first = await start("broker", "--port", free_port, ports=False)
    process = await asyncio.create_subprocess_exec(program, first.nats, "reconnect", stdout=asyncio.subprocess.PIPE)
    said = []

    async def until(word):
        while word not in said:
            line = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
            assert line.startswith("ok "), (said, line)
            said.append(line.removeprefix("ok ").strip())

    await until("waiting")
    await first.stop()
    await start("broker", "--port", free_port, ports=False)
    await until("drain")
    assert await asyncio.wait_for(process.wait(), 10) == 0
    assert said == STEPS + ["waiting", "reconnect", "again", "drain"]


async def test_another_language_signs_in(program, resources, tmp_path, authority):
    operator, account, key, user = Key("operator"), Key("account"), Key("user"), Key("user")
    certificate, private = authority.issue("server")
    creds, seed = tmp_path / "user.creds", tmp_path / "user.nk"
    creds.write_text(credentials(user_jwt(user, account), user))
    seed.write_text(key.seed)
    for name, text, arguments in (
        ("user", "authorization { user: ann, password: secret }", ["user", "ann", "secret"]),
        ("key", f"authorization {{ users: [{{nkey: {key.public}}}] }}",
         ["seed", key.public, seed]),
        ("jwt", f"operator: {jwt('operator', operator, operator)}\nresolver: MEMORY\n"
                f"resolver_preload {{ {account.public}: {account_jwt(account, operator)} }}", ["creds", creds]),
        ("tls", f'tls {{ cert_file: "{certificate}", key_file: "{private}" }}', ["ca", authority.file]),
    ):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "server.conf").write_text(f'listen: "127.0.0.1:-1"\n{text}\n')
        broker = Broker(ours(tmp_path), folder, "-c", folder / "server.conf")
        resources.push_async_callback(broker.stop)
        await broker.start()
        url = broker.url.replace("127.0.0.1", "localhost")
        assert await steps(program, url, *arguments) == STEPS + ["drain"], name


async def test_rust_signs_in_with_a_key(rust, resources, tmp_path):
    key = Key("user")
    folder = tmp_path / "nkey"
    folder.mkdir()
    (folder / "server.conf").write_text(f'listen: "127.0.0.1:-1"\nauthorization {{ users: [{{nkey: {key.public}}}] }}\n')
    broker = Broker(ours(tmp_path), folder, "-c", folder / "server.conf")
    resources.push_async_callback(broker.stop)
    await broker.start()
    client = await rust(broker.url, nkey=key.seed)
    await client.flush()
