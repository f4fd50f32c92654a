"""The limit on inactivity under trio, without a cancel scope around each read.

A scope with a deadline costs about a sixth of a small exchange, and the limit is hardly ever
reached. So a stream notes when its wait began, and one system task for each trio run looks, when
the first limit could have passed, whether the wait of then is still the wait of now.

Rules:
1. A stream is in the list of its run at most once. It is looked at when its limit would pass, then
   leaves the list if it is not waiting; the next wait puts it there again.
2. The list does not keep a stream alive, and the task ends when the list is empty. What is left of
   streams that are no more is dropped when it may be half of the list: a peer that closes each
   connection would otherwise fill it for as long as the limit is.
3. Nothing here raises: what leaves a system task ends the whole run.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from itertools import count
from typing import Protocol
from weakref import ref

import trio

_numbers = count()

SLACK = 64
"""Entries below which nothing is looked through."""


class Watched(Protocol):
    """A stream that may be waiting."""

    def look(self, now: float) -> float | None:
        """End a wait that is overdue; give the time to look again, `None` if nothing waits."""
        ...


class Watchman:
    """Looks after the waits of one trio run."""

    __slots__ = ("_crowded", "_due", "_scope")

    def __init__(self) -> None:
        # The numbers keep streams from being compared.
        self._due: list[tuple[float, int, ref[Watched]]] = []
        self._crowded: int = SLACK  # so many entries that some should be of streams that are gone
        self._scope: trio.CancelScope | None = None  # that of the sleeping task

    def watch(self, stream: Watched, due: float) -> None:
        """Look at `stream` at the time `due`."""
        if len(self._due) >= self._crowded:
            self._clear_out()
        heappush(self._due, (due, next(_numbers), ref(stream)))
        if self._scope is None:
            self._scope = trio.CancelScope(deadline=due)
            trio.lowlevel.spawn_system_task(self._run, name="httpx inactivity")
        elif due < self._scope.deadline:
            self._scope.deadline = due

    def _clear_out(self) -> None:
        alive = [entry for entry in self._due if entry[2]() is not None]
        heapify(alive)
        self._due = alive
        self._crowded = 2 * len(alive) + SLACK

    async def _run(self) -> None:
        try:
            while self._due:
                self._scope = trio.CancelScope(deadline=self._due[0][0])
                with self._scope:
                    await trio.sleep_forever()
                self._look(trio.current_time())
        finally:
            self._scope = None

    def _look(self, now: float) -> None:
        due = self._due
        again: list[tuple[float, int, ref[Watched]]] = []
        while due and due[0][0] <= now:
            _, number, weak = heappop(due)
            stream = weak()
            at = None if stream is None else stream.look(now)
            if at is not None:
                again.append((at, number, weak))
        for entry in again:
            heappush(due, entry)


_watchman: trio.lowlevel.RunVar[Watchman] = trio.lowlevel.RunVar("httpx_watchman")


def watchman() -> Watchman:
    """The one of the running trio run."""
    try:
        return _watchman.get()
    except LookupError:
        one = Watchman()
        _watchman.set(one)
        return one
