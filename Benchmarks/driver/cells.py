"""What is measured: one cell is one kind of work, given to a peer and to resdev in turn."""

import dataclasses
import sys
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
    phase: str = ""  # the part of the generator's result that counts, where it has several


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
    yield cell("10,000 idle connections, one subscription each", "conn_per_s", "-mode", "idle", "-n", 10_000)


def pocketbase(rows=datasets.ROWS):
    return servers.pocketbase(datasets.pocketbase(rows))


def resdev(rows=datasets.ROWS, durability="normal"):
    """Commits wait for as much as PocketBase's do, unless told otherwise."""
    return servers.resdev("serve", "bench.db", "--durability", durability, data=datasets.resdev(rows))


def wrk_cell(work, seconds, connections, script, peer, ours, rows=datasets.ROWS, durability="normal"):
    """`peer` and `ours` are the arguments of the Lua script: first a path prefix, then the script's own."""

    def load(arguments):
        options = ["-t1", f"-c{connections}", f"-d{seconds}s", "-s", LUA / script]
        return lambda server: ["wrk", "--", *options, server.http, "--", *arguments]

    return Cell(
        work, Side(lambda: pocketbase(rows), load(peer)), Side(lambda: resdev(rows, durability), load(ours)), "req_per_s"
    )


RECORDS, BOOKS = "/api/collections/books/records", "/api/bench/books"
BOOK = "bench%010d"
PAGE = 30


def plural(connections):
    return f"{connections} connection{'s' if connections > 1 else ''}"


def rows_by_key(seconds, connections, rows):
    peer, ours = (RECORDS + "/", BOOK, rows), (BOOKS + "/", BOOK, rows)
    return wrk_cell(f"GET a row, {plural(connections)}", seconds, connections, "rand_get.lua", peer, ours, rows)


def pages(seconds, rows):
    count = rows // PAGE
    ours = f"{BOOKS}?limit={PAGE}&start=", count, PAGE
    for label, options in (("", ""), (" without its total", "&skipTotal=1")):
        peer = f"{RECORDS}?perPage={PAGE}{options}&page=", count
        yield wrk_cell(f"GET {PAGE} rows, peer{label or ' with total'}", seconds, 50, "rand_list.lua", peer, ours, rows)


def http(seconds):
    """Reading over HTTP: a random row by its key, a random page of the table, one that is filtered and sorted."""
    for connections in (50, 1):
        yield rows_by_key(seconds, connections, datasets.ROWS)
    yield from pages(seconds, datasets.ROWS)
    # The number that the script appends ends the query: the filter's value there, the page here.
    peer = f"{RECORDS}?perPage={PAGE}&skipTotal=1&sort=-price&filter=year%3D", 120, 1, 1900
    ours = f"{BOOKS}?limit={PAGE}&sort=-price&year=", 120, 1, 1900
    yield wrk_cell(f"GET {PAGE} rows, filtered and sorted", seconds, 50, "rand_list.lua", peer, ours)


def writes(seconds, connections, rows, durability="normal"):
    suffix = plural(connections) + ("" if durability == "normal" else ", ours synchronous=FULL")
    yield wrk_cell(
        f"create, {suffix}", seconds, connections, "create.lua", (RECORDS,), (BOOKS,), rows, durability
    )
    peer, ours = ("PATCH", RECORDS + "/", BOOK, rows), ("PATCH", BOOKS + "/", BOOK, rows)
    yield wrk_cell(f"update, {suffix}", seconds, connections, "rand_update.lua", peer, ours, rows, durability)


def store(seconds):
    """Writing over HTTP, each write a transaction of its own or sharing one, as the server likes."""
    for connections in (50, 500, 1):
        yield from writes(seconds, connections, datasets.ROWS)
    for connections in (50, 1):
        yield from writes(seconds, connections, datasets.ROWS, "full")


def million(seconds):
    """The same over a million rows."""
    yield rows_by_key(seconds, 50, datasets.MILLION)
    yield from pages(seconds, datasets.MILLION)
    for connections in (50, 500):
        yield from writes(seconds, connections, datasets.MILLION)


def live(seconds):
    """Live queries by the ten thousand, and another process's commits; resdev runs on one core."""
    all_kinds = datasets.KINDS

    def cell(work, *arguments, writer=None):
        def load(server):
            options = ["live", "-url", server.ws + "/", "-dur", f"{seconds}s", *arguments]
            if writer:
                command = [sys.executable, servers.ROOT / "Benchmarks/driver/writer.py", server.directory / "bench.db", *writer]
                options += ["-writer", " ".join(str(part) for part in command)]
            return options

        def start():
            return servers.resdev("serve", "bench.db", data=datasets.items(), core=0)

        return Cell(work, None, Side(start, load), "ops_per_s")

    yield cell("10,000 live queries, 2,000 changes/s", "-queries", all_kinds, "-rows", datasets.ITEMS, "-rate", 2000)
    elsewhere = "-measure", "call", "-base", datasets.ITEMS + 1, "-rows", datasets.KINDS, "-rate", 2000
    for count in (0, 10, all_kinds):
        yield cell(f"2,000 changes/s beside {count:,} live queries", "-queries", count, *elsewhere)
    one = "-queries", 1, "-query", "bench.items.1"
    yield cell("another process's commits, 20/s", *one, writer=(1, 20))
    yield cell("idle, per second", *one, "-measure", "idle")


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

    def cell(work, rate, load, phase=""):
        return Cell(work, None, Side(servers.gateway, load), rate, phase)

    def wrk(connections, path, script=None, *arguments):
        options = ["-t1", f"-c{connections}", f"-d{seconds}s", *(["-s", LUA / script] if script else [])]
        return lambda server: ["wrk", "--", *options, server.http + path, *(["--", *arguments] if arguments else [])]

    def ws(*arguments):
        return lambda server: ["ws", "-url", server.ws + "/", "-nats", server.nats, *arguments]

    during = "-dur", f"{seconds}s"
    connecting = "-events=false", "-settle", "1s"
    yield cell("GET a cached model, 50 connections", "req_per_s", wrk(50, "/api/bench/model/1"))
    yield cell("GET one of 10,000 models, 50 connections", "req_per_s",
               wrk(50, "", "rand_get.lua", "/api/bench/model/", "%d", 10_000))
    yield cell("POST set, 50 connections", "req_per_s", wrk(50, "/api/bench/model/1/set", "res_set.lua"))
    yield cell("GET a cached model, 1 connection", "req_per_s", wrk(1, "/api/bench/model/1"))
    for clients in (5000, 10_000):
        yield cell(f"connect, version, subscribe, {clients:,} clients", "conn_per_s", ws("-n", clients, *connecting), "connect")
    for clients, rate in ((100, 100), (1000, 20), (5000, 4)):
        yield cell(f"one event → {clients:,} clients, saturated", "del_per_s", ws("-n", clients, *during))
        yield cell(f"one event → {clients:,} clients, {rate}/s", "del_per_s", ws("-n", clients, "-rate", rate, *during))
    yield cell("HTTP set → 1,000 clients, 5/s", "del_per_s", lambda server: [
        *ws("-n", 1000, "-rate", 5, *during)(server), "-trigger", "http", "-tmethod", "POST",
        "-turl", f"{server.http}/api/bench/model/1/set"])
    own = "-n", 1000, "-models", 100, "-distinct"
    yield cell("subscribe, 1,000 clients × the same 100 models", "sub_per_s",
               ws("-n", 1000, "-models", 100, *connecting), "connect")
    yield cell("subscribe, 1,000 clients × 100 models of their own", "sub_per_s", ws(*own, *connecting), "connect")
    yield cell("1,000 clients × the same 100 models", "del_per_s", ws("-n", 1000, "-models", 100, *during))
    yield cell("1,000 clients × 100 models of their own", "del_per_s",
               ws(*own, "-window", 256, *during))
    yield cell("call, 1 in flight", "ops_per_s", lambda server: ["wscall", "-url", server.ws + "/", "-method", "ping"])
    for label, options in (("cold", []), ("cached", ["-cached"])):
        yield cell(f"collection of 1,000 references, {label}", "ops_per_s",
                   lambda server, options=options: ["wscoll", "-url", server.ws + "/", "-base", 1000, *options])
    for work, kind, resources, options in (
            ("system.reset, 10,000 resources", "reset", 10_000, []),
            ("query event, 5,000 queries, requests", "query", 5000, []),
            ("query event, 5,000 queries, answers inside", "answers", 5000, ["-batch", 100])):
        yield cell(work, "ops_per_s", lambda server, kind=kind, resources=resources, options=options: [
            "invalidate", "-url", server.ws + "/", "-nats", server.nats, "-kind", kind, "-n", resources, *during, *options])


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


GROUPS = {
    "gateway": gateway,
    "broker": broker,
    "http": http,
    "store": store,
    "million": million,
    "live": live,
    "fanout": fanout,
    "console": console,
}
