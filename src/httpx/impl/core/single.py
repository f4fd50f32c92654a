"""A single connection as its owner uses it: requests queue on it, first come first served."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, NoReturn

from ..values.errors import ConnectError
from ..values.urls import URL
from .connection import ConnectionCore
from .locks import FifoLock
from .messages import BodiedRequest, Q, R, received
from .places import CloseReason

if TYPE_CHECKING:
    from ...interfaces.awaitable import Channel, Runtime
    from ..wire.engine import HTTPEngine


class SingleCore(Generic[Q, R]):
    """One connection, not in a pool, with a lock around each exchange.

    Parameters:
        response_class: what responses are made of.
        channel: the bytes, TLS already on if the origin wants it.
        engine: the protocol.
        origin: where the channel leads to.
        new_runtime: finds the runtime of whoever asks.
    """

    def __init__(
        self,
        response_class: type[R],
        channel: Channel,
        engine: HTTPEngine,
        origin: URL,
        new_runtime: Callable[[], Runtime],
    ) -> None:
        self._response_class = response_class
        self.connection: ConnectionCore = ConnectionCore(channel, engine, origin, new_runtime)
        self._lock = FifoLock(lambda: new_runtime().event())
        self._closed_here = False

    def __repr__(self) -> str:
        return repr(self.connection)

    @property
    def url(self) -> URL:
        """Where it leads to."""
        return self.connection.url

    async def send(self, request: Q) -> R:
        """Send `request` when it is its turn, and return the response, its body unread."""
        connection = self.connection
        if request.url.origin != connection.origin:
            raise ValueError(
                f"this connection leads to {connection.origin}, and cannot send a request to "
                f"{request.url.origin}: use a ConnectionPool, or open another connection"
            )
        await self._lock.acquire(f"waiting for this connection's turn ({connection!r})")
        lease = SingleLease(self)
        try:
            await self._check_usable()
        except BaseException as error:
            connection.note_failure(error, request)
            self.free()
            raise
        start, exchange, elapsed = await connection.start(request, lease)
        response = received(self._response_class, request, start, exchange, elapsed)
        await exchange.settle()
        return response

    async def _check_usable(self) -> None:
        connection = self.connection
        if self._closed_here:
            raise RuntimeError(CLOSED)
        if not connection.is_clean():
            if not connection.closed:
                await connection.abort()
            raise ConnectError(
                f"the connection to {connection.origin} cannot be used any more: the server ended "
                "it, or the last exchange did; open another one"
            )

    def free(self) -> None:
        """Let the next request have its turn."""
        self._lock.release()

    async def close(self) -> None:
        """Close the connection; an exchange under way fails, requests in the queue too."""
        self._closed_here = True
        self._lock.fail_all(lambda: RuntimeError(CLOSED))
        await self.connection.close()


class LookedAt:
    """A pool's connection as `pool.connections` shows it: the pool alone sends on it."""

    __slots__ = ("_connection",)

    def __init__(self, connection: ConnectionCore) -> None:
        self._connection = connection

    def __repr__(self) -> str:
        return repr(self._connection)

    @property
    def url(self) -> URL:
        """Where it leads to."""
        return self._connection.url

    async def send(self, request: BodiedRequest) -> NoReturn:
        """Refuse: another request may be under way, and the pool would not know of this one."""
        raise RuntimeError(
            "this connection belongs to a pool and is for looking at: send requests to the pool, "
            "or open a connection of your own with open_connection()"
        )

    async def close(self) -> None:
        """Refuse."""
        raise RuntimeError(
            "this connection belongs to a pool, which closes it when it should: close the pool"
        )


class SingleLease:
    """What ties an exchange to a single connection."""

    __slots__ = ("_owner",)

    def __init__(self, owner: SingleCore[Q, R]) -> None:
        self._owner = owner

    async def end(self, *, reusable: bool, reason: CloseReason | None) -> None:
        """Let the next request have its turn."""
        self._owner.free()

    def forget(self) -> None:
        """Nobody will end this exchange; the connection stays in the middle of it."""


CLOSED = "this connection is closed: open another one with open_connection()"
