"""Tokens, and access that is granted and revoked while clients look on."""

import pytest

from harness.deadline import eventually
from harness.res_client import RESError
from harness.service import OPEN, model

DENIED = {"result": {"get": False}}


@pytest.fixture
async def service(server, join):
    """test.login sets the token it is sent; test.model is open to those with the token {"user": "ada"}."""
    service = await join(server.nats, {"get.test.model": model(text="foo")})

    async def login(request):
        await service.publish(f"conn.{request['cid']}.token", {"token": request["params"]})
        return {"result": "welcome"}

    def access(request):
        return OPEN if request["token"] == {"user": "ada"} else DENIED

    await service.on("auth.test.login", login)
    await service.on("access.test.model", access)
    return service


async def test_a_token_set_by_auth_is_sent_with_the_requests_that_follow(service, client):
    with pytest.raises(RESError) as failure:
        await client.subscribe("test.model")
    assert failure.value.code == "system.accessDenied"
    assert await client.request("auth.test.login", {"user": "ada"}) == {"payload": "welcome"}
    assert await client.subscribe("test.model") == {"text": "foo"}
    assert [request["token"] for request in service.asked("access.test.model")] == [None, {"user": "ada"}]


async def test_a_token_counts_for_its_connection_alone(service, server, client, connect):
    other = await connect(server)
    await client.request("auth.test.login", {"user": "ada"})
    await client.subscribe("test.model")
    with pytest.raises(RESError):
        await other.subscribe("test.model")


@pytest.mark.parametrize("token", [{"user": "bob"}, None])
async def test_another_token_checks_access_again(service, client, token):
    await client.request("auth.test.login", {"user": "ada"})
    await client.subscribe("test.model")
    await client.request("auth.test.login", token)
    rid, name, data = await client.next_event()
    assert (rid, name, data["reason"]["code"]) == ("test.model", "unsubscribe", "system.accessDenied")
    with pytest.raises(RESError) as failure:
        await client.unsubscribe("test.model")
    assert failure.value.code == "system.noSubscription"


async def test_a_reaccess_event_revokes_what_is_no_longer_granted(service, client):
    granted = [OPEN]
    await service.on("access.test.door", lambda request: granted[0])
    await service.on("get.test.door", model(open=True))
    await client.subscribe("test.door")
    await service.event("test.door", "reaccess")
    await eventually(lambda: len(service.asked("access.test.door")) == 2, "access is asked for again")
    granted[0] = DENIED
    await service.event("test.door", "reaccess")
    rid, name, data = await client.next_event()
    assert (rid, name) == ("test.door", "unsubscribe")
    assert data["reason"] == {"code": "system.accessDenied", "message": "Access denied"}


async def test_a_reset_of_access_does_the_same_by_pattern(service, client):
    granted = [OPEN]
    await service.on("access.test.door", lambda request: granted[0])
    await service.on("get.test.door", model(open=True))
    await client.subscribe("test.door")
    granted[0] = DENIED
    await service.publish("system.reset", {"access": ["test.>"]})
    assert (await client.next_event())[:2] == ("test.door", "unsubscribe")


async def test_a_token_reset_asks_each_bearer_to_authenticate_again(service, client):
    async def login(request):
        await service.publish(f"conn.{request['cid']}.token", {"token": {"user": "ada"}, "tid": "7"})
        return {"result": None}

    await service.on("auth.test.tidlogin", login)
    await service.on("auth.test.renew", {"result": None})
    await client.request("auth.test.tidlogin")
    await service.publish("system.tokenReset", {"tids": ["6", "7"], "subject": "auth.test.renew"})
    (renewed,) = await eventually(lambda: service.asked("auth.test.renew"), "the gateway asks for a new token")
    assert renewed["token"] == {"user": "ada"}
    assert renewed.get("params") is None


async def test_cid_in_a_resource_id_is_the_connection(service, client):
    await service.on("access.test.me.*", OPEN)
    await service.on("get.test.me.*", model(name="ada"))
    await client.subscribe("test.me.{cid}")
    (subject,) = [name for name, _ in service.requests if name.startswith("get.test.me.")]
    cid = subject.rpartition(".")[2]
    (access,) = service.asked(f"access.test.me.{cid}")
    assert access["cid"] == cid and "{" not in cid
    await service.event(f"test.me.{cid}", "change", {"values": {"name": "bob"}})
    assert await client.next_event() == ("test.me.{cid}", "change", {"values": {"name": "bob"}})
