"""One pool, several event loops: connections belong to the loop that opened them."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import textwrap
import threading
import warnings
from collections.abc import Iterator

import pytest
import trio

import ahttpx
from support.leaks import no_leaks
from support.scripted import Expect, Send, Stall, keep_answering, serve

pytestmark = pytest.mark.limit(20)


# asyncio warns of every transport that outlives its loop, although its descriptor was closed.
outlives_its_loop = pytest.mark.filterwarnings("ignore:unclosed transport:ResourceWarning")


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Collect what a dead loop left, here and not in a later test."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@outlives_its_loop
def test_one_loop_after_another() -> None:
    """What a loop that has ended left behind is dropped, and never used."""
    with no_leaks(), serve(keep_answering(b"hello")) as server:
        pool = ahttpx.ConnectionPool()

        async def get() -> str:
            response = await pool.request("GET", server.url)
            assert response.body == b"hello"
            return repr(pool)

        assert asyncio.run(get()) == "<ConnectionPool [1 idle]>"
        asyncio.run(get())
        trio.run(get)
        asyncio.run(get())
        assert server.connections_total == 4
        asyncio.run(pool.close())
        assert repr(pool) == "<ConnectionPool [0 active]>"


@outlives_its_loop
def test_a_full_pool_of_a_dead_loop() -> None:
    with no_leaks(), serve(keep_answering(b"hello")) as server:
        pool = ahttpx.ConnectionPool(max_connections=1)

        async def get() -> None:
            async with ahttpx.timeout(5):
                await pool.request("GET", server.url)

        for _ in range(3):
            asyncio.run(get())
            trio.run(get)
        asyncio.run(pool.close())


@outlives_its_loop
def test_two_loops_at_once() -> None:
    with no_leaks(), serve(keep_answering(b"hello")) as server:
        pool = ahttpx.ConnectionPool(max_connections=4)
        failures: list[BaseException] = []

        barrier = threading.Barrier(3)

        async def get() -> None:
            for _ in range(30):
                response = await pool.request("GET", server.url)
                assert response.body == b"hello"
            if barrier.wait(10) == 0:
                await pool.close()
            barrier.wait(10)

        async def in_asyncio() -> None:
            await get()
            await asyncio.sleep(0.05)  # another loop may have asked this one to close something

        async def in_trio() -> None:
            await get()
            await trio.sleep(0.05)

        def run_asyncio() -> None:
            try:
                asyncio.run(in_asyncio())
            except BaseException as error:
                failures.append(error)

        def run_trio() -> None:
            try:
                trio.run(in_trio)
            except BaseException as error:
                failures.append(error)

        targets = (run_asyncio, run_asyncio, run_trio)
        threads = [threading.Thread(target=target) for target in targets]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(15)
        assert not failures
        assert repr(pool) == "<ConnectionPool [0 active]>"


@outlives_its_loop
def test_waiting_across_loops() -> None:
    """A place that one loop gives back goes to a request that waits in another."""
    with no_leaks(), serve(keep_answering(b"hello")) as server:
        pool = ahttpx.ConnectionPool(max_connections=1)
        holding = threading.Event()

        async def hold() -> None:
            async with pool.stream("GET", server.url) as response:
                holding.set()
                await asyncio.sleep(0.1)
                await response.read()
            await asyncio.sleep(0.2)

        thread = threading.Thread(target=lambda: asyncio.run(hold()))
        thread.start()
        assert holding.wait(5)

        async def get() -> bytes:
            async with ahttpx.timeout(3):
                return (await pool.request("GET", server.url)).body

        assert trio.run(get) == b"hello"
        thread.join(5)
        asyncio.run(pool.close())
        assert server.connections_total == 2


@outlives_its_loop
def test_a_response_left_open_when_its_loop_ends() -> None:
    partial = Send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart")
    with no_leaks(), serve([Expect(), partial, Stall()], keep_answering(b"hello")) as server:
        pool = ahttpx.ConnectionPool(max_connections=1)
        kept: list[ahttpx.Response] = []

        async def leave_open() -> None:
            kept.append(await pool.stream("GET", server.url))

        asyncio.run(leave_open())

        async def get() -> bytes:
            await kept.pop().close()
            async with ahttpx.timeout(5):
                return (await pool.request("GET", server.url)).body

        assert asyncio.run(get()) == b"hello"
        asyncio.run(pool.close())


def test_neither_asyncio_nor_trio() -> None:
    with pytest.raises(RuntimeError, match=r"asyncio|event loop"):
        ahttpx.ConnectionPool().request("GET", "http://127.0.0.1:1/").send(None)


PROGRAM = """
    import sys
    import {package}
    {use}
    loaded = {{name.partition(".")[0] for name in sys.modules}}
    print(*sorted(loaded & {{"asyncio", "trio", "ssl", "idna", "dataclasses", "inspect", "email"}}))
"""


def test_trio_is_not_imported_for_asyncio() -> None:
    with serve(keep_answering()) as server:
        use = f"import asyncio; asyncio.run({{package}}.get({server.url!r}))"
        program = textwrap.dedent(PROGRAM).format(
            package="ahttpx", use=use.format(package="ahttpx")
        )
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, timeout=15, check=True
        )
        assert "trio" not in done.stdout.split()
