"""A program that takes nats-server's flags, with a configuration file."""

import asyncio
import json

from harness.deadline import eventually
from harness.process import environment


class NATSProgram:
    def __init__(self, program, folder, text):
        self.program = program
        self.folder = folder
        self.file = folder / "server.conf"
        self.file.write_text(text)
        self.process = None
        self.host, self.port = None, None

    @property
    def log(self):
        return (self.folder / "log").read_text()

    @property
    def url(self):
        return f"nats://{self.host}:{self.port}"

    async def start(self):
        with open(self.folder / "log", "wb") as log:
            self.process = await asyncio.create_subprocess_exec(
                self.program, "-c", self.file, "-a", "127.0.0.1", "-p", "-1", "--ports_file_dir", self.folder,
                env=environment(), stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
            )
        url = await eventually(self._listening, lambda: f"{self.program} is up.\n{self.log}")
        self.host, port = url.removeprefix("nats://").rsplit(":", 1)
        self.port = int(port)
        return self

    def _listening(self):
        assert self.process.returncode is None, self.log
        for file in self.folder.glob("*.ports"):
            try:
                return json.loads(file.read_text())["nats"][0]
            except (ValueError, KeyError):
                return None  # being written
        return None

    async def stop(self):
        if self.process and self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()
