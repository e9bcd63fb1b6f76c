"""The resdev binary as a child process."""

import asyncio
import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path

from harness.deadline import eventually
from harness.http_client import HTTPClient

ROOT = Path(__file__).resolve().parents[3]
SAMPLE_DATA = ROOT / "sample-data"
LIBRARY = SAMPLE_DATA / "library.sql"


def binary():
    """The path of the binary under test: $RESDEV, or the debug build."""
    path = Path(os.environ.get("RESDEV") or ROOT / ".build/debug/resdev").absolute()
    if not os.access(path, os.X_OK):
        raise AssertionError(f"There is no program at {path}: run `swift build`, or set RESDEV to its path.")
    return path


def environment(**extra):
    """An environment in which nothing of the developer's own changes what the program does."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, **extra}


@dataclass
class Ended:
    """How a run that was to end by itself did."""

    code: int
    stdout: str
    stderr: str

    @property
    def text(self):
        return self.stdout + self.stderr


async def run(*arguments, env=None, cwd=None, seconds=10.0):
    """Runs the program to its end."""
    process = await asyncio.create_subprocess_exec(
        binary(), *map(str, arguments), env=environment(**(env or {})), cwd=cwd,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )
    try:
        stdout, stderr = await asyncio.wait_for(process.communicate(), seconds)
    except TimeoutError:
        process.kill()
        stdout, stderr = await process.communicate()
        raise AssertionError(
            f"resdev {' '.join(map(str, arguments))} did not end within {seconds:g} s.\n{stdout.decode()}{stderr.decode()}"
        ) from None
    return Ended(process.returncode, stdout.decode(), stderr.decode())


class Resdev:
    """A running resdev, whose ports are known once it accepts connections."""

    def __init__(self, arguments, folder, env=None, command=(), cwd=None, prefix=()):
        self.prefix = prefix  # a command that runs the program, as another user
        self.command = ["--", *map(str, command)] if command else []
        self.cwd = cwd
        self.arguments = [str(argument) for argument in arguments]
        self.folder = folder
        self.env = environment(**(env or {}))
        self.process = None
        self.ready = {}

    async def start(self, seconds=20.0):
        ready_file = self.folder / "ready.json"
        with open(self.folder / "stdout", "wb") as stdout, open(self.folder / "stderr", "wb") as stderr:
            self.process = await asyncio.create_subprocess_exec(
                *self.prefix, binary(), *self.arguments, "--ready-file", ready_file, *self.command, env=self.env, cwd=self.cwd,
                stdin=asyncio.subprocess.DEVNULL, stdout=stdout, stderr=stderr,
            )
        await eventually(
            lambda: ready_file.exists() or self.process.returncode is not None,
            lambda: f"{self} is ready.\n{self.text}", seconds,
        )
        if self.process.returncode is not None:
            raise AssertionError(f"{self} ended with {self.process.returncode} before it was ready.\n{self.text}")
        self.ready = json.loads(ready_file.read_text())
        return self

    def __str__(self):
        return f"resdev {' '.join(self.arguments)}"

    @property
    def stdout(self):
        return (self.folder / "stdout").read_text()

    @property
    def stderr(self):
        return (self.folder / "stderr").read_text()

    @property
    def text(self):
        return self.stdout + self.stderr

    @property
    def running(self):
        return self.process is not None and self.process.returncode is None

    @property
    def nats(self):
        return self.ready["nats"]

    @property
    def ws(self):
        return self.ready["ws"]

    @property
    def http(self):
        return HTTPClient(self.ready["http"])

    def kill(self):
        """Ends it without any chance to put things in order."""
        self.process.kill()

    async def stop(self, number=signal.SIGTERM, seconds=1.0):
        """Asks it to end, which it has to do in order and within a second."""
        if self.running:
            self.process.send_signal(number)
        try:
            code = await asyncio.wait_for(self.process.wait(), seconds)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
            raise AssertionError(f"{self} did not end within {seconds:g} s of {number.name}.\n{self.text}") from None
        assert code == 0, f"{self} ended with {code} on {number.name}.\n{self.text}"
