"""The server's own resources below `$sys`, and who reaches them."""

import asyncio
import json

from harness.deadline import SECONDS, eventually


async def until(ask, fits):
    """What `ask()` gives, once that fits; it is asked again, for what it tells changes by itself."""
    async with asyncio.timeout(SECONDS):
        while not fits(found := await ask()):
            await asyncio.sleep(0.02)
        return found


async def system(http, path, **fields):
    return await http.get(f"/api/$sys{path}", **fields)


async def run(http, sql, write=False):
    return await http.post("/api/$sys/database/library/run", {"sql": sql, "write": write})


async def test_they_tell_what_runs_here(server, http, connect, nats_connect):
    client = await connect(server)
    await client.subscribe("library.authors?limit=5")
    nc = await nats_connect(server.nats, name="visitor")
    await nc.subscribe("event.library.>", queue="workers")
    await nc.flush()
    overview = (await system(http, "")).json()
    assert (overview["databases"], overview["webSockets"], overview["natsClients"]) == (["library"], 1, 1)
    rows = [row["model"] for row in (await system(http, "/connections")).json()]
    assert sorted(row["kind"] for row in rows) == ["http", "nats", "ws"]
    socket = next(row for row in rows if row["kind"] == "ws")
    # The collection, and the five rows that it refers to.
    assert socket["subscriptions"] == 6
    visitor = next(row for row in rows if row["kind"] == "nats")
    assert (visitor["name"], visitor["subscriptions"]) == ("visitor", 1)
    subscriptions = (await http.post(f"/api/$sys/connections/{visitor['id']}/subscriptions")).json()
    assert [(one["name"], one["queue"]) for one in subscriptions] == [("event.library.>", "workers")]
    subjects = [row["model"] for row in (await system(http, "/subjects")).json()]
    assert next(row for row in subjects if row["subject"] == "event.library.>")["queues"] == {"workers": 1}


async def test_pages_of_other_sites_and_other_names_do_not_reach_them(http):
    assert (await system(http, "", Origin="https://evil.example")).status == 401
    assert (await system(http, "", Host="rebound.example")).status == 401
    assert (await system(http, "", **{"X-Forwarded-For": "10.0.0.1"})).status == 401
    answer = await http.request("POST", "/api/$sys/chaos/clear", {}, {"Origin": "https://evil.example"})
    assert (answer.status, answer.json()["code"]) == (401, "system.accessDenied")
    assert (await system(http, "", Origin="http://localhost:5173")).status == 200


async def test_nobody_on_NATS_sees_or_serves_them(server, http, nats_connect):
    nc = await nats_connect(server.nats)
    seen = await nc.subscribe(">")
    await nc.flush()
    assert (await system(http, "/chaos")).status == 200
    await http.get("/api/library/authors/1")
    await nc.flush()
    messages = [await seen.next_msg(timeout=5) for _ in range(2)]
    assert not [message.subject for message in messages if "$sys" in message.subject]


async def test_without_a_console_there_are_none(start, library_db):
    server = await start("serve", library_db, "--console", "off")
    assert (await server.http.get("/api/$sys")).status == 404
    assert (await server.http.get("/", Accept="text/html")).status == 400


async def test_a_client_is_dropped_and_delayed(server, http, connect):
    client = await connect(server)
    await client.subscribe("library.authors.1")
    row = next(row["model"] for row in (await system(http, "/connections")).json() if row["model"]["kind"] == "ws")
    path = f"/api/$sys/connections/{row['id']}"
    assert (await http.post(f"{path}/delay", {"latency": "nonsense"})).status == 400
    assert (await http.post(f"{path}/delay", {"latency": "150ms"})).status == 204
    assert (await http.get("/api/$sys/chaos")).json()["rules"][0]["text"] == f"ws connection={row['id']} latency=150ms"
    assert (await http.post(f"{path}/reaccess")).status == 204
    assert (await http.post(f"{path}/revoke")).status == 204
    assert (await http.post(f"{path}/drop")).status == 204

    async def sockets():
        return [one for one in (await system(http, "/connections")).json() if one["model"]["kind"] == "ws"]

    await until(sockets, lambda found: not found)
    assert (await http.post(f"{path}/drop")).status == 404


async def test_the_wire_tells_a_request_with_its_parts(server, http, connect):
    watcher, reader = await connect(server), await connect(server)
    await watcher.subscribe("$sys.exchanges")
    await reader.subscribe("library.books.42")
    await http.patch("/api/library/books/42", {"pages": 7})
    await http.get("/api/library/nothing")

    async def rows():
        recent = (await http.post("/api/$sys/exchanges/recent")).json()
        return {(row["action"], row["resource"]): row for row in recent}

    found = await until(rows, lambda found: ("GET", "library.nothing") in found)
    patch = found["PATCH", "library.books.42"]
    assert (patch["status"], patch["kind"], patch["params"]) == (204, "http", {"pages": 7})
    assert [part["title"] for part in patch["parts"]] == ["access", "call set"]
    statements = [row["sql"] for row in patch["parts"][1]["sql"]]
    assert any(sql.startswith("UPDATE") and "7" in sql for sql in statements) and "COMMIT" in statements
    assert [(event["resource"], event["event"], event["clients"]) for event in patch["events"]] == \
        [("library.books.42", "change", 1)]
    assert found["GET", "library.nothing"]["status"] == 404
    assert found["subscribe", "library.books.42"]["kind"] == "ws"
    assert not [name for name in found if name[1].startswith("$sys")]


async def test_SQL_that_writes_reaches_those_who_follow(server, http, connect):
    client = await connect(server)
    await client.subscribe("library.books.42")
    assert (await run(http, "UPDATE books SET pages = 9 WHERE id = 42")).status == 403
    answer = (await run(http, "UPDATE books SET pages = 9 WHERE id = 42", write=True)).json()
    assert answer["results"][0]["changes"] == 1
    await eventually(lambda: client.models["library.books.42"]["pages"] == 9, "the change has arrived")


async def test_a_snapshot_is_restored_for_everyone(server, http, connect, sql):
    client = await connect(server)
    await client.subscribe("library.books.42")
    before = client.models["library.books.42"]["pages"]
    assert (await http.post("/api/$sys/database/library/snapshot", {"name": "before"})).status == 204
    await http.patch("/api/library/books/42", {"pages": 1})
    await eventually(lambda: client.models["library.books.42"]["pages"] == 1, "the change has arrived")
    assert (await http.post("/api/$sys/database/library/restore", {"name": "before"})).status == 204
    await eventually(lambda: client.models["library.books.42"]["pages"] == before, "the old value is back")
    assert sql("SELECT pages FROM books WHERE id = 42") == [(before,)]


async def test_requests_and_messages_are_published_from_there(server, http, nats_connect):
    nc = await nats_connect(server.nats)
    heard = await nc.subscribe("greeting")
    await nc.flush()
    assert (await http.post("/api/$sys/subjects/publish", {"subject": "greeting", "payload": "hi"})).status == 204
    assert (await heard.next_msg(timeout=5)).data == b"hi"
    answer = (await http.post("/api/$sys/subjects/request", {"subject": "get.library.authors.1", "payload": ""})).json()
    assert json.loads(answer["payload"])["result"]["model"]["name"] == "Jane Austen"
    assert (await http.post("/api/$sys/subjects/request", {"subject": "nobody.here"})).json()["message"] == \
        "Nobody subscribes to the subject"
    assert (await http.post("/api/$sys/subjects/publish", {"subject": "a..b"})).status == 400
