"""What `ConnectionPool(on_event=...)` is told: a submodule, to be imported by name.

>>> from ahttpx.events import ConnectionClosed, PoolEvent
>>> def watch(event: PoolEvent) -> None:
...     match event:
...         case ConnectionClosed(reason=reason, origin=origin):
...             print(origin, reason)
...         case _:
...             pass
>>> pool = ahttpx.ConnectionPool(on_event=watch)
"""

from __future__ import annotations

from httpx.impl.values.events import (
    BodyDone,
    ConnectionClosed,
    ConnectionOpened,
    ConnectionOpening,
    ConnectionReleased,
    EventHandler,
    PoolEvent,
    RequestSent,
    ResponseStarted,
    TLSDone,
)

__all__ = [
    "PoolEvent",
    "EventHandler",
    "ConnectionOpening",
    "ConnectionOpened",
    "TLSDone",
    "RequestSent",
    "ResponseStarted",
    "BodyDone",
    "ConnectionReleased",
    "ConnectionClosed",
]
