"""What a pool tells of itself: events as they happen, and a snapshot at one moment.

Every event has `at` (seconds of `time.monotonic()`), `connection` (a number that is the same for
all events of one connection of a pool) and `origin`.
"""

# Without `annotations` of `__future__`: annotations that are text are compiled, one by one, when a
# `NamedTuple` is made.

import sys
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias, get_args

from .messages import RequestHead


class _OfConnection(NamedTuple):
    """What events are made of that tell no more; making a class of another is cheap."""

    at: float
    """When, in seconds of `time.monotonic()`."""
    connection: int
    """The number of the connection, the same in all its events; each pool counts its own."""
    origin: str
    """Where the connection leads, as `URL.origin` has it: scheme, host and port."""


class _OfExchange(NamedTuple):
    """What events of a request are made of that tell no more."""

    at: float
    """When, in seconds of `time.monotonic()`."""
    connection: int
    """The number of the connection, the same in all its events; each pool counts its own."""
    origin: str
    """Where the connection leads, as `URL.origin` has it: scheme, host and port."""
    request: RequestHead
    """The request of this exchange."""


class ConnectionOpening(_OfConnection):
    """A connection is about to be opened."""

    __slots__ = ()


class ConnectionOpened(_OfConnection):
    """A connection was opened; for `https`, TLS comes next."""

    __slots__ = ()


class TLSDone(_OfConnection):
    """The peer of a connection was verified, and what is sent is encrypted from now on."""

    __slots__ = ()


class RequestSent(_OfExchange):
    """A request was sent, its body included, or as much of it as the server would have."""

    __slots__ = ()


class ResponseStarted(NamedTuple):
    """The head of a final response has arrived."""

    at: float
    """When, in seconds of `time.monotonic()`."""
    connection: int
    """The number of the connection, the same in all its events; each pool counts its own."""
    origin: str
    """Where the connection leads, as `URL.origin` has it: scheme, host and port."""
    request: RequestHead
    """The request of this exchange."""
    status_code: int
    """Its status code."""


class BodyDone(_OfExchange):
    """The body of a response has been read to its end."""

    __slots__ = ()


class ConnectionReleased(_OfConnection):
    """A connection came back from an exchange, fit for the next."""

    __slots__ = ()


class ConnectionClosed(NamedTuple):
    """A connection was closed, or could not be opened."""

    at: float
    """When, in seconds of `time.monotonic()`."""
    connection: int
    """The number of the connection, the same in all its events; each pool counts its own."""
    origin: str
    """Where the connection leads, as `URL.origin` has it: scheme, host and port."""
    reason: str
    """Why, in words: "idle for too long"."""


PoolEvent: TypeAlias = (
    ConnectionOpening
    | ConnectionOpened
    | TLSDone
    | RequestSent
    | ResponseStarted
    | BodyDone
    | ConnectionReleased
    | ConnectionClosed
)
"""Any of the events: `match` over it is exhaustive."""

for _event in get_args(PoolEvent):
    _event.__module__ = "httpx.events"  # where users find it; one class for both colours

EventHandler: TypeAlias = Callable[[PoolEvent], object]
"""What `on_event=` takes: called where the event happens, so it must be quick and not wait."""


def tell(handler: EventHandler, event: PoolEvent) -> None:
    """Call `handler`; what it raises goes to `sys.excepthook`, as it has no one else to go to.

    The exchange that the event is about must not fail because somebody looks on.
    """
    try:
        handler(event)
    except Exception as error:
        error.add_note("This was raised in on_event of a connection pool; the pool goes on.")
        sys.excepthook(type(error), error, error.__traceback__)


class OriginStats(NamedTuple):
    """How a pool stands with one origin."""

    active: int
    """Connections in use."""
    idle: int
    """Connections that are open and unused."""
    connecting: int
    """Connections being opened."""
    waiting: int
    """Requests that wait for a connection."""
    oldest_wait: float | None
    """Seconds that the oldest of them has waited, `None` if there is none."""


class PoolStats(NamedTuple):
    """How a pool stands, at the moment it was asked."""

    origins: Mapping[str, OriginStats]
    """Every origin that has a connection or a waiting request."""
    active: int
    """Connections in use."""
    idle: int
    """Connections that are open and unused."""
    connecting: int
    """Connections being opened."""
    waiting: int
    """Requests that wait for a connection."""
    opened: int
    """Connections opened since the pool was made."""
    reused: int
    """Times that a request was given a connection that was open already."""
    closed: Mapping[str, int]
    """Connections closed since the pool was made, by reason, in words."""
