"""What an idle connection takes: so many are opened, used once and kept.

The server, in the parent, sends the head of each response at once and the bodies when all of the
connections are there: so none of them can serve twice.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import re
import tracemalloc
from collections.abc import Awaitable, Callable
from pathlib import Path

from .adapters.base import Outcome
from .makers import new_blocking, new_waiting
from .tasks import Task
from .workloads import check

NOW = "/now"
"""Answered at once: the connection that warms the client up, and clients that cannot wait."""


def hold(task: Task) -> dict[str, float]:
    """The bytes that each connection takes: resident, or, if traced, on Python's heap."""
    traced = task.setup.traced
    if traced:
        tracemalloc.start()
    if task.runtime == "threads":
        before, after = hold_blocking(task)
    elif task.runtime == "trio":
        import trio

        before, after = trio.run(hold_waiting, task)
    else:
        before, after = asyncio.run(hold_waiting(task))
    return {"bytes": (after - before) / task.many}


def hold_blocking(task: Task) -> tuple[int, int]:
    """Memory before and after, on threads."""
    client = new_blocking(task)
    check(task, client.get(task.setup.url + NOW))
    before = memory(task)
    held: list[Callable[[], Outcome]] = [client.hold(task.urls[0]) for _ in range(task.many)]
    for rest in held:
        check(task, rest())
    held.clear()
    after = memory(task)
    client.close()
    return before, after


async def hold_waiting(task: Task) -> tuple[int, int]:
    """Memory before and after, on an event loop."""
    client = new_waiting(task)
    check(task, await client.get(task.setup.url + NOW))
    before = memory(task)
    held: list[Callable[[], Awaitable[Outcome]]] = [
        await client.hold(task.urls[0]) for _ in range(task.many)
    ]
    for rest in held:
        check(task, await rest())
    held.clear()
    after = memory(task)
    await client.close()
    return before, after


def memory(task: Task) -> int:
    """What this process takes now, garbage and free blocks left out."""
    gc.collect()
    if task.setup.traced:
        return tracemalloc.get_traced_memory()[0]
    ctypes.CDLL(None).malloc_trim(0)
    return resident()


def resident() -> int:
    """The bytes of this process that are in memory (Linux)."""
    text = Path("/proc/self/smaps_rollup").read_text()
    match = re.search(r"^Rss:\s+(\d+) kB", text, re.M)
    assert match is not None
    return int(match[1]) * 1024
