"""The queue of those who wait for a place in the pool.

Rules of this file:
1. Seniority is the order of arrival, and nothing else. It is given once and kept.
2. Whether a waiter can be served depends on its group only, never on its key: an idle connection
   of its own key is reused, one of another key in the same group is evicted for it. So each group
   is a plain queue, and the oldest waiter that can be served is the oldest among the heads of the
   groups that have room.
3. No operation scans. The heap of heads may hold entries that no longer count; they are dropped
   when met, and all at once when they outnumber the others.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Final, Generic

from .places import UNRANKED, C, Group, K, Waiter

__all__ = ["WaitQueue"]

SLACK: Final = 64
"""Entries that do not count are tolerated up to this many more than those that do: below it a
clean-up costs more than it saves."""


class WaitQueue(Generic[K, C]):
    """Who waits, and who is next: first come first served among the groups that have room."""

    __slots__ = ("_heads", "_only", "_ranked", "_serial", "waiting")

    _heads: list[tuple[int, Group[K, C]]]
    _only: Group[K, C] | None
    """Where there is no limit per host: the group in which all stand. Nothing is ranked then."""
    _ranked: int
    _serial: int
    waiting: int
    """How many wait."""

    def __init__(self) -> None:
        self._heads = []
        self._only = None
        self._ranked = 0
        self._serial = 0
        self.waiting = 0

    @property
    def footprint(self) -> int:
        """How many entries the heap of heads holds, those that do not count included."""
        return len(self._heads)

    def add(self, waiter: Waiter[K, C]) -> None:
        """Put a newcomer at the end. O(log groups)."""
        self._serial += 1
        waiter.serial = self._serial
        waiter.queued = True
        origin = waiter.origin
        group = origin.group
        origin.waiters[waiter] = None
        group.waiters[waiter] = None
        self.waiting += 1
        if group.limit is None:
            self._only = group
        elif group.rank == UNRANKED:  # else its head is ranked, and stays it
            self.rank(group)

    def remove(self, waiter: Waiter[K, C]) -> None:
        """Take out a waiter, wherever it stands. O(log groups)."""
        waiter.queued = False
        origin = waiter.origin
        group = origin.group
        del origin.waiters[waiter]
        del group.waiters[waiter]
        self.waiting -= 1
        if group.limit is not None:
            self.rank(group)
        if not self.waiting:
            self._heads.clear()
            self._only = None

    def rank(self, group: Group[K, C]) -> None:
        """See to it that the group's oldest waiter is found by `head`, if it can be served.

        To be called after whatever may have given the group room, and after its oldest waiter
        changed. A group that lost its room needs no call: `head` notices. O(log groups).
        """
        if group.limit is None:
            return  # it is the only one
        if not group.waiters:
            self._unrank(group)
        elif group.has_room:
            oldest = next(iter(group.waiters)).serial
            if group.rank != oldest:
                self._unrank(group)
                group.rank = oldest
                self._ranked += 1
                heappush(self._heads, (oldest, group))
                if len(self._heads) > 2 * self._ranked + SLACK:
                    self._compact()

    def head(self) -> Waiter[K, C] | None:
        """The oldest waiter whose group has room, `None` if there is none. It stays in the queue.

        O(log groups), amortised.
        """
        if self._only is not None:
            return next(iter(self._only.waiters), None)
        heads = self._heads
        while heads:
            serial, group = heads[0]
            if group.rank == serial:
                if group.has_room:
                    return next(iter(group.waiters))
                self._unrank(group)
            heappop(heads)
        return None

    def _unrank(self, group: Group[K, C]) -> None:
        if group.rank != UNRANKED:
            group.rank = UNRANKED
            self._ranked -= 1

    def _compact(self) -> None:
        self._heads = [entry for entry in self._heads if entry[1].rank == entry[0]]
        heapify(self._heads)
