"""Deadlines in threads.

Rules:
1. `timeout()` blocks cover the thread that entered them. Code that was handed this thread's
   context but runs in another thread is not covered.
2. When a deadline passes, the wait raises `DeadlinePassed`. It is no `Exception`, so code in
   between that catches `Exception` and goes on does not outlive the deadline.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from threading import get_ident
from time import monotonic

from .scopes import Scope, innermost, note_expiry


class DeadlinePassed(BaseException):
    """Travels from a wait to the `timeout()` block whose deadline passed."""

    def __init__(self, scope: ThreadScope) -> None:
        # Only they read this whose block is not around the code that waited.
        super().__init__(
            "the deadline of a timeout() block passed, and the block was not there to say so: a "
            "block that is entered in a generator must not be open while the generator yields"
        )
        self.scope = scope


class ThreadScope(Scope):
    """A `timeout()` block in a thread."""

    __slots__ = ("thread",)

    def __init__(self, seconds: float | None, whose: str | None = None) -> None:
        super().__init__(seconds, whose)
        self.thread: int = 0

    def enter(self) -> None:
        """Begin the block in this thread."""
        self.begin(monotonic)
        self.thread = get_ident()

    def leave(self, error: BaseException | None) -> None:
        """End the block that `error` is leaving; raises `Timeout` if its deadline is why."""
        self.end()
        if isinstance(error, DeadlinePassed) and error.scope is self:
            raise self.error() from error

    def expire(self, what: str) -> DeadlinePassed:
        """Mark what has expired while doing `what`, and return what is to travel.

        That goes to the outermost block of this thread whose deadline has passed too: an inner
        one that takes the blame again and again would keep the others from ever ending.
        """
        self._expired = True
        outermost = self
        now = monotonic()
        scope = self.parent
        while scope is not None:
            if isinstance(scope, ThreadScope) and scope.counts_here and scope.deadline <= now:
                scope._expired = True
                outermost = scope
            scope = scope.parent
        note_expiry(what)
        return DeadlinePassed(outermost)

    @property
    def counts_here(self) -> bool:
        """Whether the block is being executed, and by this thread."""
        return self.live and self.thread == get_ident()


def soonest() -> ThreadScope | None:
    """The scope around this thread's code whose deadline passes first, `None` without any."""
    scope = innermost.get()
    if scope is None:
        return None
    found: ThreadScope | None = None
    thread = get_ident()
    while scope is not None:
        if (
            isinstance(scope, ThreadScope)
            and scope.live
            and scope.thread == thread
            and scope.deadline < (inf if found is None else found.deadline)
        ):
            found = scope
        scope = scope.parent
    return found


def check_deadline(what: str) -> None:
    """Raise if a deadline has passed: for the border to code that knows of none."""
    scope = soonest()
    if scope is not None and scope.deadline <= monotonic():
        raise scope.expire(what)


def bounded_wait(wait: Callable[[float], bool], what: object, seconds: float | None) -> bool:
    """Call `wait` with the seconds it may take, until it returns true or time is up.

    Returns `False` when `seconds` passed; a deadline raises.
    """
    scope = soonest()
    end = inf if seconds is None else monotonic() + seconds
    while True:
        now = monotonic()
        if scope is not None and scope.deadline <= now:
            raise scope.expire(str(what))
        if end <= now:
            return False
        until = end if scope is None else min(end, scope.deadline)
        if wait(until - now):
            return True
