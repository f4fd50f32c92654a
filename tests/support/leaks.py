"""What was left behind: sockets, threads, tasks.

Servers under test live in this process too. So a check compares before and after, and gives the
servers a moment to see that their peers are gone.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Generator
from pathlib import Path

SETTLE_SECONDS = 2.0

OTHERS_THREADS = (
    "Trio thread",  # trio keeps idle worker threads for ten seconds
    "scripted-server",
    "asgi-server",
)
"""Names of threads that come and go by themselves and are not the library's."""


class Leak(AssertionError):
    """Something outlived the code that should have freed it."""


def open_sockets() -> dict[str, str]:
    """This process's sockets: inode to a few words on what it is."""
    found: dict[str, str] = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{name}")
        except FileNotFoundError:
            continue  # the folder's own descriptor, or one closed just now
        if target.startswith("socket:["):
            found[target[8:-1]] = f"fd {name}"
    return found


def describe_sockets(inodes: set[str]) -> list[str]:
    """Addresses and states of `inodes`, from the kernel's tables."""
    told: list[str] = []
    known: set[str] = set()
    for table in ("tcp", "tcp6"):
        path = Path("/proc/net") / table
        if not path.exists():
            continue
        for line in path.read_text().splitlines()[1:]:
            fields = line.split()
            if fields[9] in inodes:
                known.add(fields[9])
                local, remote = (int(end.rpartition(":")[2], 16) for end in fields[1:3])
                state = {"01": "established", "08": "close-wait", "0A": "listening"}
                word = state.get(fields[3], f"state {fields[3]}")
                told.append(f"{table} port {local} to port {remote}, {word}")
    told.extend(f"socket {inode}, not TCP or not connected" for inode in inodes - known)
    return told


def library_threads() -> set[threading.Thread]:
    """The threads alive now that are not the test servers' or a runtime's own."""
    return {
        thread
        for thread in threading.enumerate()
        if not thread.name.startswith(OTHERS_THREADS) and thread is not threading.current_thread()
    }


@contextlib.contextmanager
def no_leaks(
    *, sockets: bool = True, threads: bool = True, settle: float = SETTLE_SECONDS
) -> Generator[None]:
    """A block that must leave no socket and no thread behind.

    Checked only when the block ends without an error, so that the error is what one sees.
    `settle` is how long, in seconds, things may take to vanish.
    """
    had_sockets = open_sockets().keys()
    had_threads = library_threads()
    yield
    end = time.monotonic() + settle
    while True:
        left: set[str] = open_sockets().keys() - had_sockets if sockets else set()
        running = library_threads() - had_threads if threads else set[threading.Thread]()
        if not left and not running:
            return
        if time.monotonic() > end:
            break
        time.sleep(0.005)
    told = describe_sockets(left) + [f"thread {thread.name!r}" for thread in running]
    raise Leak(f"left behind after {settle} s: " + "; ".join(told))


async def no_asyncio_tasks_left() -> None:
    """Fail if the running event loop has another task than the calling one."""
    import asyncio

    others = asyncio.all_tasks() - {asyncio.current_task()}
    for _ in range(20):
        if not others:
            return
        await asyncio.sleep(0.01)
        others = asyncio.all_tasks() - {asyncio.current_task()}
    raise Leak("tasks left behind: " + "; ".join(repr(task) for task in others))
