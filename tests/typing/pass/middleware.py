"""Middleware of one's own between the library's, in both colours; a jar of one's own."""

from __future__ import annotations

from collections.abc import Iterable

import ahttpx
import httpx


class Stamped:
    def __init__(self, transport: httpx.Transport) -> None:
        self.transport = transport

    def send(self, request: httpx.Request) -> httpx.Response:
        headers = request.headers.copy_set("X-Request-ID", "1")
        return self.transport.send(request.copy_with(headers=headers))

    def close(self) -> None:
        self.transport.close()


class AsyncStamped:
    def __init__(self, transport: ahttpx.Transport) -> None:
        self.transport = transport

    async def send(self, request: ahttpx.Request) -> ahttpx.Response:
        headers = request.headers.copy_set("X-Request-ID", "1")
        return await self.transport.send(request.copy_with(headers=headers))

    async def close(self) -> None:
        await self.transport.close()


class NoCookies(httpx.Cookies):
    def update_from_response(self, url: object, set_cookie: Iterable[str]) -> None:
        """Keep nothing."""


class Seeing(httpx.Client):
    def send(self, request: httpx.Request) -> httpx.Response:
        return super().send(request)


class AsyncSeeing(ahttpx.Client):
    def send(self, request: ahttpx.Request) -> ahttpx.Pending[ahttpx.Response]:
        return super().send(request)


THREADED = httpx.RedirectMiddleware(
    Stamped(
        httpx.AuthMiddleware(
            httpx.RetryMiddleware(Stamped(httpx.CookieMiddleware(httpx.ConnectionPool()))),
            ("user", "pass"),
        )
    )
)
ASYNC = ahttpx.RedirectMiddleware(
    AsyncStamped(
        ahttpx.AuthMiddleware(
            ahttpx.RetryMiddleware(AsyncStamped(ahttpx.CookieMiddleware(ahttpx.ConnectionPool()))),
            ("user", "pass"),
        )
    )
)
with Seeing(transport=Stamped(THREADED), cookies=NoCookies()) as client:
    client.get("https://a.test/")
ahttpx.Client(transport=AsyncStamped(ASYNC), cookies=NoCookies())
AsyncSeeing(transport=ASYNC)
