"""A TCP stream for asyncio, on the loop's buffered protocol.

A `BufferedProtocol` reads into memory that is there already: a plain `Protocol` allocates, and
gives back, 256 KiB for each read. The memory is one buffer for all streams of a loop, since the
loop hands over what it read before it does anything else; only the proactor loop of Windows reads
in the background and needs a buffer for each stream.

Rules:
1. A `write` that does not come to its end leaves the stream aborted: bytes that may or may not
   have left can be followed by nothing.
2. A `read` that does not come to its end changes nothing: what arrives later is there to be read.
3. `abort` closes the descriptor at the loop's next turn, or at once if the loop is closed.
"""

from __future__ import annotations

import asyncio
import select
import socket
import sys
from weakref import WeakKeyDictionary

from ..values.errors import ReadError, Timeout, WriteError
from .addresses import peer_text, socket_info
from .asyncio_watch import Watch
from .polling import HAS_POLL, wait_readable
from .scopes import note_expiry

SCRATCH = 256 * 1024
"""Bytes read at most at once; beyond this a larger buffer gained nothing on loopback."""

HIGH_WATER = 64 * 1024
"""Bytes kept for a reader that does not come; beyond it the loop stops reading."""

IN_A_ROW = 64
"""Writes that need not wait, after which the loop gets its turn. A peer that takes everything at
once would keep it from all other tasks, and from noticing that a deadline has passed."""

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
        "_arrived",
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
        "_read_watch",
        "_reader",
        "_scratch",
        "_sock",
        "_streak",
        "_transport",
        "_unsent",
        "_write_watch",
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
        self._arrived: asyncio.Future[None] | None = None
        self._lost: asyncio.Future[None] = loop.create_future()
        self._poll: select.poll | None = None
        self._streak = 0
        self._unsent = 0
        self._read_watch = Watch(loop, inactivity, self._read_overdue)
        self._write_watch = Watch(loop, inactivity, self._write_overdue, self._made_progress)

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
        self._read_watch.stop()
        self._write_watch.stop()
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
        if self._arrived is not None and not self._arrived.done():
            self._arrived.set_result(None)

    # What the core calls.

    async def read(self, max_bytes: int) -> bytes:
        """Read what has arrived; `b""` at the end."""
        if self._closed or _running_loop() is not self._loop:
            raise self._unusable("read")
        if self._reader is not None:
            raise self._busy_error("read")
        if not self._buffer and not self._ended:
            self._reader = self._loop.create_future()
            self._streak = 0
            self._read_watch.begin()
            try:
                await self._reader
            except asyncio.CancelledError:
                note_expiry(f"reading from {self.peer}")
                raise
            finally:
                self._reader = None
                self._read_watch.end()
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
        if self._streak >= IN_A_ROW or self._transport.is_closing():
            await self._give_way()
        self._streak += 1
        if not self._lost.done():
            self._transport.write(data)
            if self._drained is not None:
                await self._drain(self._drained)
        if self._lost.done() or self._closed:
            raise self._failure(WriteError, "writing to")

    async def push(self, data: bytes) -> bool:
        """Write `data`, but let what arrives come first; see `RawStream.push`."""
        if data:
            if self._closed or _running_loop() is not self._loop:
                raise self._unusable("write")
            if self._drained is not None:
                raise self._busy_error("write")
            if self._streak >= IN_A_ROW or self._transport.is_closing():
                await self._give_way()
            self._streak += 1
            if not self._lost.done():
                self._transport.write(data)
        while True:
            if self._lost.done() or self._closed:
                raise self._failure(WriteError, "writing to")
            if data and (self._buffer or self._ended):
                return False
            if self._drained is None:
                return True
            if self._buffer or self._ended:
                return False
            self._arrived = self._loop.create_future()
            try:
                await self._drain(self._either(self._drained, self._arrived))
            finally:
                self._arrived = None

    def _either(
        self, drained: asyncio.Future[None], arrived: asyncio.Future[None]
    ) -> asyncio.Future[None]:
        """What is done as soon as one of the two is; `arrived` serves for both."""

        def tell(drained: asyncio.Future[None]) -> None:
            if arrived.done() or drained.cancelled():
                return
            error = drained.exception()
            if error is None:
                arrived.set_result(None)
            else:
                arrived.set_exception(error)

        drained.add_done_callback(tell)
        return arrived

    async def _drain(self, drained: asyncio.Future[None]) -> None:
        self._streak = 0
        self._unsent = self._transport.get_write_buffer_size()
        self._write_watch.begin()
        try:
            await drained
        except (asyncio.CancelledError, Timeout) as error:
            if not isinstance(error, Timeout):
                note_expiry(f"writing to {self.peer}")
            self.abort()
            raise
        finally:
            self._write_watch.end()

    async def _give_way(self) -> None:
        """Let the loop run; a cancellation that waits to be delivered comes now."""
        self._streak = 0
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            note_expiry(f"writing to {self.peer}")
            raise

    def _made_progress(self) -> bool:
        """Tell whether the peer took anything since this was asked last."""
        before, self._unsent = self._unsent, self._transport.get_write_buffer_size()
        return self._unsent < before

    def _read_overdue(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_exception(self._inactive("reading from"))

    def _write_overdue(self) -> None:
        if self._drained is not None and not self._drained.done():
            self._drained.set_exception(self._inactive("writing to"))

    def _inactive(self, doing: str) -> Timeout:
        return Timeout(
            f"inactivity_timeout of the network backend ({self._inactivity:g} s) passed while "
            f"{doing} {self.peer}"
        )

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
            self._outlive_loop()
            return
        try:
            # The peer is told now. The transport closes the descriptor at the loop's next turn, and
            # another connection may be opened before, in the place of this one.
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # not connected any more
        if _running_loop() is self._loop:
            self._transport.abort()
        else:
            try:
                self._loop.call_soon_threadsafe(self._transport.abort)
            except RuntimeError:  # it was closed just now
                self._outlive_loop()

    def _outlive_loop(self) -> None:
        """Free the descriptor after the loop's end.

        A transport can do nothing without its loop, not even be closed, and complains of that when
        it is freed. asyncio's own go by `_sock`; where there is none, there is nothing to silence.
        """
        self._sock.close()
        if getattr(self._transport, "_sock", None) is not None:
            setattr(self._transport, "_sock", None)  # noqa: B010 - no attribute that is declared

    def drop(self) -> None:
        """Close this process's copy of the descriptor and tell nobody: after a fork."""
        self._closed = True
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


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
