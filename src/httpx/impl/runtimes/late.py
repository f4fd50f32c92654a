"""A stream over a socket whose event loop is not known yet: found out when it is first used."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from .addresses import peer_text, socket_info
from .detect import running
from .polling import wait_readable

if TYPE_CHECKING:
    from ...interfaces.awaitable import Event, RawStream


class LateStream:
    """Becomes the running loop's own stream at the first read or write."""

    __slots__ = ("_closed", "_finding", "_inactivity", "_sock", "_stream", "peer")

    def __init__(self, sock: socket.socket, inactivity: float | None) -> None:
        self._sock = sock
        self._inactivity = inactivity
        self._stream: RawStream | None = None
        self._finding: Event | None = None
        self._closed = False
        self.peer: str = peer_text(sock)

    async def _found(self, verb: str) -> RawStream:
        while self._stream is None:
            if self._closed:
                raise RuntimeError(f"cannot {verb}: this stream to {self.peer} is closed")
            if self._finding is not None:  # a first read and a first write at once
                await self._finding.wait("waiting for the first use of this stream")
                continue
            found = self._finding = running().event()
            try:
                self._stream = await running().stream(self._sock, self._inactivity)
            finally:
                self._finding = None
                found.set()
        return self._stream

    async def read(self, max_bytes: int) -> bytes:
        """Read what has arrived; `b""` at the end."""
        return await (await self._found("read")).read(max_bytes)

    async def read_into(self, buffer: memoryview) -> int:
        """Read what has arrived into `buffer`; how many bytes, 0 at the end."""
        return await (await self._found("read")).read_into(buffer)

    async def write(self, data: bytes) -> None:
        """Write all of `data`."""
        await (await self._found("write")).write(data)

    async def push(self, data: bytes) -> bool:
        """Write `data`, but let what arrives come first."""
        return await (await self._found("write")).push(data)

    def get_extra_info(self, key: str) -> object:
        """What is known of the socket."""
        return socket_info(self._sock, key)

    def take(self) -> bytes | None:
        """What has arrived, without waiting: `None` if there is nothing, `b""` at the end."""
        if self._stream is not None:
            return self._stream.take()
        return None if self.is_quiet() else self._sock.recv(65536)

    def is_quiet(self) -> bool:
        """Tell whether nothing has arrived that was not read."""
        if self._stream is not None:
            return self._stream.is_quiet()
        return not self._closed and not wait_readable(self._sock, 0)

    def abort(self) -> None:
        """Close at once."""
        self._closed = True
        if self._stream is not None:
            self._stream.abort()
        else:
            self._sock.close()

    def drop(self) -> None:
        """Close this process's copy of the descriptor and tell nobody: after a fork."""
        self._closed = True
        self._sock.close()

    async def close(self) -> None:
        """Close, after what was written has left."""
        if self._stream is not None:
            await self._stream.close()
        self.abort()
