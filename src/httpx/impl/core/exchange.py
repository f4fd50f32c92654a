"""One request and its response on one connection.

Rule: an exchange ends exactly once, on every path: body read, closed, error, cancellation, or
forgotten. Its owner learns of it then, after the connection was closed if it is not proven clean.
"""

from __future__ import annotations

import warnings
from collections.abc import Awaitable
from time import monotonic
from typing import TYPE_CHECKING, Final, Protocol

from ..values.errors import HTTPError, ReadError, RemoteProtocolError, Timeout, WriteError
from ..values.events import BodyDone, RequestSent, ResponseStarted
from ..wire.engine import Framing, RawHeaders, ResponseStart
from .bodies import READ_SIZE
from .messages import BodiedRequest
from .places import CloseReason
from .sending import in_one_write, send_request
from .whole_body import WholeBody

if TYPE_CHECKING:
    from .connection import ConnectionCore
    from .places import Slot
    from .pool_stats import Key

_NOT_REUSABLE: Final = CloseReason.NOT_REUSABLE  # asking an enumeration costs a call

EARLY_SECONDS = 1.0
"""How long to wait for what a server said before it stopped taking the request."""

CONTINUE_SECONDS = 1.0
"""How long to wait for `100 Continue` before sending the body all the same, as a client must that
does not know whether the server does this at all (RFC 9110 section 10.1.1); curl waits as long."""

CLOSED_HERE = "the connection was closed on this side while the response was read"


class Owner(Protocol):
    """Who lends a connection to an exchange: a pool, or a connection that is in none."""

    def take_back(
        self, slot: Slot[Key, ConnectionCore] | None, *, reusable: bool, reason: CloseReason | None
    ) -> Awaitable[None]:
        """The exchange is over; if it is not `reusable`, the connection is closed already."""
        ...

    def forget(self, slot: Slot[Key, ConnectionCore] | None) -> None:
        """The exchange was garbage-collected: called by a finaliser, takes no lock, no I/O."""
        ...


class Exchange:
    """One request and its response on one connection; the source of the response's body.

    Parameters:
        connection: where; in exclusive use from now on.
        request: what is sent.
        owner: who lends the connection, and has it back in the end.
        slot: its place in the owner's books, if the owner is a pool.
    """

    __slots__ = (
        "_cut_short",
        "_ended",
        "_owner",
        "_request",
        "connection",
        "interim",
        "slot",
        "trailers",
    )

    trailers: RawHeaders
    """The fields that came after the body; empty until it was read to its end."""
    interim: tuple[ResponseStart, ...]
    """The heads of interim responses so far. The engine allows no more than 100 of them."""

    def __init__(
        self,
        connection: ConnectionCore,
        request: BodiedRequest,
        owner: Owner,
        slot: Slot[Key, ConnectionCore] | None,
    ) -> None:
        self._ended = True  # until all of it is there, should it be interrupted here
        self.connection: ConnectionCore = connection
        self._request = request
        self._owner = owner
        self.slot: Slot[Key, ConnectionCore] | None = slot
        self.trailers = ()
        self.interim = ()
        self._cut_short = False  # not all of the request has left
        self._ended = False

    def __del__(self) -> None:
        if not getattr(self, "_ended", True):
            self._ended = True
            self._owner.forget(self.slot)
            warnings.warn(
                f"the response to {self._request!r} was neither read to its end nor closed; use "
                "it in a with block, or close() it",
                ResourceWarning,
                source=self,
                stacklevel=2,
            )

    async def start(self) -> tuple[ResponseStart, float]:
        """Send the request; return the head of the response, and the seconds it took.

        If it raises, the exchange has ended.
        """
        connection = self.connection
        request = self._request
        connection.busy = True
        began = monotonic()
        try:
            start = None
            data = in_one_write(connection, request)
            if data is None:
                start = await send_request(connection, self, request)
            else:
                try:
                    await connection.channel.write(data)
                except WriteError as error:
                    start = await self.read_early_start(error)
            if connection.on_event is not None:
                now = monotonic()
                connection.tell(RequestSent(now, connection.number, connection.origin, request))
            if start is None:  # as `read_start` does, with one coroutine less
                if not connection.engine.started:
                    await self._receive()
                while (start := self._final_start()) is None:
                    await self._receive()
            elapsed = monotonic() - began
            if connection.on_event is not None:
                connection.tell(
                    ResponseStarted(
                        monotonic(), connection.number, connection.origin, request, start.status
                    )
                )
        except BaseException as error:
            await self.fail(error)
            raise
        return start, elapsed

    async def read_start(self) -> ResponseStart:
        """Read the head of the final response; interim ones are passed over."""
        if not self.connection.engine.started:  # nothing has come yet that could be parsed
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
        runtime = self.connection.new_runtime()
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
            if self.connection.engine.started:
                raise
            raise WriteError(
                "the server hung up while the request was being sent, and sent no response"
            ) from error
        self._cut_short = start is not None
        return start

    def _final_start(self) -> ResponseStart | None:
        engine = self.connection.engine
        while True:
            start = engine.next_start()
            if start is None or start.status >= 200 or engine.switched:
                return start
            self.interim += (start,)

    async def go_ahead(self) -> ResponseStart | None:
        """Wait for `100 Continue`, within bounds; the head of a final response in its place."""
        engine = self.connection.engine
        runtime = self.connection.new_runtime()
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
        connection = self.connection
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
        engine = self.connection.engine
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
        engine = self.connection.engine
        try:
            body = engine.take_whole(most)
            if body is None:
                left = engine.content_left
                if left is None or left > most:
                    return None
                body = await self._read_past(engine.next_data(left) or b"")
            await self.finish()
        except BaseException as error:
            await self.fail(error)
            raise
        return body

    async def _read_past(self, begun: bytes) -> bytes:
        """Read a body of known length, of which `begun` came with the head, past the engine."""
        engine = self.connection.engine
        left = engine.stream_left
        if not left:  # the end was received together with the beginning
            engine.next_data(1)  # raises: the body is cut short
        body = WholeBody(len(begun) + left)
        try:
            body.add(begun)
            while left:
                if self.connection.closed:
                    raise ReadError(CLOSED_HERE)
                count = await body.add_by(self.connection.channel.read_into)
                if not count:
                    if self.connection.closed:  # the end is of our own making
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
        connection = self.connection
        self.trailers = connection.engine.trailers
        if connection.on_event is not None:
            now = monotonic()
            connection.tell(BodyDone(now, connection.number, connection.origin, self._request))
        if self._is_reusable():  # most are; there is nothing to wait for here
            self._ended = True
            connection.busy = False
            return self._owner.take_back(self.slot, reusable=True, reason=None)
        return self._end(_NOT_REUSABLE)

    def _is_reusable(self) -> bool:
        connection = self.connection
        return (
            not self._ended
            and not self._cut_short
            and not connection.closed
            and connection.engine.reusable
        )

    async def fail(self, error: BaseException) -> None:
        """End the exchange because of `error`."""
        self.connection.note_failure(error, self._request)
        await self._end(
            CloseReason.FAILED if isinstance(error, Exception) else CloseReason.CANCELLED
        )

    async def close(self) -> None:
        """End the exchange; what was not read of the body is given up.

        If the rest of the body has arrived already, it is passed over and the connection kept.
        """
        if not self._ended:
            engine = self.connection.engine
            try:
                while not engine.response_done and engine.next_data(READ_SIZE) is not None:
                    continue
            except RemoteProtocolError:
                pass  # the connection is not reusable then, and nobody asks for the body
            await self._end(CloseReason.NOT_REUSABLE)

    def hand_over(self) -> bytes:
        """Leave the connection to another protocol; give what was received of that already.

        The owner does not learn of an end: there is none, the connection never comes back.
        """
        self._ended = True
        return self.connection.engine.take_rest()

    async def _end(self, reason: CloseReason) -> None:
        if self._ended:
            return
        reusable = self._is_reusable()
        self._ended = True
        connection = self.connection
        try:
            if not reusable:
                await connection.abort()
        finally:
            connection.busy = False
            await self._owner.take_back(
                self.slot, reusable=reusable, reason=None if reusable else reason
            )
