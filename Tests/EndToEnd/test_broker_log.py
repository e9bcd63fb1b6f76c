"""What the log says of clients and of a reload: beside the real nats-server, line by line."""

import asyncio
import re
import signal

import pytest

from harness import broker as brokers
from harness.broker import Broker

CONFIGURATION = """
listen: "127.0.0.1:-1"
server_name: here
authorization { users: [{user: a, password: b, permissions: {publish: {deny: "no.2"}, subscribe: {deny: ["no.>"]}}}] }
"""

CONNECT = ('CONNECT {"verbose":true,"pedantic":true,"user":"a","pass":"b","name":"n","lang":"py","version":"1.2",'
           '"headers":true,"protocol":1}\r\n')

SCRIPTS = {
    "operations": CONNECT + "PING\r\nSUB foo 1\r\nSUB foo.* q 2\r\nPUB foo 5\r\nhello\r\nPUB foo.x reply.to 3\r\nabc\r\n"
                  "HPUB foo r 24 27\r\nNATS/1.0\r\nA: bb\r\nC:d\r\n\r\nxyz\r\nPUB foo 0\r\n\r\nUNSUB 1\r\nUNSUB 2 2\r\nPONG\r\n"
                  "PUB foo 4\r\n\x01\r\n\"\r\nPUB foo.y 1\r\nz\r\nPING\r\n",
    "refusals": CONNECT + "SUB no.1 5\r\nPUB no.2 1\r\nx\r\nPUB ok _R_.a 1\r\nx\r\nSUB no.q q 7\r\nPUB _GR_.x 0\r\n\r\n"
                "SUB a..b 3\r\nPUB a.* 0\r\n\r\nPING\r\n",
    "wrong password": 'CONNECT {"verbose":false,"user":"a","pass":"x"}\r\n',
    "no such user": 'CONNECT {"verbose":false,"user":"zz","pass":"x","name":"nm"}\r\n',
    "token": 'CONNECT {"verbose":false,"auth_token":"x"}\r\n',
    "nothing": "PING\r\n",
    "size": CONNECT + "PUB x a\r\n",
    "payload": CONNECT + "PUB x 2000000\r\n",
    "arguments": CONNECT + "SUB a b c d\r\n",
    "error": CONNECT + "-ERR 'x'\r\n",
    "protocol": 'CONNECT {"user":"a","pass":"b","protocol":5}\r\n',
}


def lines(log):
    """What the log says of clients, without times, ports and ids; in no order, since nats-server has several threads.

    Why a client is refused, which nats-server does not say, is left out."""
    found = []
    for line in log.splitlines():
        match = re.match(r"\[\d+\] \S+ \S+ (\[\w+\] )127\.0\.0\.1:\d+ - cid:\d+ - (.*)", line)
        if match and not match[2].startswith("refused: "):
            found.append(match[1] + match[2])
    return sorted(found)


@pytest.fixture
async def both(resources, tmp_path):
    started = []
    for name, program in (("ours", brokers.ours(tmp_path)), ("real", brokers.oracle())):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "server.conf").write_text(CONFIGURATION)
        broker = Broker(program, folder, "-c", folder / "server.conf", "-DV")
        resources.push_async_callback(broker.stop)
        started.append(await broker.start())
    return started


async def test_operations_and_errors_are_logged_as_by_the_real_one(both):
    for name, script in SCRIPTS.items():
        logs = []
        for broker in both:
            before = len(broker.log)
            reader, writer = await asyncio.open_connection(*broker.address)
            await reader.readline()
            writer.write(script.encode("latin-1"))
            if script.endswith("PING\r\n") and "CONNECT" in script:
                answers = b""
                while answers.count(b"PONG\r\n") < script.count("PING"):
                    answers += await asyncio.wait_for(reader.read(4096), 5)
            else:
                await asyncio.wait_for(reader.read(), 5)
            writer.close()
            await broker.logged(f"(?s)^.{{{before}}}.*Client connection closed")
            logs.append(lines(broker.log[before:]))
        assert logs[0] == logs[1], name


CHANGES = [
    ("tags and metadata", "server_tags: [a]\nserver_metadata: {a: b}\n"),
    ("limits", "max_payload: 1000\nmax_connections: 50\nmax_control_line: 1000\nping_interval: 5s\nping_max: 4\n"
               "write_deadline: 3s\n"),
    ("stalls", "no_fast_producer_stall: true\n"),
    ("refused limits", "max_subs: 5\n"),
    ("refused pending", "max_pending: 50MB\n"),
    ("refused lame duck mode", "lame_duck_duration: 40s\n"),
    ("refused headers", "no_header_support: true\n"),
    ("refused monitoring", 'http: "127.0.0.1:-1"\n'),
    ("refused user", "no_auth_user: a\n"),
    ("advertise", 'client_advertise: "1.2.3.4:5"\n'),
]


async def test_a_reload_says_what_the_real_one_says(both):
    for name, change in CHANGES:
        logs = []
        for broker in both:
            file = broker.folder / "server.conf"
            for text in (CONFIGURATION + change, CONFIGURATION):
                before = len(broker.log)
                file.write_text(text)
                broker.send(signal.SIGHUP)
                await broker.logged(f"(?s)^.{{{before}}}.*(Reloaded server|Failed to reload)")
                said = re.findall(r"\[(?:INF|ERR)\] (Relo.*|Failed.*)", broker.log[before:])
                logs.append(sorted(re.sub(r"sha256:\w+", "…", line) for line in said))
        assert logs[:2] == logs[2:], name


async def test_payloads_are_cut_where_that_is_asked_for(resources, tmp_path):
    broker = Broker(brokers.ours(tmp_path), tmp_path / "broker", "-V", "--max_traced_msg_len", "3")
    resources.push_async_callback(broker.stop)
    await broker.start()
    reader, writer = await asyncio.open_connection(*broker.address)
    writer.write(b"PUB a 4\r\nabcd\r\n")
    await broker.logged(r'<<- MSG_PAYLOAD: \["abc\.\.\."\]')
    writer.close()
