"""A stream over a socket whose event loop is not known yet: found out when it is first used."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from .addresses import peer_text, socket_info
from .detect import running
from .polling import wait_readable

if TYPE_CHECKING:
    from ...interfaces.awaitable import RawStream


class LateStream:
    """Becomes the running loop's own stream at the first read or write."""

    __slots__ = ("_closed", "_inactivity", "_sock", "_stream", "peer")

    def __init__(self, sock: socket.socket, inactivity: float | None) -> None:
        self._sock = sock
        self._inactivity = inactivity
        self._stream: RawStream | None = None
        self._closed = False
        self.peer: str = peer_text(sock)

    async def _found(self, verb: str) -> RawStream:
        if self._stream is None:
            if self._closed:
                raise RuntimeError(f"cannot {verb}: this stream to {self.peer} is closed")
            self._stream = await running().stream(self._sock, self._inactivity)
        return self._stream

    async def read(self, max_bytes: int) -> bytes:
        """Read what has arrived; `b""` at the end."""
        return await (await self._found("read")).read(max_bytes)

    async def write(self, data: bytes) -> None:
        """Write all of `data`."""
        await (await self._found("write")).write(data)

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

    async def close(self) -> None:
        """Close, after what was written has left."""
        if self._stream is not None:
            await self._stream.close()
        self.abort()
