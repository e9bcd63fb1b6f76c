"""The RES client protocol over WebSocket: requests and their answers."""

import asyncio
import json

import pytest
import websockets

from harness.res_client import RESError

ROW = "library.books.42"


@pytest.mark.parametrize("protocol", ["1.2.3", "1.2.0", "1.1.1", "1.999.0"])
async def test_version_is_agreed_on(server, connect, protocol):
    client = await connect(server, protocol=None)
    assert await client.request("version", {"protocol": protocol}) == {"protocol": "1.2.3"}


@pytest.mark.parametrize("params, code", [
    ({"protocol": "2.0.0"}, "system.unsupportedProtocol"),
    ({"protocol": "0.9.0"}, "system.unsupportedProtocol"),
    ({"protocol": "1.2"}, "system.invalidParams"),
    ({"protocol": "new"}, "system.invalidParams"),
    ({"protocol": 1}, "system.invalidParams"),
])
async def test_a_version_nobody_speaks_is_an_error(server, connect, params, code):
    client = await connect(server, protocol=None)
    with pytest.raises(RESError) as error:
        await client.request("version", params)
    assert error.value.code == code


async def test_subscribing_to_a_row_sends_the_row(client, sql):
    row = await client.subscribe(ROW)
    (author,) = sql("SELECT author_id FROM books WHERE id = 42")[0]
    assert row["title"] == "The Hitchhiker's Guide to the Galaxy"
    assert row["author"] == {"rid": f"library.authors.{author}", "soft": True}
    assert row["details"]["data"]["series"] == {"name": "The Hitchhiker's Guide", "part": 1}
    assert row["lendable"] is True
    assert list(client.models) == [ROW]


async def test_subscribing_to_a_table_sends_the_references_and_their_rows(client):
    books = await client.subscribe("library.books?author_id=110&sort=year")
    assert [book["rid"].startswith("library.books.") for book in books] == [True] * 3
    assert [row["year"] for row in client.rows("library.books?author_id=110&sort=year")] == [1979, 1980, 1987]


async def test_rows_that_were_sent_before_are_not_sent_again(client):
    await client.subscribe(ROW)
    await client.subscribe("library.books?author_id=110")  # the client finds out about rows that come twice
    result = await client.request(f"subscribe.{ROW}", done=lambda _: None)
    assert result == {}


async def test_unsubscribing_ends_the_events(client, http):
    await client.subscribe(ROW)
    await client.subscribe("library.books.41")
    assert await client.unsubscribe(ROW) is None
    assert "result" not in client.received[-1]
    await http.patch("/api/library/books/42", {"pages": 1})
    await http.patch("/api/library/books/41", {"pages": 2})
    assert await client.next_event() == ("library.books.41", "change", {"values": {"pages": 2}})


async def test_a_row_stays_while_a_subscribed_window_refers_to_it(client, http):
    await client.subscribe("library.books?author_id=110")
    await client.subscribe(ROW)
    await client.unsubscribe(ROW)
    await http.patch("/api/library/books/42", {"pages": 1})
    assert await client.next_event() == (ROW, "change", {"values": {"pages": 1}})


async def test_direct_subscriptions_are_counted(client, http):
    for _ in range(3):
        await client.subscribe(ROW)
    with pytest.raises(RESError) as error:
        await client.unsubscribe(ROW, count=4)
    assert error.value.code == "system.noSubscription"
    await client.unsubscribe(ROW, count=2)
    await http.patch("/api/library/books/42", {"pages": 1})
    assert (await client.next_event())[:2] == (ROW, "change")
    await client.unsubscribe(ROW)
    with pytest.raises(RESError) as error:
        await client.unsubscribe(ROW)
    assert error.value.code == "system.noSubscription"


async def test_get_sends_the_resource_and_subscribes_to_nothing(client, http):
    result = await client.get(ROW)
    assert result["models"][ROW]["id"] == 42
    await client.subscribe("library.books.41")
    await http.patch("/api/library/books/42", {"pages": 1})
    await http.patch("/api/library/books/41", {"pages": 2})
    assert (await client.next_event())[0] == "library.books.41"


async def test_a_call_returns_its_result(client):
    await client.subscribe(ROW)
    assert await client.call(ROW, "set", {"pages": 5}) is None
    assert client[ROW]["pages"] == 5


@pytest.mark.parametrize("request_type", ["call", "new"])
async def test_a_new_row_is_subscribed(client, http, request_type):
    row = {"author_id": 110, "title": "The Salmon of Doubt", "year": 2002, "pages": 284}
    if request_type == "call":
        rid = await client.call("library.books", "new", row)
    else:
        rid = await client.new("library.books", row)
    assert client[rid]["title"] == row["title"]
    await http.patch("/api/" + rid.replace(".", "/"), {"pages": 305})
    assert await client.next_event() == (rid, "change", {"values": {"pages": 305}})


@pytest.mark.parametrize("method, code", [
    ("subscribe.library.books.100000", "system.notFound"),
    ("subscribe.library.shelves", "system.notFound"),
    ("subscribe.nobody.home", "system.notFound"),
    ("get.library.books.100000", "system.notFound"),
    ("subscribe.library.books?colour=red", "system.invalidQuery"),
    ("call.library.books.42.fly", "system.methodNotFound"),
    ("call.library.books.100000.set", "system.notFound"),
    ("unsubscribe.library.books.42", "system.noSubscription"),
    ("subscribe.library..books", "system.invalidRequest"),
    ("subscribe.", "system.invalidRequest"),
    ("subscribe", "system.invalidRequest"),
    ("fly.library.books", "system.invalidRequest"),
    ("call.library", "system.invalidRequest"),
    ("subscribe.library.bo oks", "system.invalidRequest"),
    ("subscribe.library.*", "system.invalidRequest"),
    ("", "system.invalidRequest"),
])
async def test_a_request_that_cannot_be_met_is_answered_with_its_error(client, method, code):
    with pytest.raises(RESError) as error:
        await client.request(method)
    assert error.value.code == code
    assert error.value.message


@pytest.mark.parametrize("message", [
    "", "{", "[]", "null", "42", '"text"', '{"method":"version"}', '{"id":null,"method":"version"}',
    '{"id":"1","method":"version"}', '{"id":-1,"method":"version"}', '{"id":1.5,"method":"version"}',
    '{"id":1,"method":5}', "{" * 10_000, '{"id":99999999999999999999,"method":"version"}',
])
async def test_a_message_that_is_no_request_is_ignored(server, message):
    async with websockets.connect(server.ws, proxy=None) as socket:
        await socket.send(message)
        await socket.send('{"id":7,"method":"version","params":{"protocol":"1.2.3"}}')
        assert json.loads(await asyncio.wait_for(socket.recv(), 5)) == {"id": 7, "result": {"protocol": "1.2.3"}}


async def test_clients_before_1_2_get_what_they_know(server, connect):
    client = await connect(server, protocol=None)
    result = await client.request(f"get.{ROW}")
    row = result["models"][ROW]
    assert row["author"] == "library.authors.110"
    assert row["details"] == "[Data]"
    assert await client.request(f"call.{ROW}.set", {"pages": 9}) is None
    created = await client.request(
        "call.library.books.new", {"author_id": 1, "title": "Sanditon", "year": 1925, "pages": 150},
    )
    assert list(created) == ["rid"]


async def test_a_binary_frame_counts_as_text(server):
    async with websockets.connect(server.ws, proxy=None) as socket:
        await socket.send(b'{"id":1,"method":"get.library.books.42"}')
        assert ROW in json.loads(await asyncio.wait_for(socket.recv(), 5))["result"]["models"]


async def test_a_message_in_fragments_is_one_message(server):
    async with websockets.connect(server.ws, proxy=None) as socket:
        await socket.send(iter(['{"id":1,', '"method":"ge', f't.{ROW}"', "}"]))
        assert json.loads(await asyncio.wait_for(socket.recv(), 5))["id"] == 1


async def test_a_ping_is_answered(server):
    async with websockets.connect(server.ws, proxy=None) as socket:
        await asyncio.wait_for(await socket.ping(b"there?"), 5)


async def test_many_requests_at_once_are_all_answered(client):
    answers = await asyncio.gather(*(client.request(f"get.library.books.{key}") for key in range(1, 201)))
    assert [answer["models"][f"library.books.{key}"]["id"] for key, answer in enumerate(answers, 1)] == list(range(1, 201))


async def test_a_message_beyond_the_limit_closes_that_connection_alone(server, connect):
    other = await connect(server)
    socket = await websockets.connect(server.ws, proxy=None, write_limit=1 << 30)
    piece = "x" * (1 << 20)

    async def send():
        try:
            await socket.send(piece for _ in range(64))  # one message in fragments
        except websockets.ConnectionClosed:
            pass

    sending = asyncio.create_task(send())
    await asyncio.wait_for(socket.wait_closed(), 20)
    await sending
    assert socket.close_code == 1009
    assert (await other.get(ROW))["models"]


async def test_what_is_no_upgrade_is_a_bad_request(http):
    assert (await http.get("/")).status == 400
    assert (await http.get("/", Upgrade="websocket", Connection="Upgrade")).status == 400
