"""The service's side of the wire and the plain HTTP client: bytes in the order they come, nothing interpreted."""

import asyncio
import json
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Request:
    """A message that came from the gateway."""

    subject: str
    reply: str
    payload: str

    def __str__(self):
        return f"{self.subject} {self.payload or '-'}"


class ServiceWire:
    """A NATS connection that hands over every message in the order of arrival, whatever the subject."""

    def __init__(self, reader, writer, receive):
        self._reader = reader
        self._writer = writer
        self._receive = receive
        self._pongs = []
        self._count = 0
        self._task = None

    @classmethod
    async def connect(cls, url, receive):
        """`receive` is called with each `Request`."""
        address = urlsplit(url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=1 << 26)
        await reader.readline()  # INFO
        wire = cls(reader, writer, receive)
        options = {"verbose": False, "pedantic": False, "echo": False, "name": "conformance", "lang": "python", "version": "1"}
        writer.write(f"CONNECT {json.dumps(options)}\r\n".encode())
        wire._task = asyncio.create_task(wire._read())
        return wire

    def listen(self, pattern):
        self._count += 1
        self._writer.write(f"SUB {pattern} {self._count}\r\n".encode())

    def publish(self, subject, payload):
        self._writer.write(f"PUB {subject} {len(payload)}\r\n".encode() + payload + b"\r\n")

    async def flush(self):
        """Waits until the server has taken in all that was sent."""
        pong = asyncio.get_running_loop().create_future()
        self._pongs.append(pong)
        self._writer.write(b"PING\r\n")
        await pong

    async def close(self):
        self._task.cancel()
        self._writer.close()

    async def _read(self):
        while line := (await self._reader.readline()).split():
            verb = line[0].upper()
            if verb == b"MSG":
                size = int(line[-1])
                payload = (await self._reader.readexactly(size + 2))[:size]
                reply = line[3].decode() if len(line) == 5 else ""
                self._receive(Request(line[1].decode(), reply, payload.decode(errors="replace")))
            elif verb == b"PING":
                self._writer.write(b"PONG\r\n")
            elif verb == b"PONG":
                self._pongs.pop(0).set_result(None)


@dataclass
class Answer:
    """An HTTP response as it came."""

    status: int
    fields: list = field(default_factory=list)  # (name, value), in order
    body: str = ""

    def values(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def __str__(self):
        lines = [str(self.status), *(f"  {name}: {value}" for name, value in self.fields)]
        return "\n".join(lines + ([f"  {self.body}"] if self.body else []))


async def http_request(url, method, target, fields, body):
    """Sends one request just as it is given on a connection of its own, and reads until the server closes."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        names = {name.lower() for name, _ in fields}
        lines = [f"{method} {target} HTTP/1.1"]
        if "host" not in names:
            lines.append(f"Host: {address.netloc}")
        lines += [f"{name}: {value}" for name, value in fields]
        if "connection" not in names:
            lines.append("Connection: close")
        if body is not None and "content-length" not in names:
            lines.append(f"Content-Length: {len(body)}")
        writer.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b""))
        return parse_answer(await reader.read())
    finally:
        writer.close()


def parse_answer(data):
    head, separator, body = data.partition(b"\r\n\r\n")
    if not separator:
        raise AssertionError(f"no HTTP response: {data[:200]!r}")
    status, *lines = head.decode("latin-1").split("\r\n")
    fields = [tuple(part.strip() for part in line.split(":", 1)) for line in lines]
    answer = Answer(int(status.split()[1]), fields)
    if any(value.lower() == "chunked" for value in answer.values("Transfer-Encoding")):
        body = b"".join(_chunks(body))
    answer.body = body.decode(errors="replace")
    return answer


def _chunks(data):
    while data:
        size, _, data = data.partition(b"\r\n")
        length = int(size, 16)
        if length == 0:
            return
        yield data[:length]
        data = data[length + 2:]
