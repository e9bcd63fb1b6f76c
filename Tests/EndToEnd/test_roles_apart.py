"""A real nats-server as the bus, and each role as a process of its own."""

import json

import pytest

from harness.process import run
from harness.service import OPEN, model


@pytest.fixture
async def whole(start, library_db, nats_server):
    """Gateway and store in one process, nats-server as the bus."""
    return await start("serve", library_db, "--nats", nats_server.url)


async def test_serve_uses_another_broker_instead_of_its_own(whole, nats_server, nats_connect):
    assert set(whole.ready) == {"http", "ws"}
    assert (await whole.http.get("/api/library/books/42")).json()["id"] == 42
    nc = await nats_connect(nats_server.url)
    answer = json.loads((await nc.request("get.library.books.42", b"{}")).data)
    assert answer["result"]["model"]["id"] == 42


async def test_services_at_the_other_broker_are_served(whole, nats_server, join, connect):
    service = await join(nats_server.url, {"access.test.model": OPEN, "get.test.model": model(n=1)})
    client = await connect(whole)
    await client.subscribe("test.model")
    await service.event("test.model", "change", {"values": {"n": 2}})
    assert await client.next_event() == ("test.model", "change", {"values": {"n": 2}})


async def test_writes_are_live_through_the_other_broker(whole, connect):
    client = await connect(whole)
    query = "library.books?author_id=110&sort=title"
    await client.subscribe(query)
    await client.call("library.books.42", "set", {"title": "Zaphod"})
    assert [(rid, event) for rid, event, _ in client.events] == [
        ("library.books.42", "change"), (query, "remove"), (query, "add"),
    ]


@pytest.fixture(params=["nats-server", "resdev broker"])
async def bus(request, start, nats_server):
    """The address of a broker: the real nats-server, or ours."""
    return nats_server.url if request.param == "nats-server" else (await start("broker")).nats


@pytest.fixture
async def gateway(start, bus):
    return await start("gateway", "--nats", bus, "--patchmethod", "set")


@pytest.fixture
async def store(start, bus, library_db):
    return await start("store", library_db, "--nats", bus)


async def test_each_role_says_where_it_listens(start, gateway, store):
    assert set(gateway.ready) == {"http", "ws"}
    assert store.ready == {}
    assert set((await start("broker")).ready) == {"nats"}


async def test_the_roles_apart_are_one_live_API(gateway, store, connect):
    client = await connect(gateway)
    query = "library.books?author_id=110&sort=title"
    await client.subscribe(query)
    assert (await gateway.http.post("/api/library/books/42/set", {"title": "Zaphod"})).status == 204
    await client.until(lambda: [row["title"][:6] for row in client.rows(query)] == ["Dirk G", "The Re", "Zaphod"])


async def test_a_gateway_alone_maps_the_methods_that_it_is_told(start, bus, store):
    told = {"PUT": "--putmethod", "PATCH": "--patchmethod", "DELETE": "--deletemethod"}
    for method in told:
        others = [part for name, flag in told.items() if name != method for part in (flag, "set")]
        gateway = await start("gateway", "--nats", bus, *others)
        answer = await gateway.http.request(method, "/api/library/books/42", {"pages": 1})
        assert (answer.status, answer.code) == (405, "system.methodNotAllowed")
        allowed = (await gateway.http.options("/api/library")).headers["Access-Control-Allow-Methods"].split(", ")
        assert set(told) - set(allowed) == {method}


async def test_gateways_side_by_side_show_the_same(start, bus, gateway, store, connect):
    here, there = await connect(gateway), await connect(await start("gateway", "--nats", bus))
    for client in (here, there):
        await client.subscribe("library.books?sort=-pages&limit=3")
    await here.call("library.books.42", "set", {"pages": 9999})
    for client in (here, there):
        await client.until(lambda: client.keys("library.books?sort=-pages&limit=3")[0] == "42")


async def test_a_store_that_was_away_brings_its_clients_up_to_date(start, bus, gateway, store, connect, library_db, shell):
    client = await connect(gateway)
    await client.subscribe("library.books.42")
    await client.subscribe("library.books?sort=-pages&limit=3")
    await store.stop()
    shell("UPDATE books SET pages = 9999 WHERE id = 42;")
    await start("store", library_db, "--nats", bus)
    await client.until(lambda: client["library.books.42"]["pages"] == 9999
                       and client.keys("library.books?sort=-pages&limit=3")[0] == "42")


async def test_a_gateway_without_a_store_has_nothing_and_finds_it_once_it_comes(start, bus, gateway, library_db):
    assert (await gateway.http.get("/api/library/books/42")).status == 404
    await start("store", library_db, "--nats", bus)
    assert (await gateway.http.get("/api/library/books/42")).status == 200


@pytest.mark.parametrize("role", ["gateway", "store", "serve"])
async def test_a_bus_that_is_not_there_is_one_clear_error(library_db, free_port, role):
    url = f"nats://127.0.0.1:{free_port}"
    sources = [library_db] if role != "gateway" else []
    ports = ["--port", "0"] if role != "store" else []
    ended = await run(role, *sources, "--nats", url, *ports)
    assert ended.code != 0
    assert f"127.0.0.1:{free_port}" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) <= 3, ended.stderr
