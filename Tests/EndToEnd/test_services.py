"""Services written elsewhere join at the broker and are served beside the store's own resources."""

import asyncio

import pytest

from harness.deadline import eventually
from harness.res_client import RESError
from harness.service import OPEN, collection, error, model

MODEL = {"access.test.model": OPEN, "get.test.model": model(text="foo", n=1)}


@pytest.fixture
async def service(server, join):
    return await join(server.nats, MODEL)


async def test_a_model_of_a_service_is_served_like_a_row(service, http, client):
    assert (await http.get("/api/test/model")).json() == {"text": "foo", "n": 1}
    assert await client.subscribe("test.model") == {"text": "foo", "n": 1}
    assert (await http.get("/api/library/books/42")).status == 200


async def test_the_requests_are_what_the_protocol_says(service, client):
    await service.on("call.test.model.go", {"result": None})
    await service.on("auth.test.model.login", {"result": None})
    await client.subscribe("test.model")
    await client.call("test.model", "go")
    await client.call("test.model", "go", {"a": [1, 2.50]})
    await client.auth("test.model", "login", {"b": 1})
    (access,) = service.asked("access.test.model")
    cid = access["cid"]
    assert access == {"cid": cid, "token": None}
    assert service.asked("get.test.model") == [{}]
    assert service.asked("call.test.model.go") == [
        {"cid": cid, "token": None, "params": None}, {"cid": cid, "token": None, "params": {"a": [1, 2.5]}},
    ]
    (login,) = service.asked("auth.test.model.login")
    assert {name: login[name] for name in ("cid", "token", "params", "uri")} == {
        "cid": cid, "token": None, "params": {"b": 1}, "uri": "/",
    }
    assert "Sec-Websocket-Key" in login["header"] and "Host" not in login["header"]
    assert login["host"] in client.socket.request.headers["Host"]


async def test_HTTP_requests_say_that_they_are_HTTP(service, http):
    await service.on("call.test.model.go", {"result": {"done": True}})
    answer = await http.post("/api/test/model/go?q=1", {"a": 1})
    assert (answer.status, answer.json()) == (200, {"done": True})
    (call,) = service.asked("call.test.model.go")
    assert (call["isHttp"], call["query"], call["params"]) == (True, "q=1", {"a": 1})


@pytest.mark.parametrize("event, values, expected", [
    ({"values": {"text": "bar"}}, {"text": "bar"}, {"text": "bar", "n": 1}),
    ({"values": {"more": None}}, {"more": None}, {"text": "foo", "n": 1, "more": None}),
    ({"values": {"n": {"action": "delete"}}}, {"n": {"action": "delete"}}, {"text": "foo"}),
    ({"values": {"text": "bar", "n": 1}}, {"text": "bar"}, {"text": "bar", "n": 1}),
    ({"values": {"d": {"data": {"x": 1}}}}, {"d": {"data": {"x": 1}}}, {"text": "foo", "n": 1, "d": {"data": {"x": 1}}}),
])
async def test_a_change_event_reaches_every_client(service, client, http, event, values, expected):
    await client.subscribe("test.model")
    await service.event("test.model", "change", event)
    assert await client.next_event() == ("test.model", "change", {"values": values})
    assert client["test.model"] == expected
    plain = {name: value["data"] if isinstance(value, dict) else value for name, value in expected.items()}
    assert (await http.get("/api/test/model")).json() == plain


async def test_collections_follow_add_and_remove(service, client):
    await service.on("access.test.list", OPEN)
    await service.on("get.test.list", collection("a", "b", "c"))
    await client.subscribe("test.list")
    await service.event("test.list", "remove", {"idx": 1})
    await service.event("test.list", "add", {"idx": 2, "value": "d"})
    await client.until(lambda: client["test.list"] == ["a", "c", "d"])


async def test_a_custom_event_is_passed_on_as_it_is(service, client):
    await client.subscribe("test.model")
    payload = {"a": [1, "two", {"three": None}], "rid": "not.a.reference"}
    await service.event("test.model", "ping", payload)
    assert await client.next_event() == ("test.model", "ping", payload)


async def test_referenced_resources_come_along_however_deep_or_cyclic(service, client):
    for name, other in (("a", "b"), ("b", "c"), ("c", "a")):
        await service.on(f"get.test.{name}", model(next={"rid": f"test.{other}"}))
    await service.on("access.test.a", OPEN)
    await client.subscribe("test.a")
    assert set(client.models) == {"test.a", "test.b", "test.c"}


async def test_an_event_that_brings_a_reference_brings_the_resource(service, client):
    await client.subscribe("test.model")
    await service.on("get.test.child", model(name="child"))
    await service.event("test.model", "change", {"values": {"child": {"rid": "test.child"}}})
    event = await client.next_event()
    assert event[2]["models"] == {"test.child": {"name": "child"}}
    await service.event("test.child", "change", {"values": {"name": "grown"}})
    await client.until(lambda: client["test.child"]["name"] == "grown")
    await service.event("test.model", "change", {"values": {"child": None}})
    await client.until(lambda: "test.child" not in client)


async def test_a_reference_may_lead_to_the_store_and_is_live(service, client, http):
    await service.on("access.test.shelf", OPEN)
    await service.on("get.test.shelf", collection({"rid": "library.books.42"}))
    await client.subscribe("test.shelf")
    assert client["library.books.42"]["id"] == 42
    await http.patch("/api/library/books/42", {"pages": 9})
    assert await client.next_event() == ("library.books.42", "change", {"values": {"pages": 9}})


async def test_a_reference_that_fails_is_an_error_in_the_set(service, client):
    await service.on("access.test.broken", OPEN)
    await service.on("get.test.broken", model(child={"rid": "test.lost"}))
    await service.on("get.test.lost", error("test.lost", "Lost at sea", data={"where": "north"}))
    await client.subscribe("test.broken")
    assert client.errors == {"test.lost": {"code": "test.lost", "message": "Lost at sea", "data": {"where": "north"}}}


@pytest.mark.parametrize("access, code", [
    ({"result": {"get": False}}, "system.accessDenied"),
    ({"result": {}}, "system.accessDenied"),
    (error("system.accessDenied", "Access denied"), "system.accessDenied"),
    (error("test.closed", "Closed on Mondays"), "test.closed"),
])
async def test_access_may_be_denied(service, client, http, access, code):
    await service.on("access.test.secret", access)
    await service.on("get.test.secret", model(secret=True))
    with pytest.raises(RESError) as failure:
        await client.subscribe("test.secret")
    assert failure.value.code == code
    answer = await http.get("/api/test/secret")
    assert (answer.status, answer.code) == (401 if code == "system.accessDenied" else 400, code)


@pytest.mark.parametrize("granted, method, allowed", [
    ("*", "anything", True), ("set", "set", True), ("get,set", "set", True), ("set", "delete", False), ("", "set", False),
    ("settle", "set", False),
])
async def test_access_names_the_methods_that_may_be_called(service, client, granted, method, allowed):
    await service.on("access.test.tool", {"result": {"get": True, "call": granted}})
    await service.on(f"call.test.tool.{method}", {"result": "done"})
    if allowed:
        assert await client.call("test.tool", method) == "done"
    else:
        with pytest.raises(RESError) as failure:
            await client.call("test.tool", method)
        assert failure.value.code == "system.accessDenied"
        assert service.asked(f"call.test.tool.{method}") == []


@pytest.mark.parametrize("response, code, status", [
    (error("test.full", "No room", data={"free": 0}), "test.full", 400),
    (error("system.invalidParams"), "system.invalidParams", 400),
    (error("system.notFound"), "system.notFound", 404),
    (error("system.methodNotFound"), "system.methodNotFound", 404),
    (error("system.internalError"), "system.internalError", 500),
    (b"not JSON at all: {", "system.internalError", 500),
    (b'{"neither":1}', "system.internalError", 500),
])
async def test_a_call_that_fails_passes_its_error_on(service, client, http, response, code, status):
    if isinstance(response, bytes):
        response = b" " + response  # else it would count as a pre-response
    await service.on("call.test.model.go", response)
    with pytest.raises(RESError) as failure:
        await client.call("test.model", "go")
    assert failure.value.code == code
    answer = await http.post("/api/test/model/go")
    assert (answer.status, answer.code) == (status, code)
    if isinstance(response, dict):
        assert answer.json() == response["error"]
        assert failure.value.data == response["error"].get("data")


async def test_a_resource_response_is_subscribed_or_located(service, client, http):
    await service.on("call.test.model.make", {"resource": {"rid": "test.model"}})
    assert await client.call("test.model", "make") == "test.model"
    assert client["test.model"] == {"text": "foo", "n": 1}
    answer = await http.post("/api/test/model/make")
    assert (answer.status, answer.headers["Location"], answer.body) == (200, "/api/test/model", b"")


@pytest.mark.parametrize("meta, status, headers", [
    ({"header": {"X-Hits": ["1", "2"], "Set-Cookie": ["a=b"]}}, 200, {"X-Hits": ["1", "2"], "Set-Cookie": ["a=b"]}),
    ({"header": {"Content-Type": ["text/html"]}}, 200, {"Content-Type": ["application/json; charset=utf-8"]}),
    ({"status": 418}, 418, {}),
    ({"status": 303, "header": {"Location": ["/elsewhere"]}}, 303, {"Location": ["/elsewhere"]}),
    ({"status": 201}, 200, {}),
    ({"status": 600}, 200, {}),
])
async def test_meta_sets_status_and_headers_of_an_HTTP_answer(service, http, meta, status, headers):
    await service.on("call.test.model.go", {"result": 1, "meta": meta})
    answer = await http.post("/api/test/model/go")
    assert answer.status == status
    assert {name: answer.headers.get_all(name) for name in headers} == headers


async def test_a_service_that_never_answers_times_out(service, client):
    await service.on("call.test.model.wait", lambda request: b'timeout:"50"')
    with pytest.raises(RESError) as failure:
        await client.call("test.model", "wait")
    assert failure.value.code == "system.timeout"


async def test_a_pre_response_gives_more_time(service, server, client):
    async def slow(msg):
        await msg.respond(b'timeout:"60000"')
        await service.nc.flush()
        await asyncio.sleep(3.5)  # longer than a gateway waits unasked
        await msg.respond(b'{"result":"at last"}')

    await service.nc.subscribe("call.test.model.slow", cb=slow)
    await service.nc.flush()
    assert await client.call("test.model", "slow") == "at last"


async def test_nobody_there_is_not_found_at_once(client, http):
    with pytest.raises(RESError) as failure:
        await client.call("nobody.home", "knock")
    assert failure.value.code == "system.notFound"
    assert (await http.post("/api/nobody/home/knock")).status == 404


async def test_a_reset_fetches_again_and_sends_the_difference(service, client):
    await service.on("access.test.list", OPEN)
    letters = list("abcd")
    await service.on("get.test.list", lambda request: collection(*letters))
    await client.subscribe("test.list")
    letters[:] = list("bxd")
    await service.publish("system.reset", {"resources": ["test.*"]})
    events = [await client.next_event() for _ in range(3)]
    assert [event[1] for event in events] == ["remove", "remove", "add"]
    assert client["test.list"] == list("bxd")


@pytest.mark.parametrize("pattern, hit", [
    ("test.model", True), ("test.>", True), (">", True), ("*.model", True), ("test.mode", False), ("test", False),
    ("test.model.>", False), ("test..model", False), ("test.>.model", False),
])
async def test_a_reset_counts_for_the_resources_it_names(service, client, pattern, hit):
    await service.on("access.test.last", OPEN)
    await service.on("get.test.last", lambda request: model(asked=len(service.asked("get.test.last"))))
    await client.subscribe("test.model")
    await client.subscribe("test.last")
    await service.publish("system.reset", {"resources": [pattern, "test.last"]})
    await client.next_event()
    if hit:
        await eventually(lambda: len(service.asked("get.test.model")) == 2, "the model is asked for again")
    else:
        assert len(service.asked("get.test.model")) == 1


async def test_a_deleted_resource_says_so_and_is_fetched_anew(service, client, http):
    await client.subscribe("test.model")
    await service.event("test.model", "delete")
    assert (await client.next_event())[:2] == ("test.model", "delete")
    assert (await http.get("/api/test/model")).status == 200
    assert len(service.asked("get.test.model")) == 2


@pytest.mark.parametrize("subject, payload", [
    ("event.test.model.change", b"garbage"),
    ("event.test.model.change", b"{}"),
    ("event.test.model.change", b'{"values":[1]}'),
    ("event.test.model.change", b'{"values":{"a":{"x":1}}}'),
    ("event.test.model.add", b'{"idx":0,"value":1}'),
    ("event.test.list.add", b'{"idx":-1,"value":1}'),
    ("event.test.list.add", b'{"idx":4,"value":1}'),
    ("event.test.list.add", b'{"idx":9223372036854775808,"value":1}'),
    ("event.test.list.remove", b'{"idx":3}'),
    ("event.test.list.remove", b'{"idx":"0"}'),
    ("event.test.list.change", b'{"values":{"a":1}}'),
    ("event.test.model.query", b'{"subject":5}'),
    ("system.reset", b"nonsense"),
    ("system.reset", b'{"resources":"test.>"}'),
    ("system.tokenReset", b'{"tids":5}'),
])
async def test_an_event_that_breaks_the_protocol_harms_nobody(service, client, subject, payload):
    await service.on("access.test.list", OPEN)
    await service.on("get.test.list", collection("a", "b", "c"))
    await client.subscribe("test.model")
    await client.subscribe("test.list")
    await service.nc.publish(subject, payload)
    await service.event("test.list", "add", {"idx": 0, "value": "new"})
    await service.event("test.model", "change", {"values": {"text": "new"}})
    await client.until(lambda: client["test.list"][0] == "new" and client["test.model"].get("text") == "new")
    assert client["test.list"][-3:] == ["a", "b", "c"]
