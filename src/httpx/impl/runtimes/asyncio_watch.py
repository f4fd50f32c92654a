"""The limit on inactivity of asyncio streams."""

from __future__ import annotations

from contextvars import Context
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Protocol
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    import asyncio

SOONEST = 0.001
"""Seconds: a timer that went off a little early is not set anew for less."""


class Watched(Protocol):
    """A stream whose waits are limited."""

    def break_off(self, moment: float) -> float:
        """Break off the waits that have lasted since `moment` or longer.

        Gives the moment since when the oldest of the others has lasted; infinity without any.
        """
        ...


class Watch:
    """Tells the streams of a loop which of their waits take too long.

    A timer for each wait would cost more than the wait, and one for each stream 400 bytes. So
    streams note when a wait begins, and one timer looks at all of them: when the oldest wait that
    it saw last would be overdue. While nothing waits there is none.

    Parameters:
        loop: the event loop.
        limit: seconds that a wait may take; infinity for any time.
    """

    __slots__ = ("__weakref__", "_loop", "asleep", "limit", "streams")

    asleep: bool
    """Whether it has to be woken when a wait begins."""

    def __init__(self, loop: asyncio.AbstractEventLoop, limit: float) -> None:
        self._loop = loop
        self.limit: float = limit
        self.streams: set[Watched] = set()
        self.asleep = limit < inf

    def wake(self) -> None:
        """A wait has begun, and there is no timer."""
        self.asleep = False
        self._look_after(self.limit)

    def _look_after(self, seconds: float) -> None:
        # With a context of its own: the caller's would be kept alive by the timer.
        self._loop.call_later(max(seconds, SOONEST), self._look, context=Context())

    def _look(self) -> None:
        now = monotonic()
        oldest = min((each.break_off(now - self.limit) for each in self.streams), default=inf)
        if oldest < inf:
            self._look_after(oldest + self.limit - now)
        else:
            self.asleep = True


_watches: WeakValueDictionary[tuple[int, float], Watch] = WeakValueDictionary()
"""By loop and limit. A watch holds its loop, so no other loop has the same `id` meanwhile."""


def watch_for(loop: asyncio.AbstractEventLoop, limit: float | None) -> Watch:
    """The watch that the streams of a loop share; a limit of `None` is none."""
    key = (id(loop), inf if limit is None else limit)
    watch = _watches.get(key)
    if watch is None:
        watch = _watches[key] = Watch(loop, key[1])
    return watch
