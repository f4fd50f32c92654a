"""Pools beyond one process and one owner: after a fork, dropped, at interpreter exit."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from support.scripted import Expect, Send, Stall, keep_answering, serve

FORK = """
import os, sys, threading, httpx
url = sys.argv[1]
pool = httpx.ConnectionPool()
pool.request("GET", url)
reading = pool.stream("GET", url)
held = pool._core._lock
held.acquire()  # as another thread might, at the moment of the fork
child = os.fork()
if not child:
    assert repr(pool) == "<ConnectionPool [0 active]>", pool
    try:
        reading.read()
    except httpx.ReadError:
        pass
    assert pool.request("GET", url).body == b"hello"
    assert repr(pool) == "<ConnectionPool [1 idle]>", pool
    pool.close()
    os._exit(0)
held.release()
_, status = os.waitpid(child, 0)
assert status == 0, status
assert reading.read() == b"hello"
before = pool.connections
assert pool.request("GET", url).body == b"hello"
assert repr(pool) == "<ConnectionPool [1 idle]>", pool
pool.close()
print("done")
"""

DROPPED = """
import gc, sys, warnings, {package}
url = sys.argv[1]
def use():
    pool = httpx.ConnectionPool()
    pool.request("GET", url)
async def ause():
    pool = ahttpx.ConnectionPool()
    await pool.request("GET", url)
    await pool._core._new_runtime().event().wait("", 0.01)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    {run}
    gc.collect()
print(len(caught), caught[0].category.__name__, "was dropped with 1 open" in str(caught[0].message))
"""

AT_EXIT = """
import sys, {package}
url = sys.argv[1]
{run}
print("done")
"""


def run(program: str, url: str) -> str:
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", program, url],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0
    return done.stdout.strip()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_child_starts_with_an_empty_pool() -> None:
    with serve(keep_answering(b"hello")) as server:
        assert run(FORK, server.url) == "done"
        assert server.connections_total == 2


RUNS = {
    "threads": ("httpx", "use()"),
    "asyncio": ("asyncio, ahttpx", "asyncio.run(ause())"),
    "trio": ("trio, ahttpx", "trio.run(ause)"),
}


@pytest.mark.parametrize("runtime", RUNS)
def test_a_dropped_pool_is_told_of_once(runtime: str) -> None:
    package, call = RUNS[runtime]
    with serve(keep_answering(b"hello")) as server:
        program = DROPPED.format(package=package, run=call)
        assert run(program, server.url) == "1 ResourceWarning True"
        assert server.wait_closed()


FORGOTTEN = """
import gc, sys, warnings, httpx
def use():
    httpx.stream(sys.argv[1])
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    use()
    gc.collect()
print(len(caught), "neither read to its end nor closed" in str(caught[0].message))
"""


def test_a_forgotten_response_and_its_pool_are_told_of_once() -> None:
    with serve(
        [Expect(), Send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), Stall()]
    ) as server:
        assert run(FORGOTTEN, server.url) == "1 True"
        assert server.wait_closed()


KEPT = {
    "threads": ("httpx", "client = httpx.Client()\nclient.get(url)"),
    "asyncio": (
        # In development mode asyncio tells of steps that take a tenth of a second, which the first
        # one may if modules have to be compiled.
        "asyncio, logging, ahttpx",
        "logging.getLogger('asyncio').setLevel(logging.ERROR)\n"
        "client = ahttpx.Client()\nfor _ in range(3): asyncio.run(client.request('GET', url))",
    ),
    "trio": (
        "trio, ahttpx",
        "client = ahttpx.Client()\nfor _ in range(3): trio.run(client.get, url)",
    ),
}


@pytest.mark.parametrize("runtime", KEPT)
def test_nothing_is_said_at_interpreter_exit(runtime: str) -> None:
    package, call = KEPT[runtime]
    with serve(keep_answering(b"hello")) as server:
        assert run(AT_EXIT.format(package=package, run=call), server.url) == "done"
