"""Clients of the broker with nkeys, JWTs, accounts, permissions and hashed passwords, and a reload under them."""

import asyncio
import base64
import signal
import time

import nats
import pytest
from harness.nats_jwt import ACCOUNT_LIMITS, Key, account_jwt, jwt, user_jwt
from harness.nats_program import NATSProgram
from harness.process import binary
from nats.aio.client import Client


@pytest.fixture
def broker(resources, tmp_path):
    """Starts the broker with a configuration file."""

    async def started(text):
        program = tmp_path / "nats-server"
        program.symlink_to(binary())
        server = NATSProgram(program, tmp_path, text)
        resources.push_async_callback(server.stop)
        return await server.start()

    return started


@pytest.fixture
def join(resources):
    """Connects a nats-py client that does not come back by itself, and gathers the errors it is told of."""

    async def joined(server, nkey=None, key=None, token=None, **options):
        client = Client()
        client.errors = []

        async def note(error):
            client.errors.append(str(error))

        if key is not None:
            options["signature_cb"] = lambda nonce: base64.b64encode(key.sign(nonce.encode()))
        if nkey is not None:
            client._public_nkey = nkey
        if token is not None:
            options["user_jwt_cb"] = lambda: bytearray(token.encode())
        await client.connect(server.url, error_cb=note, allow_reconnect=False, connect_timeout=5, **options)
        resources.push_async_callback(client.close)
        return client

    return joined


async def until(condition, seconds=5):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        await asyncio.sleep(0.01)


async def test_nkey(broker, join):
    key = Key("user")
    server = await broker(f"authorization {{ users [ {{nkey: {key.public}, permissions: {{publish: ok}}}} ] }}")
    client = await join(server, nkey=key.public, key=key)
    await client.publish("no", b"")
    await client.flush()
    await until(lambda: client.errors)
    assert 'permissions violation for publish to "no"' in client.errors[0].lower()
    with pytest.raises(Exception, match="(?i)authorization violation"):
        await join(server, nkey=key.public, key=Key("user"))


@pytest.fixture
def chain():
    """An operator, an account that offers a service, one that uses it, and a signing key of the first."""
    class Chain:
        operator, offers, uses, signer = Key("operator"), Key("account"), Key("account"), Key("account")

        def configuration(self, **claims):
            accounts = {
                self.offers: account_jwt(self.offers, self.operator, {
                    "signing_keys": [self.signer.public], "limits": ACCOUNT_LIMITS,
                    "exports": [{"name": "q", "subject": "q", "type": "service"}], **claims}),
                self.uses: account_jwt(self.uses, self.operator, {
                    "imports": [{"name": "q", "subject": "q", "account": self.offers.public, "local_subject": "ask",
                                 "type": "service"}]}),
            }
            preload = "\n".join(f"{key.public}: {text}" for key, text in accounts.items())
            operator = jwt("operator", self.operator, self.operator)
            return f"operator: {operator}\nresolver: MEMORY\nresolver_preload {{\n{preload}\n}}\n"

    return Chain()


async def test_jwt(broker, join, chain):
    server = await broker(chain.configuration())
    service_key, asker_key = Key("user"), Key("user")
    service = await join(server, key=service_key,
                         token=user_jwt(service_key, chain.signer, {"issuer_account": chain.offers.public}))
    asker = await join(server, key=asker_key, token=user_jwt(asker_key, chain.uses))

    async def answer(message):
        await message.respond(b"yes, " + message.data)

    await service.subscribe("q", cb=answer)
    await service.flush()
    assert (await asker.request("ask", b"Ann", timeout=5)).data == b"yes, Ann"
    with pytest.raises(nats.errors.NoRespondersError):
        await asker.request("q", b"", timeout=5)
    with pytest.raises(Exception, match="(?i)authorization violation"):
        await join(server, key=Key("user"), token=user_jwt(asker_key, chain.uses))


async def test_jwt_expires(broker, join, chain):
    server = await broker(chain.configuration())
    key = Key("user")
    client = await join(server, key=key, token=user_jwt(key, chain.uses, exp=int(time.time()) + 2))
    await until(lambda: client.is_closed)
    assert any("user authentication expired" in error.lower() for error in client.errors)


async def test_jwt_is_revoked(broker, join, chain):
    server = await broker(chain.configuration())
    gone, kept = Key("user"), Key("user")
    clients = [await join(server, key=key, token=user_jwt(key, chain.offers)) for key in (gone, kept)]
    server.file.write_text(chain.configuration(revocations={gone.public: int(time.time()) + 100}))
    server.process.send_signal(signal.SIGHUP)
    await until(lambda: clients[0].is_closed)
    assert any("user authentication revoked" in error.lower() for error in clients[0].errors)
    await clients[1].flush()


# "secret", at the usual cost.
HASH = "$2a$11$abcdefghijklmnopqrstuuViuGI07N4McP9Kl.tD6XMEzyuvcY8LG"


async def test_hashed_password_does_not_stop_the_others(broker, join):
    server = await broker(f'authorization {{ users [ {{user: a, password: "{HASH}"}}, {{user: b, password: p}} ] }}')
    other = await join(server, user="b", password="p")
    attempts = asyncio.gather(*(join(server, user="a", password="wrong") for _ in range(4)), return_exceptions=True)
    longest = 0.0
    while not attempts.done():
        start = time.monotonic()
        await other.flush()
        longest = max(longest, time.monotonic() - start)
    assert all("authorization violation" in str(error).lower() for error in await attempts)
    assert longest < 0.5
    assert (await join(server, user="a", password="secret")).is_connected


async def test_reload(broker, join):
    text = "authorization {{ users [ {{user: a, password: p{permissions}}}, {{user: b, password: {password}}} ] }}"
    server = await broker(text.format(permissions="", password="p"))
    a, b = await join(server, user="a", password="p"), await join(server, user="b", password="p")
    await a.subscribe("lost")
    await a.subscribe("kept")
    await a.flush()
    server.file.write_text(text.format(permissions=", permissions: {subscribe: kept}", password="q"))
    server.process.send_signal(signal.SIGHUP)
    await until(lambda: b.is_closed and a.errors)
    assert any("authorization violation" in error.lower() for error in b.errors)
    assert 'permissions violation for subscription to "lost" (sid "1")' in a.errors[0].lower()
    await a.flush()
    assert (await join(server, user="b", password="q")).is_connected
