"""What is measured: one cell is one kind of work, given to a peer and to resdev in turn."""

import dataclasses
from collections.abc import Callable

import datasets
import servers

SIZES = {"16 B": 16, "128 B": 128, "1 KiB": 1024, "16 KiB": 16384}
LUA = servers.ROOT / "Benchmarks/resbench/lua"
FIRST_BOOK = "bench0000000001"
CLIENTS = 1000


@dataclasses.dataclass(frozen=True)
class Side:
    """How one program is measured: `start` runs it, `load` is the generator's command line against it."""

    start: Callable[[], servers.Server]
    load: Callable[[servers.Server], list]


@dataclasses.dataclass(frozen=True)
class Cell:
    work: str
    peer: Side | None  # Resgate is in no registry that the script uses, so the gateway has no peer
    ours: Side
    rate: str  # the generator's name for operations per second


def broker(seconds):
    """Core NATS: publish only, fan-out, request and reply, many subscriptions; resdev runs the broker alone."""

    def cell(work, rate, *arguments):
        def load(server):
            return ["nats", "-url", server.nats, "-dur", f"{seconds}s", *arguments]

        return Cell(work, Side(servers.nats_server, load), Side(lambda: servers.resdev("broker"), load), rate)

    for label, size in SIZES.items():
        yield cell(f"publish only, {label}", "pub_per_s", "-size", size, "-pubs", 1, "-subs", 0)
        for publishers, subscribers in ((1, 1), (1, 5), (5, 5)):
            arguments = "-size", size, "-pubs", publishers, "-subs", subscribers
            yield cell(f"{publishers} → {subscribers}, {label}", "del_per_s", *arguments)
        yield cell(f"request, 1 in flight, {label}", "req_per_s", "-mode", "serial", "-size", size)
        yield cell(f"request, 100 in flight, {label}", "req_per_s", "-mode", "reqrep", "-size", size)
    yield cell("100,000 subjects, 128 B", "del_per_s", "-mode", "manysubs", "-n", 100_000)
    yield cell("10,000 patterns `a.*.N.>`, 128 B", "del_per_s", "-mode", "wildsubs", "-n", 10_000)


def pocketbase():
    return servers.pocketbase(datasets.pocketbase())


def resdev():
    return servers.resdev("serve", "bench.db", data=datasets.resdev())


def wrk_cell(work, seconds, connections, script, peer, ours):
    """`peer` and `ours` are the arguments of the Lua script: first a path prefix, then the script's own."""

    def load(arguments):
        options = ["-t1", f"-c{connections}", f"-d{seconds}s", "-s", LUA / script]
        return lambda server: ["wrk", "--", *options, server.http, "--", *arguments]

    return Cell(work, Side(pocketbase, load(peer)), Side(resdev, load(ours)), "req_per_s")


RECORDS, BOOKS = "/api/collections/books/records", "/api/bench/books"
ANY_BOOK = "bench%010d", datasets.ROWS
PAGE = 30


def plural(connections):
    return f"{connections} connection{'s' if connections > 1 else ''}"


def http(seconds):
    """Reading over HTTP: a random row by its key, and a random page of the table."""
    for connections in (50, 1):
        work = f"GET a row, {plural(connections)}"
        peer, ours = (RECORDS + "/", *ANY_BOOK), (BOOKS + "/", *ANY_BOOK)
        yield wrk_cell(work, seconds, connections, "rand_get.lua", peer, ours)
    pages = datasets.ROWS // PAGE
    ours = f"{BOOKS}?limit={PAGE}&start=", pages, PAGE
    for label, options in (("", ""), (" without its total", "&skipTotal=1")):
        peer = f"{RECORDS}?perPage={PAGE}{options}&page=", pages
        yield wrk_cell(f"GET {PAGE} rows, peer{label or ' with total'}", seconds, 50, "rand_list.lua", peer, ours)


def store(seconds):
    """Writing over HTTP, each write a transaction of its own or sharing one, as the server likes."""
    for connections in (50, 1):
        suffix = plural(connections)
        yield wrk_cell(f"create, {suffix}", seconds, connections, "create.lua", (RECORDS,), (BOOKS,))
        peer, ours = ("PATCH", RECORDS + "/", *ANY_BOOK), ("PATCH", BOOKS + "/", *ANY_BOOK)
        yield wrk_cell(f"update, {suffix}", seconds, connections, "rand_update.lua", peer, ours)


def fanout(seconds):
    """A row updated over HTTP, and the event at every subscriber: server-sent events there, WebSocket here."""
    for label, rate in (("saturated", 0), ("5 updates/s", 5)):
        common = ["-n", CLIENTS, "-rate", rate, "-window", 8, "-dur", f"{seconds}s", "-trigger", "http", "-tmethod", "PATCH"]

        def peer(server, common=common):
            row = f"{server.http}{RECORDS}/{FIRST_BOOK}"
            return ["sse", "-url", server.http + "/api/realtime", "-topic", f"books/{FIRST_BOOK}", *common, "-turl", row]

        def ours(server, common=common):
            row = f"{server.http}{BOOKS}/{FIRST_BOOK}"
            return ["ws", "-url", server.ws + "/", "-rid", f"bench.books.{FIRST_BOOK[:-1]}", *common, "-turl", row]

        yield Cell(f"{CLIENTS:,} subscribers, {label}", Side(pocketbase, peer), Side(resdev, ours), "del_per_s")


def gateway(seconds):
    """The gateway between its clients and a fast service at the embedded broker; the service's own CPU is not counted."""

    def cell(work, rate, load):
        return Cell(work, None, Side(servers.gateway, load), rate)

    def wrk(connections, path, script=None, *arguments):
        options = ["-t1", f"-c{connections}", f"-d{seconds}s", *(["-s", LUA / script] if script else [])]
        return lambda server: ["wrk", "--", *options, server.http + path, *(["--", *arguments] if arguments else [])]

    def ws(*arguments):
        return lambda server: ["ws", "-url", server.ws + "/", "-nats", server.nats, *arguments]

    during = "-dur", f"{seconds}s"
    yield cell("GET a cached model, 50 connections", "req_per_s", wrk(50, "/api/bench/model/1"))
    yield cell("GET one of 10,000 models, 50 connections", "req_per_s",
               wrk(50, "", "rand_get.lua", "/api/bench/model/", "%d", 10_000))
    yield cell("POST set, 50 connections", "req_per_s", wrk(50, "/api/bench/model/1/set", "res_set.lua"))
    yield cell("GET a cached model, 1 connection", "req_per_s", wrk(1, "/api/bench/model/1"))
    for clients, rate in ((100, 100), (1000, 20), (5000, 4)):
        yield cell(f"one event → {clients:,} clients, saturated", "del_per_s", ws("-n", clients, *during))
        yield cell(f"one event → {clients:,} clients, {rate}/s", "del_per_s", ws("-n", clients, "-rate", rate, *during))
    yield cell("HTTP set → 1,000 clients, 5/s", "del_per_s", lambda server: [
        *ws("-n", 1000, "-rate", 5, *during)(server), "-trigger", "http", "-tmethod", "POST",
        "-turl", f"{server.http}/api/bench/model/1/set"])
    yield cell("1,000 clients × the same 100 models", "del_per_s", ws("-n", 1000, "-models", 100, *during))
    yield cell("1,000 clients × 100 models of their own", "del_per_s",
               ws("-n", 1000, "-models", 100, "-distinct", "-window", 256, *during))
    yield cell("call, 1 in flight", "ops_per_s", lambda server: ["wscall", "-url", server.ws + "/", "-method", "ping"])
    for label, options in (("cold", []), ("cached", ["-cached"])):
        yield cell(f"collection of 1,000 references, {label}", "ops_per_s",
                   lambda server, options=options: ["wscoll", "-url", server.ws + "/", "-base", 1000, *options])


def console(seconds):
    """What the console costs while nobody looks: beside resdev as it is, as the peer, the same with `--console off`."""

    def without():
        return servers.resdev("serve", "bench.db", "--console", "off", data=datasets.resdev())

    for cell in [*http(seconds), *store(seconds), *fanout(seconds)]:
        if "1 connection" not in cell.work and "without" not in cell.work:
            yield dataclasses.replace(cell, work=cell.work.removesuffix(", peer with total"), peer=Side(without, cell.ours.load))

    def publish(server):
        return ["nats", "-url", server.nats, "-dur", f"{seconds}s", "-size", 128, "-pubs", 1, "-subs", 1]

    yield Cell("1 → 1, 128 B", Side(without, publish), Side(resdev, publish), "del_per_s")


GROUPS = {"gateway": gateway, "broker": broker, "http": http, "store": store, "fanout": fanout, "console": console}
