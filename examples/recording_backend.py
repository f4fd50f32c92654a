"""A network backend that shows every byte that goes out and comes in.

A backend opens streams; a stream reads and writes bytes. These two wrap the default ones. The pool
asks the stream for TLS, so what is shown is plain text for https too.

    python examples/recording_backend.py
"""

from __future__ import annotations

import asyncio
import ssl

import ahttpx
import httpx
from local_site import local_site


def show(mark: str, data: bytes) -> None:
    """Print what travels, line by line."""
    for line in data.decode("ascii", errors="replace").splitlines():
        print(mark, line)


class RecordingStream(httpx.NetworkStreamInterface):
    """Shows what passes through another stream."""

    def __init__(self, stream: httpx.NetworkStreamInterface) -> None:
        self._stream = stream

    def read(self, max_bytes: int | None = None) -> bytes:
        """Read, and show what was read."""
        data = self._stream.read(max_bytes)
        show("<<<", data)
        return data

    def write(self, data: bytes) -> None:
        """Show what is written, and write it."""
        show(">>>", data)
        self._stream.write(data)

    def start_tls(self, ctx: ssl.SSLContext, hostname: str) -> None:
        """Put TLS under this stream: what is shown stays readable."""
        self._stream.start_tls(ctx, hostname)

    def get_extra_info(self, key: str) -> object:
        """What the stream knows."""
        return self._stream.get_extra_info(key)

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()


class RecordingBackend(httpx.NetworkBackendInterface):
    """Opens streams that show what passes."""

    def __init__(self) -> None:
        self._backend = httpx.NetworkBackend()

    def connect(self, host: str, port: int) -> RecordingStream:
        """Open a stream."""
        return RecordingStream(self._backend.connect(host, port))


class AsyncRecordingStream(ahttpx.NetworkStreamInterface):
    """The same for the async API: `async def` wherever there is something to wait for."""

    def __init__(self, stream: ahttpx.NetworkStreamInterface) -> None:
        self._stream = stream

    async def read(self, max_bytes: int | None = None) -> bytes:
        """Read, and show what was read."""
        data = await self._stream.read(max_bytes)
        show("<<<", data)
        return data

    async def write(self, data: bytes) -> None:
        """Show what is written, and write it."""
        show(">>>", data)
        await self._stream.write(data)

    async def start_tls(self, ctx: ssl.SSLContext, hostname: str) -> None:
        """Put TLS under this stream: what is shown stays readable."""
        await self._stream.start_tls(ctx, hostname)

    def get_extra_info(self, key: str) -> object:
        """What the stream knows."""
        return self._stream.get_extra_info(key)

    async def close(self) -> None:
        """Close the stream."""
        await self._stream.close()


class AsyncRecordingBackend(ahttpx.NetworkBackendInterface):
    """Opens streams that show what passes."""

    def __init__(self) -> None:
        self._backend = ahttpx.NetworkBackend()

    async def connect(self, host: str, port: int) -> AsyncRecordingStream:
        """Open a stream."""
        return AsyncRecordingStream(await self._backend.connect(host, port))


def main() -> None:
    """Fetch one page over https with each API."""
    with local_site() as site:
        print("httpx")
        pool = httpx.ConnectionPool(backend=RecordingBackend(), ssl_context=site.ssl_context)
        with httpx.Client(transport=pool) as client:
            client.get(site.https_url)

        async def fetch() -> None:
            pool = ahttpx.ConnectionPool(
                backend=AsyncRecordingBackend(), ssl_context=site.ssl_context
            )
            async with ahttpx.Client(transport=pool) as client:
                await client.get(site.https_url)

        print("ahttpx")
        asyncio.run(fetch())


if __name__ == "__main__":
    main()
