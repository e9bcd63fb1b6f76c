"""kill -9 of a store under concurrent writes, again and again: every acknowledged write is there, the file is whole, and who
looks on through a gateway that lives on ends up with what the file holds. `scripts/kill` runs thousands of rounds."""

import asyncio
import json
import os
import random
import sqlite3

import nats
import pytest

ROUNDS = int(os.environ.get("KILL_ROUNDS", "6"))
WRITERS = 8


@pytest.mark.parametrize("journal", ["delete", "wal"])
async def test_a_store_that_is_killed_loses_nothing_it_has_acknowledged(start, connect, nats_connect, tmp_path, journal):
    seed = int(os.environ.get("KILL_SEED", random.randrange(1 << 32)))
    print(f"KILL_SEED={seed}")
    chance = random.Random(seed)
    file = tmp_path / "ledger.db"
    database = sqlite3.connect(file)
    database.executescript(
        f"PRAGMA journal_mode = {journal}; CREATE TABLE entries (id INTEGER PRIMARY KEY, writer INTEGER, note TEXT);"
        "CREATE INDEX entries_by_writer ON entries (writer);"
    )
    database.close()
    broker = await start("broker")
    gateway = await start("gateway", "--nats", broker.nats, "--reqtimeout", 500 if ROUNDS < 50 else 150)
    bus = await nats_connect(broker.nats)
    client = await connect(gateway)
    acknowledged = {}
    count = 0

    async def write(writer, stop):
        nonlocal count
        while not stop.is_set():
            count += 1
            key, note = count, f"{writer}-{count}"
            params = {"id": key, "writer": writer, "note": note}
            try:
                answer = await bus.request("call.ledger.entries.new", json.dumps({"params": params}).encode(), timeout=1)
            except (nats.errors.TimeoutError, nats.errors.NoRespondersError):
                await asyncio.sleep(0.002)
                continue
            if b'"resource"' in answer.data:
                acknowledged[key] = note

    followed = "ledger.entries?sort=-id&limit=20"
    kept = {}

    def in_step():
        wanted = [str(key) for key in sorted(kept, reverse=True)[:20]]
        if followed not in client or client.keys(followed) != wanted:
            return False
        # Also the rows whose answers the killed store took with it.
        rids = [entry["rid"] for entry in client.collections[followed]]
        return all(rid in client.models and client.models[rid]["note"] == kept[int(rid.rpartition(".")[2])] for rid in rids)

    for number in range(ROUNDS + 1):
        store = await start("store", file, "--nats", broker.nats)
        if number == 0:
            await client.subscribe(followed)
        await client.until(in_step, f"the client holds what the file does, round {number}, seed {seed}")
        if number == ROUNDS:
            break
        stop = asyncio.Event()
        before = len(acknowledged)
        writers = [asyncio.create_task(write(writer, stop)) for writer in range(WRITERS)]
        while len(acknowledged) < before + chance.randrange(1, 120):
            await asyncio.sleep(0.001)
        store.kill()
        await store.process.wait()
        stop.set()
        # What was acknowledged is on its way at the latest now; what was not never will be.
        await bus.flush()
        for writer in writers:
            writer.cancel()
        await asyncio.gather(*writers, return_exceptions=True)
        database = sqlite3.connect(file)
        kept = dict(database.execute("SELECT id, note FROM entries"))
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        database.close()
        lost = {key for key, note in acknowledged.items() if kept.get(key) != note}
        assert not lost, f"round {number}, seed {seed}: {sorted(lost)} are lost"
