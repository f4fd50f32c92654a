"""What a pool tells of itself: a `match` over every event, and a snapshot."""

from __future__ import annotations

from typing import assert_never, assert_type

import ahttpx
import httpx
from httpx.events import (
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


def tell(event: PoolEvent) -> str:
    match event:
        case ConnectionOpening() | ConnectionOpened() | TLSDone() | ConnectionReleased():
            return event.origin
        case RequestSent(request=request) | BodyDone(request=request):
            return request.method
        case ResponseStarted(status_code=status_code):
            return str(status_code)
        case ConnectionClosed(reason=reason):
            return reason
        case _:
            assert_never(event)


seen: list[PoolEvent] = []
handler: EventHandler = tell
for on_event in (tell, seen.append, print, handler, None):
    httpx.ConnectionPool(on_event=on_event)
    ahttpx.ConnectionPool(on_event=on_event)
pool = httpx.ConnectionPool(on_event=lambda event: print(event.at))
assert_type(pool.stats(), httpx.PoolStats)
assert_type(pool.stats().origins["https://a.test"], httpx.OriginStats)
assert_type(ahttpx.ConnectionPool().stats().origins["https://a.test"].oldest_wait, float | None)
