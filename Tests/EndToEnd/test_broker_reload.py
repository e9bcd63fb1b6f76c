"""A broker that takes other certificates and other accounts while it runs."""

import asyncio
import json
import signal
import urllib.request

import pytest

from harness import broker as brokers
from harness.broker import Broker
from harness.nats_jwt import Key, _part, account_jwt, jwt, user_jwt
from test_broker_accounts import join  # noqa: F401


@pytest.fixture
def start_broker(resources, tmp_path):
    async def started(text, *arguments):
        folder = tmp_path / "broker"
        folder.mkdir(exist_ok=True)
        (folder / "server.conf").write_text(text)
        broker = Broker(brokers.ours(tmp_path), folder, "-c", folder / "server.conf", *arguments)
        resources.push_async_callback(broker.stop)
        return await broker.start()

    return started


async def reload(broker, text):
    before = len(broker.log)
    (broker.folder / "server.conf").write_text(text)
    broker.send(signal.SIGHUP)
    await broker.logged(f"(?s)^.{{{before}}}.*(Reloaded server|Failed to reload)")
    return broker.log[before:]


def common_name(certificate):
    return dict(pair for group in certificate["subject"] for pair in group)["commonName"]


async def server_name(broker, context):
    """Whose certificate a client is shown that begins TLS behind INFO; None where INFO does not ask for it."""
    reader, writer = await asyncio.open_connection(*broker.address)
    info = json.loads((await reader.readline()).decode().removeprefix("INFO "))
    if not info.get("tls_required"):
        writer.close()
        return None
    await writer.start_tls(context, server_hostname="localhost")
    certificate = writer.get_extra_info("ssl_object").getpeercert()
    writer.close()
    return common_name(certificate)


async def test_tls_is_turned_on_and_off_and_certificates_change(start_broker, authority):
    def text(name):
        certificate, key = authority.issue(name)
        return f'listen: "127.0.0.1:-1"\ntls {{ cert_file: "{certificate}", key_file: "{key}" }}\n'

    plain = 'listen: "127.0.0.1:-1"\n'
    broker = await start_broker(plain)
    context = authority.context()
    assert await server_name(broker, context) is None
    assert "Reloaded: tls = enabled" in await reload(broker, text("first"))
    assert await server_name(broker, context) == "first"
    await reload(broker, text("second"))
    assert await server_name(broker, context) == "second"
    bad = text("second").replace("second.pem", "none.pem")
    assert "Failed to reload server configuration" in await reload(broker, bad)
    assert await server_name(broker, context) == "second"
    assert "Reloaded: tls = disabled" in await reload(broker, plain)
    assert await server_name(broker, context) is None


async def test_the_websocket_listener_takes_other_certificates(start_broker, authority):
    def text(name, more=""):
        certificate, key = authority.issue(name)
        return ('listen: "127.0.0.1:-1"\nwebsocket { listen: "127.0.0.1:-1", '
                f'tls {{ cert_file: "{certificate}", key_file: "{key}" }} {more} }}\n')

    broker = await start_broker(text("one"))
    host, port = broker.ports["websocket"][0].split("://")[1].rsplit(":", 1)

    async def shown():
        _, writer = await asyncio.open_connection(host, int(port), ssl=authority.context(), server_hostname="localhost")
        writer.close()
        return common_name(writer.get_extra_info("ssl_object").getpeercert())

    assert await shown() == "one"
    await reload(broker, text("two"))
    assert await shown() == "two"
    assert "not supported for Websocket" in await reload(broker, text("two", ", compression: true"))


async def test_the_monitoring_answers_over_https_and_tells_of_tls(start_broker, authority, nats_connect):
    certificate, key = authority.issue("monitored")
    text = f'listen: "127.0.0.1:-1"\ntls {{ cert_file: "{certificate}", key_file: "{key}" }}\n'
    broker = await start_broker(text, "-ms", "-1")
    assert broker.monitoring.startswith("https://127.0.0.1:")
    assert f"[INF] Starting https monitor on {broker.monitoring.split('://')[1]}" in broker.log
    context = authority.context()
    await nats_connect(broker.url.replace("nats://", "tls://"), tls=context)

    def get(path):
        with urllib.request.urlopen(broker.monitoring + path, timeout=5, context=context) as answer:
            return json.loads(answer.read())

    varz = await asyncio.to_thread(get, "/varz")
    assert varz["tls_required"] is True and varz["https_port"] > 0 and varz["config_digest"].startswith("sha256:")
    connection, = (await asyncio.to_thread(get, "/connz"))["connections"]
    assert connection["tls_version"] == "1.3" and connection["tls_cipher_suite"].startswith("TLS_")
    with pytest.raises(Exception):
        await asyncio.to_thread(urllib.request.urlopen, broker.monitoring + "/varz", None, 5)


def claims(broker_folder, operator, system, preload=""):
    text = jwt("operator", operator, operator, {"system_account": system.public})
    return (f'listen: "127.0.0.1:-1"\noperator: {text}\n'
            f'resolver: {{ type: full, dir: "{broker_folder}/jwt", allow_delete: true }}\n'
            f"resolver_preload: {{ {system.public}: {account_jwt(system, operator)} }}\n")


async def test_accounts_come_and_go_at_a_system_users_word(start_broker, join, tmp_path):  # noqa: F811
    operator, system, account, admin_key, user_key = (
        Key(role) for role in ("operator", "account", "account", "user", "user"))
    text = claims(tmp_path, operator, system)
    broker = await start_broker(text)
    admin = await join(broker, key=admin_key, token=user_jwt(admin_key, system))

    async def ask(subject, payload=b""):
        return (await admin.request(subject, payload, timeout=5)).data.decode()

    def joined():
        return join(broker, key=user_key, token=user_jwt(user_key, account))

    with pytest.raises(Exception, match="(?i)authorization violation"):
        await joined()
    for wrong, part in ((b"garbage", "expected 3 chunks"), (user_jwt(user_key, account).encode(), "not account claim"),
                        (account_jwt(account, Key("operator")).encode(), "")):
        answer = json.loads(await ask("$SYS.REQ.CLAIMS.UPDATE", wrong))
        assert answer["error"]["code"] == 500 and part in answer["error"]["description"]
    claim = account_jwt(account, operator)
    answer = json.loads(await ask("$SYS.REQ.CLAIMS.UPDATE", claim.encode()))
    assert answer["data"] == {"account": account.public, "code": 200, "message": "jwt updated"}
    user = await joined()
    assert await ask(f"$SYS.REQ.ACCOUNT.{account.public}.CLAIMS.LOOKUP") == claim
    listed = json.loads(await ask("$SYS.REQ.CLAIMS.LIST"))["data"]
    assert sorted(listed) == sorted([system.public, account.public])
    assert (tmp_path / "jwt" / f"{account.public}.jwt").read_text() == claim

    inbox = admin.new_inbox()
    pack = await admin.subscribe(inbox)
    await admin.publish("$SYS.REQ.CLAIMS.PACK", b"", reply=inbox)
    packed = [(await pack.next_msg(5)).data.decode() for _ in range(3)]
    assert f"{account.public}|{claim}" in packed and packed[2] == ""

    assert "error" not in json.loads(await ask(f"$SYS.REQ.SERVER.{admin._server_info['server_id']}.RELOAD"))
    await broker.logged("Reloaded server configuration")
    await user.flush()

    def deletion(*keys):
        body = {"iss": operator.public, "sub": operator.public, "iat": 1, "name": "d",
                "nats": {"accounts": [key.public for key in keys], "type": "generic", "version": 2}}
        head = _part({"typ": "JWT", "alg": "ed25519-nkey"}) + "." + _part(body)
        signature = operator.sign_nonce(head)
        return f"{head}.{signature}".encode()

    answer = json.loads(await ask("$SYS.REQ.CLAIMS.DELETE", deletion(system)))
    assert "not allowed to delete system account" in answer["error"]["description"]
    answer = json.loads(await ask("$SYS.REQ.CLAIMS.DELETE", deletion(account)))
    assert answer["data"] == {"code": 200, "message": "deleted 1 accounts"}
    for _ in range(500):
        if user.is_closed:
            break
        await asyncio.sleep(0.01)
    assert user.is_closed
    with pytest.raises(Exception, match="(?i)authorization violation"):
        await joined()


async def test_accounts_in_the_folder_are_there_after_a_start(start_broker, join, tmp_path):  # noqa: F811
    operator, system, account, key = (Key(role) for role in ("operator", "account", "account", "user"))
    (tmp_path / "jwt").mkdir()
    (tmp_path / "jwt" / f"{account.public}.jwt").write_text(account_jwt(account, operator) + "\n")
    (tmp_path / "jwt" / "other.jwt").write_text("no JWT")
    broker = await start_broker(claims(tmp_path, operator, system))
    assert (await join(broker, key=key, token=user_jwt(key, account))).is_connected
    assert (tmp_path / "jwt" / f"{system.public}.jwt").exists()
