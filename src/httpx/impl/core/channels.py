"""Channels: what a connection reads and writes, be it this library's own stream or a user's.

    NativeChannel     a runtime's raw stream and the TLS layers over it
    UpgradedChannel   what is left of a connection that no longer speaks HTTP
    ForeignChannel    a stream that somebody else wrote, known by its five methods only

Rules:
1. `abort` and `close` never raise, and end within `CLOSE_SECONDS`, whatever is cancelled around.
2. A failed `start_tls` leaves the channel aborted: nobody knows what is on the wire.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from ..values.errors import ConnectError, HTTPError, ReadError, WriteError
from .locks import FifoLock

if TYPE_CHECKING:
    import ssl

    from ...interfaces.awaitable import AwaitableStream, Channel, RawStream, Runtime
    from .tls import Lower, TLSLayer

CLOSE_SECONDS = 1.0
"""How long a close may take that waits for the peer, or for code that is not ours."""

PIECE = 65536
"""Bytes that a user's stream gets to write at once: it cannot tell of an arrival in between."""

NOTHING = memoryview(b"")


class LayeredChannel:
    """Something that carries bytes, and the TLS layers that were put over it.

    Parameters:
        lowest: what carries the bytes.
        peer: the address of the peer, for messages and reprs.
        new_runtime: finds the runtime of whoever asks.
    """

    __slots__ = ("_layers", "_new_runtime", "_peer", "_top", "closed")

    closed: bool
    """Whether it was closed on this side."""

    def __init__(self, lowest: Lower, peer: str, new_runtime: Callable[[], Runtime]) -> None:
        self._peer = peer
        self._top: Lower = lowest
        self._layers: list[TLSLayer] = []
        self._new_runtime = new_runtime
        self.closed = False

    @property
    def has_tls(self) -> bool:
        """Whether there is a TLS layer."""
        return bool(self._layers)

    @property
    def described(self) -> str:
        """What the repr of a stream tells."""
        state = " CLOSED" if self.closed else " TLS" if self._layers else ""
        return f'"{self._peer}"{state}'

    def read(self, max_bytes: int) -> Awaitable[bytes]:
        """Read what has arrived; `b""` at any end."""
        if self.closed:
            raise self._misused("read")
        return self._top.read(max_bytes)

    def read_into(self, buffer: memoryview) -> Awaitable[int]:
        """Read what has arrived into `buffer`; how many bytes, 0 at any end."""
        if self.closed:
            raise self._misused("read")
        return self._top.read_into(buffer)

    def write(self, data: bytes) -> Awaitable[None]:
        """Write all of `data`."""
        if self.closed:
            raise self._misused("write")
        return self._top.write(data)

    def push(self, data: bytes) -> Awaitable[bool]:
        """Write `data`, but let what arrives come first; see `RawStream.push`."""
        if self.closed:
            raise self._misused("write")
        return self._top.push(data)

    def _mark_closed(self) -> None:
        self.closed = True

    def _misused(self, verb: str) -> RuntimeError:
        return RuntimeError(f"cannot {verb}: this stream to {self._peer} is closed")

    async def start_tls(self, ctx: ssl.SSLContext, hostname: str) -> None:
        """Put a TLS layer on top."""
        from .tls import TLSLayer  # late: whoever never needs TLS never loads the ssl module

        layer = TLSLayer(
            self._top, ctx, hostname, lambda: FifoLock(lambda: self._new_runtime().event())
        )
        try:
            await layer.handshake()
        except BaseException as error:
            if not isinstance(error, Exception):
                self._new_runtime().note(during=f"the TLS handshake with {hostname}")
            await self.abort()
            raise
        self._layers.append(layer)
        self._top = layer

    def get_extra_info(self, key: str) -> object:
        """What is known of the socket and of TLS."""
        if key == "is_readable":
            return not self._top.is_quiet()
        return self._top.get_extra_info(key)

    def take(self) -> bytes | None:
        """What has arrived, without waiting: `None` if there is nothing, `b""` at any end."""
        return self._top.take()

    def is_quiet(self) -> bool:
        """Tell whether nothing has arrived that was not read."""
        return self._top.is_quiet()

    async def abort(self) -> None:
        """Close at once."""
        self.closed = True
        await self._abort_lowest()

    async def retire(self) -> None:
        """Close, announcing the end but not waiting for the peer to do the same."""
        if self.closed:
            return
        self.closed = True
        try:
            if self._layers:
                await self._new_runtime().shielded(self._layers[-1].say_goodbye, CLOSE_SECONDS)
        finally:
            await self._retire_lowest()

    async def close(self) -> None:
        """Close, with the closing handshake of TLS."""
        if self.closed:
            return
        self.closed = True
        try:
            if self._layers:
                await self._new_runtime().shielded(self._shake_hands, CLOSE_SECONDS)
        finally:
            await self._close_lowest()

    async def _shake_hands(self) -> None:
        for layer in reversed(self._layers):
            await layer.say_goodbye()
            await layer.wait_for_goodbye()

    def abandon(self) -> None:
        """Close at once, from a finaliser: nothing is waited for."""
        raise NotImplementedError

    def drop(self) -> None:
        """Close this process's copy of the descriptor, after a fork."""
        raise NotImplementedError

    async def _abort_lowest(self) -> None:
        raise NotImplementedError

    async def _retire_lowest(self) -> None:
        raise NotImplementedError

    async def _close_lowest(self) -> None:
        raise NotImplementedError


class NativeChannel(LayeredChannel):
    """A runtime's raw stream, and the TLS layers that were put over it."""

    __slots__ = ("_raw",)

    def __init__(self, raw: RawStream, new_runtime: Callable[[], Runtime]) -> None:
        super().__init__(raw, raw.peer, new_runtime)
        self._raw = raw

    def abandon(self) -> None:
        """Close at once, from a finaliser: nothing is waited for."""
        self._mark_closed()
        self._raw.abort()

    def drop(self) -> None:
        """Close this process's copy of the descriptor, after a fork."""
        self._mark_closed()
        self._raw.drop()

    async def _abort_lowest(self) -> None:
        try:
            self._raw.abort()
        except BaseException:  # `KeyboardInterrupt`: it is not to cost a descriptor
            self._raw.abort()  # does nothing if it is closed
            raise

    async def _retire_lowest(self) -> None:
        await self._abort_lowest()

    async def _close_lowest(self) -> None:
        try:
            await self._raw.close()
        finally:
            await self._abort_lowest()  # does nothing if it is closed


class UpgradedChannel(LayeredChannel):
    """The channel of a connection that no longer speaks HTTP.

    Bytes that came in one segment with the answer belong to the new protocol: they come out first,
    and through TLS if that is started over them.

    Parameters:
        channel: the connection's channel.
        rest: what was received beyond the answer.
        peer: the address of the peer.
        new_runtime: finds the runtime of whoever asks.
    """

    __slots__ = ("_channel",)

    def __init__(
        self, channel: Channel, rest: bytes, peer: str, new_runtime: Callable[[], Runtime]
    ) -> None:
        super().__init__(Resumed(channel, rest), peer, new_runtime)
        self._channel = channel

    def abandon(self) -> None:
        """Close at once, from a finaliser: nothing is waited for."""
        self._channel.abandon()

    def drop(self) -> None:
        """Close this process's copy of the descriptor, after a fork."""
        self._channel.drop()

    async def _abort_lowest(self) -> None:
        await self._channel.abort()

    async def _retire_lowest(self) -> None:
        await self._channel.retire()

    async def _close_lowest(self) -> None:
        await self._channel.close()


class Resumed:
    """A channel, read from what was received of it already."""

    __slots__ = ("_channel", "_rest")

    def __init__(self, channel: Channel, rest: bytes) -> None:
        self._channel = channel
        self._rest = rest

    def write(self, data: bytes) -> Awaitable[None]:
        """Write all of `data`."""
        return self._channel.write(data)

    def push(self, data: bytes) -> Awaitable[bool]:
        """Write `data`, but let what arrives come first; see `RawStream.push`."""
        return self._channel.push(data)

    def get_extra_info(self, key: str) -> object:
        """What the channel knows."""
        return self._channel.get_extra_info(key)

    async def read(self, max_bytes: int) -> bytes:
        """Read what has arrived; `b""` at any end."""
        if self._rest:
            data, self._rest = self._rest[:max_bytes], self._rest[max_bytes:]
            return data
        return await self._channel.read(max_bytes)

    async def read_into(self, buffer: memoryview) -> int:
        """Read what has arrived into `buffer`; how many bytes, 0 at any end."""
        if not self._rest:
            return await self._channel.read_into(buffer)
        data = await self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def take(self) -> bytes | None:
        """What has arrived, without waiting: `None` if there is nothing, `b""` at any end."""
        data, self._rest = self._rest, b""
        return data or self._channel.take()

    def is_quiet(self) -> bool:
        """Tell whether nothing has arrived that was not read."""
        return not self._rest and self._channel.is_quiet()


class ForeignChannel:
    """A user's stream, its methods awaitable.

    What it raises is made ours: an `OSError` becomes the error that the call stands for.
    """

    __slots__ = ("_new_runtime", "_stream", "_unsent", "closed")

    def __init__(self, stream: AwaitableStream, new_runtime: Callable[[], Runtime]) -> None:
        self._stream = stream
        self._new_runtime = new_runtime
        self._unsent = NOTHING
        self.closed: bool = False

    async def read(self, max_bytes: int) -> bytes:
        """Read what has arrived; `b""` at any end."""
        try:
            data = await self._stream.read(max_bytes)
        except OSError as error:
            raise typed(error, ReadError, "reading from the network stream failed") from error
        if not isinstance(data, bytes):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(
                f"{self._name}.read() returned {type(data).__name__}: a network stream returns "
                'bytes, b"" at its end'
            )
        if len(data) > max_bytes:
            raise ValueError(
                f"{self._name}.read({max_bytes}) returned {len(data)} bytes: a network stream "
                "returns at most as many as it was asked for"
            )
        return data

    @property
    def _name(self) -> str:
        theirs: object = getattr(self._stream, "theirs", self._stream)  # what was lifted
        return type(theirs).__name__

    async def read_into(self, buffer: memoryview) -> int:
        """Read what has arrived into `buffer`; how many bytes, 0 at any end."""
        data = await self.read(min(len(buffer), PIECE))
        buffer[: len(data)] = data
        return len(data)

    async def write(self, data: bytes) -> None:
        """Write all of `data`."""
        try:
            await self._stream.write(data)
        except OSError as error:
            raise typed(error, WriteError, "writing to the network stream failed") from error

    async def push(self, data: bytes) -> bool:
        """Write `data` in pieces, looking between them whether something has arrived."""
        if data:
            self._unsent = memoryview(data)
        while self._unsent:
            if self._has_arrived():
                return False
            piece, self._unsent = self._unsent[:PIECE].tobytes(), self._unsent[PIECE:]
            await self.write(piece)
        self._unsent = NOTHING  # a view of nothing, too, keeps alive what it is a view of
        return True

    async def start_tls(self, ctx: ssl.SSLContext, hostname: str) -> None:
        """Upgrade to TLS."""
        try:
            await self._stream.start_tls(ctx, hostname)
        except BaseException as error:
            await self.abort()
            if isinstance(error, OSError):
                raise typed(error, ConnectError, f"TLS with {hostname!r} failed") from error
            raise

    def get_extra_info(self, key: str) -> object:
        """What the stream knows."""
        return self._stream.get_extra_info(key)

    def take(self) -> bytes | None:
        """Nothing: a stream that is not ours cannot be read without waiting."""
        return None

    def is_quiet(self) -> bool:
        """Tell whether nothing has arrived that was not read.

        A stream that passes the question on to one of ours gets a true answer. Otherwise the
        socket is asked: under TLS what has arrived there may be harmless, but who could tell.
        """
        readable = self._stream.get_extra_info("is_readable")
        if isinstance(readable, bool):
            return not readable
        sock = self._stream.get_extra_info("socket")
        return sock is None or not socket_is_readable(sock)

    def _has_arrived(self) -> bool:
        """Tell whether something is certain to have arrived, so that a read would not wait."""
        if isinstance(self._stream.get_extra_info("is_readable"), bool):
            return not self.is_quiet()
        return self._stream.get_extra_info("ssl_object") is None and not self.is_quiet()

    def abandon(self) -> None:
        """Leave the stream to its own finaliser: closing it may have to wait."""
        self.closed = True

    def drop(self) -> None:
        """Leave this process's copy to its own finaliser, after a fork."""
        self.closed = True

    async def abort(self) -> None:
        """Close; a stream that is not ours knows only one way."""
        await self.close()

    async def retire(self) -> None:
        """Close; a stream that is not ours knows only one way."""
        await self.close()

    async def close(self) -> None:
        """Close."""
        if not self.closed:
            self.closed = True
            await self._new_runtime().shielded(self._stream.close, CLOSE_SECONDS)


def typed(error: OSError, kind: type[HTTPError], what: str) -> OSError | HTTPError:
    """The error of this library that `error`, raised by code that is not ours, stands for."""
    if isinstance(error, HTTPError):  # ours after all: `Timeout` is an `OSError` too
        return error
    return kind(f"{what}: {error}")


def socket_is_readable(sock: object) -> bool:
    """Whether something has arrived on what a stream calls its socket."""
    import select

    fileno: Callable[[], int] | None = getattr(sock, "fileno", None)
    descriptor = -1 if fileno is None else fileno()
    if descriptor < 0:
        return True  # closed, or no socket at all: nothing that could be proven clean
    try:
        if hasattr(select, "poll"):
            poll = select.poll()
            poll.register(descriptor, select.POLLIN)
            return bool(poll.poll(0))
        return bool(select.select([descriptor], [], [], 0)[0])
    except OSError:
        return True  # closed meanwhile
