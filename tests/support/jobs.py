"""Things done at the same time, in threads, in asyncio and in trio: the base of `api.gather`.

A job captures its outcome: what it raised is raised where its result is asked for, and nowhere
else, so no exception group ever comes of it.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from .dressing import drive

if TYPE_CHECKING:
    import asyncio

    import trio

T = TypeVar("T")
Work = Callable[[], Awaitable[T]]

GIVE_UP_SECONDS = 5.0


class Job(ABC, Generic[T]):
    """Something that runs beside the test body."""

    _work: Work[T]
    _result: T | None = None
    error: BaseException | None = None
    """What the work raised; `None` while it runs and when it succeeded."""

    def __init__(self, work: Work[T]) -> None:
        self._work = work

    @property
    @abstractmethod
    def done(self) -> bool:
        """Tell whether the work is over."""

    @abstractmethod
    def cancel(self) -> None:
        """Cancel the work, as its runtime does that. Threads cannot: `RuntimeError`."""

    @abstractmethod
    async def wait(self) -> None:
        """Wait until the work is over, however it ends."""

    @abstractmethod
    async def abandon(self) -> None:
        """Put an end to the work, as far as its runtime can."""

    async def result(self) -> T:
        """Wait for the work, and return its result or raise its error."""
        await self.wait()
        if self.error is not None:
            raise self.error
        return cast(T, self._result)

    async def _run(self) -> None:
        self._result = await self._work()


class ThreadJob(Job[T]):
    """A job in a thread of its own."""

    def __init__(self, work: Work[T]) -> None:
        super().__init__(work)
        self._thread = threading.Thread(target=self._main, name="test-job", daemon=True)
        self._thread.start()

    def _main(self) -> None:
        try:
            drive(self._run())
        except BaseException as exc:
            self.error = exc

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    def cancel(self) -> None:
        raise RuntimeError("a thread cannot be cancelled; see `api.is_threads`")

    async def wait(self) -> None:
        self._thread.join()

    async def abandon(self) -> None:
        self._thread.join(GIVE_UP_SECONDS)


class AsyncioJob(Job[T]):
    """A job in an asyncio task."""

    _task: asyncio.Task[None]

    def __init__(self, work: Work[T]) -> None:
        import asyncio

        super().__init__(work)
        self._task = asyncio.create_task(self._main())

    async def _main(self) -> None:
        try:
            await self._run()
        except BaseException as exc:
            self.error = exc

    @property
    def done(self) -> bool:
        return self._task.done()

    def cancel(self) -> None:
        self._task.cancel()

    async def wait(self) -> None:
        import asyncio

        await asyncio.wait([self._task])
        if self._task.cancelled() and self.error is None:  # cancelled before its first step
            self.error = asyncio.CancelledError()

    async def abandon(self) -> None:
        self.cancel()
        await self.wait()


class TrioJob(Job[T]):
    """A job in a trio task, outside every nursery of the test body."""

    def __init__(self, work: Work[T]) -> None:
        import contextvars

        import trio

        super().__init__(work)
        self._scope: trio.CancelScope = trio.CancelScope()
        self._over: trio.Event = trio.Event()
        context = contextvars.copy_context()
        trio.lowlevel.spawn_system_task(self._main, name="test-job", context=context)

    async def _main(self) -> None:
        import trio

        try:
            with self._scope:
                try:
                    await self._run()
                except trio.Cancelled as exc:
                    self.error = exc
                    raise
        except BaseException as exc:
            self.error = exc
            if isinstance(exc, trio.Cancelled):
                raise
        finally:
            self._over.set()

    @property
    def done(self) -> bool:
        return self._over.is_set()

    def cancel(self) -> None:
        self._scope.cancel()

    async def wait(self) -> None:
        await self._over.wait()

    async def abandon(self) -> None:
        import trio

        self.cancel()
        with trio.CancelScope(shield=True):
            await self._over.wait()
