"""The same changes through our gateway, which takes the ready answers out of query events, and through one that has to ask, as any
RES gateway does: after every step the copies of both sides' clients are what the SQL gives."""

import os
import random

import pytest

from harness import databases
from harness.library import WINDOWS, differences
from harness.mapping import Mapping
from harness.relay import Relay
from test_live_queries import Writer
from test_real_databases import api, filled, shell

STEPS = int(os.environ.get("STEPS", "15"))


@pytest.fixture
def second_gateway(start, resources):
    """A gateway at a broker of its own, to which nothing but the protocol comes through."""

    async def started(server):
        broker = await start("broker")
        relay = await Relay.between(server.nats, broker.nats)
        resources.push_async_callback(relay.close)
        return await start("gateway", "--nats", broker.nats, "--patchmethod", "set"), relay

    return started


@pytest.mark.timeout(180)
async def test_the_library_through_both(server, second_gateway, connect, http, library_db):
    seed = int(os.environ.get("SEED", random.randrange(10**6)))
    print(f"SEED={seed}")
    gateway, relay = await second_gateway(server)
    clients = [await connect(server), await connect(gateway)]
    for client in clients:
        for query, _ in WINDOWS:
            await client.subscribe(query)
    writer = Writer(seed, http, clients[0])
    for step in range(STEPS):
        await writer.write()
        for client in clients:
            await client.until(
                lambda: not differences(client, library_db),
                lambda: f"SEED={seed}, step {step}, client {clients.index(client)}: " + "\n".join(differences(client, library_db)),
            )
    assert relay.stripped and relay.asked >= relay.stripped


@pytest.mark.parametrize("name", list(databases.SHAPES))
@pytest.mark.timeout(180)
async def test_real_databases_through_both(start, second_gateway, connect, tmp_path, name):
    seed = int(os.environ.get("SEED", random.randrange(10**6)))
    print(f"SEED={seed}")
    chance = random.Random(seed)
    mapping = Mapping(databases.make(name, tmp_path / f"{name}.db"), name)
    shape = databases.SHAPES[name]
    server = await start("serve", mapping.path)
    gateway, relay = await second_gateway(server)
    clients = [await connect(server), await connect(gateway)]
    for client in clients:
        for query, _ in shape.WINDOWS:
            await client.subscribe(f"{name}.{query}")
    for step in range(STEPS):
        if chance.randrange(3):
            method, path, body = chance.choice(shape.WRITES)
            what = f"{method} {filled(path, chance)}"
            await server.http.request(method, api(mapping, what.split(" ", 1)[1]), filled(body, chance))
        else:
            what = filled(chance.choice(shape.SCRIPTS), chance)
            shell(mapping.path, what)
        for client in clients:
            await client.until(
                lambda: not mapping.differences(client, shape.WINDOWS),
                lambda: f"SEED={seed}, step {step}, client {clients.index(client)}: {what}\n"
                + "\n".join(mapping.differences(client, shape.WINDOWS)),
            )
    assert relay.stripped and relay.asked
