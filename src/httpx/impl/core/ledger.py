"""The pool's ledger: who gets which connection, who waits, and what is to be closed.

Theory of operation. The ledger is plain state. It does no I/O, never waits, and is told the time.
The pool calls it while holding its lock, lets the lock go, and then does what the `Outcome` says.

Rules of this file:
1. There are never more than `max_connections` places, whether connecting, active, idle or given
   up and not closed yet, and never more than `max_per_host` of one host. So a place that was
   struck gives nobody anything until `gone` says that its connection is closed; only who is made
   to close it first, for a place of its own, gets it at once.
2. First come first served among those that can be served. A waiter whose host is at its limit
   holds nobody back.
3. Nothing that could serve a waiter is left lying about: after every operation, whoever still
   waits cannot be served. Hence a newcomer that can be served at once overtakes nobody.
4. An idle connection is reused for its own key, the most recently used first. A connection of
   another key may take its place: then the least recently used goes, of the host if the host is
   what is full, of all otherwise.
5. A connection past `idle_expiry` or `max_age` is never handed out.
6. Every operation costs O(1) or O(log n), amortised; what is closed is paid for each. Nothing is
   kept of a key that has neither place nor waiter.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final, Generic

from .deadlines import Deadlines
from .places import (
    UNRANKED,
    C,
    CloseReason,
    Group,
    K,
    KeyStats,
    Origin,
    Outcome,
    Slot,
    State,
    Totals,
    Waiter,
    wake_nobody,
)
from .waiters import WaitQueue

# The hot paths take members of enumerations from here: asking the class for one costs a call.
_ACTIVE: Final = State.ACTIVE
_CLOSED: Final = State.CLOSED
_IDLE: Final = State.IDLE

__all__ = ["CloseReason", "KeyStats", "Ledger", "Outcome", "Slot", "State", "Totals", "Waiter"]


class Ledger(Generic[K, C]):
    """The books of a connection pool. Not thread-safe: the caller holds its lock.

    Times are seconds of one monotonic clock, and are never earlier than in the call before.

    Parameters:
        max_connections: most places at once, at least 1; `None` for any number.
        max_per_host: most places of one host at once, at least 1; `None` for any number.
        max_idle: most idle connections at once; `None` for any number.
        idle_expiry: seconds after which an idle connection is closed; `None` for never.
        max_age: seconds after its opening at which a connection is no longer reused; `None`
            for never.

    Raises:
        ValueError: a limit is out of its range.
    """

    __slots__ = (
        "_active",
        "_close",
        "_closed",
        "_closing",
        "_connecting",
        "_deadlines",
        "_groups",
        "_idle",
        "_max_connections",
        "_max_idle",
        "_max_per_host",
        "_nothing",
        "_origins",
        "_slots",
        "_totals",
        "_waiters",
        "_wake",
    )

    _max_connections: int | None
    _max_per_host: int | None
    _max_idle: int | None
    _closed: bool
    _slots: dict[Slot[K, C], None]
    _idle: OrderedDict[Slot[K, C], None]
    _connecting: int
    _active: int
    _closing: int
    _origins: dict[K, Origin[K, C]]
    _groups: dict[Hashable, Group[K, C]]
    _waiters: WaitQueue[K, C]
    _deadlines: Deadlines[K, C]
    _totals: Totals
    _close: list[tuple[Slot[K, C], CloseReason]]
    _wake: list[Waiter[K, C]]
    _nothing: Outcome[K, C]

    def __init__(
        self,
        *,
        max_connections: int | None,
        max_per_host: int | None,
        max_idle: int | None,
        idle_expiry: float | None,
        max_age: float | None,
    ) -> None:
        _check("max_connections", max_connections, 1)
        _check("max_per_host", max_per_host, 1)
        _check("max_idle", max_idle, 0)
        _check("idle_expiry", idle_expiry, 0)
        _check("max_age", max_age, 0)
        self._max_connections = max_connections
        self._max_per_host = max_per_host
        self._max_idle = max_idle
        self._closed = False
        self._slots = {}
        self._idle = OrderedDict()
        self._connecting = 0
        self._active = 0
        self._closing = 0
        self._origins = {}
        self._groups = {}
        self._waiters = WaitQueue()
        self._deadlines = Deadlines(idle_expiry, max_age)
        self._totals = Totals()
        self._close = []
        self._wake = []
        self._nothing = Outcome()

    def __repr__(self) -> str:
        return (
            f"<Ledger [{self._connecting} connecting, {self._active} active, "
            f"{len(self._idle)} idle, {self._waiters.waiting} waiting]>"
        )

    # What the pool asks for.

    def acquire(
        self,
        key: K,
        host: Hashable,
        now: float,
        wake: Callable[[], None] = wake_nobody,
    ) -> tuple[Waiter[K, C], Outcome[K, C]]:
        """Ask for a connection.

        Afterwards `waiter.slot` is a place that is ACTIVE (an idle connection: reuse it) or
        CONNECTING (open a connection, then call `connected`, or `discard` if that failed); or it
        is `None`, and the waiter has been queued: `wake` will be due, then look at `slot` and
        `closed` again. Whoever stops waiting calls `abandon`.

        Parameters:
            key: what a connection may be reused for.
            host: what `max_per_host` counts; always the same for one key.
            now: the time.
            wake: thread-safe; called by the pool when it is the waiter's turn.

        Raises:
            RuntimeError: the ledger was closed.
        """
        if self._closed:
            raise RuntimeError("This connection pool is closed: make a new one to send requests.")
        if self._deadlines.soonest <= now:
            self._sweep(now)
        origin = self._origins.get(key)
        if origin is None:
            origin = self._open_books(key, host)
        waiter = Waiter(origin, host, now, wake)
        if origin.idle:
            slot = waiter.slot = self._reuse(origin)
            slot.holder = waiter
        elif self._has_capacity and origin.group.has_room:
            self._grant(waiter, now)
        else:
            self._waiters.add(waiter)
        return waiter, self._outcome() if self._close else self._nothing

    def reuse(self, key: K, now: float) -> Slot[K, C] | None:
        """Take an idle connection at once, as `acquire` would grant it: ACTIVE, held by nobody.

        `None` if there is none, or `acquire` has more to see to. The place is for `release`,
        `discard` or `give_up`, or for a waiter after all, see `adopt`.
        """
        origin = self._origins.get(key)
        if origin is None or not origin.idle or self._deadlines.soonest <= now:
            return None
        return self._reuse(origin)

    def adopt(self, slot: Slot[K, C], now: float) -> Waiter[K, C]:
        """A waiter that holds the ACTIVE place that `reuse` gave, if it is not closed by now."""
        waiter = Waiter(slot.origin, slot.host, now, wake_nobody)
        waiter.slot = slot
        if slot.state is not _CLOSED:
            slot.holder = waiter
        return waiter

    def give_up(self, slot: Slot[K, C], now: float) -> Outcome[K, C]:
        """Take back the place that `reuse` gave, its connection unused."""
        if slot.state is _ACTIVE:
            self._undo_grant(slot, now, fresh=False)
        return self._outcome()

    def connected(self, slot: Slot[K, C], connection: C, now: float) -> bool:
        """Enter the connection that was opened for a place: CONNECTING becomes ACTIVE.

        Returns `False` if the place was struck from the books meanwhile (the pool was closed):
        then the caller must close the connection.

        Raises:
            RuntimeError: the place has a connection already.
        """
        if slot.state is _CLOSED:
            return False
        if slot.state is not State.CONNECTING:
            raise RuntimeError(f"{slot!r} has a connection already: one place holds one.")
        slot.state = _ACTIVE
        slot.connection = connection
        slot.opened_at = now
        slot.after = None
        slot.uses = 1
        self._connecting -= 1
        self._active += 1
        slot.origin.connecting -= 1
        slot.origin.active += 1
        self._totals.opened += 1
        del self._slots[slot]  # entered again at the end: `slots` is in order of opening
        self._slots[slot] = None
        return True

    def release(
        self,
        slot: Slot[K, C],
        now: float,
    ) -> Outcome[K, C]:
        """Give back an ACTIVE connection after its exchange, which is proven clean.

        It goes to the oldest waiter it can serve, or is kept idle; or it is closed, if it is too
        old, or one too many. Does nothing if the place was closed meanwhile. What is not clean is
        for `discard`.

        Raises:
            RuntimeError: nobody holds the connection, or it is not open yet.
        """
        if slot.state is _CLOSED:
            return self._nothing
        if slot.state is not _ACTIVE:
            raise RuntimeError(f"{slot!r} was released, but only an ACTIVE one can be: once only.")
        if self._deadlines.soonest <= now:
            self._sweep(now)
        slot.idle_since = now
        self._put_back(slot, now)
        return self._outcome() if self._close or self._wake else self._nothing

    def discard(self, slot: Slot[K, C], now: float, reason: CloseReason) -> Outcome[K, C]:
        """Strike a place from the books, whatever it holds, and serve those who wait for one.

        Its connection, if it has one, is in the outcome to be closed; with the reason `UPGRADED`
        it is not, as it lives on in other hands. Does nothing if the place was closed already.
        """
        if slot.state is _CLOSED:
            return self._nothing
        self._strike(slot, reason)
        self._sweep(now)
        self._serve(now)
        return self._outcome()

    def replace(
        self, slot: Slot[K, C], now: float, reason: CloseReason, *, fresh: bool = False
    ) -> tuple[Slot[K, C], Outcome[K, C]]:
        """Exchange a connection that turned out dead for another, without queueing again.

        Strikes the ACTIVE place from the books and grants its holder another one of the same key:
        an idle connection if there is one, otherwise a new place, which is always possible, as
        one has just become free. Nobody is overtaken: the holder had its turn already.

        Parameters:
            fresh: take a new place even where an idle connection could be reused.

        Raises:
            RuntimeError: the place is not ACTIVE (closed with the pool, for instance).
        """
        if slot.state is not _ACTIVE:
            raise RuntimeError(f"{slot!r} cannot be replaced: only an ACTIVE one can be.")
        self._sweep(now)
        origin = slot.origin
        holder = slot.holder
        if holder is None:
            holder = Waiter(origin, slot.host, now, wake_nobody)
        if fresh or not origin.idle:
            origin.connecting += 1  # so that the books of the key are kept
            self._strike(slot, reason, handed_on=True)
            origin.connecting -= 1
            other = self._reserve(origin, slot.host, now)
            other.after = slot
        else:
            other = self._take(origin, slot.host, now)
            self._strike(slot, reason)
        self._hand_to(holder, other)
        return other, self._outcome()

    def gone(self, slot: Slot[K, C], now: float) -> Outcome[K, C]:
        """Hear that the connection of a struck place is closed: the place is free by now.

        To be called once for each place of `Outcome.close`.
        """
        slot.gone = True
        origin = slot.counts_for
        if origin is None:
            return self._nothing
        slot.counts_for = None
        origin.closing -= 1
        self._closing -= 1
        self._free(origin)
        self._sweep(now)
        self._serve(now)
        return self._outcome()

    def abandon(self, waiter: Waiter[K, C], now: float) -> Outcome[K, C]:
        """Stop waiting: the waiter was cancelled, or its deadline passed.

        If it was granted a place meanwhile, the grant is passed on: a connection to the next
        waiter or back to the idle ones, unused; a place without a connection is given up. Does
        nothing if the waiter has nothing any more.
        """
        self._sweep(now)
        slot = waiter.slot
        waiter.slot = None
        if waiter.queued:
            self._waiters.remove(waiter)
            self._close_books(waiter.origin)
        elif slot is not None and slot.holder is waiter:
            if slot.state is State.CONNECTING:
                self._strike(slot, CloseReason.ABANDONED)
                self._serve(now)
            elif slot.state is _ACTIVE:
                self._undo_grant(slot, now, fresh=waiter.fresh)
        return self._outcome()

    def expire(self, now: float) -> Outcome[K, C]:
        """Close the idle connections that are past `idle_expiry` or `max_age`. O(closed)."""
        self._sweep(now)
        return self._outcome()

    def take_all(self) -> Outcome[K, C]:
        """Close the books: every place is struck, every waiter told, and `acquire` raises.

        Places that are connecting are struck as well: their `connected` returns `False`.
        """
        self._closed = True
        for group in list(self._groups.values()):
            self._wake.extend(group.waiters)
        self._wake.sort(key=_seniority)
        for waiter in self._wake:
            waiter.closed = True
            self._waiters.remove(waiter)
            self._close_books(waiter.origin)
        for slot in list(self._slots):
            self._strike(slot, CloseReason.POOL_CLOSED)
        return self._outcome()

    # What can be read off, in O(1) unless it returns a list.

    @property
    def connecting(self) -> int:
        """How many places are being connected."""
        return self._connecting

    @property
    def active(self) -> int:
        """How many connections are in use."""
        return self._active

    @property
    def idle(self) -> int:
        """How many connections are open and unused."""
        return len(self._idle)

    @property
    def waiting(self) -> int:
        """How many wait for a place."""
        return self._waiters.waiting

    @property
    def closed(self) -> bool:
        """Whether `take_all` was called."""
        return self._closed

    @property
    def totals(self) -> Totals:
        """Counters since the beginning; live, for reading only."""
        return self._totals

    def slots(self) -> list[Slot[K, C]]:
        """All places, connections in the order in which they were opened; a fresh list."""
        return list(self._slots)

    def key_stats(self, key: K) -> KeyStats[K] | None:
        """How a key stands; `None` if it has neither place nor waiter."""
        origin = self._origins.get(key)
        return None if origin is None else _stats_of(origin)

    def all_key_stats(self) -> list[KeyStats[K]]:
        """How each key stands that has a place or a waiter; a fresh list."""
        return [_stats_of(origin) for origin in self._origins.values()]

    def footprint(self) -> dict[str, int]:
        """How many entries each internal table holds, those not yet cleaned up included."""
        return {
            "slots": len(self._slots),
            "origins": len(self._origins),
            "groups": len(self._groups),
            "deadlines": len(self._deadlines),
            "heads": self._waiters.footprint,
        }

    # Deciding.

    @property
    def _has_capacity(self) -> bool:
        """Whether one more place can be had, as far as `max_connections` goes."""
        return not self._full or bool(self._idle)

    @property
    def _full(self) -> bool:
        """Whether `max_connections` are there, those that are being closed included."""
        limit = self._max_connections
        return limit is not None and len(self._slots) + self._closing >= limit

    def _serve(self, now: float) -> None:
        """Grant what can be granted, the oldest waiter first."""
        while self._has_capacity and (waiter := self._waiters.head()) is not None:
            self._waiters.remove(waiter)
            self._grant(waiter, now)
            self._wake.append(waiter)

    def _grant(self, waiter: Waiter[K, C], now: float) -> None:
        self._hand_to(waiter, self._take(waiter.origin, waiter.host, now))

    def _hand_to(self, waiter: Waiter[K, C], slot: Slot[K, C]) -> None:
        waiter.slot = slot
        waiter.fresh = slot.state is State.CONNECTING
        slot.holder = waiter

    def _take(self, origin: Origin[K, C], host: Hashable, now: float) -> Slot[K, C]:
        """The most recently used idle connection of the key, else a new place."""
        return self._reuse(origin) if origin.idle else self._reserve(origin, host, now)

    def _reuse(self, origin: Origin[K, C]) -> Slot[K, C]:
        """The most recently used idle connection of a key that has one."""
        slot, _ = origin.idle.popitem()
        del self._idle[slot]
        if origin.group.limit is not None:
            del origin.group.idle[slot]
        slot.state = _ACTIVE
        slot.uses += 1
        self._active += 1
        origin.active += 1
        self._totals.reused += 1
        return slot

    def _reserve(self, origin: Origin[K, C], host: Hashable, now: float) -> Slot[K, C]:
        """A new place, made free by eviction where it takes one."""
        group = origin.group
        slot = Slot(origin, host, now)
        origin.connecting += 1  # first: an eviction must not close the books of this key
        if group.full or self._full:
            slot.after = next(iter(group.idle if group.full else self._idle))
            self._strike(slot.after, CloseReason.EVICTED, handed_on=True)
        group.taken += 1
        self._connecting += 1
        self._slots[slot] = None
        return slot

    def _undo_grant(self, slot: Slot[K, C], now: float, *, fresh: bool) -> None:
        """Take back an ACTIVE connection that its holder did not use."""
        slot.uses -= 1
        if not fresh:
            self._totals.reused -= 1
        self._put_back(slot, now)

    def _put_back(self, slot: Slot[K, C], now: float) -> None:
        """Offer an ACTIVE connection to those who wait; keep it idle if nobody can use it."""
        deadlines = self._deadlines
        # What `overdue` asks, without a call: it is hardly ever so.
        if (
            now >= slot.opened_at + deadlines.max_age
            or now >= slot.idle_since + deadlines.idle_expiry
        ) and (overdue := deadlines.overdue(slot, now)) is not None:
            self._strike(slot, overdue)
            self._serve(now)
            return
        origin = slot.origin
        if self._waiters.waiting and origin.group.limit is None:
            oldest = self._waiters.head()
            if oldest is not None and oldest.origin is origin:
                self._pass_on(slot, oldest)
                return
        slot.state = _IDLE
        slot.holder = None
        self._active -= 1
        origin.active -= 1
        origin.idle[slot] = None
        self._idle[slot] = None
        group = origin.group
        if group.limit is not None:
            group.idle[slot] = None
        if self._waiters.waiting:
            if group.rank == UNRANKED:
                self._waiters.rank(group)
            self._serve(now)
        if slot.state is _IDLE:
            if slot.alarm is None:
                self._deadlines.watch(slot)
            if self._max_idle is not None and len(self._idle) > self._max_idle:
                self._strike(next(iter(self._idle)), CloseReason.IDLE_LIMIT)

    def _pass_on(self, slot: Slot[K, C], waiter: Waiter[K, C]) -> None:
        """Give an ACTIVE connection to a waiter for it: what idleness in between would come to."""
        self._waiters.remove(waiter)
        slot.uses += 1
        self._totals.reused += 1
        self._hand_to(waiter, slot)
        self._wake.append(waiter)

    # Keeping the books.

    def _strike(self, slot: Slot[K, C], reason: CloseReason, *, handed_on: bool = False) -> None:
        """Take a place off the books; serving those who wait for one is left to the caller.

        `handed_on`: another place takes its turn, whose holder closes the connection first.
        """
        origin = slot.origin
        if slot.state is _IDLE:
            self._leave_idle(slot)
        elif slot.state is _ACTIVE:
            self._active -= 1
            origin.active -= 1
        else:
            self._connecting -= 1
            origin.connecting -= 1
        slot.state = _CLOSED
        slot.holder = None
        del self._slots[slot]
        self._deadlines.forget(slot)
        totals = self._totals
        if slot.connection is None:
            totals.given_up += 1
            left_open = slot.after  # given up before its turn came, perhaps
        else:
            totals.closed[reason] = totals.closed.get(reason, 0) + 1
            left_open = None if handed_on else slot
            if reason is CloseReason.UPGRADED:
                left_open = None
            else:
                self._close.append((slot, reason))
        if left_open is None or left_open.gone:
            self._free(origin)
        else:
            left_open.counts_for = origin
            origin.closing += 1
            self._closing += 1

    def _free(self, origin: Origin[K, C]) -> None:
        """Count one place less; serving those who wait for one is left to the caller."""
        group = origin.group
        group.taken -= 1
        if group.waiters:
            self._waiters.rank(group)
        self._close_books(origin)

    def _leave_idle(self, slot: Slot[K, C]) -> None:
        origin = slot.origin
        del origin.idle[slot]
        del self._idle[slot]
        if origin.group.limit is not None:
            del origin.group.idle[slot]

    def _sweep(self, now: float) -> None:
        """Strike what must not be reused any more; who is served by that, `gone` says."""
        while (overdue := self._deadlines.next_overdue(now)) is not None:
            self._strike(*overdue)

    def _open_books(self, key: K, host: Hashable) -> Origin[K, C]:
        if self._max_per_host is None:
            host = None  # without a limit per host, all keys stand in one queue
        group = self._groups.get(host)
        if group is None:
            group = self._groups[host] = Group(host, self._max_per_host)
        group.members += 1
        origin = self._origins[key] = Origin(key, group)
        return origin

    def _close_books(self, origin: Origin[K, C]) -> None:
        """Forget a key if nothing is left of it, and its group if that was the last of its keys."""
        if origin.active or origin.connecting or origin.idle or origin.waiters or origin.closing:
            return
        del self._origins[origin.key]
        group = origin.group
        group.members -= 1
        if not group.members:
            del self._groups[group.host]

    def _outcome(self) -> Outcome[K, C]:
        """What has come up during this operation; the usual case, nothing, makes no object."""
        if not self._close and not self._wake:
            return self._nothing
        outcome = Outcome(self._close, self._wake)
        self._close = []
        self._wake = []
        return outcome


def _check(name: str, value: float | None, least: int) -> None:
    if value is not None and not value >= least:  # put so that NaN fails too
        raise ValueError(
            f"{name}={value!r} is out of range: give at least {least}, or None for no limit."
        )


def _seniority(waiter: Waiter[K, C]) -> int:
    return waiter.serial


def _stats_of(origin: Origin[K, C]) -> KeyStats[K]:
    waiters = origin.waiters
    return KeyStats(
        origin.key,
        connecting=origin.connecting,
        active=origin.active,
        idle=len(origin.idle),
        waiting=len(waiters),
        oldest_since=next(iter(waiters)).since if waiters else None,
    )
