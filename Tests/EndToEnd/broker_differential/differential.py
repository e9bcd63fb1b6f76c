"""Sends the same raw bytes to two NATS servers and compares what comes back.

    python3 differential.py ORACLE_HOST:PORT HOST:PORT [part of a case's name]

A case is a list of steps: (connection, bytes) sends, (connection, [bytes, ...]) sends piece by piece, (connection,
function) sends what the function makes of all that the connection has received, and a number waits that many seconds. After every send the script waits until all connections are quiet. Every connection's whole
answer is compared, and whether the server closed it; what must differ (ids, ports, names) is normalised first. Exits
with 1 when a case differs.
"""

import json
import re
import select
import socket
import sys

from cases import CASES

QUIET = 0.06
# When servers are slow because much else runs, this is long enough.
PATIENT = 0.4
IGNORED_INFO = {"server_id", "server_name", "port", "host", "client_id", "git_commit", "go", "xkey", "api_lvl", "nonce"}


class Connection:
    def __init__(self, address):
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.closed = False

    def read(self):
        try:
            chunk = self.socket.recv(1 << 20)
        except (ConnectionResetError, BrokenPipeError):
            chunk = b""
        if chunk:
            self.received += chunk
        else:
            self.closed = True

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (ConnectionResetError, BrokenPipeError):
            self.closed = True


def settle(connections, quiet=QUIET):
    """Reads everything until nothing has come for a while."""
    while True:
        open_ones = {c.socket: c for c in connections.values() if not c.closed}
        if not open_ones:
            return
        ready, _, _ = select.select(list(open_ones), [], [], quiet)
        if not ready:
            return
        for s in ready:
            open_ones[s].read()


def normalise(received):
    def info(match):
        fields = json.loads(match.group(1))
        kept = {k: v for k, v in fields.items() if k not in IGNORED_INFO}
        return b"INFO " + json.dumps(kept).encode() + match.group(2)

    received = re.sub(rb"INFO (\{.*?\})( ?\r\n)", info, received)
    # The first PING comes some two seconds after CONNECT, or in the middle of a case.
    received = re.sub(rb"(?m)^PING\r\n", b"", received)
    # A round trip time changes the length of the header that tells who asks.
    if b"Nats-Request-Info" in received:
        received = re.sub(rb',"rtt":\d+', b"", received)
        received = re.sub(rb"(?m)^(HMSG .*?) \d+ \d+\r\n", rb"\1 SIZE\r\n", received)
    received = re.sub(rb"_R_\.[\w.]+", b"_R_", received)
    if b'"server":{' in received:
        received = re.sub(rb'"server":\{.*?\},"data"', b'"server":{},"data"', received)
        received = re.sub(rb"(?m)^(MSG .*?) \d+\r\n", rb"\1 SIZE\r\n", received)
    return received


def run(address, steps, quiet=QUIET):
    """What each connection received, and whether it was closed."""
    connections = {}
    for step in steps:
        if isinstance(step, (int, float)):
            settle(connections, step)
            continue
        name, data = step
        if name not in connections:
            connections[name] = Connection(address)
            # A server that much else keeps busy takes its time to greet.
            for _ in range(50):
                settle(connections, quiet)
                if connections[name].received or connections[name].closed:
                    break
        if callable(data):
            data = data(connections[name].received)
        for piece in data if isinstance(data, list) else [data]:
            # What is sent to a server that has closed makes its system take back what it said last.
            if connections[name].closed:
                break
            connections[name].send(piece)
            if isinstance(data, list):
                settle({name: connections[name]}, 0.001)
        settle(connections, quiet)
    result = {n: (normalise(c.received), c.closed) for n, c in connections.items()}
    for connection in connections.values():
        connection.socket.close()
    return result


def compare(oracle, ours, steps):
    """What both answer, or None when it is the same."""
    for quiet in (QUIET, PATIENT):
        expected, actual = run(oracle, steps, quiet), run(ours, steps, quiet)
        if expected == actual:
            return None
    return expected, actual


def report(name, steps, expected, actual):
    """How a case differs, in words."""
    lines = [f"DIFFERS: {name}"]
    for connection in expected:
        if expected[connection] != actual.get(connection):
            sent = [shorten(repr(d).encode(), 300) for n, d in (s for s in steps if not isinstance(s, (int, float)))
                    if n == connection]
            lines.append(f"  sent to {connection} {sent}")
            for who, (received, closed) in (("oracle", expected[connection]), ("ours", actual[connection])):
                lines.append(f"  {who}: {shorten(received)} {'closed' if closed else 'open'}")
    return "\n".join(lines)


def address(text):
    host, port = text.rsplit(":", 1)
    return host, int(port)


def shorten(data, limit=1500):
    return data if len(data) <= limit else data[:limit] + b"... (%d bytes)" % len(data)


def main():
    oracle, ours = address(sys.argv[1]), address(sys.argv[2])
    wanted = sys.argv[3] if len(sys.argv) > 3 else ""
    failures = 0
    for name, steps in CASES:
        if wanted not in name:
            continue
        difference = compare(oracle, ours, steps)
        if difference:
            failures += 1
            print(report(name, steps, *difference))
    print(f"{len(CASES)} cases, {failures} differ")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
