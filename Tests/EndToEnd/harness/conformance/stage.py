"""Plays many transcripts side by side, on one broker, with one gateway for each set of options."""

import asyncio
import shlex
import traceback

from harness.conformance.player import Player
from harness.conformance.transcript import with_own_names
from harness.process import Resdev

AT_ONCE = 24


class Stage:
    def __init__(self, folder):
        self.folder = folder
        self.results = {}  # case id -> None, or what went wrong
        self._gateways = {}
        self._servers = []
        self._broker = None

    def run(self, cases):
        asyncio.run(self._run(cases))

    async def _run(self, cases):
        self._broker = await self._start(["broker", "--port", 0])
        places = asyncio.Semaphore(AT_ONCE)

        async def one(case):
            async with places:
                self.results[case.id] = await self._play(case)

        try:
            await asyncio.gather(*(one(case) for case in cases))
        finally:
            for server in reversed(self._servers):
                if server.running:
                    await server.stop(seconds=10)

    async def _play(self, case):
        try:
            gateway = await self._gateway(case)
            await Player(case, gateway, self._broker.nats).play()
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
