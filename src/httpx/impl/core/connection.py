"""One HTTP/1.1 connection: a channel, an engine, and one exchange at a time.

Rules:
1. An exchange ends exactly once, on every path: body read, closed, error, cancellation, or
   forgotten. Its lease learns of it then.
2. A connection that is not proven clean at the end of an exchange is closed there.
3. Exclusive use is the owner's business: the pool's ledger, or a lock for a single connection.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from ..values.errors import HTTPError, ReadError, RemoteProtocolError, WriteError
from ..values.headers import wire_pairs
from ..values.urls import URL, wire_host, wire_target
from ..wire.engine import Framing, HTTPEngine, RawHeaders, ResponseStart
from .bodies import READ_SIZE, RequestBody
from .messages import BodiedRequest, request_body
from .places import CloseReason

if TYPE_CHECKING:
    from ...interfaces.awaitable import Channel, Runtime

ONE_WRITE = 65536
"""Bodies up to this many bytes leave in one write with the head; copying more costs more."""


EARLY_SECONDS = 1.0
"""How long to wait for what a server said before it stopped taking the request."""


class Lease(Protocol):
    """What ties an exchange to the owner of its connection."""

    async def end(self, *, reusable: bool, reason: CloseReason | None) -> None:
        """The exchange is over; if it is not `reusable`, the connection is closed already."""
        ...

    def forget(self) -> None:
        """The exchange was garbage-collected: called by a finaliser, takes no lock, no I/O."""
        ...


class ConnectionCore:
    """A connection to one origin.

    Parameters:
        channel: the bytes, TLS already on if the origin wants it.
        engine: the protocol.
        origin: where it leads to.
        new_runtime: finds the runtime of whoever asks.
    """

    __slots__ = ("busy", "channel", "closed", "engine", "home", "new_runtime", "origin", "url")

    def __init__(
        self,
        channel: Channel,
        engine: HTTPEngine,
        origin: URL,
        new_runtime: Callable[[], Runtime],
    ) -> None:
        self.channel: Channel = channel
        self.engine: HTTPEngine = engine
        self.url: URL = origin
        self.origin: str = origin.origin
        self.new_runtime: Callable[[], Runtime] = new_runtime
        self.home: Hashable = None  # the loop it belongs to; its pool says
        self.busy: bool = False
        self.closed: bool = False

    def __repr__(self) -> str:
        state = "CLOSED" if self.closed else "ACTIVE" if self.busy else "IDLE"
        return f'<Connection "{self.origin}/" {state}>'

    def is_clean(self) -> bool:
        """Whether another request may be sent: nothing has arrived since the last response."""
        return not self.closed and self.engine.reusable and self.channel.is_quiet()

    async def start(
        self, request: BodiedRequest, lease: Lease
    ) -> tuple[ResponseStart, Exchange, float]:
        """Send `request`; return the head of the response, its body, and the seconds it took.

        Whoever calls this has exclusive use. If it raises, the exchange has ended.
        """
        self.busy = True
        exchange = Exchange(self, request, lease)
        began = monotonic()
        try:
            try:
                await self._send(request)
            except WriteError as error:
                start = await exchange.read_early_start(error)
            else:
                start = await exchange.read_start()
        except BaseException as error:
            await exchange.fail(error)
            raise
        return start, exchange, monotonic() - began

    async def _send(self, request: BodiedRequest) -> None:
        engine = self.engine
        body = request_body(request)
        fields = wire_pairs(request.headers)
        if "Host" not in request.headers:
            fields = [(b"Host", wire_host(request.url)), *fields]
        method = request.method.encode("ascii")
        data = body.data
        if data is None:
            await self._send_pieces(method, wire_target(request.url), fields, body)
            return
        head = engine.start_request(method, wire_target(request.url), fields)
        if data:
            framed = engine.send_data(data)
            if len(framed) <= ONE_WRITE:
                head += framed
            else:
                await self.channel.write(head)
                head = framed
        await self.channel.write(head + engine.end_request())

    async def _send_pieces(
        self, method: bytes, target: bytes, fields: RawHeaders, body: RequestBody
    ) -> None:
        engine = self.engine
        source = body.open()
        try:
            # Before anything is begun: a file that cannot be read does not cost the connection.
            piece = await source.read(READ_SIZE)
            pending = engine.start_request(method, target, fields)
            while piece:
                await self.channel.write(pending + engine.send_data(piece))
                pending = b""
                piece = await source.read(READ_SIZE)
            pending += engine.end_request()
            if pending:
                await self.channel.write(pending)
        finally:
            await source.close()

    async def abort(self) -> None:
        """Close at once."""
        self.closed = True
        await self.channel.abort()

    async def retire(self) -> None:
        """Close: politely if it is idle and at home here, at once otherwise."""
        polite = not self.busy and self.home == self.new_runtime().token()
        self.closed = True
        if polite:
            await self.channel.retire()
        else:
            await self.channel.abort()

    async def close(self) -> None:
        """Close, with a bounded TLS closing handshake if it is idle."""
        if self.busy:
            await self.abort()
        else:
            self.closed = True
            await self.channel.close()

    def note_failure(self, error: BaseException, request: BodiedRequest) -> None:
        """Put on an error what its readers will ask for."""
        if isinstance(error, HTTPError):
            error.request = error.request or request
            error.connection = error.connection or repr(self)
        elif not isinstance(error, Exception):
            self.new_runtime().note(request, repr(self))


class Exchange:
    """One request and its response on one connection; the source of the response's body."""

    __slots__ = ("_connection", "_ended", "_lease", "_request", "trailers")

    trailers: RawHeaders
    """The fields that came after the body; empty until it was read to its end."""

    def __init__(self, connection: ConnectionCore, request: BodiedRequest, lease: Lease) -> None:
        self._connection = connection
        self._request = request
        self._lease = lease
        self.trailers = ()
        self._ended = False

    def __del__(self) -> None:
        if not self._ended:
            self._ended = True
            self._lease.forget()
            warnings.warn(
                f"the response to {self._request!r} was neither read to its end nor closed; use "
                "it in a with block, or close() it",
                ResourceWarning,
                source=self,
                stacklevel=2,
            )

    async def read_start(self) -> ResponseStart:
        """Read the head of the final response; interim ones are passed over."""
        engine = self._connection.engine
        while True:
            start = engine.next_start()
            if start is None:
                await self._receive()
            elif start.status >= 200 or engine.switched:
                return start

    async def read_early_start(self, error: WriteError) -> ResponseStart:
        """Read the head of the response to a request that could not be sent whole.

        A server may answer, refuse an upload for instance, and hang up before it has read all of
        the request (RFC 9112 section 9.5). Raises `error` if it did not answer.
        """
        runtime = self._connection.new_runtime()
        try:
            async with runtime.limit(EARLY_SECONDS, "reading the answer to a request cut short"):
                return await self.read_start()
        except HTTPError:
            raise error

    async def _receive(self) -> None:
        """Read from the channel once, and let the engine have it."""
        connection = self._connection
        if connection.closed:
            raise ReadError("the connection was closed on this side while the response was read")
        channel = connection.channel
        data = await channel.read(READ_SIZE)
        if (
            not data
            and connection.engine.framing is Framing.CLOSE
            and channel.get_extra_info("tls_clean_end") is False
        ):
            raise RemoteProtocolError(
                "the response body, which ends with the connection, may be cut short: the server "
                "ended TLS without close_notify"
            )
        connection.engine.receive(data)

    async def read(self, size: int, /) -> bytes:
        """Read at most `size` bytes of the body as it was sent; `b""` at its end."""
        if self._ended:
            return b""
        engine = self._connection.engine
        try:
            while (data := engine.next_data(size)) is None:
                await self._receive()
            if engine.response_done:
                await self._finish()
        except BaseException as error:
            await self.fail(error)
            raise
        return data

    async def _finish(self) -> None:
        self.trailers = self._connection.engine.trailers
        await self._end(CloseReason.NOT_REUSABLE)

    async def fail(self, error: BaseException) -> None:
        """End the exchange because of `error`."""
        self._connection.note_failure(error, self._request)
        await self._end(
            CloseReason.FAILED if isinstance(error, Exception) else CloseReason.CANCELLED
        )

    async def close(self) -> None:
        """End the exchange; what was not read of the body is given up.

        If the rest of the body has arrived already, it is passed over and the connection kept.
        """
        if not self._ended:
            engine = self._connection.engine
            try:
                while not engine.response_done and engine.next_data(READ_SIZE) is not None:
                    continue
            except RemoteProtocolError:
                pass  # the connection is not reusable then, and nobody asks for the body
            await self._end(CloseReason.NOT_REUSABLE)

    async def settle(self) -> None:
        """End the exchange now if the response has no body, or its body is here already read."""
        if self._connection.engine.response_done:
            await self._finish()

    async def _end(self, reason: CloseReason) -> None:
        if self._ended:
            return
        self._ended = True
        connection = self._connection
        reusable = connection.engine.reusable and not connection.closed
        try:
            if not reusable:
                await connection.abort()
        finally:
            connection.busy = False
            await self._lease.end(reusable=reusable, reason=None if reusable else reason)
