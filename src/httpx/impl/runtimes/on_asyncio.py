"""The asyncio runtime. Imported only when asyncio is what is running.

Rules:
1. A `timeout()` block ends its body by cancelling the task, and takes that cancellation back at
   its exit. A cancellation by anybody else is left alone, and wins.
2. An event may be set from any thread and any loop; it is waited for in the loop that made it.
"""

from __future__ import annotations

import asyncio
import socket
from asyncio import _get_running_loop as running_loop  # pyright: ignore[reportPrivateUsage]
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from contextvars import Context
from math import inf
from typing import TYPE_CHECKING, TypeVar

from .asyncio_stream import AsyncioStream
from .polling import settled
from .scopes import LoopScope, Notes, cleanup_seconds, note_expiry, seconds_left
from .workers import in_worker

if TYPE_CHECKING:
    from types import TracebackType


T = TypeVar("T")

LOOK_SECONDS = 0.01
"""How often connecting sockets are looked at where the loop cannot watch them."""


class AsyncioScope(LoopScope):
    """A `timeout()` block in an asyncio task."""

    __slots__ = ("_before", "_loop", "_task", "_timer")

    _loop: asyncio.AbstractEventLoop
    _task: asyncio.Task[object]
    _before: int
    _timer: asyncio.TimerHandle | None

    async def enter(self) -> None:
        """Begin the block in the running task."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("timeout() must be used inside a task: use asyncio.run()")
        if task.cancelling():
            # A cancellation may be on its way to this task. Two that arrive together are one, and
            # this block would take it for its own: so the earlier one strikes here.
            await asyncio.sleep(0)
        self._loop = task.get_loop()
        self._task = task
        self._before = task.cancelling()
        self._timer = None
        self.begin(self._loop.time)
        if self.seconds > 0:
            self._set_timer()
        else:
            self._expire()

    def _moved(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.deadline <= self._loop.time():
            self._expire()
        else:
            self._set_timer()

    def _set_timer(self) -> None:
        if self.deadline < inf:
            # With a context of its own: asyncio keeps a cancelled timer for a while, and with it
            # the caller's context, and what is in that.
            self._timer = self._loop.call_at(self.deadline, self._expire, context=Context())

    def _expire(self) -> None:
        self._timer = None
        self._expired = True
        self._task.cancel()

    async def leave(self, error: BaseException | None, traceback: TracebackType | None) -> bool:
        """End the block that `error` is leaving; raises `Timeout` if its deadline is why."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.end()
        if not self._expired:
            return False
        self._task.uncancel()
        if isinstance(error, GeneratorExit):
            return False  # the coroutine is being closed and cannot wait any more
        # The body may have ended by itself while the cancellation was on its way to it. Before
        # Python 3.13 `uncancel` does not stop it: it would strike at the next wait, outside of
        # this block, so that wait is made here.
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            if self._cancelled_by_others():
                raise
        if isinstance(error, asyncio.CancelledError) and not self._cancelled_by_others():
            raise self.error() from error
        return False

    def _cancelled_by_others(self) -> bool:
        return self._task.cancelling() > self._before


class AsyncioLimit:
    """A limit that the library sets itself: a scope that is a block of core code."""

    __slots__ = ("_scope",)

    def __init__(self, scope: AsyncioScope) -> None:
        self._scope = scope

    async def __aenter__(self) -> None:
        await self._scope.enter()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._scope.leave(error, traceback)


class AsyncioEvent:
    """An event for one waiting task."""

    __slots__ = ("_flag", "_future", "_loop")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._future: asyncio.Future[None] | None = None
        self._flag = False

    def set(self) -> None:
        """Set the flag and wake the waiter; from any thread."""
        self._flag = True
        if running_loop() is self._loop:
            if self._future is not None and not self._future.done():
                self._future.set_result(None)
            return
        try:
            self._loop.call_soon_threadsafe(self._wake)
        except RuntimeError:
            return  # the loop is closed: nobody waits there any more

    def _wake(self) -> None:
        if self._future is not None and not self._future.done():
            self._future.set_result(None)

    def is_set(self) -> bool:
        """Tell whether the flag is set."""
        return self._flag

    async def wait(self, what: object, seconds: float | None = None) -> bool:
        """Wait until the flag is set, for at most `seconds`; tell whether it is set."""
        if self._flag:
            return True
        # Not `create_future`, which is a call more for the same thing.
        future = self._future = asyncio.Future(loop=self._loop)
        timer = None if seconds is None else self._loop.call_later(seconds, self._wake)
        try:
            await future
        except asyncio.CancelledError:
            note_expiry(str(what))
            raise
        finally:
            self._future = None
            if timer is not None:
                timer.cancel()
        return self._flag


class AsyncioSpawned:
    """Work in an asyncio task of its own."""

    __slots__ = ("_loop", "_task", "error")

    def __init__(self, work: Callable[[], Awaitable[None]], on_end: Callable[[], None]) -> None:
        self.error: BaseException | None = None
        self._loop = asyncio.get_running_loop()
        self._task = self._loop.create_task(self._run(work))
        # Not in `_run`: a task that is cancelled before its first step never gets there.
        self._task.add_done_callback(lambda _: on_end())

    async def _run(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except asyncio.CancelledError:
            return  # asked for by `cancel`, or by the end of the loop
        except BaseException as error:  # whatever it is, it is for the one who waits
            self.error = error

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self._task.done()

    def cancel(self) -> None:
        """Cancel the task; from any thread."""
        if running_loop() is self._loop:
            self._task.cancel()
            return
        try:
            self._loop.call_soon_threadsafe(self._task.cancel)
        except RuntimeError:
            return  # the loop is closed: nothing runs there any more

    async def wait(self, what: str) -> None:
        """Wait until the task has ended."""
        try:
            await asyncio.wait([self._task])
        except asyncio.CancelledError:
            note_expiry(what)
            raise


class AsyncioRuntime(Notes):
    """asyncio: waits are futures of the running loop."""

    name = "asyncio"

    def token(self) -> Hashable:
        """The running loop."""
        return asyncio.get_running_loop()

    def event(self) -> AsyncioEvent:
        """A new event for the running loop."""
        return AsyncioEvent()

    def scope(self, seconds: float | None) -> AsyncioScope:
        """A `timeout()` block for a task of this runtime."""
        return AsyncioScope(seconds)

    def limit(self, seconds: float | None, what: str) -> AbstractAsyncContextManager[None]:
        """A block that raises `Timeout` at its exit if it takes longer than `seconds`."""
        return AsyncioLimit(AsyncioScope(seconds, what))

    def remaining(self) -> float:
        """Seconds until the soonest deadline of the `timeout()` blocks around; see `Runtime`.

        Blocks around the task that started this one count too: in a task group they end both.
        What others cancel, and when, asyncio does not tell.
        """
        return seconds_left(asyncio.get_running_loop().time)

    async def shielded(self, work: Callable[[], Awaitable[None]], seconds: float) -> None:
        """Do clean-up in a task of its own, and wait for it whatever comes; see `Runtime`."""

        async def quietly() -> None:
            try:
                await work()
            except Exception:
                return  # the caller is on its way out with an error of its own

        loop = asyncio.get_running_loop()
        seconds = cleanup_seconds(seconds, loop.time)
        task = loop.create_task(quietly())
        timer = loop.call_later(seconds, task.cancel)
        give_up = loop.time() + seconds + 1.0  # on clean-up that does not heed its cancellation
        cancelled: asyncio.CancelledError | None = None
        while not task.done() and loop.time() < give_up:
            try:
                await asyncio.wait([task], timeout=give_up - loop.time())
            except asyncio.CancelledError as error:
                cancelled = error
        timer.cancel()
        if cancelled is not None:
            raise cancelled

    async def run_in_thread(self, work: Callable[[], T], what: str) -> T:
        """Do `work` in a thread of the library's own; see `Runtime`."""
        return await in_worker(self, work, what)

    def spawn(
        self, work: Callable[[], Awaitable[None]], on_end: Callable[[], None]
    ) -> AsyncioSpawned:
        """Begin `work` in a task of its own; see `LoopRuntime`."""
        return AsyncioSpawned(work, on_end)

    async def wait_connected(
        self, pending: Sequence[socket.socket], what: str, seconds: float | None
    ) -> Sequence[socket.socket]:
        """Wait until one of these connecting sockets has succeeded or failed."""
        ready = settled(pending, 0)
        if ready:
            return ready
        event = AsyncioEvent()
        loop = asyncio.get_running_loop()
        try:
            for sock in pending:
                loop.add_writer(sock, event.set)
            await event.wait(what, seconds)
        except NotImplementedError:  # the proactor loop of Windows watches no sockets
            await event.wait(what, LOOK_SECONDS if seconds is None else min(seconds, LOOK_SECONDS))
            return settled(pending, 0)
        finally:
            for sock in pending:
                with suppress(NotImplementedError):
                    loop.remove_writer(sock)
        return settled(pending, 0)

    async def stream(self, sock: socket.socket, inactivity: float | None) -> AsyncioStream:
        """A stream over a connected socket."""
        if isinstance(asyncio.get_running_loop(), asyncio.SelectorEventLoop):
            return AsyncioStream.over(sock, inactivity)
        from .asyncio_transport import TransportStream  # late: few have such a loop

        return await TransportStream.through(sock, inactivity)


RUNTIME = AsyncioRuntime()
"""The asyncio runtime; it holds no state."""
