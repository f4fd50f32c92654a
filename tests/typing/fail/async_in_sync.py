"""`async def` where `httpx` calls: it would get a coroutine that nobody awaits."""

from __future__ import annotations

from collections.abc import AsyncIterator

import ahttpx
import httpx


class AsyncSend(httpx.Transport):
    async def send(self, request: httpx.Request) -> httpx.Response:
        # ^ mypy [override]: Return type "Coroutine[Any, Any, Response]" of "send" incompatible
        # ^ pyright [reportIncompatibleMethodOverride]: is not assignable to "Response"
        return httpx.Response(200)

    def close(self) -> None:
        pass


class AsyncClose:
    def send(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200)

    async def close(self) -> None:
        pass


class AsyncConnect:
    async def connect(self, host: str, port: int) -> httpx.NetworkStream:
        return httpx.NetworkBackend().connect(host, port)


async def pieces() -> AsyncIterator[bytes]:
    yield b""


httpx.Client(transport=AsyncClose())
# ^ mypy [arg-type]: incompatible type "AsyncClose"; expected "Transport | None"
# ^ pyright [reportArgumentType]: "close" is an incompatible type
httpx.ConnectionPool(backend=AsyncConnect())
# ^ mypy [arg-type]: incompatible type "AsyncConnect"; expected "NetworkBackendInterface | None"
# ^ pyright [reportArgumentType]: "connect" is an incompatible type
httpx.post("https://a.test/", content=pieces())
# ^ mypy [arg-type]: incompatible type "AsyncIterator[bytes]"; expected "bytes | str | Content
# ^ pyright [reportArgumentType]: "AsyncIterator[bytes]" is not assignable to "bytes"

# What belongs to the other colour.
httpx.Client(transport=ahttpx.ConnectionPool())
# ^ mypy [arg-type]: incompatible type "ConnectionPool"; expected "Transport | None"
# ^ pyright [reportArgumentType]: "send" is an incompatible type
httpx.CookieMiddleware(ahttpx.Client().transport)
# ^ mypy [arg-type]: expected "httpx.interfaces.transport.Transport"
# ^ pyright [reportArgumentType]: "send" is an incompatible type
