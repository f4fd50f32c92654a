"""Network backends and streams of the async API: by inheritance and by shape."""

from __future__ import annotations

import ssl
from typing import assert_type

import ahttpx


class RecordingStream(ahttpx.NetworkStreamInterface):
    def __init__(self, stream: ahttpx.NetworkStreamInterface) -> None:
        self.stream = stream
        self.received: list[bytes] = []

    async def read(self, max_bytes: int | None = None) -> bytes:
        data = await self.stream.read(max_bytes)
        self.received.append(data)
        return data

    async def write(self, data: bytes) -> None:
        await self.stream.write(data)

    async def start_tls(self, ctx: ssl.SSLContext, hostname: str) -> None:
        await self.stream.start_tls(ctx, hostname)

    def get_extra_info(self, key: str) -> object:
        return self.stream.get_extra_info(key)

    async def close(self) -> None:
        await self.stream.close()


class RecordingBackend(ahttpx.NetworkBackendInterface):
    def __init__(self) -> None:
        self.backend = ahttpx.NetworkBackend()

    async def connect(self, host: str, port: int) -> RecordingStream:
        return RecordingStream(await self.backend.connect(host, port))


class StreamByShape:
    """Named as its author likes: the library passes arguments by position."""

    async def read(self, amount: int | None = None) -> bytes:
        return b""

    async def write(self, piece: bytes) -> None:
        pass

    async def start_tls(self, context: ssl.SSLContext, name: str) -> None:
        pass

    def get_extra_info(self, what: str) -> str | None:
        return None

    async def close(self) -> None:
        pass


class BackendByShape:
    async def connect(self, name: str, number: int) -> StreamByShape:
        return StreamByShape()


class Passing(ahttpx.NetworkBackendInterface):
    """`connect` may return a `Pending`, as the library's own does."""

    def connect(self, host: str, port: int) -> ahttpx.Pending[ahttpx.NetworkStream]:
        return ahttpx.NetworkBackend().connect(host, port)


def takes(backend: ahttpx.NetworkBackendInterface) -> ahttpx.ConnectionPool:
    return ahttpx.ConnectionPool(backend=backend)


takes(RecordingBackend())
takes(BackendByShape())
takes(Passing())
takes(ahttpx.NetworkBackend(connect_timeout=None))
assert_type(ahttpx.Connection(StreamByShape(), "http://a.test/"), ahttpx.Connection)


async def main() -> None:
    stream = await ahttpx.NetworkBackend().connect("a.test", 80)
    assert_type(stream, ahttpx.NetworkStream)
    as_interface: ahttpx.NetworkStreamInterface = stream
    await as_interface.close()
    async with ahttpx.open_connection("http://a.test/", backend=BackendByShape()) as connection:
        assert_type(connection, ahttpx.Connection)
