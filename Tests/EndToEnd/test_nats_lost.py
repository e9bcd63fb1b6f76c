"""The bus goes away: nats-server killed and started again, a server of a cluster lost, a service that is late."""

import asyncio

import pytest

from harness.deadline import eventually
from harness.nats_jwt import Key, account_jwt, credentials, jwt, user_jwt
from harness.nats_server import NATSServer
from harness.process import run
from harness.res_client import RESError
from harness.service import OPEN, model

WINDOW = "library.books?sort=-pages&limit=5"


@pytest.fixture
async def gateway(start, nats_server):
    return await start("gateway", "--nats", nats_server.url, "--patchmethod", "set")


async def test_clients_are_kept_and_get_what_they_missed(start, nats_server, gateway, library_db, shell, connect):
    await start("store", library_db, "--nats", nats_server.url)
    client = await connect(gateway)
    await client.subscribe("library.books.42")
    await client.subscribe(WINDOW)
    await nats_server.kill()
    shell("UPDATE books SET pages = 9999 WHERE id = 42; UPDATE books SET pages = 9998 WHERE id = 7;")
    await nats_server.restart()
    await client.until(lambda: client["library.books.42"]["pages"] == 9999 and client.keys(WINDOW)[:2] == ["42", "7"])
    assert (await gateway.http.patch("/api/library/books/42", {"pages": 1})).status == 204
    await client.until(lambda: client["library.books.42"]["pages"] == 1 and client.keys(WINDOW)[0] == "7")
    assert client.closed_with is None


async def test_nothing_stale_is_served_meanwhile(nats_server, gateway, join):
    await join(nats_server.url, {"access.test.model": OPEN, "get.test.model": model(n=1)})
    assert (await gateway.http.get("/api/test/model")).json() == {"n": 1}
    await nats_server.kill()
    answer = await gateway.http.get("/api/test/model")
    assert (answer.status, answer.code) == (503, "system.serviceUnavailable")


async def test_a_service_that_is_slower_to_return_keeps_its_clients(nats_server, gateway, join, connect):
    service = await join(nats_server.url, {"access.test.model": OPEN, "get.test.model": model(n=1)})
    client = await connect(gateway)
    await client.subscribe("test.model")
    await service.nc.close()
    await nats_server.kill()
    await nats_server.restart()
    await eventually(lambda: "reconnected to NATS server" in gateway.stderr, lambda: gateway.text)
    with pytest.raises(RESError):  # asks, and is told that nobody answers yet
        await (await connect(gateway)).subscribe("test.model")
    service = await join(nats_server.url, {"access.test.model": OPEN, "get.test.model": model(n=2)})
    await client.until(lambda: client["test.model"] == {"n": 2})
    await service.event("test.model", "change", {"values": {"n": 3}})
    await client.until(lambda: client["test.model"] == {"n": 3})
    assert not [event for event in client.events if event[1] == "unsubscribe"]


async def test_what_may_not_be_read_any_more_is_unsubscribed_once_the_service_says_so(
        nats_server, gateway, join, connect):
    service = await join(nats_server.url, {"access.test.model": OPEN, "get.test.model": model(n=1)})
    client = await connect(gateway)
    await client.subscribe("test.model")
    await service.nc.close()
    await nats_server.kill()
    await nats_server.restart()
    await join(nats_server.url, {"access.test.model": {"result": {"get": False}}, "get.test.model": model(n=2)})
    await client.until(lambda: client.events)
    assert (client.events[0][1], client.events[0][2]["reason"]["code"]) == ("unsubscribe", "system.accessDenied")


async def test_exit_on_disconnect_closes_every_client_and_ends_with_1(start, nats_server, connect):
    gateway = await start("gateway", "--nats", nats_server.url, "--exit-on-disconnect")
    client = await connect(gateway)
    await nats_server.kill()
    assert await client.closed() == 1001
    assert await asyncio.wait_for(gateway.process.wait(), 5) == 1
    assert "lost NATS connection" in gateway.stderr


@pytest.fixture
async def cluster(resources, tmp_path):
    """Three nats-servers, each connected to the others."""
    servers = []
    for number in range(3):
        folder = tmp_path / f"nats-{number}"
        folder.mkdir()
        routes = ["--routes", servers[0].cluster_url] if servers else []
        server = NATSServer(folder, "--cluster_name", "three", "--cluster", "nats://127.0.0.1:-1", *routes)
        resources.push_async_callback(server.stop)
        servers.append(await server.start())
    return servers


async def test_a_cluster_may_lose_a_server_under_load(start, cluster, library_db, connect, sql):
    urls = ",".join(server.url for server in cluster)
    first, second, third = (server.url for server in cluster)
    await start("store", library_db, "--nats", urls)
    here = await start("gateway", "--nats", urls, "--patchmethod", "set")
    there = await start("gateway", "--nats", f"{second},{third}", "--patchmethod", "set")
    clients = [await connect(gateway) for gateway in (here, here, there, there)]
    rows = [f"library.books.{key}" for key in range(1, 21)]
    for client in clients:
        for rid in (*rows, WINDOW):
            await client.subscribe(rid)

    done = False

    async def write(gateway, offset):
        """Changes rows one after the other, whatever becomes of the single change."""
        number = 0
        while not done:
            key = 1 + number % 10 + offset
            await gateway.http.patch(f"/api/library/books/{key}", {"pages": 10_000 + number})
            number += 1

    writers = [asyncio.create_task(write(here, 0)), asyncio.create_task(write(there, 10))]
    await clients[0].until(lambda: len(clients[0].events) > 50)
    await cluster[0].kill()
    await eventually(lambda: "reconnected to NATS server" in here.stderr, lambda: here.text)
    seen = len(clients[3].events)
    await clients[3].until(lambda: len(clients[3].events) > seen + 50, seconds=20)
    done = True
    await asyncio.gather(*writers)
    pages = {f"library.books.{key}": count for key, count in sql("SELECT id, pages FROM books WHERE id <= 20")}
    top = [str(key) for (key,) in sql("SELECT id FROM books ORDER BY pages DESC, id LIMIT 5")]
    for client in clients:
        await client.until(lambda: {rid: client[rid]["pages"] for rid in rows} == pages, lambda: pages, seconds=20)
        await client.until(lambda: client.keys(WINDOW) == top, lambda: (top, client.keys(WINDOW)))
        assert client.closed_with is None


@pytest.mark.parametrize("server_side, url_part, options", [
    (["--user", "ann", "--pass", "s3cret"], "", ["--user", "ann", "--password", "s3cret"]),
    (["--user", "ann", "--pass", "s3cret"], "ann:s3cret@", []),
    (["--auth", "t0ken"], "", ["--token", "t0ken"]),
    (["--auth", "t0ken"], "t0ken@", []),
    (["-c", "nkey.conf"], "", ["--nkey", "user.nk"]),
], ids=["user", "user in the URL", "token", "token in the URL", "nkey"])
async def test_any_way_to_say_who_one_is(resources, start, tmp_path, server_side, url_part, options):
    folder = tmp_path / "nats-secure"
    folder.mkdir()
    (folder / "nkey.conf").write_text(
        "authorization { users = [ { nkey: UCK5N7N66OBOINFXAYC2ACJQYFSOD4VYNU6APEJTAVFZB2SVHLKGEW7L } ] }")
    (folder / "user.nk").write_text("# a user\nSUAMLK2ZNL35WSMW37E7UD4VZ7ELPKW7DHC3BWBSD2GCZ7IUQQXZIORRBU\n")
    local = {"nkey.conf": folder / "nkey.conf", "user.nk": folder / "user.nk"}
    server = NATSServer(folder, *(local.get(part, part) for part in server_side))
    resources.push_async_callback(server.stop)
    await server.start()
    url = server.url.replace("nats://", f"nats://{url_part}")
    gateway = await start("gateway", "--nats", url, *(local.get(part, part) for part in options))
    assert (await gateway.http.get("/api/test/model")).status == 404
    await server.kill()
    await server.restart()
    await eventually(lambda: "reconnected to NATS server" in gateway.stderr, lambda: gateway.text)
    assert "s3cret" not in gateway.text and "t0ken" not in gateway.text


async def test_credentials_are_taken_by_a_server_in_operator_mode(resources, start, connect, library_db, tmp_path):
    """Gateway and store sign in with `.creds` files, again when the server is back, and are refused with a foreign key."""
    operator, account = Key("operator"), Key("account")
    folder = tmp_path / "operator-mode"
    folder.mkdir()
    (folder / "server.conf").write_text(
        f"operator: {jwt('operator', operator, operator)}\nresolver: MEMORY\n"
        f"resolver_preload {{ {account.public}: {account_jwt(account, operator)} }}\n")

    def creds(name, issuer=account):
        key = Key("user")
        file = folder / f"{name}.creds"
        file.write_text(credentials(user_jwt(key, issuer), key))
        return file

    server = NATSServer(folder, "-c", folder / "server.conf")
    resources.push_async_callback(server.stop)
    await server.start()
    gateway = await start("gateway", "--nats", server.url, "--creds", creds("gateway"), "--patchmethod", "set")
    await start("store", library_db, "--nats", server.url, "--creds", creds("store"))
    client = await connect(gateway)
    await client.subscribe("library.books.42")
    await server.kill()
    await server.restart()
    await eventually(lambda: "reconnected to NATS server" in gateway.stderr, lambda: gateway.text)

    async def patched():
        return (await gateway.http.patch("/api/library/books/42", {"pages": 4242})).status == 204

    while not await patched():  # until the store is back as well
        await asyncio.sleep(0.05)
    await client.until(lambda: client["library.books.42"]["pages"] == 4242)
    refused = await run("gateway", "--nats", server.url, "--creds", creds("foreign", Key("account")), "--port", "0")
    assert refused.code == 1 and "Authorization Violation" in refused.text


async def test_a_reset_that_gets_no_answer_is_repeated(start, nats_server, join, connect):
    gateway = await start("gateway", "--nats", nats_server.url, "--reqtimeout", 200)
    answers = [{"result": {"model": {"n": 1}}}, None, None, {"result": {"model": {"n": 2}}}]
    service = await join(nats_server.url, {"access.test.model": OPEN, "get.test.model": lambda _: answers.pop(0)})
    client = await connect(gateway)
    await client.subscribe("test.model")
    await service.publish("system.reset", {"resources": ["test.>"]})
    await client.until(lambda: client["test.model"] == {"n": 2})
    assert answers == []
