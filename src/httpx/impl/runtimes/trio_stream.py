"""A TCP stream for trio, on a non-blocking socket and trio's waits.

Each call tries the system call first and waits only if it must, as trio's own `SocketStream` does.
What is left out here is what a stream of ours has no use for: an object for the socket, one more
for the stream, and a cancel scope for each call. See `trio_watch` for the limit on inactivity.

Rule: every call that waits is a checkpoint, even if there was nothing to wait for: a cancellation
is seen before anything is done, and other tasks get their turn before it returns.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from functools import partial

import trio
from trio.lowlevel import (
    cancel_shielded_checkpoint,
    checkpoint,
    checkpoint_if_cancelled,
    current_trio_token,
    notify_closing,
    wait_readable,
    wait_writable,
)

from ..values.errors import ReadError, Timeout, WriteError
from .addresses import peer_text, socket_info
from .polling import is_readable
from .scopes import note_expiry
from .trio_waits import first_of
from .trio_watch import watchman

PIECE = 64 * 1024
"""Bytes asked of the system at once for a buffer of the caller's."""

NOTHING = memoryview(b"")
"""One for all streams: a view of its own costs an idle connection 310 bytes."""


class TrioStream:
    """A connected socket, read and written through trio."""

    __slots__ = (
        "__weakref__",
        "_closed",
        "_inactivity",
        "_overdue",
        "_since",
        "_sock",
        "_token",
        "_unsent",
        "_watched",
        "_writing",
        "peer",
    )

    def __init__(self, sock: socket.socket, inactivity: float | None) -> None:
        if type(sock) is not socket.socket:
            # `ssl.SSLSocket` is one that would be passed by: its own `recv` may want to write.
            raise TypeError(
                f"a stream takes a plain socket.socket, not {type(sock).__name__}: for TLS there "
                "is start_tls()"
            )
        sock.setblocking(False)
        self._sock = sock
        self._token = current_trio_token()
        self._inactivity = inactivity
        self._closed = False
        self._writing = False
        self._unsent = NOTHING
        self._since: float | None = None  # when the present wait to read began
        self._watched = False  # whether somebody will look if that takes too long
        self._overdue = False
        self.peer: str = peer_text(sock)

    async def read(self, max_bytes: int) -> bytes:
        """Read what has arrived; `b""` at the end."""
        if self._closed or current_trio_token() is not self._token:
            raise self._misused("read")
        try:
            await checkpoint_if_cancelled()
            try:
                data: bytes | None = self._sock.recv(max_bytes)
            except (BlockingIOError, InterruptedError):
                data = await self._read_later(max_bytes)
            else:
                await cancel_shielded_checkpoint()
        except trio.BusyResourceError as error:
            raise self._busy_error("read") from error
        except (OSError, trio.ClosedResourceError) as error:
            raise ReadError(self._failure("reading from", error)) from error
        except trio.Cancelled:
            note_expiry(f"reading from {self.peer}")
            raise
        if data is None:
            raise self._inactive("reading from")
        return data

    async def read_into(self, buffer: memoryview) -> int:
        """Read what has arrived into `buffer`; how many bytes, 0 at the end."""
        data = await self.read(min(len(buffer), PIECE))
        buffer[: len(data)] = data
        return len(data)

    async def _read_later(self, max_bytes: int) -> bytes | None:
        """Wait until something has arrived, and read it; `None` if nothing did for too long."""
        if self._since is not None:
            raise self._busy_error("read")
        try:
            if self._inactivity is not None:
                self._since = trio.current_time()
                if not self._watched:
                    self._watched = True
                    watchman().watch(self, self._since + self._inactivity)
            while True:
                await wait_readable(self._sock)
                try:
                    return self._sock.recv(max_bytes)
                except (BlockingIOError, InterruptedError):
                    continue  # the system changed its mind: a checksum was wrong
        except trio.ClosedResourceError:
            if not self._overdue:
                raise
            return None
        finally:
            self._since = None
            self._overdue = False

    def look(self, now: float) -> float | None:
        """End the wait that takes too long; see `Watched`."""
        self._watched = False
        if self._since is None or self._inactivity is None or self._closed:
            return None
        due = self._since + self._inactivity
        if due > now:
            self._watched = True
            return due
        self._overdue = True
        notify_closing(self._sock)  # it stays open: this is how trio's waits are called off
        return None

    async def write(self, data: bytes) -> None:
        """Write all of `data`; a write that is cut short leaves the stream aborted."""
        self._begin_write()
        try:
            await checkpoint_if_cancelled()
            try:
                sent = self._sock.send(data)
            except (BlockingIOError, InterruptedError):
                sent = 0
            if sent == len(data):
                await cancel_shielded_checkpoint()
                return
            in_time = await self._send_rest(memoryview(data)[sent:])
        except (OSError, trio.ClosedResourceError) as error:
            raise WriteError(self._failure("writing to", error)) from error
        except trio.Cancelled:
            note_expiry(f"writing to {self.peer}")
            self.abort()
            raise
        finally:
            self._writing = False
        if not in_time:
            self.abort()
            raise self._inactive("writing to")

    async def push(self, data: bytes) -> bool:
        """Write `data`, but let what arrives come first; see `RawStream.push`."""
        self._begin_write()
        try:
            done = await self._send_unless_arrived(data)
        except (OSError, trio.ClosedResourceError) as error:
            raise WriteError(self._failure("writing to", error)) from error
        except trio.Cancelled:
            note_expiry(f"writing to {self.peer}")
            self.abort()
            raise
        finally:
            self._writing = False
        if done is None:
            self.abort()
            raise self._inactive("writing to")
        return done

    def _begin_write(self) -> None:
        if self._closed or current_trio_token() is not self._token:
            raise self._misused("write")
        if self._writing:
            raise self._busy_error("write")
        self._writing = True

    async def _send_rest(self, rest: memoryview) -> bool:
        """Send `rest` as there is room for it; `False` if nothing left for too long."""
        while rest:
            # The limit is for each step that the peer takes, not for all of them.
            with self._limit() as limit:
                rest = rest[await self._send_later(rest) :]
            if limit.cancelled_caught:
                return False
        return True

    async def _send_later(self, rest: memoryview) -> int:
        """Wait until there is room, and send what there is room for."""
        while True:
            await self._wait(wait_writable)
            try:
                return self._sock.send(rest)
            except (BlockingIOError, InterruptedError):
                continue  # the system changed its mind

    async def _send_unless_arrived(self, data: bytes) -> bool | None:
        """Send until all has left, or something has arrived; `None` if nothing did for too long."""
        if data:
            self._unsent = memoryview(data)
        await checkpoint()
        in_time = True

        async def send_rest() -> None:
            nonlocal in_time
            in_time = await self._send_unsent()

        listen = partial(self._wait, wait_readable)
        while self._unsent:
            if not self.is_quiet():
                return False
            try:
                self._unsent = self._unsent[self._sock.send(self._unsent) :]
            except (BlockingIOError, InterruptedError):
                # Two tasks for all that is left, not for each time that there is no room.
                await first_of([send_rest, listen], f"writing to {self.peer}")
                if not in_time:
                    return None
        self._unsent = NOTHING  # an empty slice would keep all of the data
        return True

    async def _send_unsent(self) -> bool:
        """Send what is unsent, for as long as nobody interrupts; `False` as in `_send_rest`."""
        while self._unsent:
            with self._limit() as limit:
                self._unsent = self._unsent[await self._send_later(self._unsent) :]
            if limit.cancelled_caught:
                return False
        return True

    async def _wait(self, until: Callable[[socket.socket], Awaitable[None]]) -> None:
        """Wait for the socket, unless it was closed before this task had its first turn."""
        if self._closed:
            raise trio.ClosedResourceError
        try:
            await until(self._sock)
        except trio.ClosedResourceError:
            if self._closed:
                raise
            # A read was called off, and this wait with it: it is over too early, no more.

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
        return not self._closed and not is_readable(self._sock)

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
            self._close()
            return
        try:
            self._token.run_sync_soon(self._close)
        except trio.RunFinishedError:
            self._sock.close()  # nobody can be waiting for it any more

    def _close(self) -> None:
        if self._sock.fileno() >= 0:  # `drop` may have come first
            notify_closing(self._sock)
            self._sock.close()

    def drop(self) -> None:
        """Close this process's copy of the descriptor and tell nobody: after a fork."""
        self._closed = True
        self._sock.close()

    async def close(self) -> None:
        """Close; trio has handed every byte to the system before a write returns."""
        self.abort()

    def _misused(self, verb: str) -> RuntimeError:
        if self._closed:
            return RuntimeError(f"cannot {verb}: this stream to {self.peer} is closed")
        return RuntimeError(
            f"cannot {verb}: this stream to {self.peer} belongs to another event loop; use it there"
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
