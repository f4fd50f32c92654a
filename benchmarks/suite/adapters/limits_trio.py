"""What a client on trio might reach: a socket stream, and a parser or none."""

from __future__ import annotations

from urllib.parse import urlsplit

import trio

from .base import Outcome, Setup, Waiting
from .parsers import PARSERS

READ_SIZE = 65536


class TrioLimit(Waiting):
    """A `trio.SocketStream` for each task."""

    def __init__(self, setup: Setup, parser: str) -> None:
        super().__init__(setup)
        parts = urlsplit(setup.url)
        assert parts.hostname is not None
        assert parts.port is not None
        self._address = parts.hostname, parts.port
        self._name = parser
        self._others: list[TrioLimit] = []
        self._parser = PARSERS[parser](parts.netloc)
        self.connection: trio.SocketStream | None = None

    async def get(self, url: str) -> Outcome:
        stream = self.connection
        if stream is None:
            stream = self.connection = await trio.open_tcp_stream(*self._address)
        await stream.send_all(self._parser.request(url))
        while (outcome := self._parser.feed(await stream.receive_some(READ_SIZE))) is None:
            pass
        return outcome

    def in_task(self) -> Waiting:
        other = TrioLimit(self.setup, self._name)
        self._others.append(other)
        return other

    async def close(self) -> None:
        for each in (self, *self._others):
            if each.connection is not None:
                await each.connection.aclose()
