"""The threaded runtime: waits block, and every wait ends at the soonest deadline around it."""

from __future__ import annotations

from _thread import allocate_lock
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import AbstractAsyncContextManager
from math import inf
from typing import TYPE_CHECKING, TypeVar

from .deadlines import DeadlinePassed, ThreadScope, bounded_wait, check_deadline, soonest
from .polling import LONGEST, settled
from .scopes import GRACE, Notes, innermost
from .threads_stream import ThreadsStream

if TYPE_CHECKING:
    import socket
    from types import TracebackType


T = TypeVar("T")


class ThreadsEvent:
    """An event for one waiting thread. A bare lock: `threading.Event` is three objects."""

    __slots__ = ("_flag", "_lock")

    def __init__(self) -> None:
        self._flag = False
        self._lock = allocate_lock()
        self._lock.acquire()

    def set(self) -> None:
        """Set the flag and wake the waiter."""
        self._flag = True
        try:
            self._lock.release()
        except RuntimeError:
            return  # another `set` came first: the lock is open already

    def is_set(self) -> bool:
        """Tell whether the flag is set."""
        return self._flag

    async def wait(self, what: object, seconds: float | None = None) -> bool:
        """Block until the flag is set, for at most `seconds`; tell whether it is set."""
        if self._flag:
            return True
        return bounded_wait(self._acquire, what, seconds)

    def _acquire(self, seconds: float) -> bool:
        # A lock does not take infinity; -1 means for ever.
        return self._lock.acquire(timeout=min(seconds, LONGEST) if seconds < inf else -1)


class ThreadsLimit:
    """A limit that the library sets itself: a scope that is a block of core code."""

    __slots__ = ("_scope",)

    def __init__(self, scope: ThreadScope) -> None:
        self._scope = scope

    async def __aenter__(self) -> None:
        self._scope.enter()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._scope.leave(error)


class ThreadsRuntime(Notes):
    """Threads: every wait blocks the calling thread."""

    name = "threaded"

    def token(self) -> Hashable:
        """All threads share what they open, so there is one token."""
        return None

    def event(self) -> ThreadsEvent:
        """A new event."""
        return ThreadsEvent()

    def limit(self, seconds: float | None, what: str) -> AbstractAsyncContextManager[None]:
        """A block that raises `Timeout` at its exit if it takes longer than `seconds`."""
        return ThreadsLimit(ThreadScope(seconds, what))

    def remaining(self) -> float:
        """Seconds until the soonest deadline around this thread's code; see `Runtime`."""
        scope = soonest()
        return inf if scope is None else scope.remaining

    async def shielded(self, work: Callable[[], Awaitable[None]], seconds: float) -> None:
        """Do clean-up with a deadline of its own; see `Runtime`."""
        around = soonest()
        if around is not None:
            seconds = min(seconds, max(around.remaining, GRACE))
        outer = innermost.get()
        innermost.set(None)
        scope = ThreadScope(seconds, "clean-up")
        scope.enter()
        try:
            await work()
        except DeadlinePassed as passed:
            if passed.scope is not scope:
                raise
        except Exception:
            return  # the caller is on its way out with an error of its own
        finally:
            scope.end()
            innermost.set(outer)

    async def run_in_thread(self, work: Callable[[], T], what: str) -> T:
        """Do `work` in the calling thread: nothing can interrupt it. See `Runtime`."""
        check_deadline(what)
        return work()

    async def wait_connected(
        self, pending: Sequence[socket.socket], what: str, seconds: float | None
    ) -> Sequence[socket.socket]:
        """Wait until one of these connecting sockets has succeeded or failed."""
        ready: list[socket.socket] = []

        def wait(most: float) -> bool:
            ready.extend(settled(pending, min(most, LONGEST)))
            return bool(ready)

        bounded_wait(wait, what, seconds)
        return ready

    async def stream(self, sock: socket.socket, inactivity: float | None) -> ThreadsStream:
        """A stream over a connected socket."""
        return ThreadsStream(sock, inactivity)


RUNTIME = ThreadsRuntime()
"""The threaded runtime; it holds no state."""
