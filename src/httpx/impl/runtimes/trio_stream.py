"""A TCP stream for trio, on trio's own `SocketStream`."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from functools import partial

import trio

from ..values.errors import ReadError, Timeout, WriteError
from .addresses import peer_text, socket_info
from .polling import wait_readable
from .scopes import note_expiry
from .trio_waits import first_of


class TrioStream:
    """A connected socket, read and written through trio."""

    __slots__ = (
        "_closed",
        "_inactivity",
        "_sock",
        "_stream",
        "_token",
        "_unsent",
        "_writing",
        "peer",
    )

    def __init__(self, sock: socket.socket, inactivity: float | None) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._stream = trio.SocketStream(trio.socket.from_stdlib_socket(sock))
        self._token = trio.lowlevel.current_trio_token()
        self._inactivity = inactivity
        self._closed = False
        self._writing = False
        self._unsent = memoryview(b"")
        self.peer: str = peer_text(sock)

    async def read(self, max_bytes: int) -> bytes:
        """Read what has arrived; `b""` at the end."""
        self._check("read")
        limit = self._limit()
        try:
            with limit:
                return bytes(await self._stream.receive_some(max_bytes))
        except trio.BusyResourceError as error:
            raise self._busy_error("read") from error
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise ReadError(self._failure("reading from", error)) from error
        except trio.Cancelled:
            note_expiry(f"reading from {self.peer}")
            raise
        raise self._inactive("reading from")

    async def write(self, data: bytes) -> None:
        """Write all of `data`; a write that is cut short leaves the stream aborted."""
        await self._write(data, self._send_all)

    async def push(self, data: bytes) -> bool:
        """Write `data`, but let what arrives come first; see `RawStream.push`."""
        return await self._write(data, self._send_unless_arrived)

    async def _write(self, data: bytes, send: Callable[[bytes], Awaitable[bool | None]]) -> bool:
        """Write by `send`, which gives `None` if nothing left for too long."""
        self._check("write")
        if self._writing:
            raise self._busy_error("write")
        self._writing = True
        try:
            done = await send(data)
            if done is not None:
                return done
        except (OSError, trio.ClosedResourceError) as error:
            raise WriteError(self._failure("writing to", error)) from error
        except trio.Cancelled:
            note_expiry(f"writing to {self.peer}")
            self.abort()
            raise
        finally:
            self._writing = False
        self.abort()
        raise self._inactive("writing to")

    async def _send_all(self, data: bytes) -> bool | None:
        """Send until all has left; `None` if nothing did for too long.

        Not trio's `send_all`: the limit is for each step that the peer takes, not for all of them.
        """
        send = self._stream.socket.send
        rest: bytes | memoryview = data
        while True:
            sent = -1
            with self._limit():
                sent = await send(rest)
            if sent < 0:
                return None
            if sent == len(rest):
                return True
            rest = memoryview(rest)[sent:]

    async def _send_unless_arrived(self, data: bytes) -> bool | None:
        """Send until all has left, or something has arrived; `None` if nothing did for too long."""
        if data:
            self._unsent = memoryview(data)
        await trio.lowlevel.checkpoint()
        while self._unsent:
            if not self.is_quiet():
                return False
            try:
                self._unsent = self._unsent[self._sock.send(self._unsent) :]
            except (BlockingIOError, InterruptedError):
                with self._limit() as limit:
                    await first_of(
                        [
                            partial(self._wait, trio.lowlevel.wait_writable),
                            partial(self._wait, trio.lowlevel.wait_readable),
                        ],
                        f"writing to {self.peer}",
                    )
                if limit.cancelled_caught:
                    return None
        return True

    async def _wait(self, until: Callable[[socket.socket], Awaitable[None]]) -> None:
        """Wait for the socket, unless it was closed before this task had its first turn."""
        if self._closed:
            raise trio.ClosedResourceError
        await until(self._sock)

    def _limit(self) -> trio.CancelScope:
        if self._inactivity is None:
            return trio.CancelScope()
        return trio.CancelScope(deadline=trio.current_time() + self._inactivity)

    def get_extra_info(self, key: str) -> object:
        """What is known of the socket."""
        return socket_info(self._sock, key)

    def take(self) -> bytes | None:
        """What has arrived, without waiting: `None` if there is nothing, `b""` at the end."""
        if self._closed:
            return b""
        try:
            return self._sock.recv(65536)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError:
            return b""  # an error ends a stream as well

    def is_quiet(self) -> bool:
        """Tell whether nothing has arrived that was not read."""
        return not self._closed and not wait_readable(self._sock, 0)

    def abort(self) -> None:
        """Close at once; from any thread."""
        if self._closed:
            return
        self._closed = True
        try:
            here = trio.lowlevel.current_trio_token() is self._token
        except RuntimeError:
            here = False
        if here:
            self._stream.socket.close()
            return
        try:
            self._token.run_sync_soon(self._stream.socket.close)
        except trio.RunFinishedError:
            self._sock.close()  # nobody can be waiting for it any more

    def drop(self) -> None:
        """Close this process's copy of the descriptor and tell nobody: after a fork."""
        self._closed = True
        self._sock.close()

    async def close(self) -> None:
        """Close; trio has handed every byte to the system before a write returns."""
        self.abort()

    def _check(self, verb: str) -> None:
        if self._closed:
            raise RuntimeError(f"cannot {verb}: this stream to {self.peer} is closed")
        if trio.lowlevel.current_trio_token() is not self._token:
            raise RuntimeError(
                f"cannot {verb}: this stream to {self.peer} belongs to another event loop; use "
                "it there"
            )

    def _busy_error(self, verb: str) -> RuntimeError:
        return RuntimeError(
            f"cannot {verb}: another task is in the middle of a {verb} on this stream to "
            f"{self.peer}; a stream takes one reader and one writer at a time"
        )

    def _failure(self, doing: str, error: Exception) -> str:
        why: object = error.__cause__ or error
        if self._closed:
            why = "the stream was closed on this side meanwhile"
        return f"{doing} {self.peer} failed: {why}"

    def _inactive(self, doing: str) -> Timeout:
        return Timeout(
            f"inactivity_timeout of the network backend ({self._inactivity:g} s) passed while "
            f"{doing} {self.peer}"
        )
