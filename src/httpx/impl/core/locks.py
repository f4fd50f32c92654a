"""An async lock, first come first served, for all runtimes alike.

Rules of this file:
1. The mutex is held for bookkeeping only: never across an `await`, and not while anything that was
   handed in is called.
2. The lock is handed over, not let go and raced for: whoever is woken holds it already.
3. A waiter that leaves while the lock was being handed to it hands it on.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from httpx.interfaces.awaitable import Event

__all__ = ["FifoLock"]


class _Turn:
    """One who waits. Compared by identity."""

    __slots__ = ("event", "granted")

    event: Event
    granted: bool

    def __init__(self, event: Event) -> None:
        self.event = event
        self.granted = False


class FifoLock:
    """Mutual exclusion across an `await`, in order of arrival.

    It may be shared by tasks of several event loops and by threads, as far as the events may: one
    is made by each waiter, in the waiter's own runtime. Not reentrant.

    Parameters:
        new_event: makes an event. Its `set` must be thread-safe; its `wait` must return only once
            it was set, and may raise anything (a cancellation, a deadline).
    """

    __slots__ = ("_locked", "_mutex", "_new_error", "_new_event", "_queue")

    _new_event: Callable[[], Event]
    _mutex: threading.Lock
    _locked: bool
    _queue: OrderedDict[_Turn, None]
    _new_error: Callable[[], BaseException] | None

    def __init__(self, new_event: Callable[[], Event]) -> None:
        self._new_event = new_event
        self._mutex = threading.Lock()
        self._locked = False
        self._queue = OrderedDict()
        self._new_error = None

    def __repr__(self) -> str:
        state = "locked" if self._locked else "unlocked"
        return f"<FifoLock {state}, {len(self._queue)} waiting>"

    @property
    def locked(self) -> bool:
        """Whether somebody holds it, or is being handed it."""
        return self._locked

    @property
    def waiting(self) -> int:
        """How many wait for it."""
        return len(self._queue)

    async def acquire(self, what: str) -> None:
        """Wait for the lock and take it. Whoever returns from here must call `release`.

        Does not suspend if the lock is free. If this raises, the lock is not held.

        Parameters:
            what: what is being waited for, for the message of a deadline.

        Raises:
            BaseException: whatever `wait` raised, or an error made as `fail_all` was told to.
        """
        turn: _Turn | None = None
        taken = False
        try:
            while True:
                with self._mutex:
                    refusal = self._new_error
                    if refusal is None:
                        if not self._locked:
                            self._locked = taken = True
                            return
                        if turn is not None:
                            self._queue[turn] = None
                            break
                if refusal is not None:
                    raise refusal()
                turn = _Turn(self._new_event())
            await turn.event.wait(what)
        except BaseException:
            if taken:  # `KeyboardInterrupt`, on the way out
                self.release()
            elif turn is not None:
                self._leave(turn)
            raise
        if not turn.granted:
            self._leave(turn)
            raise self._failure()

    def release(self) -> None:
        """Hand the lock to who has waited longest; let it go if nobody waits.

        Raises:
            RuntimeError: nobody holds it.
        """
        turn: _Turn | None = None
        interrupted: BaseException | None = None
        entered = False
        while not entered:
            try:
                with self._mutex:
                    entered = True
                    if not self._locked:
                        raise RuntimeError(NOT_HELD)
                    turn = self._pass_on()
            except Exception:
                raise
            except BaseException as error:  # `KeyboardInterrupt`: others wait for the lock
                interrupted = error
        try:
            if turn is not None:
                turn.event.set()
        except BaseException as error:
            interrupted = error
            if turn is not None:
                turn.event.set()  # does nothing the second time
        if interrupted is not None:
            raise interrupted

    def fail_all(self, new_error: Callable[[], BaseException]) -> None:
        """Refuse the lock for good: to all who wait, and to all who come later.

        Whoever holds it, or was just handed it, keeps it and must still release it.

        Parameters:
            new_error: makes the error that `acquire` raises, a new one for each waiter.
        """
        turns: list[_Turn] = []
        try:
            with self._mutex:
                self._new_error = new_error
                turns = list(self._queue)
                self._queue.clear()
        finally:
            for turn in turns:
                turn.event.set()

    def _pass_on(self) -> _Turn | None:
        """Give the lock to the next one, whose event the caller then sets. The mutex is held."""
        if not self._queue:
            self._locked = False
            return None
        turn, _ = self._queue.popitem(last=False)
        turn.granted = True
        return turn

    def _leave(self, turn: _Turn) -> None:
        """Take out one whose wait was broken off."""
        following: _Turn | None = None
        with self._mutex:
            if turn.granted:
                following = self._pass_on()
            else:
                self._queue.pop(turn, None)  # gone already if `fail_all` came first
        if following is not None:
            following.event.set()

    def _failure(self) -> BaseException:
        if self._new_error is not None:
            return self._new_error()
        return RuntimeError("The wait for a FifoLock ended, but the lock was not handed over.")


NOT_HELD = "FifoLock.release() was called, but nobody holds the lock."
