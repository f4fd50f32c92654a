"""This library on asyncio and trio: `Client` as a user has it, and `ConnectionPool` alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import ahttpx

from .base import Outcome, Setup, Waiting, pieces, trusting
from .ours import GZIP


class OurClient(Waiting):
    """`Client`: default headers, redirects, cookies."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._pool = new_pool(setup)
        self._client = ahttpx.Client(transport=self._pool)

    async def get(self, url: str) -> Outcome:
        response = await self._client.get(url)
        return response.status_code, len(response.body)

    async def stream(self, url: str) -> Outcome:
        async with self._client.stream("GET", url) as response:
            return await counted(response)

    async def upload(self, url: str, body: bytes) -> Outcome:
        response = await self._client.post(url, content=body)
        return response.status_code, int(response.body)

    async def upload_pieces(self, url: str, count: int) -> Outcome:
        response = await self._client.post(url, content=generated(count))
        return response.status_code, int(response.body)

    async def hold(self, url: str) -> Callable[[], Awaitable[Outcome]]:
        response = await self._client.stream("GET", url)

        async def rest() -> Outcome:
            return response.status_code, len(await response.read())

        return rest

    async def close(self) -> None:
        await self._client.close()


class OurPool(OurClient):
    """`ConnectionPool`: nothing is added to a request but `Host` and what describes its body."""

    async def get(self, url: str) -> Outcome:
        response = await self._pool.request("GET", url, GZIP if self.setup.gzip else None)
        return response.status_code, len(response.body)

    async def stream(self, url: str) -> Outcome:
        async with self._pool.stream("GET", url) as response:
            return await counted(response)

    async def upload(self, url: str, body: bytes) -> Outcome:
        response = await self._pool.request("POST", url, content=body)
        return response.status_code, int(response.body)

    async def upload_pieces(self, url: str, count: int) -> Outcome:
        response = await self._pool.request("POST", url, content=generated(count))
        return response.status_code, int(response.body)


async def counted(response: ahttpx.Response) -> Outcome:
    """The status and the number of bytes, read piece by piece."""
    total = 0
    async for piece in response.stream:
        total += len(piece)
    return response.status_code, total


async def generated(count: int) -> AsyncIterator[bytes]:
    """The pieces of an upload."""
    for piece in pieces(count):
        yield piece


def new(setup: Setup) -> Waiting:
    """The adapter for what the row names."""
    return (OurPool if setup.layer == "pool" else OurClient)(setup)


def new_pool(setup: Setup) -> ahttpx.ConnectionPool:
    """A pool as `Client` would make it, but for what the row needs to be otherwise."""
    return ahttpx.ConnectionPool(
        trust_env=True,
        ssl_context=trusting(setup),
        max_connections=setup.connections,
        max_idle=0 if setup.fresh else setup.connections,
        engine=setup.engine,
    )
