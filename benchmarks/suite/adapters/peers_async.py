"""Peers on event loops, each as its documentation shows it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from .base import Outcome, Setup, Waiting, load, pieces, trusting

READ_SIZE = 65536


async def generated(count: int) -> AsyncIterator[bytes]:
    """The pieces of an upload."""
    for piece in pieces(count):
        yield piece


class Aiohttp(Waiting):
    """`aiohttp.ClientSession`."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        peer = load("aiohttp")
        self._session = peer.ClientSession(
            connector=peer.TCPConnector(
                limit=setup.connections,
                ssl=trusting(setup),
                force_close=setup.fresh,
            )
        )

    async def get(self, url: str) -> Outcome:
        async with self._session.get(url) as response:
            return response.status, len(await response.read())

    async def stream(self, url: str) -> Outcome:
        async with self._session.get(url) as response:
            total = 0
            async for piece in response.content.iter_any():
                total += len(piece)
            return response.status, total

    async def upload(self, url: str, body: bytes) -> Outcome:
        async with self._session.post(url, data=body) as response:
            return response.status, int(await response.read())

    async def upload_pieces(self, url: str, count: int) -> Outcome:
        async with self._session.post(url, data=generated(count)) as response:
            return response.status, int(await response.read())

    async def hold(self, url: str) -> Callable[[], Awaitable[Outcome]]:
        response = await self._session.get(url)

        async def rest() -> Outcome:
            return response.status, len(await response.read())

        return rest

    async def close(self) -> None:
        await self._session.close()


class Pyreqwest(Waiting):
    """`pyreqwest.client.Client`."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        builder = load("pyreqwest.client").ClientBuilder()
        builder = builder.add_root_certificate_pem(Path(setup.ca_file).read_bytes())
        self._client = builder.pool_max_idle_per_host(0 if setup.fresh else 10_000).build()

    async def get(self, url: str) -> Outcome:
        response = await self._client.get(url).build().send()
        return response.status, len(await response.bytes())

    async def stream(self, url: str) -> Outcome:
        async with self._client.get(url).build_streamed() as response:
            reader = response.body_reader
            total = 0
            while (piece := await reader.read_chunk()) is not None:
                total += len(piece)
            return response.status, total

    async def upload(self, url: str, body: bytes) -> Outcome:
        response = await self._client.post(url).body_bytes(body).build().send()
        return response.status, int(bytes(await response.bytes()))

    async def upload_pieces(self, url: str, count: int) -> Outcome:
        response = await self._client.post(url).body_stream(generated(count)).build().send()
        return response.status, int(bytes(await response.bytes()))

    async def hold(self, url: str) -> Callable[[], Awaitable[Outcome]]:
        streamed = self._client.get(url).streamed_read_buffer_limit(0).build_streamed()
        response = await streamed.__aenter__()

        async def rest() -> Outcome:
            outcome = response.status, len(await response.bytes())
            await streamed.__aexit__(None, None, None)
            return outcome

        return rest

    async def close(self) -> None:
        await self._client.close()


class Httpx(Waiting):
    """`AsyncClient` of httpx 0.28, and that of its descendant httpx2."""

    def __init__(self, setup: Setup, module: str) -> None:
        super().__init__(setup)
        peer = load(module)
        self._client = peer.AsyncClient(
            verify=trusting(setup),
            limits=peer.Limits(
                max_connections=setup.connections,
                max_keepalive_connections=0 if setup.fresh else setup.connections,
            ),
        )

    async def get(self, url: str) -> Outcome:
        response = await self._client.get(url)
        return response.status_code, len(response.content)

    async def stream(self, url: str) -> Outcome:
        async with self._client.stream("GET", url) as response:
            total = 0
            async for piece in response.aiter_bytes():
                total += len(piece)
            return response.status_code, total

    async def upload(self, url: str, body: bytes) -> Outcome:
        response = await self._client.post(url, content=body)
        return response.status_code, int(response.content)

    async def upload_pieces(self, url: str, count: int) -> Outcome:
        response = await self._client.post(url, content=generated(count))
        return response.status_code, int(response.content)

    async def hold(self, url: str) -> Callable[[], Awaitable[Outcome]]:
        response = await self._client.send(self._client.build_request("GET", url), stream=True)

        async def rest() -> Outcome:
            return response.status_code, len(await response.aread())

        return rest

    async def close(self) -> None:
        await self._client.aclose()


class Niquests(Waiting):
    """`niquests.AsyncSession`."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._session = load("niquests").AsyncSession(pool_maxsize=setup.connections)
        self._session.verify = setup.ca_file

    async def get(self, url: str) -> Outcome:
        response = await self._session.get(url)
        return response.status_code, len(response.content)

    async def stream(self, url: str) -> Outcome:
        response = await self._session.get(url, stream=True)
        total = 0
        async for piece in await response.iter_content(READ_SIZE):
            total += len(piece)
        return response.status_code, total

    async def upload(self, url: str, body: bytes) -> Outcome:
        response = await self._session.post(url, data=body)
        return response.status_code, int(response.content)

    async def upload_pieces(self, url: str, count: int) -> Outcome:
        response = await self._session.post(url, data=generated(count))
        return response.status_code, int(response.content)

    async def close(self) -> None:
        await self._session.close()


NEW: dict[str, Callable[[Setup], Waiting]] = {
    "aiohttp": Aiohttp,
    "pyreqwest": Pyreqwest,
    "httpx": lambda setup: Httpx(setup, "httpx"),
    "httpx2": lambda setup: Httpx(setup, "httpx2"),
    "niquests": Niquests,
}
