"""The monitoring over HTTP and under $SYS tells what the real nats-server tells: the same fields, of the same types."""

import json
from urllib.parse import quote

import pytest

from harness import broker as brokers
from harness.broker import Broker, RawClient

CONFIGURATION = """
listen: "127.0.0.1:-1"
http: "127.0.0.1:-1"
server_name: here
server_tags: ["one", "two:2"]
max_subscriptions: 500
accounts {
    SYS { users: [{user: sys, password: sys}] }
    A {
        users: [{user: ann, password: ann}, {user: bob, password: bob, permissions: {publish: ["x.>", "_INBOX.>"]}}]
        exports: [{stream: "news.>"}, {service: "ask.>"}]
    }
    B {
        users: [{user: carl, password: carl}]
        imports: [{stream: {account: A, subject: "news.>"}, prefix: from}]
    }
}
system_account: SYS
"""

# What only a server written in Go, a cluster or JetStream has, and what says which build it is.
GO = {"git_commit", "feature_flags", "xkey"}


@pytest.fixture(params=["ours", "oracle"])
def which(request):
    return request.param


async def launch(which, resources, tmp_path, configuration=CONFIGURATION):
    program = brokers.ours(tmp_path) if which == "ours" else brokers.oracle()
    file = tmp_path / f"{which}.conf"
    file.write_text(configuration)
    broker = Broker(program, tmp_path / which, "-c", file)
    resources.push_async_callback(broker.stop)
    return await broker.start()


@pytest.fixture
async def broker(which, resources, tmp_path):
    """Ours, and the real one, so that the tests are true of it as well."""
    return await launch(which, resources, tmp_path)


@pytest.fixture
async def both(resources, tmp_path):
    return [await launch(which, resources, tmp_path) for which in ("ours", "oracle")]


def log_in(broker, user, **options):
    client = RawClient(broker.address, user=user, **{"pass": user, "name": f"n-{user}", "lang": "raw", "version": "1", **options})
    return client


def use(broker):
    """The same few clients at any broker."""
    ann = log_in(broker, "ann")
    ann.send("SUB x.> 1\r\nSUB jobs workers 2\r\nUNSUB 2 10\r\nPING\r\n")
    ann.until("PONG\r\n")
    bob = log_in(broker, "bob")
    bob.send("PUB x.y 5\r\nhello\r\nPING\r\n")
    bob.until("PONG\r\n")
    ann.until("hello\r\n")
    gone = log_in(broker, "carl")
    gone.send("SUB from.news.> 1\r\nFOO\r\n")
    gone.rest()
    return ann, bob


def shape(value, ignored=GO):
    """The fields and their types, down to the leaves; the elements of a list are put together."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items() if name not in ignored}
    if isinstance(value, list):
        shapes = [shape(element) for element in value]
        if all(isinstance(element, dict) for element in shapes):
            return [{name: inner for element in shapes for name, inner in element.items()}] if shapes else []
        return shapes[:1]
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, (int, float)) else type(value).__name__


PATHS = [
    "/varz", "/connz", "/connz?subs=1", "/connz?subs=detail&auth=1", "/connz?state=closed&auth=1", "/connz?state=all&limit=1",
    "/connz?acc=A&filter_subject=x.>", "/connz?cid=999999", "/subsz", "/subsz?acc=A&subs=1&test=x.y", "/accountz", "/accountz?acc=A",
    "/accountz?acc=SYS", "/accstatz", "/accstatz?unused=1", "/routez", "/gatewayz", "/leafz", "/jsz", "/healthz", "/subscriptionsz",
]


async def test_every_answer_has_the_fields_of_the_real_one(both):
    ours, real = both
    held = [use(broker) for broker in both]
    differing = {}
    for path in PATHS:
        mine, theirs = await ours.ask(path), await real.ask(path)
        for answer in (mine, theirs):
            # The real one imports its own services into every account.
            detail = answer.get("account_detail", {})
            for kind in ("imports", "exports"):
                kept = [shared for shared in detail.pop(kind, []) if not shared["subject"].startswith("$SYS")]
                if kept:
                    detail[kind] = kept
            answer.pop("http_req_stats", None)
        if shape(mine) != shape(theirs):
            differing[path] = (shape(mine), shape(theirs))
    assert not differing
    assert held


ERRORS = ["/connz?sort=foo", "/connz?limit=x", "/connz?state=foo", "/connz?sort=stop", "/connz?auth=maybe", "/accountz?acc=ZZ",
          "/nothing", "/"]


@pytest.mark.parametrize("path", ERRORS)
async def test_statuses_are_those_of_the_real_one(both, path):
    ours, real = both
    mine, theirs = await ours.get(path), await real.get(path)
    assert mine[0] == theirs[0], (mine, theirs)
    if mine[0] != 404:
        assert mine[1]["Content-Type"].split(";")[0] == theirs[1]["Content-Type"].split(";")[0]


async def test_the_numbers_are_true(broker):
    ann, bob = use(broker)
    varz = await broker.ask("/varz")
    assert (varz["server_name"], varz["port"], varz["connections"], varz["total_connections"]) == ("here", broker.address[1], 2, 3)
    assert (varz["in_msgs"], varz["in_bytes"], varz["out_msgs"], varz["out_bytes"]) == (1, 5, 1, 5)
    assert varz["mem"] > 1_000_000 and varz["cores"] >= 1 and varz["cpu"] >= 0 and varz["tags"] == ["one", "two:2"]
    assert varz["start"] < varz["now"] and varz["http_req_stats"]["/varz"] == 1
    first, second = (await broker.ask("/connz?auth=1&subs=detail"))["connections"]
    assert (first["name"], first["authorized_user"], first["account"], first["out_msgs"]) == ("n-ann", "ann", "A", 1)
    assert (second["name"], second["in_msgs"], second["in_bytes"], second["subscriptions"]) == ("n-bob", 1, 5, 0)
    details = {detail["subject"]: detail for detail in first["subscriptions_list_detail"]}
    assert details["jobs"]["qgroup"] == "workers" and details["jobs"]["max"] == 10 and details["x.>"]["msgs"] == 1
    (closed,) = (await broker.ask("/connz?state=closed&auth=1&subs=1"))["connections"]
    assert (closed["name"], closed["reason"], closed["account"]) == ("n-carl", "Protocol Violation", "B")
    assert closed["subscriptions_list"] == ["from.news.>"]
    statistics = {account["acc"]: account for account in (await broker.ask("/accstatz?unused=1"))["account_statz"]}
    assert statistics["A"]["conns"] == 2 and statistics["A"]["received"]["msgs"] == 1 and statistics["A"]["sent"]["bytes"] == 5


async def test_connections_are_sorted_filtered_and_told_page_by_page(broker, which):
    clients = [log_in(broker, "ann", name=f"n{i}") for i in range(5)]
    for i, client in enumerate(clients):
        client.send("PUB x 1\r\n.\r\n" * i + "".join(f"SUB s{i}.{n} {n}\r\n" for n in range(5 - i)) + "PING\r\n")
        client.until("PONG\r\n")

    async def names(parameters):
        return [c["name"] for c in (await broker.ask(f"/connz?{parameters}"))["connections"]]

    assert await names("") == ["n0", "n1", "n2", "n3", "n4"]
    assert await names("sort=msgs_from") == ["n4", "n3", "n2", "n1", "n0"]
    assert await names("sort=subs&limit=2") == ["n0", "n1"]
    assert await names("sort=subs&limit=2&offset=3") == ["n3", "n4"]
    if which == "ours":  # the real one tells all
        assert await names(f"acc=A&filter_subject={quote('s3.*')}") == ["n3"]
    assert await names("user=nobody&auth=1") == []
    answer = await broker.ask("/connz?limit=2")
    assert (answer["num_connections"], answer["total"], answer["limit"]) == (2, 5, 2)
    for client in clients:
        client.close()
    await eventually_gone(broker, 5)
    assert sorted(await names("state=closed&sort=stop")) == ["n0", "n1", "n2", "n3", "n4"]


async def eventually_gone(broker, count):
    for _ in range(100):
        if (await broker.ask("/connz?state=closed"))["total"] >= count:
            return
    raise AssertionError("the connections are not told as closed")


async def test_scripts_may_call_back(resources, tmp_path):
    """JSONP, which the real one has given up."""
    broker = await launch("ours", resources, tmp_path)
    status, fields, text = await broker.get("/varz?callback=draw")
    assert fields["Content-Type"] == "application/javascript"
    assert json.loads(text.removeprefix("draw(").removesuffix(")"))["server_name"] == "here"
    status, fields, text = await broker.get("/varz?callback=alert(1)//")
    assert fields["Content-Type"] == "application/json" and json.loads(text)
    assert fields["Access-Control-Allow-Origin"] == "*"


# MARK: $SYS

QUESTIONS = ["VARZ", "CONNZ", "SUBSZ", "ROUTEZ", "GATEWAYZ", "LEAFZ", "ACCOUNTZ", "JSZ", "HEALTHZ", "STATSZ", "IDZ"]


async def test_system_users_get_the_same_answers(both):
    held = [use(broker) for broker in both]
    ours, real = [log_in(broker, "sys") for broker in both]
    subjects = [f"$SYS.REQ.SERVER.PING.{question}" for question in QUESTIONS] + ["$SYS.REQ.SERVER.PING", "$SYS.REQ.USER.INFO"]
    subjects += [f"$SYS.REQ.ACCOUNT.A.{question}" for question in ("SUBSZ", "CONNZ", "LEAFZ", "STATZ")]
    subjects += ["$SYS.REQ.ACCOUNT.PING.STATZ"]
    differing = {}
    for subject in subjects:
        mine, theirs = ours.request(subject), real.request(subject)
        for answer in (mine, theirs):
            answer.get("data", {}).pop("http_req_stats", None)
        if shape(mine) != shape(theirs):
            differing[subject] = (shape(mine), shape(theirs))
    assert not differing
    assert held


@pytest.mark.parametrize("subject", ["$SYS.REQ.SERVER.PING.VARZ", "$SYS.REQ.ACCOUNT.A.INFO", "$SYS.REQ.SERVER.PING.FOO"])
async def test_others_are_told_that_nobody_answers(broker, subject):
    assert log_in(broker, "ann").request(subject).startswith("NATS/1.0 503")


async def test_users_of_any_account_may_ask_about_it(broker):
    ann, carl = log_in(broker, "ann"), log_in(broker, "carl")
    for subject in ("$SYS.REQ.SERVER.PING.CONNZ", "$SYS.REQ.ACCOUNT.PING.CONNZ"):
        assert [c["name"] for c in ann.request(subject)["data"]["connections"]] == ["n-ann"]
    assert [a["acc"] for a in carl.request("$SYS.REQ.ACCOUNT.PING.STATZ")["data"]["account_statz"]] == ["B"]
    assert ann.request("$SYS.REQ.USER.INFO")["data"] == {"user": "ann", "account": "A", "account_name": "A"}


async def test_events_of_clients_and_of_the_server(broker, which):
    listener = log_in(broker, "sys")
    listener.send("SUB $SYS.ACCOUNT.*.CONNECT 1\r\nSUB $SYS.ACCOUNT.*.DISCONNECT 2\r\nSUB $SYS.SERVER.*.CLIENT.AUTH.ERR 3\r\n"
                  "SUB $SYS.SERVER.*.SHUTDOWN 4\r\nPING\r\n")
    listener.until("PONG\r\n")

    def event(subject):
        listener.until(f"MSG {subject}")
        listener.line()
        return json.loads(listener.line())

    ann = log_in(broker, "ann")
    came = event("$SYS.ACCOUNT.A.CONNECT")
    assert came["type"] == "io.nats.server.advisory.v1.client_connect"
    assert (came["client"]["user"], came["client"]["acc"], came["client"]["name"]) == ("ann", "A", "n-ann")
    assert came["server"]["name"] == "here"
    ann.send("PUB x 3\r\nabc\r\nPING\r\n")
    ann.until("PONG\r\n")
    ann.close()
    left = event("$SYS.ACCOUNT.A.DISCONNECT")
    assert which == "oracle" or left["received"] == {"msgs": 1, "bytes": 3}  # the real one may count later
    assert left["reason"] == "Client Closed" and left["client"]["stop"]
    with pytest.raises(ConnectionError):
        log_in(broker, "ann", **{"pass": "wrong"})
    refused = event("$SYS.SERVER.")
    assert refused["reason"] == "Authentication Failure" and refused["client"]["user"] == "ann"


async def test_a_system_user_closes_a_connection(broker):
    ann, listener = log_in(broker, "ann"), log_in(broker, "sys")
    server, client = ann.info["server_id"], ann.info["client_id"]
    assert "error" in listener.request(f"$SYS.REQ.SERVER.{server}.KICK", '{"cid": 999}')
    inbox = "SUB _INBOX.k k\r\n"
    body = json.dumps({"cid": client})
    listener.send(f"{inbox}PUB $SYS.REQ.SERVER.{server}.KICK _INBOX.k {len(body)}\r\n{body}\r\n")
    ann.rest()
    (closed,) = (await broker.ask("/connz?state=closed"))["connections"]
    assert closed["reason"] == "Kicked"
