"""What a pool tells of itself: events as they happen, and a snapshot at one moment.

Every event has `at` (seconds of `time.monotonic()`), `connection` (a number that is the same for
all events of one connection of a pool) and `origin`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from .messages import RequestHead


class ConnectionOpening(NamedTuple):
    """A connection is about to be opened."""

    at: float
    connection: int
    origin: str


class ConnectionOpened(NamedTuple):
    """A connection was opened; for `https`, TLS comes next."""

    at: float
    connection: int
    origin: str


class TLSDone(NamedTuple):
    """The peer of a connection was verified, and what is sent is encrypted from now on."""

    at: float
    connection: int
    origin: str


class RequestSent(NamedTuple):
    """A request was sent, its body included, or as much of it as the server would have."""

    at: float
    connection: int
    origin: str
    request: RequestHead


class ResponseStarted(NamedTuple):
    """The head of a final response has arrived."""

    at: float
    connection: int
    origin: str
    request: RequestHead
    status_code: int


class BodyDone(NamedTuple):
    """The body of a response has been read to its end."""

    at: float
    connection: int
    origin: str
    request: RequestHead


class ConnectionReleased(NamedTuple):
    """A connection came back from an exchange, fit for the next."""

    at: float
    connection: int
    origin: str


class ConnectionClosed(NamedTuple):
    """A connection was closed, or could not be opened."""

    at: float
    connection: int
    origin: str
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
