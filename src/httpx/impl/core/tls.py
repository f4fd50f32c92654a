"""TLS over any stream, written once for all runtimes, on `ssl.MemoryBIO`.

The ssl module works on two buffers; this file carries bytes between them and the stream below,
which may itself be such a layer: that is TLS in TLS.

Rules:
1. The caller's `SSLContext` is never changed.
2. An `SSLObject` is used by one thread at a time, guarded by a lock that is never held across a
   wait. Records leave in the order in which they were made: one flush at a time.
3. `read` gives `b""` at any end of the stream; `clean_end` tells whether the peer announced it.
   Whether an unannounced end matters is for the layer above to know.
"""

from __future__ import annotations

import ssl
import sys
import threading
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar, cast

from ..values.errors import ConnectError, HTTPError, NetworkError, ReadError, WriteError
from .locks import FifoLock
from .tls_failures import failure_text
from .tls_sessions import keep_session, session_for

A = TypeVar("A")
T = TypeVar("T")

USUAL = 64 * 1024
"""Bytes asked of the stream below, for as long as it has less."""

READ_SIZE = 256 * 1024
"""Bytes asked of the stream below in the middle of much: a system call for sixteen records, not
for each. Not always: memory of this size is new to the process each time, which costs 12 us."""

NOTHING = memoryview(b"")

WRITE_SIZE = 256 * 1024
"""Bytes encrypted before they are sent on: bounds the memory that a large write takes."""


class Lower(Protocol):
    """The stream below."""

    def read(self, max_bytes: int) -> Awaitable[bytes]: ...

    def write(self, data: bytes) -> Awaitable[None]: ...

    def push(self, data: bytes) -> Awaitable[bool]: ...

    def read_into(self, buffer: memoryview) -> Awaitable[int]: ...

    def take(self) -> bytes | None: ...

    def is_quiet(self) -> bool: ...

    def get_extra_info(self, key: str) -> object: ...


class TLSLayer:
    """A TLS client's end of a stream."""

    __slots__ = (
        "_context",
        "_early",
        "_ended",
        "_flush_lock",
        "_hostname",
        "_incoming",
        "_leaving",
        "_lower",
        "_more_below",
        "_mutex",
        "_object",
        "_outgoing",
        "_records_left",
        "_unsent",
        "_writing",
        "clean_end",
    )

    clean_end: bool | None
    """Whether the peer announced the end it made; `None` while there is none."""

    def __init__(
        self,
        lower: Lower,
        ctx: ssl.SSLContext,
        hostname: str,
        new_lock: Callable[[], FifoLock],
    ) -> None:
        self._lower = lower
        self._more_below: bool = False  # whether the last read left something, probably
        self._hostname = hostname
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._object = ctx.wrap_bio(
            self._incoming,
            self._outgoing,
            server_hostname=hostname,
            session=session_for(ctx, hostname),
        )
        self._context = ctx
        self._mutex = threading.Lock()
        self._flush_lock = new_lock()
        self._early = b""  # decrypted while looking whether there was anything
        self._ended = False
        self._leaving = False
        self._writing = False
        self._unsent = NOTHING
        self._records_left = False
        self.clean_end = None

    async def handshake(self) -> None:
        """Shake hands and verify the peer.

        Raises:
            ConnectError: the peer is not to be trusted, is not who it should be, or left.
        """
        try:
            while True:
                try:
                    self._object.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    await self._flush()
                    if not await self._fill():
                        raise ConnectError(
                            f"TLS with {self._hostname!r} failed: the connection was closed in "
                            "the middle of the handshake"
                        ) from None
            await self._flush()
            keep_session(self._context, self._hostname, self._object)
        except ssl.SSLError as error:
            await self._tell_peer()
            raise ConnectError(f"TLS with {self._hostname!r} failed: {self._why(error)}") from error
        except ValueError as error:  # the ssl module's word for a name it cannot use
            raise ConnectError(f"TLS with {self._hostname!r} failed: {error}") from error
        except NetworkError as error:
            raise ConnectError(f"TLS with {self._hostname!r} failed: {error}") from error

    def _why(self, error: ssl.SSLError) -> str:
        return failure_text(error, self._object, self._hostname)

    async def _tell_peer(self) -> None:
        """Send the alert that says why, as far as that is possible."""
        try:
            await self._flush()
        except HTTPError:
            return  # the peer is gone; the error that led here is the one to tell

    async def read(self, max_bytes: int) -> bytes:
        """Read what has arrived; `b""` at any end. Raises `ReadError`."""
        if self._early:
            data, self._early = self._early[:max_bytes], self._early[max_bytes:]
            return data
        return await self._read(self._take, max_bytes, b"")

    async def read_into(self, buffer: memoryview) -> int:
        """Read what has arrived into `buffer`; how many bytes, 0 at any end. Raises `ReadError`."""
        if self._early:
            data = await self.read(len(buffer))
            buffer[: len(data)] = data
            return len(data)
        return await self._read(self._take_into, buffer, 0)

    async def _read(self, take: Callable[[A], T], room: A, end: T) -> T:
        """Decrypt by `take`, reading from below as long as there is nothing; `end` at any end."""
        while not self._ended:
            try:
                data = take(room)
            except ssl.SSLWantReadError:
                if self._outgoing.pending:  # an answer to a key update
                    await self._flush()
                await self._fill()
                continue
            except ssl.SSLError as error:
                raise ReadError(f"reading over TLS failed: {self._why(error)}") from error
            if data:
                return data
            self._end(clean=True)
        if self._leaving:  # the end is an answer to ours, which a reader knows nothing of
            raise ReadError("reading over TLS failed: the stream was closed on this side meanwhile")
        return end

    def _take(self, max_bytes: int) -> bytes:
        """What has been decrypted, from as many records as there are."""
        with self._mutex:
            data = self._object.read(max_bytes)
            if len(data) == max_bytes or not data:
                return data
            parts = [data]
            left = max_bytes - len(data)
            try:
                while left:
                    data = self._object.read(left)
                    if not data:
                        break
                    parts.append(data)
                    left -= len(data)
            except ssl.SSLError:
                pass  # whatever it is, it comes up again when it is the first thing to be read
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _take_into(self, buffer: memoryview) -> int:
        """Put what has been decrypted into `buffer`, as many records as there are; their bytes."""
        with self._mutex:
            # Into a buffer it gives the number of bytes, which the types of the ssl module miss.
            count = cast("int", self._object.read(len(buffer), buffer))  # pyright: ignore[reportInvalidCast]
            try:
                while 0 < count < len(buffer):
                    more = cast("int", self._object.read(len(buffer) - count, buffer[count:]))  # pyright: ignore[reportInvalidCast]
                    if not more:
                        break
                    count += more
            except ssl.SSLError:
                pass  # whatever it is, it comes up again when it is the first thing to be read
            return count

    async def _fill(self) -> bool:
        """Read once from below; `False` at its end."""
        size = READ_SIZE if self._more_below else USUAL
        data = await self._lower.read(size)
        self._more_below = len(data) >= USUAL
        if data:
            with self._mutex:
                self._incoming.write(data)
            return True
        self._end(clean=False)
        return False

    def _end(self, *, clean: bool) -> None:
        self._ended = True
        if self.clean_end is None:
            self.clean_end = clean

    async def write(self, data: bytes) -> None:
        """Encrypt and write all of `data`. Raises `WriteError`."""
        if self._writing:
            raise RuntimeError(
                "cannot write: another write is under way on this TLS stream; a stream takes one "
                "reader and one writer at a time"
            )
        self._writing = True
        try:
            await self._write(data)
        finally:
            self._writing = False

    async def _write(self, data: bytes) -> None:
        start, size = 0, len(data)
        while start < size:
            whole = start == 0 and size <= WRITE_SIZE
            piece = data if whole else memoryview(data)[start : start + WRITE_SIZE]
            try:
                with self._mutex:
                    start += self._object.write(piece)
            except ssl.SSLWantReadError:  # renegotiation, in TLS 1.2: the peer has to speak first
                await self._flush()
                if not await self._fill():
                    raise WriteError("writing over TLS failed: the peer closed") from None
            except ssl.SSLError as error:
                raise WriteError(f"writing over TLS failed: {self._why(error)}") from error
            await self._flush()

    async def push(self, data: bytes) -> bool:
        """Write `data`, but let what arrives come first; see `RawStream.push`.

        Session tickets and key updates are no arrival.
        """
        if data:
            self._unsent = memoryview(data)
        while self._unsent or self._records_left:
            if self._records_left:
                self._records_left = not await self._lower.push(b"")
            else:
                written, records = self._encrypt(self._unsent[:WRITE_SIZE])
                self._unsent = self._unsent[written:]
                self._records_left = not await self._lower.push(records)
            if self._records_left and not self.is_quiet():
                return False
        self._unsent = NOTHING  # a view of nothing, too, keeps alive what it is a view of
        return True

    def _encrypt(self, data: memoryview) -> tuple[int, bytes]:
        try:
            with self._mutex:
                return self._object.write(data), self._outgoing.read()
        except ssl.SSLError as error:
            raise WriteError(f"writing over TLS failed: {self._why(error)}") from error

    async def _flush(self) -> None:
        """Send the records that were made."""
        await self._flush_lock.acquire("waiting for another write on this TLS stream")
        try:
            while self._outgoing.pending:
                with self._mutex:
                    data = self._outgoing.read()
                await self._lower.write(data)
        finally:
            self._flush_lock.release()

    def take(self) -> bytes | None:
        """What has arrived, without waiting: `None` if there is nothing, `b""` at any end."""
        if self._early:
            data, self._early = self._early, b""
            return data
        while not self._ended:
            try:
                data = self._take(READ_SIZE)
            except ssl.SSLWantReadError:
                below = self._lower.take()
                if below is None:
                    return None
                if not below:
                    self._end(clean=False)
                    break
                with self._mutex:
                    self._incoming.write(below)
                continue
            except ssl.SSLError:
                break  # an alert, or damage: no end that was announced
            if not data:
                self._end(clean=True)
            return data
        return b""

    def is_quiet(self) -> bool:
        """Tell whether no data and no end has arrived that was not read.

        What has arrived is decrypted: session tickets and key updates, which a server sends when
        it likes, are no data.
        """
        data = self.take()
        self._early = data or b""
        return data is None

    async def say_goodbye(self) -> None:
        """Announce the end of this side. Does not wait for the peer to do the same."""
        self._leaving = True
        try:
            with self._mutex:
                self._object.unwrap()
        except ssl.SSLError:
            pass  # the peer has not answered yet, or the connection broke: nothing to be done
        await self._flush()

    async def wait_for_goodbye(self) -> None:
        """Read until the peer has announced its end, dropping what comes before it."""
        try:
            while await self.read(READ_SIZE):
                continue
        except ReadError:
            return  # that was it

    def get_extra_info(self, key: str) -> object:
        """What this layer knows, else what the stream below does."""
        if key == "ssl_object":
            return self._object
        if key == "tls_clean_end":
            return self.clean_end
        return self._lower.get_extra_info(key)


_default: ssl.SSLContext | None = None
_default_lock = threading.Lock()


def default_context() -> ssl.SSLContext:
    """The process-wide context used where none was given, made at its first use.

    It trusts what the system trusts. On Linux and BSD that is OpenSSL's own store, read once;
    truststore would read it again in every handshake there. On Windows and macOS the system
    verifies, through truststore. TLS 1.2 at least; `http/1.1` by ALPN.
    """
    global _default
    with _default_lock:
        if _default is None:
            _default = _new_context()
        return _default


def _new_context() -> ssl.SSLContext:
    if sys.platform in ("win32", "darwin"):
        import truststore

        context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context
