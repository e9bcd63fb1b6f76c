"""The commands and files of a Markdown page, and running them as a reader would."""

import asyncio
import json
import os
import re
import signal
import socket
from dataclasses import dataclass

from harness.deadline import eventually
from harness.process import binary

BLOCK = re.compile(r"^```(\w*) *([^\n]*)\n(.*?)^```$|^<!-- check: (.*?) -->$", re.MULTILINE | re.DOTALL)


@dataclass
class Block:
    """A fenced block: its language and the words behind it; or, of language `check`, a point where to look."""

    language: str
    words: str
    text: str
    line: int


def blocks(page):
    """The blocks of a page, in order."""
    text = page.read_text()

    def block(found):
        line = text[:found.start()].count("\n") + 1
        return Block("check", found[4], "", line) if found[4] else Block(found[1], found[2].strip(), found[3], line)

    return [block(found) for found in BLOCK.finditer(text)]


def free_ports(count):
    """Ports that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Reader:
    """Follows a page literally: with its commands, in its order, in a directory; only ports are exchanged for free ones."""

    def __init__(self, folder):
        self.folder = folder
        self.http, self.nats = free_ports(2)
        self.terminals = {}
        self.output = ""
        programs = folder / ".programs"
        programs.mkdir()
        (programs / "resdev").symlink_to(binary())
        self.ready = folder / ".ready"
        self.env = {
            **os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "RESDEV_READY_FILE": str(self.ready),
            "RESDEV_PORT": str(self.http), "RESDEV_NATS_PORT": str(self.nats), "RESDEV_STRICT_PORT": "true",
            "RES_URL": f"http://127.0.0.1:{self.http}", "NATS_URL": f"nats://127.0.0.1:{self.nats}",
        }
        self.env.pop("RESDEV", None)

    @property
    def url(self):
        return f"http://localhost:{self.http}"

    async def follow(self, block):
        """Does what a block says; fails with its line and what the program wrote."""
        try:
            match block.language:
                case "sh" if block.words == "build": pass
                case "sh" if block.words.startswith("terminal="): await self.start(block.text, block.words)
                case "sh": self.output = await self.run(block.text)
                case "json": assert json.loads(self.output) == json.loads(block.text)
                case "text": assert fits(self.output, block.text), self.output
                case _: self.write(block)
        except AssertionError as error:
            raise AssertionError(f"line {block.line}: {error}\n{self.logs()}") from error

    def write(self, block):
        mode, name = ("a", block.words[2:].strip()) if block.words.startswith(">>") else ("w", block.words)
        assert name, "the block has no file's name"
        with open(self.folder / name, mode) as file:
            file.write(block.text)

    def script(self, text):
        text = text.replace("localhost:8080", f"localhost:{self.http}").replace("localhost:4222", f"localhost:{self.nats}")
        return f"set -e\n{text}\npwd >&3\n"

    async def run(self, text, seconds=30):
        """Runs commands, to their end, in the directory where those before left off; gives what they wrote."""
        read, write = os.pipe()
        script = self.script(text).replace(">&3", f">&{write}")
        process = await asyncio.create_subprocess_exec(
            "bash", "-c", script, cwd=self.folder, env=self.env, pass_fds=[write], stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )
        os.close(write)
        try:
            output, errors = await asyncio.wait_for(process.communicate(), seconds)
        except TimeoutError:
            process.kill()
            raise AssertionError(f"{text}did not end within {seconds} s") from None
        with os.fdopen(read) as pipe:
            place = pipe.read().strip()
        assert process.returncode == 0, f"{text}ended with {process.returncode}\n{output.decode()}{errors.decode()}"
        self.folder = type(self.folder)(place)
        return output.decode()

    async def start(self, text, terminal):
        """Starts commands that stay, in a terminal; what ran there is interrupted first."""
        await self.stop(terminal)
        is_server = re.search(r"^resdev (serve|--)", text, re.MULTILINE) is not None
        if is_server:
            self.ready.unlink(missing_ok=True)
        log = self.folder / f".{terminal}"
        with open(log, "ab") as file:
            process = await asyncio.create_subprocess_exec(
                "bash", "-c", self.script(text).replace("pwd >&3", ""), cwd=self.folder, env=self.env,
                stdin=asyncio.subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True,
            )
        self.terminals[terminal] = (process, log)
        await eventually(
            lambda: process.returncode is not None or (self.ready.exists() if is_server else log.stat().st_size > 0),
            lambda: f"{text}has begun", 60,
        )
        assert process.returncode is None, f"{text}ended with {process.returncode}"

    async def stop(self, terminal):
        """Presses Ctrl-C."""
        if terminal not in self.terminals:
            return
        process, _ = self.terminals.pop(terminal)
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGINT)
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            raise AssertionError(f"{terminal} did not end at Ctrl-C") from None

    async def close(self):
        for terminal in list(self.terminals):
            await self.stop(terminal)

    def logs(self):
        return "\n".join(log.read_text(errors="replace") for _, log in self.terminals.values())


def fits(output, expected):
    """Whether lines stand in an output, in order; `…` in a line stands for anything."""
    patterns = [".*".join(map(re.escape, line.strip().split("…"))) for line in expected.splitlines() if line.strip()]
    return re.search(".*".join(patterns), output, re.DOTALL) is not None
