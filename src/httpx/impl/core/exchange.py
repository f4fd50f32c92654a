"""One request and its response on one connection.

Rule: an exchange ends exactly once, on every path: body read, closed, error, cancellation, or
forgotten. Its lease learns of it then, after the connection was closed if it is not proven clean.
"""

from __future__ import annotations

import warnings
from collections.abc import Awaitable
from time import monotonic
from typing import TYPE_CHECKING

from ..values.errors import HTTPError, ReadError, RemoteProtocolError, Timeout, WriteError
from ..values.events import BodyDone
from ..wire.engine import Framing, RawHeaders, ResponseStart
from .bodies import READ_SIZE
from .messages import BodiedRequest
from .places import CloseReason
from .whole_body import WholeBody

if TYPE_CHECKING:
    from .connection import ConnectionCore, Lease

EARLY_SECONDS = 1.0
"""How long to wait for what a server said before it stopped taking the request."""

CONTINUE_SECONDS = 1.0
"""How long to wait for `100 Continue` before sending the body all the same, as a client must that
does not know whether the server does this at all (RFC 9110 section 10.1.1); curl waits as long."""

CLOSED_HERE = "the connection was closed on this side while the response was read"


class Exchange:
    """One request and its response on one connection; the source of the response's body."""

    __slots__ = ("_connection", "_cut_short", "_ended", "_lease", "_request", "interim", "trailers")

    trailers: RawHeaders
    """The fields that came after the body; empty until it was read to its end."""
    interim: tuple[ResponseStart, ...]
    """The heads of interim responses so far. The engine allows no more than 100 of them."""

    def __init__(self, connection: ConnectionCore, request: BodiedRequest, lease: Lease) -> None:
        self._connection = connection
        self._request = request
        self._lease = lease
        self.trailers = ()
        self.interim = ()
        self._cut_short = False  # not all of the request has left
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
        if not self._connection.engine.started:  # nothing has come yet that could be parsed
            await self._receive()
        while (start := self._final_start()) is None:
            await self._receive()
        return start

    async def read_early_start(self, error: WriteError) -> ResponseStart:
        """Read the head of the response to a request that could not be sent whole.

        A server may answer, refuse an upload for instance, and hang up before it has read all of
        the request (RFC 9112 section 9.5). Raises `error` if it did not answer.
        """
        self._cut_short = True
        runtime = self._connection.new_runtime()
        try:
            async with runtime.limit(EARLY_SECONDS, "reading the answer to a request cut short"):
                return await self.read_start()
        except HTTPError:
            raise error

    async def early_start(self) -> ResponseStart | None:
        """Take what has arrived while the request is being sent; the head of a final response."""
        try:
            await self._receive()
            start = self._final_start()
        except RemoteProtocolError as error:
            if self._connection.engine.started:
                raise
            raise WriteError(
                "the server hung up while the request was being sent, and sent no response"
            ) from error
        self._cut_short = start is not None
        return start

    def _final_start(self) -> ResponseStart | None:
        engine = self._connection.engine
        while True:
            start = engine.next_start()
            if start is None or start.status >= 200 or engine.switched:
                return start
            self.interim += (start,)

    async def go_ahead(self) -> ResponseStart | None:
        """Wait for `100 Continue`, within bounds; the head of a final response in its place."""
        engine = self._connection.engine
        runtime = self._connection.new_runtime()
        try:
            async with runtime.limit(CONTINUE_SECONDS, "the wait for 100 Continue"):
                while True:
                    start = engine.next_start()
                    if start is None:
                        await self._receive()
                    elif start.status >= 200:
                        self._cut_short = True
                        return start
                    else:
                        self.interim += (start,)
                        if start.status == 100:
                            return None
        except Timeout:
            return None  # the server may not know of `Expect`; it gets the body now

    async def _receive(self) -> None:
        """Read from the channel once, and let the engine have it."""
        connection = self._connection
        if connection.closed:
            raise ReadError(CLOSED_HERE)
        channel = connection.channel
        data = await channel.read(READ_SIZE)
        if not data and connection.closed:  # a user's stream takes our own closing for the peer's
            raise ReadError(CLOSED_HERE)
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
                await self.finish()
        except BaseException as error:
            await self.fail(error)
            raise
        return data

    async def read_rest(self, most: int) -> bytes | None:
        """Read all that is left of a body of known length; `None` for others and longer ones."""
        if self._ended:
            return b""
        engine = self._connection.engine
        left = engine.content_left
        if left is None or left > most:
            return None
        try:
            body = engine.next_data(left)
            if not engine.response_done:
                body = await self._read_past(body or b"")
            await self.finish()
        except BaseException as error:
            await self.fail(error)
            raise
        return body

    async def _read_past(self, begun: bytes) -> bytes:
        """Read a body of known length, of which `begun` came with the head, past the engine."""
        engine = self._connection.engine
        left = engine.stream_left
        if not left:  # the end was received together with the beginning
            engine.next_data(1)  # raises: the body is cut short
        body = WholeBody(len(begun) + left)
        try:
            body.add(begun)
            while left:
                if self._connection.closed:
                    raise ReadError(CLOSED_HERE)
                count = await body.add_by(self._connection.channel.read_into)
                if not count:
                    if self._connection.closed:  # the end is of our own making
                        raise ReadError(CLOSED_HERE)
                    engine.receive(b"")
                    engine.next_data(1)  # raises: the body is cut short
                engine.consumed(count)
                left -= count
            return body.value()
        finally:
            body.release()

    def finish(self) -> Awaitable[None]:
        """End the exchange, whose response was read to its end."""
        connection = self._connection
        self.trailers = connection.engine.trailers
        if connection.on_event is not None:
            now = monotonic()
            connection.tell(BodyDone(now, connection.number, connection.origin, self._request))
        return self._end(CloseReason.NOT_REUSABLE)

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

    def hand_over(self) -> bytes:
        """Leave the connection to another protocol; give what was received of that already.

        The lease does not learn of an end: there is none, the connection never comes back.
        """
        self._ended = True
        return self._connection.engine.take_rest()

    async def _end(self, reason: CloseReason) -> None:
        if self._ended:
            return
        self._ended = True
        connection = self._connection
        reusable = connection.engine.reusable and not self._cut_short and not connection.closed
        try:
            if not reusable:
                await connection.abort()
        finally:
            connection.busy = False
            await self._lease.end(reusable=reusable, reason=None if reusable else reason)
