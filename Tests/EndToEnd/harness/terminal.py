"""The resdev binary on a terminal, with a person's keys and eyes."""

import asyncio
import fcntl
import os
import pty
import re
import termios

from harness.deadline import SECONDS, eventually
from harness.http_client import HTTPClient
from harness.process import binary, environment


class Terminal:
    """A pseudo terminal that a process has to itself, as its session's controlling one."""

    def __init__(self, arguments, env=None, cwd=None):
        self.arguments = [str(argument) for argument in arguments]
        self.env = environment(TERM="xterm", NO_COLOR="1", **(env or {}))
        self.cwd = cwd
        self.master, self.slave = pty.openpty()
        self.text = ""
        self.process = None

    async def start(self):
        os.set_blocking(self.master, False)
        asyncio.get_running_loop().add_reader(self.master, self._read)
        self.process = await asyncio.create_subprocess_exec(
            binary(), *self.arguments, env=self.env, cwd=self.cwd, stdin=self.slave, stdout=self.slave, stderr=self.slave,
            start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )

    def _read(self):
        try:
            self.text += os.read(self.master, 65536).decode(errors="replace").replace("\r\n", "\n")
        except OSError:
            asyncio.get_running_loop().remove_reader(self.master)

    async def shows(self, pattern, seconds=SECONDS):
        """Waits until the screen has something new that matches, and takes all up to there as seen."""
        found = await eventually(
            lambda: re.search(pattern, self.text), lambda: f"the terminal shows {pattern!r}:\n{self.text}", seconds)
        self.text = self.text[found.end():]
        return found

    async def ready(self):
        """Waits until keys are taken; gives a client of the server."""
        address = (await self.shows(r"HTTP (http://\S+)"))[1]
        await self.shows("press h for help")
        return HTTPClient(address)

    def press(self, keys):
        os.write(self.master, keys.encode())

    @property
    def takes_lines(self):
        """Whether the terminal is as a shell has it: whole lines, with an echo."""
        flags = termios.tcgetattr(self.slave)[3]
        return flags & (termios.ICANON | termios.ECHO) == termios.ICANON | termios.ECHO

    async def ended(self, seconds=SECONDS):
        """How the process ends by itself."""
        return await asyncio.wait_for(self.process.wait(), seconds)

    def hang_up(self):
        """Closes the terminal, as its window does."""
        asyncio.get_running_loop().remove_reader(self.master)
        os.close(self.master)
        os.close(self.slave)
        self.master = self.slave = -1

    async def close(self):
        if self.process and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        if self.master >= 0:
            self.hang_up()
