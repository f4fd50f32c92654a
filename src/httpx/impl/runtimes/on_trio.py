"""The trio runtime. Imported only when trio is what is running."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import AbstractAsyncContextManager
from contextvars import copy_context
from functools import partial
from math import inf
from typing import TYPE_CHECKING, TypeVar

import trio
from trio.lowlevel import current_trio_token

from .polling import settled
from .scopes import LoopScope, Notes, cleanup_seconds, note_expiry
from .trio_stream import TrioStream
from .trio_waits import first_of
from .workers import in_worker

if TYPE_CHECKING:
    from types import TracebackType


T = TypeVar("T")


class TrioScope(LoopScope):
    """A `timeout()` block in a trio task."""

    __slots__ = ("_scope",)

    _scope: trio.CancelScope

    @property
    def expired(self) -> bool:
        """Whether the deadline passed while something was being waited for."""
        if self._expired or not self.live:
            return self._expired
        # `cancel_called` would do more than tell: it cancels, if the deadline has passed and
        # nothing has been waited for since.
        try:
            return self.remaining <= 0 and trio.current_effective_deadline() == -inf
        except RuntimeError:
            return False  # asked in a thread that was started here, and has this context

    async def enter(self) -> None:
        """Begin the block in the running task."""
        self.begin(trio.current_time)
        self._scope = trio.CancelScope(deadline=self.deadline)
        self._scope.__enter__()

    def _moved(self) -> None:
        self._scope.deadline = self.deadline

    async def leave(self, error: BaseException | None, traceback: TracebackType | None) -> bool:
        """End the block that `error` is leaving; raises `Timeout` if its deadline is why."""
        kind = None if error is None else type(error)
        try:
            swallowed = bool(self._scope.__exit__(kind, error, traceback))
        finally:
            self._expired = self._scope.cancel_called
            self.end()
        if self._scope.cancelled_caught:
            raise self.error() from error
        return swallowed


class TrioLimit:
    """A limit that the library sets itself: a scope that is a block of core code."""

    __slots__ = ("_scope",)

    def __init__(self, scope: TrioScope) -> None:
        self._scope = scope

    async def __aenter__(self) -> None:
        await self._scope.enter()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        return await self._scope.leave(error, traceback)


class TrioEvent:
    """An event for one waiting task.

    `trio.Event`, which is for any number of them, is not under it: where many tasks share a pool,
    there is one of these for each request. Waiting for it costs a third less.

    Ctrl-C is kept out between what is noted of the waiting task and what is done with it: a task
    that is woken and does not wait is the end of the whole run.
    """

    __slots__ = ("_flag", "_task", "_token")

    def __init__(self) -> None:
        self._token = current_trio_token()
        self._flag = False
        self._task: trio.lowlevel.Task | None = None

    def set(self) -> None:
        """Set the flag and wake the waiter; from any thread."""
        self._flag = True
        if self._task is None:
            return  # nobody waits yet: who comes later looks at the flag
        try:
            if current_trio_token() is self._token:
                self._wake()
                return
        except RuntimeError:
            pass  # no trio runs in this thread
        try:
            self._token.run_sync_soon(self._wake)
        except trio.RunFinishedError:
            return  # nobody waits there any more

    @trio.lowlevel.enable_ki_protection
    def _wake(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            trio.lowlevel.reschedule(task)

    def is_set(self) -> bool:
        """Tell whether the flag is set."""
        return self._flag

    async def wait(self, what: object, seconds: float | None = None) -> bool:
        """Wait until the flag is set, for at most `seconds`; tell whether it is set."""
        if self._flag:
            return True
        try:
            if seconds is None:
                await self._wait()
            else:
                with trio.move_on_after(seconds):
                    await self._wait()
        except trio.Cancelled:
            note_expiry(str(what))
            raise
        return self._flag

    @trio.lowlevel.enable_ki_protection
    async def _wait(self) -> None:
        self._task = trio.lowlevel.current_task()
        # Once more, in this order: another thread sets the flag first and looks for a task then.
        if self._flag:
            self._task = None
            return
        await trio.lowlevel.wait_task_rescheduled(self._leave)

    @trio.lowlevel.enable_ki_protection
    def _leave(self, raise_cancel: trio.lowlevel.RaiseCancelT, /) -> trio.lowlevel.Abort:
        """The wait is cancelled."""
        self._task = None
        return trio.lowlevel.Abort.SUCCEEDED


@trio.lowlevel.disable_ki_protection
async def interruptible(work: Callable[[], Awaitable[None]]) -> None:
    """Do `work` so that Ctrl-C reaches it, as it does not in a system task by itself."""
    await work()


class TrioSpawned:
    """Work in a trio system task: it needs no nursery, and its outcome is kept, not raised.

    An error that left a system task would crash trio, so none does.
    """

    __slots__ = ("_ended", "_scope", "_token", "error")

    def __init__(self, work: Callable[[], Awaitable[None]], on_end: Callable[[], None]) -> None:
        self.error: BaseException | None = None
        self._ended = trio.Event()
        self._scope = trio.CancelScope()
        self._token = trio.lowlevel.current_trio_token()
        trio.lowlevel.spawn_system_task(self._run, work, on_end, context=copy_context())

    async def _run(self, work: Callable[[], Awaitable[None]], on_end: Callable[[], None]) -> None:
        try:
            with self._scope:
                await interruptible(work)
        except trio.Cancelled:
            return  # the loop is ending
        except BaseException as error:  # whatever it is, it is for the one who waits
            self.error = error
        finally:
            self._ended.set()
            on_end()

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self._ended.is_set()

    def cancel(self) -> None:
        """Cancel the task; from any thread."""
        try:
            if trio.lowlevel.current_trio_token() is self._token:
                self._scope.cancel()
                return
        except RuntimeError:
            pass  # no trio runs in this thread
        try:
            self._token.run_sync_soon(self._scope.cancel)
        except trio.RunFinishedError:
            return  # nothing runs there any more

    async def wait(self, what: str) -> None:
        """Wait until the task has ended."""
        try:
            await self._ended.wait()
        except trio.Cancelled:
            note_expiry(what)
            raise


class TrioRuntime(Notes):
    """trio: waits are checkpoints of the running task."""

    name = "trio"

    def token(self) -> Hashable:
        """The running trio loop."""
        return current_trio_token()

    def event(self) -> TrioEvent:
        """A new event for the running loop."""
        return TrioEvent()

    def scope(self, seconds: float | None) -> TrioScope:
        """A `timeout()` block for a task of this runtime."""
        return TrioScope(seconds)

    def limit(self, seconds: float | None, what: str) -> AbstractAsyncContextManager[None]:
        """A block that raises `Timeout` at its exit if it takes longer than `seconds`."""
        return TrioLimit(TrioScope(seconds, what))

    def remaining(self) -> float:
        """Seconds until the soonest deadline of all cancel scopes around; see `Runtime`."""
        return max(trio.current_effective_deadline() - trio.current_time(), 0.0)

    async def shielded(self, work: Callable[[], Awaitable[None]], seconds: float) -> None:
        """Do clean-up that only its own deadline can cancel; see `Runtime`."""
        seconds = cleanup_seconds(seconds, trio.current_time)
        with trio.CancelScope(shield=True, deadline=trio.current_time() + seconds):
            try:
                await work()
            except Exception:
                return  # the caller is on its way out with an error of its own

    async def run_in_thread(self, work: Callable[[], T], what: str) -> T:
        """Do `work` in a thread of the library's own; see `Runtime`."""
        return await in_worker(self, work, what)

    def spawn(self, work: Callable[[], Awaitable[None]], on_end: Callable[[], None]) -> TrioSpawned:
        """Begin `work` in a task of its own; see `LoopRuntime`."""
        return TrioSpawned(work, on_end)

    async def wait_connected(
        self, pending: Sequence[socket.socket], what: str, seconds: float | None
    ) -> Sequence[socket.socket]:
        """Wait until one of these connecting sockets has succeeded or failed."""
        ready = settled(pending, 0)
        if ready:
            return ready

        with trio.move_on_after(inf if seconds is None else seconds):
            waits = [partial(trio.lowlevel.wait_writable, sock) for sock in pending]
            await first_of(waits, what)
        return settled(pending, 0)

    async def stream(self, sock: socket.socket, inactivity: float | None) -> TrioStream:
        """A stream over a connected socket."""
        return TrioStream(sock, inactivity)


RUNTIME = TrioRuntime()
"""The trio runtime; it holds no state."""
