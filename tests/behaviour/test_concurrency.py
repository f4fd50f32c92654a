"""Thousands at once: everybody is served, in order, and the limits hold at every instant."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Awaitable, Callable, Generator

import pytest
import trio

import ahttpx
import httpx
from support.api import Api
from support.backends import ThreadedBackend, ThreadedStream
from support.fast_server import FastServer, run_fast_server
from support.leaks import no_leaks
from support.open_sockets import counting_sockets
from support.runtimes import behaviour

TASKS = 5_000
CONNECTIONS = 100
THREADS = 64
EACH = 40


@pytest.fixture
def server() -> Generator[FastServer]:
    with run_fast_server() as server:
        yield server


async def run_asyncio(work: Callable[[int], Awaitable[None]]) -> None:
    async with asyncio.TaskGroup() as group:
        for number in range(TASKS):
            group.create_task(awaited(work, number))


async def awaited(work: Callable[[int], Awaitable[None]], number: int) -> None:
    await work(number)


async def run_trio(work: Callable[[int], Awaitable[None]]) -> None:
    async with trio.open_nursery() as nursery:
        # One start after the other: trio begins those of one turn in any order.
        for number in range(TASKS):
            nursery.start_soon(work, number)


async def five_thousand(
    server: FastServer, run: Callable[[Callable[[int], Awaitable[None]]], Awaitable[None]]
) -> None:
    """All of them at once, and each is served when it is its turn."""
    begun: dict[int, int] = {}
    ended: dict[int, int] = {}
    most = 0
    async with ahttpx.Client(
        transport=ahttpx.ConnectionPool(max_connections=CONNECTIONS, max_idle=CONNECTIONS)
    ) as client:

        async def work(number: int) -> None:
            nonlocal most
            begun[number] = len(begun)
            response = await client.get(server.url + "/ok")
            ended[number] = len(ended)
            assert response.body == b"ok"

        await run(work)
        assert repr(client) == f"<Client [{CONNECTIONS} idle]>"
    assert len(ended) == TASKS
    overtaken = max(ended[number] - begun[number] for number in range(TASKS))
    assert overtaken <= 3 * CONNECTIONS, f"one was overtaken by {overtaken}"
    assert server.counts().total == CONNECTIONS


@pytest.mark.limit(60)
def test_five_thousand_asyncio_tasks(server: FastServer) -> None:
    with no_leaks():
        asyncio.run(five_thousand(server, run_asyncio))


@pytest.mark.limit(60)
def test_five_thousand_trio_tasks(server: FastServer) -> None:
    with no_leaks():
        trio.run(five_thousand, server, run_trio)


@pytest.mark.limit(60)
@pytest.mark.parametrize("connections", [8, THREADS])
def test_one_client_shared_by_threads(server: FastServer, connections: int) -> None:
    """Each gets its own answers, on connections that are opened once."""
    bodies: list[bytes] = []
    errors: list[BaseException] = []
    transport = httpx.ConnectionPool(max_connections=connections, max_idle=connections)
    with no_leaks(), httpx.Client(transport=transport) as client:

        def work() -> None:
            try:
                for number in range(EACH):
                    path = "/stream" if number % 10 == 9 else "/ok"
                    bodies.append(client.get(server.url + path).body)
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=work) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not errors, errors
        assert "active" not in repr(client)
    assert bodies.count(b"ok") == THREADS * EACH * 9 // 10
    assert bodies.count(b"chunk" * 5) == THREADS * EACH // 10
    assert server.counts().total <= connections


@behaviour(only=("threads", "asyncio", "trio"))
async def test_a_burst_for_one_origin_holds_nobody_back(api: Api, server: FastServer) -> None:
    """One origin is at its own limit, with a long queue; another one is served at once."""
    slow_ones: list[int] = []
    when_done: list[int] = []
    async with api.ConnectionPool(max_connections=10, max_per_host=2) as pool:

        async def slow() -> None:
            await pool.request("GET", server.url + "/slow")
            slow_ones.append(1)

        async def other() -> None:
            await api.sleep(0.02)  # the queue stands by now
            for _ in range(5):
                await pool.request("GET", server.other_url + "/ok")
            when_done.append(len(slow_ones))

        await api.gather(*[slow] * 80, *[other] * 4)
    assert len(slow_ones) == 80
    assert max(when_done) < 60, "the other origin had to wait for the burst"
    assert server.counts().most <= 4


@pytest.mark.parametrize("most", [1, 7])
@behaviour(only=("threads", "asyncio", "trio"))
async def test_no_more_sockets_than_allowed_at_any_instant(
    api: Api, server: FastServer, most: int
) -> None:
    """Also while connections are replaced, refused, cut short, and evicted for another origin."""
    chance = random.Random(most)
    paths = ("/ok", "/ok", "/late", "/hangup", "/reset", "/cut", "/surplus", "/slow")

    async def work(pool: ahttpx.ConnectionPool) -> None:
        for _ in range(15):
            base = chance.choice((server.url, server.other_url))
            try:
                await pool.request("GET", base + chance.choice(paths))
            except api.TransportError:
                continue

    with counting_sockets(server.url, server.other_url) as sockets:
        async with api.ConnectionPool(max_connections=most) as pool:
            async with api.timeout(20):
                await api.gather(*[lambda: work(pool)] * 20)
            assert len(pool.connections) <= most
    assert 0 < sockets.most <= most


class Slowly:
    """A stream that takes its time to close, as a user's own may; it tells when it has."""

    def __init__(self, stream: ThreadedStream, closed: Callable[[], None]) -> None:
        self._stream = stream
        self._closed = closed
        self.read = stream.read
        self.write = stream.write
        self.start_tls = stream.start_tls
        self.get_extra_info = stream.get_extra_info

    def close(self) -> None:
        time.sleep(0.1)
        self._stream.close()
        self._closed()


class SlowToClose:
    """A backend of such streams, which counts those that are not closed."""

    def __init__(self) -> None:
        self._backend = ThreadedBackend(httpx.NetworkBackend())
        self.open = 0
        self.most = 0

    def connect(self, host: str, port: int) -> Slowly:
        self.open += 1
        self.most = max(self.most, self.open)
        return Slowly(self._backend.connect(host, port), self._one_less)

    def _one_less(self) -> None:
        self.open -= 1


@pytest.mark.parametrize(("most", "per_host"), [(1, None), (9, 1)])
def test_a_connection_counts_until_it_is_closed(
    server: FastServer, most: int, per_host: int | None
) -> None:
    """What one thread is still closing is not opened once more by another that comes meanwhile."""
    backend = SlowToClose()
    with httpx.ConnectionPool(
        backend=backend, max_connections=most, max_per_host=per_host, max_idle=0
    ) as pool:

        def work() -> None:
            assert pool.request("GET", server.url + "/ok").body == b"ok"

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
            time.sleep(0.03)
        for thread in threads:
            thread.join()
    assert backend.most == 1
    assert backend.open == 0
