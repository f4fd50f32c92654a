"""What the `timeout()` blocks of all runtimes share: arguments, state, and the words of the error.

Rules:
1. A scope is entered once and left once. Once expired it stays so. `cancel` and `reschedule` have
   no effect on a scope that has expired or was left.
2. Where several deadlines have passed, the outermost of them counts.
3. The scope whose deadline passed is the one that raises `Timeout`, at its own exit, and only if
   the expiry is what is travelling. Work that completed does not raise for ending late.
4. Scopes are linked from the innermost outwards through a context variable. Threads find their
   deadline through it; the event loops use it only to tell an expired scope what was waited for.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from math import inf, isnan
from typing import TYPE_CHECKING, Generic, TypeVar

from ..values.errors import Timeout

if TYPE_CHECKING:
    from types import TracebackType

    from ..values.messages import RequestHead


class ExpiryNotes:
    """What was under way when a deadline passed."""

    __slots__ = ("connection", "during", "request", "what")

    def __init__(self) -> None:
        self.what: str | None = None
        self.during: str | None = None
        self.request: RequestHead | None = None
        self.connection: str | None = None


class Scope:
    """One `timeout()` block, whatever runs it."""

    __slots__ = (
        "_clock",
        "_expired",
        "_left",
        "_notes",
        "_started",
        "_state",
        "_whose",
        "deadline",
        "parent",
        "seconds",
    )

    def __init__(self, seconds: float | None, whose: str | None = None) -> None:
        self.seconds: float = _checked(seconds)
        self.deadline: float = inf  # on the runtime's clock, once entered
        self.parent: Scope | None = None
        self._whose = whose
        self._state = "new"
        self._expired = False
        self._started = 0.0
        self._left = inf  # seconds, when the block was left
        self._clock: Callable[[], float] | None = None
        self._notes: ExpiryNotes | None = None  # nearly always there are none

    @property
    def expired(self) -> bool:
        """Whether the deadline passed while something was being waited for."""
        return self._expired

    @property
    def live(self) -> bool:
        """Whether the block is being executed."""
        return self._state == "entered"

    @property
    def remaining(self) -> float:
        """Seconds left until the deadline, never less than zero; infinity without one.

        Of a block that was left: as of that moment.
        """
        if self._clock is None:
            return max(self.seconds, 0.0)
        if self._state == "left":
            return self._left
        return max(self.deadline - self._clock(), 0.0)

    def runs_on(self, clock: Callable[[], float]) -> bool:
        """Whether `clock` is the one that the deadline is told by."""
        return self._clock == clock

    def reschedule(self, seconds: float | None) -> None:
        """Put the deadline `seconds` from now; `None` takes it away."""
        seconds = _checked(seconds)
        if self._state == "left" or self.expired:
            return
        self.seconds = seconds
        if self._clock is not None:
            # The error speaks of the limit that passed, so its time counts from where it was set.
            self._started = self._clock()
            self.deadline = self._started + seconds
            self._moved()

    def _moved(self) -> None:
        """Called after the deadline of an entered scope was moved."""

    def begin(self, clock: Callable[[], float]) -> None:
        """Start the time, and become the innermost scope."""
        self.check_new()
        self._state = "entered"
        self._clock = clock
        self._started = clock()
        self.deadline = self._started + self.seconds
        self.parent = _first_live(innermost.get())
        innermost.set(self)

    def check_new(self) -> None:
        """Raise `RuntimeError` if the block was entered before."""
        if self._state != "new":
            raise RuntimeError(
                "this timeout() was entered before; a timeout() is for one block: make a new one"
            )

    def end(self) -> None:
        """Stop being looked at, in whatever order the blocks are left."""
        self._left = self.remaining
        self._state = "left"
        top = innermost.get()
        if top is not None and not top.live:
            innermost.set(_first_live(top))

    def note(
        self,
        what: str | None = None,
        request: RequestHead | None = None,
        connection: str | None = None,
        during: str | None = None,
    ) -> None:
        """Remember what was under way when the deadline passed; the first to tell is right."""
        notes = self._notes
        if notes is None:
            notes = self._notes = ExpiryNotes()
        notes.what = notes.what or what
        notes.during = notes.during or during
        notes.request = notes.request or request
        notes.connection = notes.connection or connection

    def error(self) -> Timeout:
        """The `Timeout` that tells of this scope's expiry."""
        clock = self._clock
        waited = clock() - self._started if clock is not None else self.seconds
        whose = self._whose or f"timeout({self.seconds:g})"
        notes = self._notes or ExpiryNotes()
        what = notes.what or "waiting for something outside this library"
        if notes.during is not None:
            what = f"{what}, in {notes.during}"
        return Timeout(
            f"{whose} passed: timed out after {waited:.3g} s while {what}",
            request=notes.request,
            connection=notes.connection,
        )


class LoopScope(Scope):
    """A `timeout()` block of a runtime that has an event loop."""

    __slots__ = ()

    async def enter(self) -> None:
        """Begin the block in the running task."""
        raise NotImplementedError

    async def leave(self, error: BaseException | None, traceback: TracebackType | None) -> bool:
        """End the block that `error` is leaving; raises `Timeout` if its deadline is why.

        Tells whether `error` is to be swallowed.
        """
        raise NotImplementedError


S = TypeVar("S", bound=Scope)


class BlockWithDeadline(Generic[S]):
    """What `timeout` of both colours has: its members, but for entering and leaving."""

    __slots__ = ("_scope",)

    _scope: S

    @property
    def seconds(self) -> float:
        """The time allowed, as given or rescheduled last; infinity for any time."""
        return self._scope.seconds

    @property
    def expired(self) -> bool:
        """Whether the deadline passed while something was being waited for."""
        return self._scope.expired

    @property
    def remaining(self) -> float:
        """Seconds left until the deadline, never less than zero; infinity without one.

        Of a block that was left: as of that moment.
        """
        return self._scope.remaining

    def cancel(self) -> None:
        """Take the deadline away; the block goes on without one.

        Without effect once the deadline has passed or the block was left.
        """
        self._scope.reschedule(None)

    def reschedule(self, seconds: float | None) -> None:
        """Put the deadline `seconds` from now; `None` takes it away.

        Without effect once the deadline has passed or the block was left.

        Raises:
            TypeError, ValueError: `seconds` is not a number, or NaN.
        """
        self._scope.reschedule(seconds)

    def __repr__(self) -> str:
        if self.expired:
            return "<timeout [expired]>"
        left = self.remaining
        return f"<timeout [{'no deadline' if left == inf else f'{left:.3g} s left'}]>"


innermost: ContextVar[Scope | None] = ContextVar("httpx_timeout", default=None)
"""The innermost `timeout()` block of the running thread or task."""


GRACE = 0.1
"""Seconds that clean-up is always given. Under a deadline that has passed it would otherwise not
even begin, and what a stream that is not ours holds would stay open."""


def cleanup_seconds(most: float, clock: Callable[[], float]) -> float:
    """The time for clean-up here: `most`, or less where a deadline comes sooner."""
    return min(most, max(seconds_left(clock), GRACE))


def seconds_left(clock: Callable[[], float]) -> float:
    """Seconds until the soonest deadline around that is told by `clock`; infinity without one."""
    soonest = inf
    scope = innermost.get()
    while scope is not None:
        if scope.live and scope.runs_on(clock):
            soonest = min(soonest, scope.deadline)
        scope = scope.parent
    return inf if soonest == inf else max(soonest - clock(), 0.0)


def _first_live(scope: Scope | None) -> Scope | None:
    """`scope`, or the first one around it whose block is being executed."""
    while scope is not None and not scope.live:
        scope = scope.parent
    return scope


def note_expiry(
    what: str | None = None,
    request: RequestHead | None = None,
    connection: str | None = None,
    during: str | None = None,
) -> None:
    """Tell every scope around that has expired what was being done. Called on the way out."""
    scope = innermost.get()
    while scope is not None:
        if scope.live and scope.expired:
            scope.note(what, request, connection, during)
        scope = scope.parent


class Notes:
    """What a runtime has for code that knows of no scopes."""

    def note(
        self,
        request: RequestHead | None = None,
        connection: str | None = None,
        during: str | None = None,
    ) -> None:
        """Tell the deadlines that have passed what they cut short."""
        note_expiry(None, request, connection, during)


def _checked(seconds: float | None) -> float:
    if seconds is None:
        return inf
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(
            f"timeout() takes a number of seconds or None, not {type(seconds).__name__}"
        )
    if isnan(seconds):
        raise ValueError("timeout() takes a number of seconds or None; NaN is neither")
    return float(seconds)
