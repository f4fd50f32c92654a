"""When idle connections are to be closed: `idle_expiry` and `max_age`.

Rules of this file:
1. A place has at most one entry in the heap, and that entry is never later than its true
   deadline, as deadlines only move away. So giving a connection back and taking it out again
   costs nothing here: an entry that comes up too early is entered again.
2. Entries of closed places let go of them at once, and are cleared away when they outnumber the
   others.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from math import inf
from typing import Final, Generic

from .places import C, CloseReason, K, Slot, State

__all__ = ["Alarm", "Deadlines"]

SLACK: Final = 64
"""Entries without a place are tolerated up to this many more than those with one: below it a
clean-up costs more than it saves."""


class Alarm(Generic[K, C]):
    """One entry of the heap: the place to look at, `None` once that was closed."""

    __slots__ = ("slot",)

    slot: Slot[K, C] | None

    def __init__(self, slot: Slot[K, C]) -> None:
        self.slot = slot


class Deadlines(Generic[K, C]):
    """The idle places in the order in which they fall due.

    Parameters:
        idle_expiry: seconds that a connection may be idle; `None` for any time.
        max_age: seconds after its opening for which a connection may be reused; `None` for any.
    """

    __slots__ = ("_heap", "_live", "_serial", "idle_expiry", "max_age", "soonest")

    soonest: float
    """No place falls due before (seconds); what the heap says, without a call."""
    idle_expiry: float
    """Seconds that a connection may be idle; infinity for any time."""
    max_age: float
    """Seconds after its opening for which a connection may be reused; infinity for any."""
    _heap: list[tuple[float, int, Alarm[K, C]]]
    _live: int
    _serial: int

    def __init__(self, idle_expiry: float | None, max_age: float | None) -> None:
        self.idle_expiry = inf if idle_expiry is None else idle_expiry
        self.max_age = inf if max_age is None else max_age
        self._heap = []
        self._live = 0
        self._serial = 0
        self.soonest = inf

    def __len__(self) -> int:
        """How many entries the heap holds, those without a place included."""
        return len(self._heap)

    def overdue(self, slot: Slot[K, C], now: float) -> CloseReason | None:
        """Why a connection must not be reused any more; `None` if it may be."""
        if now >= slot.opened_at + self.max_age:
            return CloseReason.MAX_AGE
        if now >= slot.idle_since + self.idle_expiry:
            return CloseReason.EXPIRED
        return None

    def watch(self, slot: Slot[K, C]) -> None:
        """Enter a place that has become idle. O(1) if it was idle before, O(log n) if not."""
        if slot.alarm is not None:
            return
        deadline = min(slot.idle_since + self.idle_expiry, slot.opened_at + self.max_age)
        if deadline == inf:
            return
        slot.alarm = Alarm(slot)
        self._live += 1
        self._serial += 1
        heappush(self._heap, (deadline, self._serial, slot.alarm))
        self.soonest = self._heap[0][0]

    def forget(self, slot: Slot[K, C]) -> None:
        """Let go of a place that is being closed. O(1), amortised."""
        alarm = slot.alarm
        if alarm is None:
            return
        slot.alarm = None
        alarm.slot = None
        self._live -= 1
        if len(self._heap) > 2 * self._live + SLACK:
            self._heap = [entry for entry in self._heap if entry[2].slot is not None]
            heapify(self._heap)
            self.soonest = self._heap[0][0] if self._heap else inf

    def next_overdue(self, now: float) -> tuple[Slot[K, C], CloseReason] | None:
        """Take out one idle place that must not be reused any more, with the reason why.

        O(log n), amortised over the connections that were given back.
        """
        heap = self._heap
        while heap and heap[0][0] <= now:
            slot = heappop(heap)[2].slot
            self.soonest = heap[0][0] if heap else inf
            if slot is None:
                continue
            slot.alarm = None
            self._live -= 1
            if slot.state is State.IDLE:
                reason = self.overdue(slot, now)
                if reason is not None:
                    return slot, reason
                self.watch(slot)
            # An ACTIVE place is judged, and entered again, when it is given back.
        return None
