"""Applications' clients, which share resources, drop them when nobody listens, and catch up after a lost connection."""

import pytest

from harness.app_client import AppClient
from harness.res_client import RESError
from harness.service import OPEN, collection, error, model


@pytest.fixture
async def broker(start):
    return await start("broker")


@pytest.fixture
async def gateway(start, broker):
    return await start("gateway", "--nats", broker.nats)


@pytest.fixture
async def service(join, broker):
    return await join(broker.nats, {"access.test.>": OPEN})


@pytest.fixture
def application(resources):
    async def connected(gateway, **options):
        client = AppClient(gateway.ws, **options)

        async def close():
            await client.close()
            assert not client.problems

        resources.push_async_callback(close)
        return await client.connect()

    return connected


async def test_a_resource_is_subscribed_once_and_shared(gateway, service, application):
    await service.on("get.test.model", model(a=1))
    client = await application(gateway)
    first = await client.listen("test.model")
    assert await client.listen("test.model") is first
    assert [message["method"] for message in client.sent] == ["version", "subscribe.test.model"]
    await service.event("test.model", "change", {"values": {"a": 2}})
    await client.until(lambda: first.value == {"a": 2})


async def test_the_last_listener_ends_the_subscription(gateway, service, application):
    await service.on("get.test.model", model(a=1))
    client = await application(gateway)
    await client.listen("test.model")
    await client.listen("test.model")
    await client.release("test.model")
    assert "unsubscribe.test.model" not in [message["method"] for message in client.sent]
    await client.release("test.model")
    assert client.sent[-1] == {"id": 3, "method": "unsubscribe.test.model"}
    assert not client.cache


async def test_a_child_that_is_listened_to_outlives_its_parent(gateway, service, application):
    await service.on("get.test.parent", model(child={"rid": "test.child"}))
    await service.on("get.test.child", model(a=1))
    client = await application(gateway)
    await client.listen("test.parent")
    child = await client.listen("test.child")
    await client.release("test.parent")
    methods = [message["method"] for message in client.sent]
    assert methods[-2:] == ["subscribe.test.child", "unsubscribe.test.parent"]
    await service.event("test.child", "change", {"values": {"a": 2}})
    await client.until(lambda: child.value == {"a": 2})
    assert list(client.cache) == ["test.child"]


async def test_a_cycle_goes_when_nobody_listens(gateway, service, application):
    await service.on("get.test.a", model(b={"rid": "test.b"}))
    await service.on("get.test.b", model(a={"rid": "test.a"}))
    client = await application(gateway)
    await client.listen("test.a")
    assert sorted(client.cache) == ["test.a", "test.b"]
    await client.release("test.a")
    assert not client.cache
    await service.event("test.b", "custom")  # would be a problem
    await client.listen("test.b")


async def test_results_of_calls_are_payloads_or_resources(gateway, service, application):
    await service.on("call.test.model.payload", {"result": {"rid": "test.child"}})
    await service.on("call.test.model.resource", {"resource": {"rid": "test.child"}})
    await service.on("call.test.model.new", {"result": {"rid": "test.child"}})
    await service.on("get.test.child", model(a=1))
    client = await application(gateway)
    assert await client.call("test.model", "payload") == {"rid": "test.child"}
    child = await client.call("test.model", "resource", {"x": 1})
    assert await client.create("test.model") is child
    assert child.subscribed == 2
    await client.listen("test.child")
    await client.release("test.child")
    assert client.sent[-1]["params"] == {"count": 2}
    await service.event("test.child", "custom")
    with pytest.raises(RESError) as caught:
        await client._request("unsubscribe.test.child")
    assert caught.value.code == "system.noSubscription"


async def test_falsy_params_are_left_out_and_mean_null(gateway, service, application):
    await service.on("call.test.model.method", {"result": None})
    client = await application(gateway)
    assert await client.call("test.model", "method", 0) is None
    assert service.asked("call.test.model.method")[-1]["params"] is None


async def test_a_property_is_set_and_deleted(gateway, service, application):
    await service.on("call.test.model.set", {"result": None})
    client = await application(gateway)
    await client.set_model("test.model", a=1, b=...)
    assert service.asked("call.test.model.set")[-1]["params"] == {"a": 1, "b": {"action": "delete"}}


async def test_failed_references_are_resources_with_an_error(gateway, service, application):
    await service.on("get.test.list", collection({"rid": "test.missing"}, "x"))
    await service.on("get.test.missing", error("system.notFound", "Not found"))
    client = await application(gateway)
    await client.listen("test.list")
    assert client.cache["test.missing"].kind == "errors"
    await service.event("test.list", "remove", {"idx": 0})
    await client.until(lambda: list(client.cache) == ["test.list"])


async def test_what_is_revoked_and_listened_to_is_asked_for_again(gateway, service, application):
    access = {"result": {"get": True}}
    service_access = await service.on("access.special.model", lambda _: access)
    await service.on("get.special.model", model(a=1))
    client = await application(gateway)
    resource = await client.listen("special.model")
    access = {"result": {"get": False}}
    await service.event("special.model", "reaccess")
    await client.until(lambda: ("unsubscribe", "system.accessDenied") in resource.events)
    assert resource.events[0][1]["reason"]["code"] == "system.accessDenied"
    await service_access.unsubscribe()


async def test_after_a_lost_connection_only_what_changed_is_told(start, broker, service, application, tmp_path):
    value = {"a": 1, "gone": True}
    entries = ["x", {"rid": "test.child"}, "y"]
    await service.on("get.test.model", lambda _: model(**value))
    await service.on("get.test.list", lambda _: collection(*entries))
    await service.on("get.test.child", model(c=1))
    await service.on("get.test.same", model(s=1))
    gateway = await start("gateway", "--nats", broker.nats)
    client = await application(gateway)
    resource = await client.listen("test.model")
    listed = await client.listen("test.list")
    child = await client.listen("test.child")
    same = await client.listen("test.same")
    gateway.kill()
    await gateway.process.wait()
    value = {"a": 2, "new": None}
    entries = ["y", "z"]
    port = gateway.ready["ws"].rsplit(":", 1)[1].strip("/")
    await start("gateway", "--nats", broker.nats, "--port", port, "--strict-port", ports=False)
    await client.until(lambda: client.connections == 2 and listed.value == entries and resource.value == value)
    assert resource.events == [("change", {"a": 2, "new": None, "gone": {"action": "delete"}})]
    assert same.events == []
    await service.event("test.list", "add", {"idx": 2, "value": "w"})
    await service.event("test.same", "change", {"values": {"s": 2}})
    await service.event("test.child", "change", {"values": {"c": 2}})
    await client.until(lambda: listed.value == ["y", "z", "w"] and same.value == {"s": 2} and child.value == {"c": 2})


async def test_a_client_authenticates_before_it_catches_up(start, broker, service, application):
    async def login(client):
        await client.authenticate("test.users", "login", {"name": "foo"}, early=True)

    async def answer(payload):
        await service.publish(f"conn.{payload['cid']}.token", {"token": {"user": payload["params"]["name"]}})
        return {"result": None}

    await service.on("auth.test.users.login", answer)
    await service.on("access.private.model", lambda payload: {"result": {"get": payload["token"] == {"user": "foo"}}})
    await service.on("get.private.model", model(a=1))
    gateway = await start("gateway", "--nats", broker.nats)
    client = await application(gateway, on_connect=login)
    resource = await client.listen("private.model")
    await client.socket.close()
    await client.until(lambda: client.connections == 2 and resource.subscribed == 1)
    await service.event("private.model", "change", {"values": {"a": 2}})
    await client.until(lambda: resource.value == {"a": 2})
    assert resource.events == [("change", {"values": {"a": 2}})]


async def test_windows_of_a_table_stay_up_to_date(server, http, application):
    client = await application(server)
    window = await client.listen("library.books?author_id=110&sort=year")
    before = [entry["rid"] for entry in window.value]
    created = await http.post("/api/library/books", {"author_id": 110, "title": "Mostly Harmless", "year": 1992, "pages": 240})
    rid = created.headers["Location"].removeprefix("/api/").replace("/", ".")
    await client.until(lambda: [entry["rid"] for entry in window.value] == [*before, rid])
    assert client.cache[rid].value["title"] == "Mostly Harmless"
    await client.socket.close()
    await http.delete(created.headers["Location"])
    await client.until(lambda: client.connections == 2 and [entry["rid"] for entry in window.value] == before)
    await client.until(lambda: rid not in client.cache)
