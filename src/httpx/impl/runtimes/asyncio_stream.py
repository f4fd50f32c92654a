"""A TCP stream for asyncio, on a socket that the loop watches.

There is no transport between the loop and the stream: the loop tells that bytes have arrived, and
they are read, as many as the reader wants, into the very object that the reader gets. Against a
buffered protocol on asyncio's own transport this takes 13 microseconds of processor time for a
small exchange in place of 17, and 0.9 KB for an idle connection in place of 2.3. This is for
asyncio's own loop. Others get the stream of `asyncio_transport.py`, which has all of this but for
what touches the loop.

Rules:
1. A `write` that does not come to its end leaves the stream aborted: bytes that may or may not
   have left can be followed by nothing.
2. A `read` that does not come to its end changes nothing: what arrives later is there to be read.
3. What had arrived before an error can still be read: a server that refuses an upload answers,
   and then resets the connection.
4. Only what the loop calls lets a task go on at once (`PromptWait`), and keeps nothing in mind
   over that: the task may do anything, close the stream for instance.
"""

from __future__ import annotations

import asyncio
import socket
from asyncio import _get_running_loop as running_loop  # pyright: ignore[reportPrivateUsage]
from contextvars import Context
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from ..values.errors import ReadError, Timeout, WriteError
from .addresses import peer_text, socket_info
from .asyncio_wait import PromptWait, Wait
from .asyncio_watch import Watch, watch_for
from .polling import is_readable
from .scopes import note_expiry

if TYPE_CHECKING:
    from typing import Self

USUAL = 64 * 1024
"""Bytes asked of the system at once. From 128 KiB on the C library maps memory for each read and
gives it back, which costs a small response 4 microseconds."""

MOST = 256 * 1024
"""Bytes asked of the system at once, if the reader wants them, while more is there than `USUAL`."""

HIGH_WATER = 64 * 1024
"""Bytes kept for a reader that does not come; beyond it the loop stops reading."""

IN_A_ROW = 64
"""Reads and writes that need not wait, after which the loop gets its turn. A peer that is never
waited for would keep it from all other tasks, and from noticing that a deadline has passed."""


class AsyncioStream:
    """A connected socket, read and written when the loop says that it is ready."""

    __slots__ = (
        "_buffer",
        "_closed",
        "_ended",
        "_error",
        "_loop",
        "_more",
        "_paused",
        "_pushing",
        "_read_since",
        "_reader",
        "_sock",
        "_start",
        "_streak",
        "_unsent",
        "_wanted",
        "_watch",
        "_write_since",
        "_writer",
        "peer",
    )

    _new_wait: ClassVar[type[Wait]] = PromptWait

    def __init__(
        self, loop: asyncio.AbstractEventLoop, sock: socket.socket, inactivity: float | None
    ) -> None:
        self._loop = loop
        self._sock = sock
        self.peer: str = peer_text(sock)
        self._watch: Watch = watch_for(loop, inactivity)
        self._buffer = b""
        self._start = 0  # of what was not read of the buffer; it is less than all of it
        self._more: bool = False  # whether the last read left something, probably
        self._paused = False  # whether the loop was told not to read on
        self._ended = False
        self._closed = False
        self._error: BaseException | None = None
        self._reader: Wait | None = None
        self._read_since = 0.0
        self._wanted = 0
        self._writer: Wait | None = None
        self._write_since = 0.0
        self._pushing = False  # whether the writer is to be woken by an arrival, too
        self._unsent: memoryview | None = None  # what the system did not take
        self._streak = 0

    @classmethod
    def over(cls, sock: socket.socket, inactivity: float | None) -> Self:
        """A stream over a connected socket in the running loop."""
        sock.setblocking(False)
        loop = asyncio.get_running_loop()
        stream = cls(loop, sock, inactivity)
        stream._resume_reading()
        stream._watch.streams.add(stream)
        return stream

    # What the loop calls.

    def _on_readable(self) -> None:
        reader = self._reader
        if reader is not None:
            self._receive(self._wanted)
        else:
            self._receive(HIGH_WATER)
            if len(self._buffer) - self._start > HIGH_WATER:
                self._pause_reading()
        if self._buffer or self._ended:
            if reader is not None:
                reader.finish()
            if self._pushing:
                self._interrupt_push()

    def _interrupt_push(self) -> None:
        if self._writer is not None:
            self._writer.finish()

    def _on_writable(self) -> None:
        if self._unsent is not None:
            try:
                sent = self._sock.send(self._unsent)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                self._note_error(error)
                self._unsent = None
            else:
                self._write_since = monotonic()
                self._unsent = self._unsent[sent:] or None
        if self._unsent is None:
            self._loop.remove_writer(self._sock)
            if self._writer is not None:
                self._writer.finish()

    # What touches the socket.

    def _resume_reading(self) -> None:
        # With a context of its own: the caller's would live as long as the connection, and with
        # it every `timeout()` block that is around the connect, its task, and what that holds.
        Context().run(self._loop.add_reader, self._sock, self._on_readable)

    def _pause_reading(self) -> None:
        self._paused = True
        self._loop.remove_reader(self._sock)

    def _receive(self, size: int) -> None:
        """Read what has arrived, `size` bytes at most, without waiting."""
        most = MOST if self._more else USUAL
        if size > most:
            size = most
        try:
            data = self._sock.recv(size)
        except (BlockingIOError, InterruptedError):
            self._more = False
            return
        except OSError as error:
            self._note_error(error)
            data = b""
        self._more = len(data) == size
        if not data:
            self._ended = True
            self._loop.remove_reader(self._sock)
        elif self._buffer:
            self._append(data)
        else:
            self._buffer = data

    def _append(self, data: bytes) -> None:
        self._buffer = self._buffer[self._start :] + data
        self._start = 0

    def _send(self, data: bytes) -> None:
        """Write what the system takes; the rest is sent as soon as it takes more."""
        try:
            sent = self._sock.send(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError as error:
            self._note_error(error)
            raise self._failure(WriteError, "writing to") from (self._error or error)
        if sent < len(data):
            self._keep_sending(memoryview(data)[sent:])

    def _keep_sending(self, rest: memoryview) -> None:
        self._unsent = rest
        Context().run(self._loop.add_writer, self._sock, self._on_writable)

    def _note_error(self, error: OSError) -> None:
        """Keep what broke the connection; after a close on this side nothing did."""
        if not self._closed:
            self._error = self._error or error

    def _detach(self) -> None:
        """Let go of the loop and of the socket; in the loop's thread."""
        if self._sock.fileno() >= 0:
            self._loop.remove_reader(self._sock)
            self._loop.remove_writer(self._sock)
            self._sock.close()
        self._let_go()

    def _let_go(self) -> None:
        """There will be nothing any more: whoever waits is told."""
        self._watch.streams.discard(self)
        self._ended = True
        self._unsent = None
        if self._reader is not None:
            self._reader.finish_soon()
        if self._writer is not None:
            self._writer.finish_soon()

    # What the core calls.

    async def read(self, max_bytes: int) -> bytes:
        """Read what has arrived; `b""` at the end."""
        if self._closed or running_loop() is not self._loop:
            raise self._unusable("read")
        if self._reader is not None:
            raise self._busy_error("read")
        if not (self._buffer or self._ended or (self._more and self._is_there(max_bytes))):
            reader = self._reader = self._new_wait(loop=self._loop)
            self._wanted = max_bytes
            self._streak = 0
            self._read_since = monotonic()
            if self._watch.asleep:
                self._watch.wake()
            try:
                await reader
            except asyncio.CancelledError:
                note_expiry(f"reading from {self.peer}")
                raise
            finally:
                self._reader = None
        data = self._buffer
        if data and len(data) <= max_bytes and not (self._start or self._paused):
            self._buffer = b""  # as `_taken` would: this is what happens nearly always
            return data
        if not data and (self._error is not None or self._closed):
            raise self._failure(ReadError, "reading from")
        return self._taken(max_bytes)

    async def read_into(self, buffer: memoryview) -> int:
        """Read what has arrived into `buffer`; how many bytes, 0 at the end."""
        data = await self.read(min(len(buffer), MOST))
        buffer[: len(data)] = data
        return len(data)

    def _is_there(self, max_bytes: int) -> bool:
        """Read at once what is there, probably: in a large body it saves a turn of the loop."""
        self._streak += 1
        if self._streak > IN_A_ROW:
            return False
        self._receive(max_bytes)
        return bool(self._buffer) or self._ended

    def _taken(self, max_bytes: int) -> bytes:
        """Take from the buffer, and let the loop read on if there is room again."""
        start, end = self._start, self._start + max_bytes
        if end < len(self._buffer):
            data = self._buffer[start:end]
            self._start = end
        else:
            data = self._buffer[start:]
            self._buffer = b""
            self._start = 0
        if self._paused and len(self._buffer) - self._start <= HIGH_WATER and not self._ended:
            self._paused = False
            self._resume_reading()
        return data

    async def write(self, data: bytes) -> None:
        """Write all of `data`, until the system has taken the last byte."""
        if self._closed or running_loop() is not self._loop:
            raise self._unusable("write")
        if self._streak >= IN_A_ROW:
            await self._give_way()
        if self._unsent is not None:
            raise self._busy_error("write")
        self._streak += 1
        self._send(data)
        while self._unsent is not None:
            await self._drain()

    async def push(self, data: bytes) -> bool:
        """Write `data`, but let what arrives come first; see `RawStream.push`."""
        if data:
            if self._closed or running_loop() is not self._loop:
                raise self._unusable("write")
            if self._streak >= IN_A_ROW:
                await self._give_way()
            if self._unsent is not None:
                raise self._busy_error("write")
            self._streak += 1
            self._send(data)
        while True:
            if self._error is not None or self._closed:
                raise self._failure(WriteError, "writing to")
            if (data or self._unsent is not None) and (self._buffer or self._ended):
                return False
            if self._unsent is None:
                return True
            self._pushing = True
            try:
                await self._drain()
            finally:
                self._pushing = False

    async def _drain(self) -> None:
        """Wait until all has left; or, if that is wanted, until something arrives."""
        if self._writer is not None:
            raise self._busy_error("write")
        writer = self._writer = self._new_wait(loop=self._loop)
        self._streak = 0
        self._write_since = monotonic()
        if self._watch.asleep:
            self._watch.wake()
        try:
            await writer
        except (asyncio.CancelledError, Timeout) as error:
            if not isinstance(error, Timeout):
                note_expiry(f"writing to {self.peer}")
            self.abort()
            raise
        finally:
            self._writer = None
        if self._unsent is None and (self._error is not None or self._closed):
            raise self._failure(WriteError, "writing to")

    async def _give_way(self) -> None:
        """Let the loop run; a cancellation that waits to be delivered comes now."""
        self._streak = 0
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            note_expiry(f"writing to {self.peer}")
            raise

    def break_off(self, moment: float) -> float:
        """End the waits without progress since `moment`; see `Watched`."""
        oldest = inf
        if self._reader is not None and not self._reader.done():
            if self._read_since <= moment:
                self._reader.fail_soon(self._inactive("reading from"))
            else:
                oldest = self._read_since
        if self._writer is not None and not self._writer.done():
            if self._write_since <= moment:
                self._writer.fail_soon(self._inactive("writing to"))
            else:
                oldest = min(oldest, self._write_since)
        return oldest

    def get_extra_info(self, key: str) -> object:
        """What is known of the socket."""
        return socket_info(self._sock, key)

    def take(self) -> bytes | None:
        """What has arrived, without waiting: `None` if there is nothing, `b""` at the end."""
        if not (self._buffer or self._ended or self._closed):
            self._receive(HIGH_WATER)  # what the loop would hand over at its next turn
            if not (self._buffer or self._ended):
                return None
        return self._taken(HIGH_WATER)

    def is_quiet(self) -> bool:
        """Tell whether nothing has arrived that was not read."""
        if self._buffer or self._ended or self._closed:
            return False
        # The loop may not have had its turn since the bytes arrived, so the system is asked.
        return not is_readable(self._sock)

    def abort(self) -> None:
        """Close at once, dropping what is unsent; from any thread."""
        if self._closed and self._sock.fileno() < 0:
            return
        self._closed = True
        if self._loop.is_closed():
            self._outlive_loop()
            return
        try:
            # The peer is told now: in another thread the descriptor is closed later, and a child
            # process may have a copy of it.
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # not connected any more
        if running_loop() is self._loop:
            self._detach()
        else:
            try:
                self._loop.call_soon_threadsafe(self._detach)
            except RuntimeError:  # it was closed just now
                self._outlive_loop()

    def _outlive_loop(self) -> None:
        """Free the descriptor after the loop's end."""
        self._sock.close()

    def drop(self) -> None:
        """Close this process's copy of the descriptor and tell nobody: after a fork."""
        self._closed = True
        self._sock.close()

    async def close(self) -> None:
        """Close, and wait until the descriptor is."""
        if running_loop() is self._loop and self._unsent is None:
            self._closed = True
            self._detach()
        else:
            self.abort()

    def _inactive(self, doing: str) -> Timeout:
        return Timeout(
            f"inactivity_timeout of the network backend ({self._watch.limit:g} s) passed while "
            f"{doing} {self.peer}"
        )

    def _unusable(self, verb: str) -> Exception:
        if not self._closed:
            return RuntimeError(
                f"cannot {verb}: this stream to {self.peer} belongs to another event loop; use "
                "it there"
            )
        return RuntimeError(f"cannot {verb}: this stream to {self.peer} is closed")

    def _busy_error(self, verb: str) -> RuntimeError:
        return RuntimeError(
            f"cannot {verb}: another task is in the middle of a {verb} on this stream to "
            f"{self.peer}; a stream takes one reader and one writer at a time"
        )

    def _failure(self, kind: type[ReadError | WriteError], doing: str) -> Exception:
        why = self._error or "the stream was closed on this side meanwhile"
        failure = kind(f"{doing} {self.peer} failed: {why}")
        failure.__cause__ = self._error
        return failure
