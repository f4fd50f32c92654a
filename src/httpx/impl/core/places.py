"""What the pool's ledger speaks of: places, waiters, reasons, outcomes, and the books behind them.

Rules of this file:
1. A place belongs to a key (what a connection may be reused for) and a key to a group (what
   `max_per_host` counts). One key always comes with the same host.
2. Only the ledger and its parts change these objects; all else reads.
"""

from __future__ import annotations

import enum
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from .deadlines import Alarm

__all__ = [
    "UNRANKED",
    "CloseReason",
    "Group",
    "KeyStats",
    "Origin",
    "Outcome",
    "Slot",
    "State",
    "Totals",
    "Waiter",
    "wake_nobody",
]

K = TypeVar("K", bound=Hashable)
C = TypeVar("C")

UNRANKED: Final = -1
"""The seniority of who does not stand in a queue."""


class State(enum.Enum):
    """What a place holds."""

    CONNECTING = "connecting"
    """Reserved: its holder is opening a connection."""
    ACTIVE = "active"
    """An open connection, in the hands of one holder."""
    IDLE = "idle"
    """An open connection that nobody holds."""
    CLOSED = "closed"
    """Not a place any more: struck from the books, for good."""


class CloseReason(enum.Enum):
    """Why a place was given up; the value reads on after "closed: "."""

    EVICTED = "made room for another origin"
    EXPIRED = "idle for too long"
    MAX_AGE = "reached its maximum age"
    IDLE_LIMIT = "too many idle connections"
    NOT_REUSABLE = "the exchange left it unfit for reuse"
    STALE = "closed by the peer while idle"
    FAILED = "an error broke the exchange"
    CANCELLED = "the exchange was cancelled"
    CONNECT_FAILED = "could not connect"
    ABANDONED = "nobody waits for it any more"
    LEAKED = "its response was forgotten without being closed"
    UPGRADED = "upgraded to another protocol"
    POOL_CLOSED = "the pool was closed"


class Slot(Generic[K, C]):
    """One place among `max_connections`, from its reservation to its end."""

    __slots__ = (
        "after",
        "alarm",
        "connection",
        "counts_for",
        "gone",
        "holder",
        "host",
        "idle_since",
        "key",
        "opened_at",
        "origin",
        "state",
        "uses",
    )

    key: K
    """What its connection may be reused for."""
    host: Hashable
    """What `max_per_host` counts it under."""
    state: State
    connection: C | None
    """The connection; `None` while connecting, and kept after the end for who has to close it."""
    opened_at: float
    """When the connection was opened; until then, when the place was reserved (seconds)."""
    idle_since: float
    """When the connection was last given back (seconds)."""
    after: Slot[K, C] | None
    """The place whose turn it took, while connecting: its holder closes that one first. The
    ledger's own."""
    gone: bool
    """Whether the connection of a struck place is known to be closed. The ledger's own."""
    counts_for: Origin[K, C] | None
    """The books in which a struck place still counts until it is gone. The ledger's own."""
    uses: int
    """How many holders it has served, the present one included."""
    holder: Waiter[K, C] | None
    """Whom it was granted to, until that one ends it. The ledger's own."""
    origin: Origin[K, C]
    """The books of its key. The ledger's own."""
    alarm: Alarm[K, C] | None
    """Its entry among the deadlines, if it has one. The ledger's own."""

    def __init__(self, origin: Origin[K, C], host: Hashable, now: float) -> None:
        self.key = origin.key
        self.host = host
        self.state = State.CONNECTING
        self.connection = None
        self.after = None
        self.gone = False
        self.counts_for = None
        self.opened_at = now
        self.idle_since = now
        self.uses = 0
        self.holder = None
        self.origin = origin
        self.alarm = None

    def __repr__(self) -> str:
        return f"<Slot {self.key!r} {self.state.name}>"


def wake_nobody() -> None:
    """The wake-up of a waiter that nobody sleeps on."""


class Waiter(Generic[K, C]):
    """One request for a connection: granted, waiting, or told that the pool was closed."""

    __slots__ = (
        "closed",
        "fresh",
        "host",
        "key",
        "origin",
        "queued",
        "serial",
        "since",
        "slot",
        "wake",
        "woken",
    )

    key: K
    host: Hashable
    since: float
    """When it asked (seconds)."""
    slot: Slot[K, C] | None
    """The place granted; `None` while waiting, and after `abandon`."""
    fresh: bool
    """Whether the place granted is a new one, so that its holder must connect."""
    queued: bool
    """Whether it stands in the queue."""
    closed: bool
    """Whether the pool was closed while it waited: there will be no grant."""
    wake: Callable[[], None]
    """Tells whoever sleeps on this waiter to look again. Thread-safe; the pool calls it, outside
    its lock. It may be set late, as long as the lock has not been let go since `acquire`."""
    woken: bool
    """Whether it was told, after all was closed that had to be closed for it: the pool sets it. A
    grant must not be used before."""
    serial: int
    """Its seniority; the lower, the older. The ledger's own."""
    origin: Origin[K, C]
    """The books of its key. The ledger's own."""

    def __init__(
        self,
        origin: Origin[K, C],
        host: Hashable,
        now: float,
        wake: Callable[[], None],
    ) -> None:
        self.key = origin.key
        self.host = host
        self.since = now
        self.slot = None
        self.fresh = False
        self.queued = False
        self.closed = False
        self.wake = wake
        self.woken = False
        self.serial = UNRANKED
        self.origin = origin

    def __repr__(self) -> str:
        if self.slot is not None:
            state = f"granted {self.slot!r}"
        elif self.queued:
            state = "waiting"
        else:
            state = "closed" if self.closed else "abandoned"
        return f"<Waiter {self.key!r} {state}>"


class Origin(Generic[K, C]):
    """The books of one key, kept as long as it has a place or a waiter."""

    __slots__ = ("active", "closing", "connecting", "group", "idle", "key", "waiters")

    key: K
    group: Group[K, C]
    connecting: int
    active: int
    closing: int
    """How many struck places have connections that are not known to be closed."""
    idle: OrderedDict[Slot[K, C], None]
    """In the order in which they were given back."""
    waiters: OrderedDict[Waiter[K, C], None]
    """In order of seniority."""

    def __init__(self, key: K, group: Group[K, C]) -> None:
        self.key = key
        self.group = group
        self.connecting = 0
        self.active = 0
        self.closing = 0
        self.idle = OrderedDict()
        self.waiters = OrderedDict()


class Group(Generic[K, C]):
    """The books of one host, or of all of them together where there is no limit per host."""

    __slots__ = ("host", "idle", "limit", "members", "rank", "taken", "waiters")

    host: Hashable
    limit: int | None
    """How many places it may have; `None` for any number."""
    taken: int
    """How many it has, those that are being closed included."""
    members: int
    """How many keys have books in it."""
    idle: OrderedDict[Slot[K, C], None]
    """In the order in which they were given back. Not kept without a limit."""
    waiters: OrderedDict[Waiter[K, C], None]
    """In order of seniority. An `OrderedDict`, as finding the first key of a plain `dict` again
    and again walks over all those that were deleted before it."""
    rank: int
    """The serial of its entry in the heap of heads, `UNRANKED` if it has none."""

    def __init__(self, host: Hashable, limit: int | None) -> None:
        self.host = host
        self.limit = limit
        self.taken = 0
        self.members = 0
        self.idle = OrderedDict()
        self.waiters = OrderedDict()
        self.rank = UNRANKED

    @property
    def full(self) -> bool:
        """Whether a new place in it takes the eviction of one that it has."""
        return self.limit is not None and self.taken >= self.limit

    @property
    def has_room(self) -> bool:
        """Whether its waiters can be served, as far as the limit per host goes."""
        return self.limit is None or self.taken < self.limit or bool(self.idle)


class Outcome(Generic[K, C]):
    """What the pool must do once it has let go of its lock. False where there is nothing to do.

    1. Close `slot.connection` for each `(slot, reason)` of `close`, then call `gone(slot)`.
    2. Set `waiter.woken` and call `waiter.wake()` for each of `wake`, in this order.

    Who was granted a place by the operation itself uses it after the first of these.
    """

    __slots__ = ("close", "wake")

    close: Sequence[tuple[Slot[K, C], CloseReason]]
    """Places already struck from the books whose connections are to be closed."""
    wake: Sequence[Waiter[K, C]]
    """Waiters that were granted a place or told that the pool is closed; the oldest first."""

    def __init__(
        self,
        close: Sequence[tuple[Slot[K, C], CloseReason]] = (),
        wake: Sequence[Waiter[K, C]] = (),
    ) -> None:
        self.close = close
        self.wake = wake

    def __bool__(self) -> bool:
        return bool(self.close or self.wake)

    def __repr__(self) -> str:
        return f"<Outcome close={list(self.close)!r} wake={list(self.wake)!r}>"


class KeyStats(Generic[K]):
    """How one key stands at one moment."""

    __slots__ = ("active", "connecting", "idle", "key", "oldest_since", "waiting")

    key: K
    connecting: int
    active: int
    idle: int
    waiting: int
    oldest_since: float | None
    """Since when the oldest waiter has waited, `None` if nobody waits (seconds)."""

    def __init__(
        self,
        key: K,
        *,
        connecting: int,
        active: int,
        idle: int,
        waiting: int,
        oldest_since: float | None,
    ) -> None:
        self.key = key
        self.connecting = connecting
        self.active = active
        self.idle = idle
        self.waiting = waiting
        self.oldest_since = oldest_since

    def __repr__(self) -> str:
        return (
            f"<KeyStats {self.key!r} connecting={self.connecting} active={self.active} "
            f"idle={self.idle} waiting={self.waiting}>"
        )


class Totals:
    """Counters over the whole life of a ledger: `opened` is what is open plus all of `closed`."""

    __slots__ = ("closed", "given_up", "opened", "reused")

    opened: int
    """Connections that were opened."""
    reused: int
    """Grants of a connection that was open already."""
    given_up: int
    """Places that were given up before a connection was open."""
    closed: dict[CloseReason, int]
    """Connections that were closed (or left the pool), by reason."""

    def __init__(self) -> None:
        self.opened = 0
        self.reused = 0
        self.given_up = 0
        self.closed = {}

    def __repr__(self) -> str:
        closed = sum(self.closed.values())
        return (
            f"<Totals opened={self.opened} reused={self.reused} given_up={self.given_up} "
            f"closed={closed}>"
        )
