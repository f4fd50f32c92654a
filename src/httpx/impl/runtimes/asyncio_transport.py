"""A TCP stream for event loops other than asyncio's own, on the transport that the loop provides.

The proactor loop of Windows watches no sockets: it reads and writes in the background. uvloop
watches them, but tells of an error once only, and not again after bytes were read that had come
before it: who goes on waiting waits for ever. Its own transports are fast, and have no such gap.
So the stream is on a transport, by a protocol. What can be sent at once goes past the transport.
"""

from __future__ import annotations

import asyncio
from asyncio import _get_running_loop as running_loop  # pyright: ignore[reportPrivateUsage]
from time import monotonic
from typing import TYPE_CHECKING, cast

from .asyncio_stream import HIGH_WATER, AsyncioStream
from .asyncio_wait import Wait

if TYPE_CHECKING:
    import socket
    from typing import Self

PIECE = 64 * 1024
"""Bytes given to the transport at once: it does not tell of a part of them that has left."""


class TransportStream(AsyncioStream, asyncio.Protocol):
    """A connected socket, read and written through an asyncio transport."""

    __slots__ = ("_lost", "_transport")

    # What a task raises to end the loop would end in the transport, if the task went on at once.
    _new_wait = Wait

    _transport: asyncio.Transport
    _lost: asyncio.Future[None]

    @classmethod
    async def through(cls, sock: socket.socket, inactivity: float | None) -> Self:
        """A stream over a connected socket in the running loop."""
        sock.setblocking(False)
        loop = asyncio.get_running_loop()
        _, stream = await loop.create_connection(lambda: cls(loop, sock, inactivity), sock=sock)
        return stream

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport; it is to tell of every byte that it could not send at once."""
        self._transport = cast("asyncio.Transport", transport)  # other loops have their own class
        self._transport.set_write_buffer_limits(high=0)
        self._lost = self._loop.create_future()
        self._watch.streams.add(self)

    def data_received(self, data: bytes) -> None:
        """Take over what was read."""
        if self._buffer:
            self._append(data)
        else:
            self._buffer = data
        if len(self._buffer) > HIGH_WATER and not self._paused:
            self._pause_reading()
        self._tell_of_arrival()

    def _tell_of_arrival(self) -> None:
        if self._reader is not None:
            self._reader.finish()
        if self._pushing:
            self._interrupt_push()

    def eof_received(self) -> bool:
        """Note the end; the transport stays open for writing."""
        self._ended = True
        self._tell_of_arrival()
        return True

    def pause_writing(self) -> None:
        """Bytes are left that the system did not take."""
        if self._unsent is None:
            self._unsent = memoryview(b"")

    def resume_writing(self) -> None:
        """What the transport had has left: the next piece can."""
        rest, self._unsent = self._unsent, None
        self._write_since = monotonic()
        if rest:
            self._keep_sending(rest)
        if self._unsent is None and self._writer is not None:
            self._writer.finish()

    def connection_lost(self, exc: Exception | None) -> None:
        """The loop gives the descriptor up, because of this side or of an error."""
        if exc is not None and not self._closed:
            self._rescue()
            self._error = self._error or exc
        self._let_go()
        if not self._lost.done():
            self._lost.set_result(None)

    def _rescue(self) -> None:
        try:
            self._append(self._sock.recv(HIGH_WATER))
        except OSError:
            return  # there was nothing

    # What touches the socket.

    def _resume_reading(self) -> None:
        if not self._lost.done():
            self._transport.resume_reading()

    def _pause_reading(self) -> None:
        self._paused = True
        self._transport.pause_reading()

    def _receive(self, size: int) -> None:
        try:
            data = self._sock.recv(size)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""  # the transport will be told the error
        self._append(data)
        self._ended = not data

    def _keep_sending(self, rest: memoryview) -> None:
        """Give the transport pieces until it has enough, or an error, of which it tells later."""
        while rest and self._unsent is None and not self._transport.is_closing():
            piece, rest = rest[:PIECE], rest[PIECE:]
            self._transport.write(piece)  # calls `pause_writing` if something is left of it
        if rest or self._unsent is not None:
            self._unsent = rest

    def _detach(self) -> None:
        if self._unsent is not None:
            self._transport.abort()
        else:
            self._transport.close()
        self._let_go()

    def _outlive_loop(self) -> None:
        """Free the descriptor after the loop's end.

        A transport can do nothing without its loop, not even be closed, and complains of that when
        it is freed. asyncio's own go by `_sock`; where there is none, there is nothing to silence.
        """
        self._sock.close()
        if getattr(self._transport, "_sock", None) is not None:
            setattr(self._transport, "_sock", None)  # noqa: B010 - no attribute that is declared

    async def close(self) -> None:
        """Close, and wait until the descriptor is."""
        await super().close()
        if running_loop() is self._loop:
            await asyncio.shield(self._lost)
