"""Ordinary methods where `ahttpx` waits: it is `async def` that is asked for."""

from __future__ import annotations

from collections.abc import Iterator

import ahttpx
import httpx


class PlainSend(ahttpx.Transport):
    def send(self, request: ahttpx.Request) -> ahttpx.Response:
        # ^ mypy [override]: incompatible with return type "Awaitable[Response]" in supertype
        # ^ pyright [reportIncompatibleMethodOverride]: "Response" is incompatible with protocol
        return ahttpx.Response(200)

    async def close(self) -> None:
        pass


class PlainClose:
    async def send(self, request: ahttpx.Request) -> ahttpx.Response:
        return ahttpx.Response(200)

    def close(self) -> None:
        pass


class PlainConnect:
    def connect(self, host: str, port: int) -> ahttpx.NetworkStream:
        raise NotImplementedError


class PlainStream:
    def read(self, size: int | None = None) -> bytes:
        return b""

    def close(self) -> None:
        pass

    def __aiter__(self) -> Iterator[bytes]:
        yield b""


ahttpx.Client(transport=PlainClose())
# ^ mypy [arg-type]: incompatible type "PlainClose"; expected "Transport | None"
# ^ pyright [reportArgumentType]: "close" is an incompatible type
ahttpx.ConnectionPool(backend=PlainConnect())
# ^ mypy [arg-type]: incompatible type "PlainConnect"; expected "NetworkBackendInterface | None"
# ^ pyright [reportArgumentType]: "connect" is an incompatible type
ahttpx.Request("POST", "https://a.test/", content=PlainStream())
# ^ mypy [arg-type]: incompatible type "PlainStream"; expected "bytes | str | Content | Stream
# ^ pyright [reportArgumentType]: "read" is an incompatible type

# What belongs to the other colour.
ahttpx.Client(transport=httpx.ConnectionPool())
# ^ mypy [arg-type]: incompatible type "ConnectionPool"; expected "Transport | None"
# ^ pyright [reportArgumentType]: "send" is an incompatible type
ahttpx.ConnectionPool(backend=httpx.NetworkBackend())
# ^ mypy [arg-type]: expected "NetworkBackendInterface | None"
# ^ pyright [reportArgumentType]: "connect" is an incompatible type
