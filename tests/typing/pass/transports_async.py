"""Transports of the async API: by inheritance, by shape, around another one."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import assert_type

import ahttpx


class Inherited(ahttpx.Transport):
    async def send(self, request: ahttpx.Request) -> ahttpx.Response:
        return ahttpx.Response(200, content=request.method.encode())

    async def close(self) -> None:
        pass


class ByShape:
    """Named as its author likes: the library passes arguments by position."""

    async def send(self, message: ahttpx.Request) -> ahttpx.Response:
        return ahttpx.Response(204)

    async def close(self) -> None:
        pass


class Narrower(ahttpx.Response):
    """What a transport answers may be a class of its own."""


class WithMore:
    """More methods, wider parameters and narrower results fit too."""

    async def send(self, request: ahttpx.RequestHead, retries: int = 0) -> Narrower:
        return Narrower(200 + retries)

    async def close(self, *, hard: bool = False) -> None:
        pass

    def count(self) -> int:
        return 0


class Delegating:
    """Ordinary methods that return something awaitable are as good as `async def`."""

    def __init__(self, transport: ahttpx.Transport) -> None:
        self.transport = transport

    def send(self, request: ahttpx.Request) -> Awaitable[ahttpx.Response]:
        return self.transport.send(request)

    def close(self) -> Awaitable[None]:
        return self.transport.close()


class Logging(ahttpx.Transport):
    """A middleware. What it returns may be a `Pending`, also against an `async def` base."""

    def __init__(self, pool: ahttpx.ConnectionPool) -> None:
        self.pool = pool

    def send(self, request: ahttpx.Request) -> ahttpx.Pending[ahttpx.Response]:
        print(request.method, request.url)
        return self.pool.send(request)

    async def close(self) -> None:
        await self.pool.close()


def takes(transport: ahttpx.Transport) -> ahttpx.Client:
    return ahttpx.Client(transport=transport)


CLIENTS = [
    takes(Inherited()),
    takes(ByShape()),
    takes(WithMore()),
    takes(Delegating(ByShape())),
    takes(Logging(ahttpx.ConnectionPool())),
    takes(ahttpx.ConnectionPool()),
    takes(ahttpx.RedirectMiddleware(ByShape())),
    takes(ahttpx.CookieMiddleware(Delegating(ahttpx.ConnectionPool()))),
    ahttpx.Client(transport=None),
]


async def known_later(thing: object) -> ahttpx.Response:
    if isinstance(thing, ahttpx.Transport):
        request = ahttpx.Request("GET", "https://a.test/")
        return assert_type(await thing.send(request), ahttpx.Response)
    raise TypeError


assert_type(CLIENTS[0].transport, ahttpx.Transport)
