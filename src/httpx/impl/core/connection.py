"""One HTTP/1.1 connection: a channel, an engine, and one exchange at a time, see `exchange.py`.

Exclusive use is the owner's business: the pool's ledger, or a lock for a single connection.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

from ..values.errors import HTTPError
from ..values.events import tell
from ..values.headers import Headers
from ..values.proxies import Proxy, fields_for, is_forwarding
from ..values.urls import URL

if TYPE_CHECKING:
    from ...interfaces.awaitable import Channel, Runtime
    from ..values.events import EventHandler, PoolEvent
    from ..wire.engine import HTTPEngine
    from .messages import BodiedRequest
    from .upgrades import Upgraded


class ConnectionCore:
    """A connection to one origin.

    Parameters:
        channel: the bytes, TLS already on if the origin wants it.
        engine: the protocol.
        origin: where it leads to.
        new_runtime: finds the runtime of whoever asks.
    """

    __slots__ = (
        "busy",
        "channel",
        "closed",
        "engine",
        "forward",
        "home",
        "new_runtime",
        "number",
        "on_event",
        "origin",
        "upgraded",
        "url",
        "via",
    )

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
        self.via: str = ""  # the proxy, where there is one
        self.forward: Headers | None = None  # fields for the proxy, if it forwards requests
        self.home: Hashable = None  # the loop it belongs to; its pool says
        self.busy: bool = False
        self.closed: bool = False
        self.upgraded: Upgraded | None = None
        self.on_event: EventHandler | None = None
        self.number: int = 0  # its name in events, where there are any

    def __repr__(self) -> str:
        if self.upgraded is not None:
            return f"<Connection {self.upgraded.described}>"
        state = "CLOSED" if self.closed else "ACTIVE" if self.busy else "IDLE"
        if self.via:
            return f'<Connection "{self.origin}" VIA "{self.via}" {state}>'
        return f'<Connection "{self.origin}/" {state}>'

    def go_through(self, proxy: Proxy) -> None:
        """Note that the channel was opened through `proxy`."""
        self.via = proxy.origin
        if is_forwarding(self.url, proxy):
            self.forward = fields_for(proxy)

    def is_clean(self) -> bool:
        """Whether another request may be sent: nothing has arrived since the last response.

        Asked of one that was fit for reuse when its last exchange ended; the engine, which has
        learned of nothing since, would refuse another one.
        """
        return not self.closed and self.channel.is_quiet()

    def tell(self, event: PoolEvent) -> None:
        """Tell who looks on, if there is anybody."""
        if self.on_event is not None:
            tell(self.on_event, event)

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
        if self.upgraded is not None:
            self.closed = True
            await self.upgraded.channel.close()
        elif self.busy:
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
