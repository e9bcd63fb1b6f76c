"""Databases as they are found: Chinook, Northwind and Sakila in shape. Everything is served, linked and live, whoever writes."""

import json
import os
import random
import re
import subprocess
from urllib.parse import quote

import pytest

from harness import databases
from harness.mapping import Mapping, part, quoted

SHAPES = [("chinook", "wal"), ("northwind", "delete"), ("sakila", "wal")]


@pytest.fixture(params=SHAPES, ids=[name for name, _ in SHAPES])
def mapping(request, tmp_path):
    name, journal = request.param
    path = databases.make(name, tmp_path / f"{name}.db", journal=journal)
    return Mapping(path, name)


@pytest.fixture
async def served(start, mapping):
    return await start("serve", mapping.path)


@pytest.fixture
def shape(mapping):
    return databases.SHAPES[mapping.service]


def api(mapping, *parts):
    return "/api/" + "/".join([mapping.service, *parts])


async def test_every_row_of_every_table_and_view_is_served(served, mapping, connect):
    client = await connect(served)
    described = {table["name"] for table in (await client.subscribe(f"{mapping.service}.$schema"))["tables"]["data"]}
    assert described == set(mapping.tables)
    assert set(await client.subscribe(mapping.service)) >= set(mapping.tables)
    for table in mapping.tables.values():
        rid = f"{mapping.service}.{part(table.name)}"
        order = ",".join(quote(name) for name in (table.key if table.key != ["rowid"] else []) or table.columns)
        sql = ", ".join(quoted(name) for name in table.key or table.columns)
        for start in range(0, 2000, 1000):
            query = f"{rid}?limit=1000&start={start}" + (f"&sort={order}" if order else "")
            rows = mapping.rows(f"{quoted(table.name)} ORDER BY {sql} LIMIT 1000 OFFSET {start}", table)
            got = await client.subscribe(query)
            assert got == mapping.collection(table, rows), query
            for row in rows if not table.is_view else []:
                assert client.models[mapping.rid(table, row)] == mapping.model(table, row)
            if len(rows) < 1000:
                break
        count = mapping.rows(f"(SELECT count(*) AS n FROM {quoted(table.name)})", type(table)("", True, {"n": ""}, []))
        assert await client.subscribe(f"{rid}.$count") == {"count": count[0]["n"]}


async def test_links_lead_both_ways(served, mapping, connect):
    client = await connect(served)
    for target in mapping.tables.values():
        for name, (child, columns) in target.reverses.items():
            keys = ", ".join(quoted(column) for column in columns)
            values = mapping.rows(
                f"(SELECT DISTINCT {keys} FROM {quoted(child.name)} WHERE {quoted(columns[0])} IS NOT NULL LIMIT 3)",
                type(child)("", True, {column: "" for column in columns}, []))
            assert values, name
            for value in values:
                rid = f"{mapping.service}.{part(target.name)}." + ",".join(part(str(each)) for each in value.values())
                parent = await client.subscribe(rid)
                assert parent[name] == {"rid": f"{rid}.{part(name)}", "soft": True}
                children = await client.subscribe(parent[name]["rid"])
                condition = " AND ".join(f"{quoted(column)} = {json.dumps(each) if isinstance(each, int) else repr(each)}"
                                         for column, each in value.items())
                order = ", ".join(quoted(column) for column in child.key)
                wanted = mapping.rows(f"{quoted(child.name)} WHERE {condition} ORDER BY {order} LIMIT 100", child)
                assert children == mapping.collection(child, wanted)
                for link, (link_columns, _) in child.links.items():
                    if link_columns == columns:
                        assert all(row[link] == {"rid": rid, "soft": True} for row in client.rows(f"{rid}.{part(name)}"))


async def test_every_link_can_be_sent_along(served, mapping):
    for table in mapping.tables.values():
        links = list(table.links) + list(table.reverses)
        if not links:
            continue
        row = mapping.rows(f"{quoted(table.name)} LIMIT 1", table)[0]
        path = api(mapping, *mapping.rid(table, row).split(".")[1:])
        answer = await served.http.get(f"{path}?expand={','.join(part(name) for name in links)}")
        assert answer.status == 200, answer.body
        model = answer.json()
        for name, (columns, target) in table.links.items():
            if row[columns[0]] is None:
                assert model[name] is None
            else:
                assert model[name]["model"][target.key[0]] == row[columns[0]]
        for name, (child, columns) in table.reverses.items():
            assert all(each["model"][columns[0]] == row[table.key[0]] for each in model[name]["collection"])
        window = await served.http.get(f"{api(mapping, part(table.name))}?limit=3&expand={','.join(part(name) for name in links)}")
        assert window.status == 200 and len(window.json()) <= 3


NESTED = {
    "chinook": ("Track/1?expand=Album.Artist,Genre", lambda row: row["Album"]["model"]["Artist"]["model"]["ArtistId"]),
    "northwind": ("Order~20Details?limit=1&expand=Order.Customer,Product.Category",
                  lambda rows: rows[0]["model"]["Order"]["model"]["Customer"]["model"]["CustomerID"]),
    "sakila": ("film_category?limit=1&expand=film.language,film.original_language,category",
               lambda rows: rows[0]["model"]["film"]["model"]["language"]["model"]["name"]),
}


async def test_one_request_fetches_a_graph(served, mapping):
    path, look = NESTED[mapping.service]
    answer = await served.http.get(api(mapping, path))
    assert answer.status == 200, answer.body
    assert look(answer.json())


def filled(value, chance):
    """`{n:MAX}` is a number from 1 to MAX, `{o:MAX}` an order's."""
    if isinstance(value, dict):
        return {name: filled(each, chance) for name, each in value.items()}
    if not isinstance(value, str):
        return value
    whole = re.fullmatch(r"\{n:(\d+)\}", value)
    if whole:
        return chance.randint(1, int(whole[1]))
    value = re.sub(r"\{n:(\d+)\}", lambda match: str(chance.randint(1, int(match[1]))), value)
    return re.sub(r"\{o:(\d+)\}", lambda match: str(10247 + chance.randint(1, int(match[1]))), value)


def shell(path, script):
    """Writes to a file as another program does: with the sqlite3 shell."""
    done = subprocess.run(["sqlite3", "-bail", path], input=f"PRAGMA foreign_keys = ON;\n.timeout 5000\n{script}", text=True, capture_output=True)
    # What refers to what is deleted, or has come already, is refused as a whole.
    assert done.returncode == 0 or "constraint failed" in done.stderr, done.stderr
    return done.returncode == 0


@pytest.mark.timeout(120)
async def test_windows_over_tables_and_views_follow_every_writer(served, mapping, shape, connect):
    seed = int(os.environ.get("SEED", random.randrange(10**6)))
    print(f"SEED={seed}")
    chance = random.Random(seed)
    client = await connect(served)
    for query, _ in shape.WINDOWS:
        await client.subscribe(f"{mapping.service}.{query}")
    assert not mapping.differences(client, shape.WINDOWS)
    applied = set()
    for step in range(40):
        if chance.randrange(3):
            number = chance.randrange(len(shape.WRITES))
            method, path, body = shape.WRITES[number]
            path, body = filled(path, chance), filled(body, chance)
            what = f"{method} {path} {body}"
            answer = await served.http.request(method, api(mapping, path), body)
            assert answer.status in (200, 204) or answer.code in ("system.notFound", "system.invalidParams"), (what, answer.body)
            if answer.status < 300:
                applied.add(number)
        else:
            what = filled(chance.choice(shape.SCRIPTS), chance)
            shell(mapping.path, what)
        await client.until(
            lambda: not mapping.differences(client, shape.WINDOWS),
            lambda: f"SEED={seed}, step {step}: {what}\n" + "\n".join(mapping.differences(client, shape.WINDOWS)),
        )
    assert len(applied) >= len(shape.WRITES) // 2
    # What was followed all the time is what a new client gets.
    other = await connect(served)
    for query, _ in shape.WINDOWS:
        await other.subscribe(f"{mapping.service}.{query}")
    assert not mapping.differences(other, shape.WINDOWS)


async def test_declarations_come_and_go_while_clients_look(served, mapping, shape, connect):
    client = await connect(served)
    for query, _ in shape.WINDOWS:
        await client.subscribe(f"{mapping.service}.{query}")
    await client.subscribe(f"{mapping.service}.$schema")
    table = mapping.table_of(shape.WINDOWS[0][0])
    column = next(name for name in table.columns if name not in table.key)
    name = quoted(table.name)
    for script in [
        f"ALTER TABLE {name} ADD COLUMN \"a note\" TEXT DEFAULT 'none';",
        f"CREATE INDEX later ON {name} ({quoted(column)}); ANALYZE;",
        f"UPDATE {name} SET \"a note\" = 'seen' WHERE {quoted(table.key[0])} < 100000;",
        "CREATE TABLE \"new; one\" (id INTEGER PRIMARY KEY, t TEXT); INSERT INTO \"new; one\" VALUES (1, 'x');",
        f"CREATE VIEW latest AS SELECT \"a note\", count(*) AS n FROM {name} GROUP BY 1;",
        "DROP VIEW latest; DROP TABLE \"new; one\";",
        f"ALTER TABLE {name} DROP COLUMN \"a note\"; VACUUM;",
    ]:
        assert shell(mapping.path, script)
        changed = Mapping(mapping.path, mapping.service)
        await client.until(
            lambda: not changed.differences(client, shape.WINDOWS),
            lambda: script + "\n" + "\n".join(changed.differences(client, shape.WINDOWS)),
        )
        listed = lambda: {each["name"] for each in client[f"{mapping.service}.$schema"]["tables"]["data"]}
        await client.until(lambda: listed() == set(changed.tables), lambda: f"{script} is told: {listed()}")
        if "new; one" in changed.tables:
            assert (await served.http.get(api(mapping, part("new; one"), "1"))).json() == {"id": 1, "t": "x"}
        if "latest" in changed.tables:
            assert (await served.http.get(api(mapping, "latest"))).json()[0]["a note"] == "seen"
