"""What comes before what: commit, events, reply; and who is asked how often."""

import asyncio
import json

from harness.deadline import eventually

ROW = "library.books.42"


async def test_events_come_before_the_reply(client):
    query = "library.books?author_id=110&sort=title"
    await client.subscribe(query)
    for turn in range(20):
        await client.call(ROW, "set", {"title": f"{'AZ'[turn % 2]} title"})
        *events, reply = client.received[-4:]
        assert "id" in reply
        assert [event["event"] for event in events] == [f"{ROW}.change", f"{query}.remove", f"{query}.add"]


async def test_a_reply_means_that_the_write_is_in_the_file(client, sql):
    for pages in range(1, 30):
        await client.call(ROW, "set", {"pages": pages})
        assert sql("SELECT pages FROM books WHERE id = 42") == [(pages,)]


async def test_requests_of_one_client_take_effect_in_their_order(client):
    await client.subscribe(ROW)
    await asyncio.gather(*(client.request(f"call.{ROW}.set", {"pages": pages}) for pages in range(1, 101)))
    seen = [data["values"]["pages"] for _, _, data in client.events]
    assert seen == sorted(seen) and client[ROW]["pages"] == 100


async def test_NATS_sees_the_event_before_the_reply(server, nats_connect):
    nc = await nats_connect(server.nats)
    seen = []

    async def see(msg):
        seen.append((msg.subject, msg.data))

    await nc.subscribe(f"event.{ROW}.change", cb=see)
    await nc.subscribe("answers", cb=see)
    await nc.flush()
    await nc.publish(f"call.{ROW}.set", b'{"params":{"pages":5}}', reply="answers")
    await eventually(lambda: len(seen) == 2, lambda: f"event and reply come: {seen}")
    assert [subject for subject, _ in seen] == [f"event.{ROW}.change", "answers"]
    assert json.loads(seen[0][1]) == {"values": {"pages": 5}}
    assert json.loads(seen[1][1])["result"] is None


async def test_a_row_is_asked_for_once_however_many_clients_there_are(server, connect, http, nats_connect):
    nc = await nats_connect(server.nats)
    asked = []

    async def see(msg):
        asked.append(msg.subject)

    await nc.subscribe("get.>", cb=see)
    await nc.flush()
    clients = [await connect(server) for _ in range(20)]
    await asyncio.gather(*(client.subscribe(ROW) for client in clients))
    await asyncio.gather(*(http.get("/api/library/books/42") for _ in range(20)))
    await http.patch("/api/library/books/42", {"pages": 1})
    for client in clients:
        await client.until(lambda: client[ROW]["pages"] == 1)
    await nc.flush()
    assert asked == [f"get.{ROW}"]
