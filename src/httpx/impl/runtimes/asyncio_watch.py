"""The limit on inactivity of an asyncio stream, for one direction."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

LOOKS = 4
"""How often progress is looked for within the limit: it is found to have stopped that much late."""


class Watch:
    """Tells when a wait takes too long.

    A timer for each wait would cost more than the wait. This one looks, when it goes off, whether
    the wait of then is still the wait of now.

    Parameters:
        loop: the event loop.
        limit: seconds that a wait may take; `None` for any time.
        overdue: called once for a wait that took longer.
        progressed: tells whether something was achieved since it was asked last, which gives a
            wait that is made of many steps its time anew; `None` for a wait that is one step.
    """

    __slots__ = ("_interval", "_limit", "_loop", "_overdue", "_progressed", "_since", "_timer")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        limit: float | None,
        overdue: Callable[[], None],
        progressed: Callable[[], bool] | None = None,
    ) -> None:
        self._loop = loop
        self._limit = limit
        self._overdue = overdue
        self._progressed = progressed
        self._interval = 0.0 if limit is None else limit / (LOOKS if progressed else 1)
        self._since = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """A wait begins now."""
        if self._limit is None:
            return
        self._since = self._loop.time()
        if self._timer is None:
            self._timer = self._loop.call_at(self._since + self._interval, self._look)

    def end(self) -> None:
        """The wait is over."""
        self._since = 0.0

    def stop(self) -> None:
        """There will be no more waits."""
        self._since = 0.0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        if not self._since or self._limit is None:
            return
        now = self._loop.time()
        if self._progressed is not None and self._progressed():
            self._since = now
        due = self._since + self._limit
        if due <= now:
            self._since = 0.0
            self._overdue()
            return
        look = due if self._progressed is None else min(due, now + self._interval)
        self._timer = self._loop.call_at(look, self._look)
