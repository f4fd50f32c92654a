"""What a client on asyncio might reach: a protocol, and a parser or none."""

from __future__ import annotations

import asyncio
from typing import cast
from urllib.parse import urlsplit

from .base import Outcome, Setup, Waiting
from .parsers import PARSERS, Parser


class Exchange(asyncio.Protocol):
    """One connection: a request is written, and what comes goes to the parser."""

    transport: asyncio.Transport

    def __init__(self, parser: Parser) -> None:
        self._parser = parser
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[Outcome] = self._loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance

    def data_received(self, data: bytes) -> None:
        """Hand the outcome to whoever waits for it."""
        outcome = self._parser.feed(data)
        if outcome is not None:
            self._waiter.set_result(outcome)

    async def get(self, url: str) -> Outcome:
        """Send a request, and wait for the response."""
        self._waiter = self._loop.create_future()
        self.transport.write(self._parser.request(url))
        return await self._waiter


class AsyncioLimit(Waiting):
    """An `asyncio.Protocol` for each task."""

    def __init__(self, setup: Setup, parser: str) -> None:
        super().__init__(setup)
        parts = urlsplit(setup.url)
        assert parts.hostname is not None
        assert parts.port is not None
        self._host = parts.netloc
        self._address = parts.hostname, parts.port
        self._name = parser
        self.exchange: Exchange | None = None
        self._others: list[AsyncioLimit] = []

    async def _connect(self) -> Exchange:
        parser = PARSERS[self._name](self._host)
        _, self.exchange = await asyncio.get_running_loop().create_connection(
            lambda: Exchange(parser), *self._address
        )
        return self.exchange

    async def get(self, url: str) -> Outcome:
        return await (self.exchange or await self._connect()).get(url)

    def in_task(self) -> Waiting:
        other = AsyncioLimit(self.setup, self._name)
        self._others.append(other)
        return other

    async def close(self) -> None:
        for each in (self, *self._others):
            if each.exchange is not None:
                each.exchange.transport.close()
