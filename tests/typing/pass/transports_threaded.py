"""Transports of the threaded API: by inheritance, by shape, around another one."""

from __future__ import annotations

from typing import assert_type

import httpx


class Inherited(httpx.Transport):
    def send(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=request.method.encode())

    def close(self) -> None:
        pass


class ByShape:
    """Named as its author likes: the library passes arguments by position."""

    def send(self, message: httpx.Request) -> httpx.Response:
        return httpx.Response(204)

    def close(self) -> None:
        pass


class Narrower(httpx.Response):
    """What a transport answers may be a class of its own."""


class WithMore:
    """More methods, wider parameters and narrower results fit too."""

    def send(self, request: httpx.RequestHead, retries: int = 0) -> Narrower:
        return Narrower(200 + retries)

    def close(self, *, hard: bool = False) -> None:
        pass

    def count(self) -> int:
        return 0


class Logging:
    """A middleware."""

    def __init__(self, transport: httpx.Transport) -> None:
        self.transport = transport

    def send(self, request: httpx.Request) -> httpx.Response:
        response = self.transport.send(request)
        print(request.method, request.url, response.status_code)
        return response

    def close(self) -> None:
        self.transport.close()


def takes(transport: httpx.Transport) -> httpx.Client:
    return httpx.Client(transport=transport)


CLIENTS = [
    takes(Inherited()),
    takes(ByShape()),
    takes(WithMore()),
    takes(Logging(ByShape())),
    takes(httpx.ConnectionPool()),
    takes(httpx.RedirectMiddleware(ByShape())),
    takes(httpx.CookieMiddleware(Logging(httpx.ConnectionPool()))),
    httpx.Client(transport=None),
]


def known_later(thing: object) -> httpx.Response:
    if isinstance(thing, httpx.Transport):
        return assert_type(thing.send(httpx.Request("GET", "https://a.test/")), httpx.Response)
    raise TypeError


assert_type(CLIENTS[0].transport, httpx.Transport)
