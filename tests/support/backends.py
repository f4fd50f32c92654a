"""Network backends as a user would write them: plain classes that fit the interface by shape.

They delegate to the default backend and count what passes. No base class of the library, no
extra methods: what works through these works through anybody's.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ahttpx
    import httpx


class ThreadedStream:
    """A threaded stream around another."""

    def __init__(self, stream: httpx.NetworkStreamInterface) -> None:
        self._stream = stream
        self.bytes_in = 0
        self.bytes_out = 0

    def read(self, max_bytes: int | None = None) -> bytes:
        data = self._stream.read(max_bytes)
        self.bytes_in += len(data)
        return data

    def write(self, data: bytes) -> None:
        self.bytes_out += len(data)
        self._stream.write(data)

    def start_tls(self, ctx: ssl.SSLContext, hostname: str) -> None:
        self._stream.start_tls(ctx, hostname)

    def get_extra_info(self, key: str) -> object:
        return self._stream.get_extra_info(key)

    def close(self) -> None:
        self._stream.close()


class ThreadedBackend:
    """A threaded backend around another."""

    def __init__(self, backend: httpx.NetworkBackendInterface) -> None:
        self._backend = backend
        self.streams: list[ThreadedStream] = []

    def connect(self, host: str, port: int) -> ThreadedStream:
        stream = ThreadedStream(self._backend.connect(host, port))
        self.streams.append(stream)
        return stream


class AsyncStream:
    """An asynchronous stream around another."""

    def __init__(self, stream: ahttpx.NetworkStreamInterface) -> None:
        self._stream = stream
        self.bytes_in = 0
        self.bytes_out = 0

    async def read(self, max_bytes: int | None = None) -> bytes:
        data = await self._stream.read(max_bytes)
        self.bytes_in += len(data)
        return data

    async def write(self, data: bytes) -> None:
        self.bytes_out += len(data)
        await self._stream.write(data)

    async def start_tls(self, ctx: ssl.SSLContext, hostname: str) -> None:
        await self._stream.start_tls(ctx, hostname)

    def get_extra_info(self, key: str) -> object:
        return self._stream.get_extra_info(key)

    async def close(self) -> None:
        await self._stream.close()


class AsyncBackend:
    """An asynchronous backend around another."""

    def __init__(self, backend: ahttpx.NetworkBackendInterface) -> None:
        self._backend = backend
        self.streams: list[AsyncStream] = []

    async def connect(self, host: str, port: int) -> AsyncStream:
        stream = AsyncStream(await self._backend.connect(host, port))
        self.streams.append(stream)
        return stream
