"""Query resources of a service: one resource a normalised query, kept current by query events."""

import json

import pytest

from harness.deadline import eventually
from harness.service import OPEN

LETTERS = list("abcdefgh")


def normalise(query):
    pairs = dict(pair.split("=") for pair in (query or "").split("&") if pair)
    return f"limit={int(pairs.get('limit', 3))}&start={int(pairs.get('start', 0))}"


def window(letters, query):
    limit, start = (int(part.split("=")[1]) for part in query.split("&"))
    return letters[start:start + limit]


class Alphabet:
    """A service with the query collection test.letters."""

    def __init__(self, service):
        self.service = service
        self.letters = list(LETTERS)
        self.asked = []
        self.inboxes = 0

    async def serve(self):
        await self.service.on("access.test.letters", OPEN)

        def get(request):
            query = normalise(request.get("query"))
            return {"result": {"collection": window(self.letters, query), "query": query}}

        await self.service.on("get.test.letters", get)

    async def changed(self, answer):
        """Publishes a query event and answers the gateway's questions."""
        self.inboxes += 1
        inbox = f"_TEST.{self.inboxes}"

        def respond(request):
            self.asked.append(request["query"])
            return {"result": answer(request["query"])}

        await self.service.on(inbox, respond)
        await self.service.event("test.letters", "query", {"subject": inbox})


@pytest.fixture
async def alphabet(server, join):
    alphabet = Alphabet(await join(server.nats))
    await alphabet.serve()
    return alphabet


async def test_forms_of_one_query_share_a_resource(alphabet, client):
    assert await client.subscribe("test.letters?limit=2&start=1") == ["b", "c"]
    assert await client.subscribe("test.letters?start=1&limit=2") == ["b", "c"]
    await alphabet.changed(lambda query: {"collection": ["x"]})
    await client.until(lambda: client["test.letters?limit=2&start=1"] == ["x"] == client["test.letters?start=1&limit=2"])
    assert alphabet.asked == ["limit=2&start=1"]


@pytest.mark.parametrize("form", ["collection", "events"])
async def test_a_query_event_updates_each_window(alphabet, client, form):
    queries = ["test.letters", "test.letters?start=2", "test.letters?limit=8"]
    for query in queries:
        await client.subscribe(query)

    alphabet.letters.insert(1, "new")

    def answer(query):
        if form == "collection":
            return {"collection": window(alphabet.letters, query)}
        match query:
            case "limit=3&start=0":
                return {"events": [{"event": "remove", "data": {"idx": 2}},
                                   {"event": "add", "data": {"idx": 1, "value": "new"}}]}
            case "limit=3&start=2":
                return {"events": [{"event": "remove", "data": {"idx": 2}},
                                   {"event": "add", "data": {"idx": 0, "value": "b"}}]}
        return {"events": [{"event": "remove", "data": {"idx": 7}}, {"event": "add", "data": {"idx": 1, "value": "new"}}]}

    await alphabet.changed(answer)
    await client.until(lambda: [client[query] for query in queries] == [
        ["a", "new", "b"], ["b", "c", "d"], ["a", "new", "b", "c", "d", "e", "f", "g"],
    ])
    assert sorted(alphabet.asked) == ["limit=3&start=0", "limit=3&start=2", "limit=8&start=0"]


async def test_a_query_event_that_changes_nothing_is_no_event(alphabet, client):
    await client.subscribe("test.letters")
    await alphabet.changed(lambda query: {"events": []})
    await alphabet.changed(lambda query: {"collection": ["a", "b", "c"]})
    await alphabet.changed(lambda query: {"collection": ["a", "b"]})
    assert await client.next_event() == ("test.letters", "remove", {"idx": 2})


async def test_the_store_itself_is_a_service_of_query_resources(server, nats_connect, client, http):
    """What any RES gateway would do: get with a query, await the query event, ask on its subject."""
    nc = await nats_connect(server.nats)
    got = json.loads((await nc.request("get.library.books", b'{"query":"author_id=110"}')).data)["result"]
    events = []

    async def see(msg):
        events.append(json.loads(msg.data))

    await nc.subscribe("event.library.books.query", cb=see)
    await nc.flush()
    answer = await http.post("/api/library/books", {"author_id": 110, "title": "Mostly Harmless", "year": 1992, "pages": 240})
    new = {"rid": answer.headers["Location"].removeprefix("/api/").replace("/", ".")}
    await eventually(lambda: events, "a query event comes")
    asked = await nc.request(events[0]["subject"], json.dumps({"query": got["query"]}).encode())
    result = json.loads(asked.data)["result"]
    if "events" in result:
        assert result["events"] == [{"event": "add", "data": {"idx": len(got["collection"]), "value": new}}]
    else:
        assert result["collection"] == [*got["collection"], new]
