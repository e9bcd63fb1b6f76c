"""Plays many transcripts side by side: on one broker with one gateway for each set of options, and on `resdev serve`, whose
gateway has the bus in its own process."""

import asyncio
import shlex
import traceback

from harness.conformance.player import Player
from harness.conformance.transcript import with_own_names
from harness.process import LIBRARY, Resdev

AT_ONCE = 24


class Stage:
    def __init__(self, folder):
        self.folder = folder
        self.results = {}  # (case id, role) -> None, or what went wrong
        self._gateways = {}
        self._servers = []
        self._broker = None
        self._whole = None

    def run(self, plays):
        """Plays pairs of a case and a role, `gateway` or `serve`."""
        asyncio.run(self._run(plays))

    async def _run(self, plays):
        self._broker = await self._start(["broker", "--port", 0])
        if any(role == "serve" for _, role in plays):
            self._whole = await self._start(["serve", LIBRARY, "--port", 0, "--nats-port", 0])
        places = asyncio.Semaphore(AT_ONCE)

        async def one(case, role):
            async with places:
                self.results[case.id, role] = await self._play(case, role)

        try:
            await asyncio.gather(*(one(case, role) for case, role in plays))
        finally:
            running = [server for server in reversed(self._servers) if server.running]
            ended = await asyncio.gather(*(server.stop(seconds=10) for server in running), return_exceptions=True)
            for problem in filter(None, ended):
                raise problem

    async def _play(self, case, role):
        try:
            if role == "serve":
                await Player(case, self._whole, self._whole.nats).play()
            else:
                await Player(case, await self._gateway(case), self._broker.nats).play()
        except AssertionError as error:
            return str(error)
        except Exception:
            return f"{case.id}\n{traceback.format_exc()}"
        return None

    async def _gateway(self, case):
        """The gateway with the options of a case; `own: gateway` has one that no other case uses."""
        options = with_own_names(case, case.settings.get("gateway", ""))
        key = (options, case.id if "own" in case.settings else "")
        if key not in self._gateways:
            arguments = ["gateway", "--nats", self._broker.nats, "--port", 0, *shlex.split(options)]
            self._gateways[key] = asyncio.ensure_future(self._start(arguments))
        return await asyncio.shield(self._gateways[key])

    async def _start(self, arguments):
        folder = self.folder / f"resdev-{len(self._servers)}"
        folder.mkdir()
        server = Resdev(arguments, folder)
        self._servers.append(server)
        return await server.start(seconds=30)
