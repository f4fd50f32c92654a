"""A single connection as its owner uses it: requests queue on it, first come first served."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, NoReturn

from ..values.errors import ConnectError, UpgradeRefused
from ..values.messages import shown
from ..values.urls import URL
from .channels import UpgradedChannel
from .connection import ConnectionCore
from .exchange import Exchange
from .locks import FifoLock
from .messages import BodiedRequest, Q, R, received, response_body
from .places import CloseReason
from .proxy_answers import may_answer, refusal
from .upgrades import ANSWER_LIMIT, Upgraded

if TYPE_CHECKING:
    from ...interfaces.awaitable import Channel, Runtime
    from ..values.proxies import Proxy
    from ..wire.engine import HTTPEngine


class SingleCore(Generic[Q, R]):
    """One connection, not in a pool, with a lock around each exchange.

    Parameters:
        response_class: what responses are made of.
        channel: the bytes, TLS already on if the origin wants it.
        engine: the protocol.
        origin: where the channel leads to.
        new_runtime: finds the runtime of whoever asks.
        proxy: what the channel was opened through, `None` for nothing.
    """

    def __init__(
        self,
        response_class: type[R],
        channel: Channel,
        engine: HTTPEngine,
        origin: URL,
        new_runtime: Callable[[], Runtime],
        proxy: Proxy | None = None,
    ) -> None:
        self._response_class = response_class
        self.connection: ConnectionCore = ConnectionCore(channel, engine, origin, new_runtime)
        self._proxy = proxy
        if proxy is not None:
            self.connection.go_through(proxy)
        self._lock = FifoLock(lambda: new_runtime().event())
        self._closed_here = False

    def __repr__(self) -> str:
        return repr(self.connection)

    @property
    def url(self) -> URL:
        """Where it leads to."""
        return self.connection.url

    async def send(self, request: Q, *, answered: bool = False) -> R:
        """Send `request` when it is its turn, and return the response, its body unread.

        `answered`: a proxy has asked for credentials before, and gets no second answer.
        """
        connection = self.connection
        if request.url.origin != connection.origin:
            raise ValueError(
                f"this connection leads to {connection.origin}, and cannot send a request to "
                f"{request.url.origin}: use a ConnectionPool, or open another connection"
            )
        exchange = await self._begin(request)
        start, elapsed = await exchange.start()
        response = received(
            self._response_class, request, start, exchange, elapsed, exchange.interim, exchange
        )
        if self.connection.engine.response_done:
            await exchange.finish()
        if start.status == 407 and self._proxy is not None and connection.forward is not None:
            may = await may_answer(self._proxy, request, response) and not answered
            if may and connection.is_clean():
                return await self.send(request, answered=True)
            error = refusal(self._proxy, request.url, response)
            connection.note_failure(error, request)
            raise error
        return response

    async def _begin(self, request: Q) -> Exchange:
        """Begin an exchange when it is the request's turn."""
        connection = self.connection
        await self._lock.acquire(f"waiting for this connection's turn ({connection!r})")
        try:
            await self._check_usable()
            return Exchange(connection, request, self, None)
        except BaseException as error:
            connection.note_failure(error, request)
            self._lock.release()
            raise

    async def upgrade(self, request: Q, peer: str) -> UpgradedChannel:
        """Send `request`, which asks to leave HTTP, and give the channel that is left.

        Raises:
            UpgradeRefused: the server answered with something else, which is on the error.
        """
        connection = self.connection
        exchange = await self._begin(request)
        start, elapsed = await exchange.start()
        if connection.engine.switched:
            rest = exchange.hand_over()
            channel = UpgradedChannel(connection.channel, rest, peer, connection.new_runtime)
            connects = request.method == "CONNECT"
            protocol = "CONNECT" if connects else request.headers.get("Upgrade", "").upper()
            proxy = (connection.via or connection.origin) if connects else ""
            connection.upgraded = Upgraded(channel, request.url, protocol, proxy)
            self._lock.fail_all(lambda: RuntimeError(UPGRADED))
            return channel
        response = received(
            self._response_class, request, start, exchange, elapsed, exchange.interim, exchange
        )
        body = response_body(response)
        await body.read_start_of(response, ANSWER_LIMIT)
        raise UpgradeRefused(
            f"{connection.origin} answered {request.method} {shown(request.url)} with "
            f"{response.status_code} {response.reason_phrase} instead of switching protocols",
            request=request,
            response=response,
            connection=repr(connection),
        )

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

    async def take_back(self, slot: object, *, reusable: bool, reason: CloseReason | None) -> None:
        """Let the next request have its turn."""
        self._lock.release()

    def forget(self, slot: object) -> None:
        """Nobody will end this exchange; the connection stays in the middle of it."""

    async def close(self) -> None:
        """Close the connection; an exchange under way fails, requests in the queue too."""
        self._closed_here = True
        try:
            self._lock.fail_all(lambda: RuntimeError(CLOSED))
        finally:  # `KeyboardInterrupt` strikes there too
            await self.connection.close()


class LookedAt:
    """A pool's connection as `pool.connections` shows it: the pool alone sends on it."""

    __slots__ = ("_connection",)

    def __init__(self, connection: ConnectionCore) -> None:
        self._connection = connection

    def __repr__(self) -> str:
        return repr(self._connection)

    @property
    def connection(self) -> ConnectionCore:
        """The connection."""
        return self._connection

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

    async def upgrade(self, request: BodiedRequest, peer: str) -> NoReturn:
        """Refuse, as `send` does."""
        await self.send(request)

    async def close(self) -> None:
        """Refuse."""
        raise RuntimeError(
            "this connection belongs to a pool, which closes it when it should: close the pool"
        )


UPGRADED = (
    "this connection no longer speaks HTTP, since upgrade(): use the stream that it returned, and "
    "open another connection for requests"
)

CLOSED = "this connection is closed: open another one with open_connection()"
