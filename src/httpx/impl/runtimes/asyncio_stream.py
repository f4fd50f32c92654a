"""A TCP stream for asyncio, on the loop's buffered protocol.

A `BufferedProtocol` reads into memory that is there already: a plain `Protocol` allocates, and
gives back, 256 KiB for each read. The memory is one buffer for all streams of a loop, since the
loop hands over what it read before it does anything else; only the proactor loop of Windows reads
in the background and needs a buffer for each stream.

Rules:
1. A `write` that does not come to its end leaves the stream aborted: bytes that may or may not
   have left can be followed by nothing.
2. `abort` closes the descriptor at the loop's next turn, or at once if the loop is closed.
"""

from __future__ import annotations

import asyncio
import select
import socket
import sys
from weakref import WeakKeyDictionary

from ..values.errors import ReadError, Timeout, WriteError
from .addresses import peer_text, socket_info
from .polling import HAS_POLL, wait_readable
from .scopes import note_expiry

SCRATCH = 256 * 1024
"""Bytes read at most at once; beyond this a larger buffer gained nothing on loopback."""

HIGH_WATER = 64 * 1024
"""Bytes kept for a reader that does not come; beyond it the loop stops reading."""

_scratch: WeakKeyDictionary[asyncio.AbstractEventLoop, memoryview] = WeakKeyDictionary()


def _scratch_for(loop: asyncio.AbstractEventLoop) -> memoryview:
    if sys.platform == "win32":
        return memoryview(bytearray(HIGH_WATER))
    buffer = _scratch.get(loop)
    if buffer is None:
        buffer = _scratch[loop] = memoryview(bytearray(SCRATCH))
    return buffer


class AsyncioStream(asyncio.BufferedProtocol):
    """A connected socket, read and written through an asyncio transport."""

    __slots__ = (
        "_buffer",
        "_closed",
        "_drained",
        "_ended",
        "_error",
        "_inactivity",
        "_loop",
        "_lost",
        "_paused",
        "_poll",
        "_reader",
        "_reading_since",
        "_scratch",
        "_sock",
        "_timer",
        "_transport",
        "_writing_since",
        "peer",
    )

    _transport: asyncio.Transport

    def __init__(
        self, loop: asyncio.AbstractEventLoop, sock: socket.socket, inactivity: float | None
    ) -> None:
        self._loop = loop
        self._sock = sock
        self._inactivity = inactivity
        self.peer: str = peer_text(sock)
        self._scratch = _scratch_for(loop)
        self._buffer = b""
        self._ended = False
        self._closed = False
        self._paused = False
        self._error: BaseException | None = None
        self._reader: asyncio.Future[None] | None = None
        self._drained: asyncio.Future[None] | None = None
        self._lost: asyncio.Future[None] = loop.create_future()
        self._poll: select.poll | None = None
        self._reading_since = 0.0
        self._writing_since = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    async def over(cls, sock: socket.socket, inactivity: float | None) -> AsyncioStream:
        """A stream over a connected socket in the running loop."""
        loop = asyncio.get_running_loop()
        sock.setblocking(False)
        _, stream = await loop.create_connection(lambda: cls(loop, sock, inactivity), sock=sock)
        return stream

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport; it is to tell of every byte that it could not send at once."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(high=0)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Give the memory to read into."""
        return self._scratch

    def buffer_updated(self, nbytes: int) -> None:
        """Take over what was read."""
        data = bytes(self._scratch[:nbytes])
        self._buffer = self._buffer + data if self._buffer else data
        if len(self._buffer) > HIGH_WATER:
            self._transport.pause_reading()
            self._paused = True
        self._wake_reader()

    def eof_received(self) -> bool:
        """Note the end; the transport stays open for writing."""
        self._ended = True
        self._wake_reader()
        return True

    def pause_writing(self) -> None:
        """Bytes are left that the system did not take."""
        self._drained = self._loop.create_future()

    def resume_writing(self) -> None:
        """All bytes have left."""
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
        self._drained = None

    def connection_lost(self, exc: Exception | None) -> None:
        """The loop gives the descriptor up, because of this side or of an error.

        What had arrived before an error can still be read: a server that refuses an upload
        answers, and then resets the connection.
        """
        if exc is not None and not self._closed:
            self._rescue()
        self._error = self._error or exc
        self._ended = True
        if self._timer is not None:
            self._timer.cancel()
        self._wake_reader()
        self.resume_writing()
        if not self._lost.done():
            self._lost.set_result(None)

    def _rescue(self) -> None:
        try:
            self._buffer += self._sock.recv(HIGH_WATER)
        except OSError:
            return  # there was nothing

    def _wake_reader(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    # What the core calls.

    async def read(self, max_bytes: int) -> bytes:
        """Read what has arrived; `b""` at the end."""
        if self._closed or _running_loop() is not self._loop:
            raise self._unusable("read")
        if self._reader is not None:
            raise self._busy_error("read")
        if not self._buffer and not self._ended:
            self._reader = self._loop.create_future()
            self._reading_since = self._watch()
            try:
                await self._reader
            except asyncio.CancelledError:
                note_expiry(f"reading from {self.peer}")
                raise
            finally:
                self._reader = None
                self._reading_since = 0.0
        if not self._buffer:
            if self._error is not None or self._closed:
                raise self._failure(ReadError, "reading from")
            return b""
        return self._taken(max_bytes)

    def _taken(self, max_bytes: int) -> bytes:
        """Take from the buffer, and let the loop read on if there is room again."""
        data = self._buffer
        if len(data) > max_bytes:
            self._buffer = data[max_bytes:]
            data = data[:max_bytes]
        else:
            self._buffer = b""
        if self._paused and len(self._buffer) <= HIGH_WATER and not self._lost.done():
            self._paused = False
            self._transport.resume_reading()
        return data

    async def write(self, data: bytes) -> None:
        """Write all of `data`, until the system has taken the last byte."""
        if self._closed or _running_loop() is not self._loop:
            raise self._unusable("write")
        if self._drained is not None:
            raise self._busy_error("write")
        if not self._lost.done():
            self._transport.write(data)
            if self._drained is not None:
                await self._drain(self._drained)
        if self._lost.done() or self._closed:
            raise self._failure(WriteError, "writing to")

    async def _drain(self, drained: asyncio.Future[None]) -> None:
        self._writing_since = self._watch()
        try:
            await drained
        except asyncio.CancelledError:
            note_expiry(f"writing to {self.peer}")
            self.abort()
            raise
        finally:
            self._writing_since = 0.0

    # The limit on inactivity. A timer for each wait would cost more than the wait: one timer a
    # stream looks, when it goes off, whether the wait of then is still the wait of now.

    def _watch(self) -> float:
        """Note that a wait begins now; give the time."""
        now = self._loop.time()
        if self._timer is None and self._inactivity is not None:
            self._timer = self._loop.call_at(now + self._inactivity, self._look)
        return now

    def _look(self) -> None:
        self._timer = None
        since = [s for s in (self._reading_since, self._writing_since) if s]
        if self._lost.done() or not since or self._inactivity is None:
            return
        overdue = min(since) + self._inactivity
        if overdue > self._loop.time():
            self._timer = self._loop.call_at(overdue, self._look)
            return
        doing = "reading from" if min(since) == self._reading_since else "writing to"
        self._error = Timeout(
            f"inactivity_timeout of the network backend ({self._inactivity:g} s) passed while "
            f"{doing} {self.peer}"
        )
        self._transport.abort()

    def get_extra_info(self, key: str) -> object:
        """What is known of the socket."""
        return socket_info(self._sock, key)

    def take(self) -> bytes | None:
        """What has arrived, without waiting: `None` if there is nothing, `b""` at the end."""
        if self._buffer or self._ended or self._closed:
            return self._taken(HIGH_WATER)
        try:
            data = self._sock.recv(HIGH_WATER)  # what the loop would hand over at its next turn
        except (BlockingIOError, InterruptedError):
            return None
        except OSError:
            data = b""
        self._ended = not data
        return data

    def is_quiet(self) -> bool:
        """Tell whether nothing has arrived that was not read."""
        if self._buffer or self._ended or self._closed:
            return False
        if not HAS_POLL:
            return not wait_readable(self._sock, 0)
        if self._poll is None:
            # The loop may not have had its turn since the bytes arrived, so the system is asked.
            self._poll = select.poll()
            self._poll.register(self._sock, select.POLLIN)
        return not self._poll.poll(0)

    def abort(self) -> None:
        """Close at once, dropping what is unsent; from any thread."""
        if self._closed:
            return
        self._closed = True
        if self._loop.is_closed():
            self._sock.close()
        elif _running_loop() is self._loop:
            self._transport.abort()
        else:
            try:
                self._loop.call_soon_threadsafe(self._transport.abort)
            except RuntimeError:  # it was closed just now
                self._sock.close()

    async def close(self) -> None:
        """Close, and wait until the descriptor is."""
        here = _running_loop() is self._loop
        if self._drained is not None or not here:
            self.abort()
        elif not self._closed:
            self._closed = True
            self._transport.close()
        if here:
            await asyncio.shield(self._lost)

    def _unusable(self, verb: str) -> Exception:
        if not self._closed:
            return RuntimeError(
                f"cannot {verb}: this stream to {self.peer} belongs to another event loop; use "
                "it there"
            )
        if isinstance(self._error, Timeout):
            return self._error
        return RuntimeError(f"cannot {verb}: this stream to {self.peer} is closed")

    def _busy_error(self, verb: str) -> RuntimeError:
        return RuntimeError(
            f"cannot {verb}: another task is in the middle of a {verb} on this stream to "
            f"{self.peer}; a stream takes one reader and one writer at a time"
        )

    def _failure(self, kind: type[ReadError | WriteError], doing: str) -> Exception:
        if isinstance(self._error, Timeout):
            return self._error
        why = self._error or "the stream was closed on this side meanwhile"
        failure = kind(f"{doing} {self.peer} failed: {why}")
        failure.__cause__ = self._error
        return failure


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
