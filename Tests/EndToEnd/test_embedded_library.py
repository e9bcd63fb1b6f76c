"""The library product EmbeddedBroker, in the program of examples/embedded-broker."""

import asyncio
import subprocess

import nats

from harness.process import ROOT

EXAMPLE = ROOT / "examples" / "embedded-broker"


def program():
    path = ROOT / ".build" / "debug" / "EmbeddedBrokerExample"
    assert path.exists(), f"There is no {path}: swift build --build-tests makes it."
    return path


def test_the_example_asks_its_own_service():
    result = subprocess.run([program()], capture_output=True, text=True, timeout=30, check=True)
    assert result.stdout.splitlines() == [
        "sum of 3 numbers: 6", "sum of 0 numbers: 0", "sum of 2 numbers: 42", "nobody subscribes to 'product'",
        "sums.6", "sums.0", "sums.42",
    ]


async def test_clients_outside_ask_it_too(resources):
    process = await asyncio.create_subprocess_exec(program(), "serve", "0", stdout=asyncio.subprocess.PIPE)

    async def stop():
        process.kill()
        await process.wait()

    resources.push_async_callback(stop)
    url = (await asyncio.wait_for(process.stdout.readline(), 20)).decode().strip()
    client = await nats.connect(url)
    sums = await client.subscribe("sums.*")
    await client.flush()
    answer = await client.request("sum", b"20 22", timeout=5)
    assert (answer.data, answer.headers) == (b"42", {"Count": "2"})
    assert (await sums.next_msg(5)).subject == "sums.42"
    await client.close()


def test_another_package_may_depend_on_it():
    """SwiftPM refuses dependencies with unsafe flags."""
    for folder in (ROOT, EXAMPLE):
        text = subprocess.run(["swift", "package", "dump-package"], cwd=folder, capture_output=True, text=True, timeout=60,
                              check=True).stdout
        assert "unsafeFlags" not in text
