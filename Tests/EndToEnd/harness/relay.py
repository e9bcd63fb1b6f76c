"""Joins two NATS servers for RES traffic, and takes the store's ready answers out of query events on the way.

A gateway at the far server sees a store that knows the protocol and nothing more. One connection to each side, read in
order, so that replies and events keep theirs.
"""

import asyncio
import json
from urllib.parse import urlsplit

FORWARD = ["get.>", "call.>", "access.>", "auth.>", "_query.>"]
BACK = ["event.>", "system.>", "conn.>", "_INBOX.>", "_inbox.>"]


class Relay:
    def __init__(self):
        self.stripped = 0  # query events that lost their answers
        self.asked = 0  # questions about query events
        self.tasks = []
        self.writers = []

    @classmethod
    async def between(cls, near, far):
        """`near` is where the store is, `far` where the gateway is."""
        relay = cls()
        near_reader, near_writer = await relay._connect(near, BACK)
        far_reader, far_writer = await relay._connect(far, FORWARD)
        relay.tasks = [
            asyncio.create_task(relay._pump(near_reader, near_writer, far_writer, relay._strip)),
            asyncio.create_task(relay._pump(far_reader, far_writer, near_writer, relay._count)),
        ]
        return relay

    async def _connect(self, url, subjects):
        address = urlsplit(url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=1 << 24)
        self.writers.append(writer)
        assert (await reader.readline()).startswith(b"INFO ")
        # No echo: what the relay itself publishes is not for it.
        writer.write(b'CONNECT {"verbose":false,"pedantic":false,"echo":false,"headers":false}\r\n')
        for number, subject in enumerate(subjects, 1):
            writer.write(f"SUB {subject} {number}\r\n".encode())
        writer.write(b"PING\r\n")
        while (await reader.readline()) != b"PONG\r\n":
            pass
        return reader, writer

    async def _pump(self, reader, own, other, change):
        while line := await reader.readline():
            parts = line.decode().split()
            if not parts or parts[0] != "MSG":
                if line.startswith(b"PING"):
                    own.write(b"PONG\r\n")
                assert not line.startswith(b"-ERR"), line
                continue
            subject, reply, size = parts[1], parts[3] if len(parts) == 5 else "", int(parts[-1])
            payload = change(subject, (await reader.readexactly(size + 2))[:-2])
            other.write(f"PUB {subject} {reply} {len(payload)}\r\n".encode() + payload + b"\r\n")

    def _strip(self, subject, payload):
        if not (subject.startswith("event.") and subject.endswith(".query")):
            return payload
        event = json.loads(payload)
        if event.pop("queries", None) is not None:
            self.stripped += 1
        return json.dumps(event).encode()

    def _count(self, subject, payload):
        self.asked += subject.startswith("_query.")
        return payload

    async def close(self):
        for task in self.tasks:
            task.cancel()
        for writer in self.writers:
            writer.close()
        await asyncio.gather(*self.tasks, return_exceptions=True)
