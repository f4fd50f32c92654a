"""Twenty thousand requests, with cancellations, timeouts and a server's every fault at random.

At the end the pool is idle, and every later request is served. `SOAK_SEED=...` repeats a run as far
as a run of tasks and threads can be repeated; the seed is printed.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Generator

import pytest

from support.api import Api
from support.fast_server import FastServer, run_fast_server
from support.open_sockets import OpenSockets, counting_sockets
from support.runtimes import behaviour
from support.timing import allowed

REQUESTS = {"threads": 6_000, "asyncio": 7_000, "trio": 7_000}
WORKERS = 40
CONNECTIONS = 12
LATER = 200

HONEST = ("/ok", "/slow", "/stream", "/redirect")
FAULTS = ("/reset", "/hangup", "/cut", "/garbage", "/surplus", "/late", "/early")
SILENT = "/stall"


@pytest.fixture
def server() -> Generator[FastServer]:
    with run_fast_server() as server:
        yield server


@pytest.fixture
def sockets(server: FastServer) -> Generator[OpenSockets]:
    with counting_sockets(server.url) as sockets:
        yield sockets


class Storm:
    """What the workers of one run share."""

    def __init__(self, api: Api, url: str, seed: int) -> None:
        self.api = api
        self.url = url
        self.chance = random.Random(seed)
        self.left = REQUESTS[api.name]
        self.outcomes: Counter[str] = Counter()
        self.client = api.Client(
            transport=api.ConnectionPool(max_connections=CONNECTIONS, max_per_host=CONNECTIONS)
        )

    async def work(self) -> None:
        """Send requests until enough were sent, one after the other."""
        while self.left > 0:
            self.left -= 1
            try:
                async with self.api.timeout(self._seconds()):
                    await self._request()
                self.outcomes["served"] += 1
            except self.api.HTTPError as error:
                self.outcomes[type(error).__name__] += 1

    def _seconds(self) -> float:
        """A deadline for one request; many are too short."""
        chance = self.chance.random()
        return 0.02 * self.chance.random() if chance < 0.2 else 0.05 if chance < 0.3 else 10.0

    async def _request(self) -> None:
        chance = self.chance.random()
        if chance < 0.03:
            async with self.api.timeout(0.01):
                await self.client.get(self.url + SILENT)
        elif chance < 0.25:
            path = self.chance.choice(FAULTS)
            content = b"x" * self.chance.choice((0, 10, 300_000))
            await self.client.request("PUT", self.url + path, content=content)
        elif chance < 0.35:
            async with self.client.stream("GET", self.url + "/stream") as response:
                await response.stream.read(5)  # and no more
        else:
            response = await self.client.get(self.url + self.chance.choice(HONEST))
            assert response.body in (b"ok", b"chunk" * 5), response.body

    async def cancelled_work(self) -> None:
        """A worker that is cancelled again and again, at whatever it is doing."""
        while self.left > 0:
            async with self.api.spawn(self.work) as job:
                await self.api.sleep(0.01 * self.chance.random())
                job.cancel()
            self.outcomes["cancelled"] += job.error is not None
            name = type(job.error).__name__
            assert job.error is None or name in ("CancelledError", "Cancelled"), repr(job.error)


@behaviour(only=("threads", "asyncio", "trio"), seconds=allowed(60))
async def test_soak(
    api: Api, server: FastServer, sockets: OpenSockets, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("SOAK_SEED") or random.SystemRandom().randrange(10**6))
    with capsys.disabled():
        print(f" [{api.name}, SOAK_SEED={seed}]", end=" ")
    storm = Storm(api, server.url, seed)
    works = [storm.work] * WORKERS
    if not api.is_threads:
        works[WORKERS // 2 :] = [storm.cancelled_work] * (WORKERS // 2)
    await api.gather(*works)
    with capsys.disabled():
        print(dict(storm.outcomes), end=" ")

    client = storm.client
    assert "active" not in repr(client) or repr(client) == "<Client [0 active]>", repr(client)
    assert "connecting" not in repr(client)
    served: list[bytes] = []

    async def later() -> None:
        for _ in range(LATER // WORKERS):
            served.append((await client.get(server.url + "/ok")).body)

    async with api.timeout(allowed(10)):
        await api.gather(*[later] * WORKERS)
    assert served == [b"ok"] * LATER
    assert storm.outcomes["served"] > REQUESTS[api.name] // 10  # the slower, the more time out
    assert storm.outcomes["Timeout"] > 100
    assert api.is_threads or storm.outcomes["cancelled"] > 100
    assert CONNECTIONS // 2 < sockets.most <= CONNECTIONS
    await client.close()
    assert await api.until(lambda: server.counts().now == 0)
