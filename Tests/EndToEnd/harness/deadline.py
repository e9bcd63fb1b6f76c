"""Waiting for what has no event to wait for, with an end."""

import asyncio
import time

SECONDS = 10.0


async def eventually(condition, what, seconds=SECONDS):
    """Returns what `condition()` returns, once that is true; fails with `what` when it never is."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"Not within {seconds:g} s: {what() if callable(what) else what}")
        await asyncio.sleep(0.002)
    return value
