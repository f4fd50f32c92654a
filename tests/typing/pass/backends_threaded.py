"""Network backends and streams of the threaded API: by inheritance and by shape."""

from __future__ import annotations

import ssl
from typing import assert_type

import httpx


class RecordingStream(httpx.NetworkStreamInterface):
    def __init__(self, stream: httpx.NetworkStreamInterface) -> None:
        self.stream = stream
        self.received: list[bytes] = []

    def read(self, max_bytes: int | None = None) -> bytes:
        data = self.stream.read(max_bytes)
        self.received.append(data)
        return data

    def write(self, data: bytes) -> None:
        self.stream.write(data)

    def start_tls(self, ctx: ssl.SSLContext, hostname: str) -> None:
        self.stream.start_tls(ctx, hostname)

    def get_extra_info(self, key: str) -> object:
        return self.stream.get_extra_info(key)

    def close(self) -> None:
        self.stream.close()


class RecordingBackend(httpx.NetworkBackendInterface):
    def __init__(self) -> None:
        self.backend = httpx.NetworkBackend()

    def connect(self, host: str, port: int) -> RecordingStream:
        return RecordingStream(self.backend.connect(host, port))


class StreamByShape:
    """Named as its author likes: the library passes arguments by position."""

    def read(self, amount: int | None = None) -> bytes:
        return b""

    def write(self, piece: bytes) -> None:
        pass

    def start_tls(self, context: ssl.SSLContext, name: str) -> None:
        pass

    def get_extra_info(self, what: str) -> str | None:
        return None

    def close(self) -> None:
        pass


class BackendByShape:
    def connect(self, name: str, number: int) -> StreamByShape:
        return StreamByShape()


def takes(backend: httpx.NetworkBackendInterface) -> httpx.ConnectionPool:
    return httpx.ConnectionPool(backend=backend)


takes(RecordingBackend())
takes(BackendByShape())
takes(httpx.NetworkBackend(connect_timeout=None))
stream: httpx.NetworkStreamInterface = httpx.NetworkBackend().connect("a.test", 80)
assert_type(httpx.NetworkBackend().connect("a.test", 80), httpx.NetworkStream)
assert_type(httpx.Connection(StreamByShape(), "http://a.test/"), httpx.Connection)
with httpx.open_connection("http://a.test/", backend=BackendByShape()) as connection:
    assert_type(connection, httpx.Connection)
