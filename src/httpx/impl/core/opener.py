"""Opening the connections of a pool: directly or by a proxy, and telling who looks on."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, Generic

from ..values.events import ConnectionClosed, ConnectionOpened, ConnectionOpening, TLSDone, tell
from .connection import ConnectionCore
from .messages import R
from .opening import open_channel
from .places import CloseReason
from .proxies import ProxyOpener

if TYPE_CHECKING:
    import ssl

    from ...interfaces.awaitable import Backend, Runtime
    from ..values.events import EventHandler
    from ..values.proxies import Proxy
    from ..values.urls import URL
    from ..wire.engine import HTTPEngine


class Opener(Generic[R]):
    """Opens connections, each with a number of its own where events are told.

    Parameters:
        response_class: what the answers of proxies are made of.
        backend: where channels come from.
        new_runtime: finds the runtime of whoever asks.
        new_engine: makes the protocol of a connection.
        ssl_context: decides whom to trust, for https; `None` for the process-wide default.
        on_event: called for every event, `None` for nobody.
    """

    def __init__(
        self,
        *,
        response_class: type[R],
        backend: Backend,
        new_runtime: Callable[[], Runtime],
        new_engine: Callable[[], HTTPEngine],
        ssl_context: ssl.SSLContext | None,
        on_event: EventHandler | None,
    ) -> None:
        self._backend = backend
        self._new_runtime = new_runtime
        self._new_engine = new_engine
        self._ssl_context = ssl_context
        self._on_event = on_event
        self._numbers = count(1)
        self._proxy_opener: ProxyOpener[R] = ProxyOpener(
            response_class=response_class,
            backend=backend,
            new_runtime=new_runtime,
            new_engine=new_engine,
            ssl_context=ssl_context,
        )

    async def open(self, url: URL, proxy: Proxy | None) -> ConnectionCore:
        """Open a connection to the origin of `url`, through `proxy` if there is one."""
        if self._on_event is not None:
            return await self._open_telling(url, proxy, self._on_event)
        return await self._open_untold(url, proxy, None)

    async def _open_telling(
        self, url: URL, proxy: Proxy | None, on_event: EventHandler
    ) -> ConnectionCore:
        number, origin = next(self._numbers), url.origin
        tell(on_event, ConnectionOpening(monotonic(), number, origin))
        try:
            connection = await self._open_untold(
                url, proxy, lambda: tell(on_event, ConnectionOpened(monotonic(), number, origin))
            )
        except BaseException:
            reason = CloseReason.CONNECT_FAILED.value
            tell(on_event, ConnectionClosed(monotonic(), number, origin, reason))
            raise
        if url.scheme == "https":
            tell(on_event, TLSDone(monotonic(), number, origin))
        connection.number, connection.on_event = number, on_event
        return connection

    async def _open_untold(
        self, url: URL, proxy: Proxy | None, connected: Callable[[], None] | None
    ) -> ConnectionCore:
        if proxy is None:
            channel = await open_channel(self._backend, url, self._ssl_context, connected)
        else:
            channel = await self._proxy_opener.open(url, proxy, connected)
        try:
            connection = ConnectionCore(channel, self._new_engine(), url, self._new_runtime)
            if proxy is not None:
                connection.go_through(proxy)
            connection.home = self._new_runtime().token()
            return connection
        except BaseException:
            await channel.abort()
            raise
