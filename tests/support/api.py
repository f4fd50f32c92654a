"""What a behaviour test gets as `api`: the library's names, and a little concurrency.

`api.Client`, `api.timeout`, `api.URL`, ... are the names of `ahttpx`; in the threaded variants
they stand for the real objects of `httpx`, dressed (see `dressing.py`). The rest:

    api.name, api.variant       "threads", "asyncio", "trio"; the same with "-backend"
    api.is_threads              for the few things that cannot be the same: no cancelling
    api.sleep(seconds)
    api.until(condition)        wait until something holds, without holding up the event loop
    api.gather(f, g, ...)       run coroutine functions at the same time; their results, in order
    api.gather_outcomes(...)    the same, with what they raised in place of a result
    api.spawn(f)                a block with `f` running beside it
    api.backends                the user-written backends that were injected, in "-backend"
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar, cast

from .backends import AsyncBackend, ThreadedBackend
from .dressing import dress_function, dressing_of, drive
from .jobs import AsyncioJob, Job, ThreadJob, TrioJob
from .leaks import no_asyncio_tasks_left
from .lowering import forget_users_objects
from .watchdog import ends_softly

if TYPE_CHECKING:
    from .names import AhttpxNames
else:

    class AhttpxNames:
        pass


T = TypeVar("T")
Body = Callable[[], Awaitable[None]]

VARIANTS = ("threads", "asyncio", "trio", "threads-backend", "asyncio-backend")


class Api(AhttpxNames, ABC):
    """The library as a behaviour test sees it, under one runtime."""

    name: str
    """`"threads"`, `"asyncio"` or `"trio"`."""
    variant: str
    """The name, with `"-backend"` after it where a user-written backend is the default one."""
    is_threads: bool = False
    backends: list[ThreadedBackend] | list[AsyncBackend]
    """The user-written backends made so far; empty in the other variants."""

    def __init__(self, *, backend: bool) -> None:
        self.variant = f"{self.name}-backend" if backend else self.name
        self.backends = []
        self._injects = backend

    if not TYPE_CHECKING:
        # The checkers know the names from `names.py`.
        def __getattr__(self, name: str) -> object:
            if name.startswith("_"):
                raise AttributeError(name)
            found = self._find(name)
            if self._injects and name in INJECTIONS:
                found = Injected(self, name, found)
            setattr(self, name, found)
            return found

    @abstractmethod
    def run(self, body: Body) -> None:
        """Run a test body to its end, under this runtime."""

    @abstractmethod
    async def sleep(self, seconds: float) -> None:
        """Wait."""

    async def until(self, condition: Callable[[], bool], seconds: float = 5.0) -> bool:
        """Wait until `condition()` holds; tell whether it came to that within `seconds`."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                return False
            await self.sleep(0.002)
        return True

    async def gather(self, *works: Callable[[], Awaitable[T]]) -> list[T]:
        """Run `works` at the same time; their results in order, or the first error."""
        outcomes = await self.gather_outcomes(*works)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return cast("list[T]", outcomes)

    async def gather_outcomes(self, *works: Callable[[], Awaitable[T]]) -> list[T | BaseException]:
        """Run `works` at the same time; what each returned or raised, in order."""
        jobs = [self._start(work) for work in works]
        try:
            for job in jobs:
                await job.wait()
        except BaseException:
            for job in jobs:
                await job.abandon()
            raise
        return [await job.result() if job.error is None else job.error for job in jobs]

    @asynccontextmanager
    async def spawn(self, work: Callable[[], Awaitable[T]]) -> AsyncGenerator[Job[T]]:
        """A block with `work` running beside it.

        The block's end waits for the work. What it raised is told by `job.result()` only. If the
        block itself fails, the work is cancelled.
        """
        job = self._start(work)
        try:
            yield job
            await job.wait()
        except BaseException:
            await job.abandon()
            raise

    @abstractmethod
    def _find(self, name: str) -> object:
        """The library's `name`."""

    @abstractmethod
    def _start(self, work: Callable[[], Awaitable[T]]) -> Job[T]:
        """Start a job."""

    @abstractmethod
    def new_backend(self) -> ThreadedBackend | AsyncBackend:
        """A new user-written backend around the default one, added to `backends`."""


class ThreadsApi(Api):
    """`httpx` in the clothes of `ahttpx`."""

    name = "threads"
    is_threads = True

    def run(self, body: Body) -> None:
        async def main() -> None:
            await body()

        try:
            drive(main())
        finally:
            forget_users_objects()

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)  # noqa: ASYNC251  (blocking is what threads do)

    def _find(self, name: str) -> object:
        import ahttpx
        import httpx

        twin: object = getattr(ahttpx, name)
        real: object = getattr(httpx, name)
        if real is twin or getattr(twin, "_is_protocol", False):
            # A Protocol is for subclassing and `isinstance`: a test's class is asynchronous, and
            # dressed objects have the shape of that twin.
            return twin
        if isinstance(real, type):
            return dressing_of(real)
        if callable(real):
            return dress_function(real, twin)
        return real

    def _start(self, work: Callable[[], Awaitable[T]]) -> Job[T]:
        return ThreadJob(work)

    def new_backend(self) -> ThreadedBackend:
        import httpx

        backend = ThreadedBackend(httpx.NetworkBackend())
        cast("list[ThreadedBackend]", self.backends).append(backend)
        return backend


class LoopApi(Api):
    """What asyncio and trio share: `ahttpx` as it is."""

    def _find(self, name: str) -> object:
        import ahttpx

        found: object = getattr(ahttpx, name)
        return found

    def new_backend(self) -> AsyncBackend:
        import ahttpx

        backend = AsyncBackend(ahttpx.NetworkBackend())
        cast("list[AsyncBackend]", self.backends).append(backend)
        return backend


class AsyncioApi(LoopApi):
    """`ahttpx` under asyncio."""

    name = "asyncio"

    def run(self, body: Body) -> None:
        import asyncio

        complaints: list[dict[str, object]] = []

        async def main() -> None:
            loop = asyncio.get_running_loop()
            loop.set_exception_handler(lambda _, context: complaints.append(context))
            task = asyncio.current_task()
            assert task is not None

            def end() -> None:
                loop.call_soon_threadsafe(task.cancel)

            with ends_softly(end):
                await body()
                await no_asyncio_tasks_left()

        asyncio.run(main())
        if complaints:
            raise AssertionError(f"the event loop was told of errors: {complaints}")

    async def sleep(self, seconds: float) -> None:
        import asyncio

        await asyncio.sleep(seconds)

    def _start(self, work: Callable[[], Awaitable[T]]) -> Job[T]:
        return AsyncioJob(work)


class TrioApi(LoopApi):
    """`ahttpx` under trio."""

    name = "trio"

    def run(self, body: Body) -> None:
        import trio

        async def main() -> None:
            token = trio.lowlevel.current_trio_token()
            scope = trio.CancelScope()
            with scope, ends_softly(lambda: token.run_sync_soon(scope.cancel)):
                await body()

        trio.run(main)

    async def sleep(self, seconds: float) -> None:
        import trio

        await trio.sleep(seconds)

    def _start(self, work: Callable[[], Awaitable[T]]) -> Job[T]:
        return TrioJob(work)


def make_api(variant: str) -> Api:
    """The `Api` for one of `VARIANTS`."""
    kinds: dict[str, type[Api]] = {"threads": ThreadsApi, "asyncio": AsyncioApi, "trio": TrioApi}
    name, _, backend = variant.partition("-")
    return kinds[name](backend=bool(backend))


def _inject_backend(api: Api, kwargs: dict[str, object]) -> None:
    if kwargs.get("backend") is None:
        kwargs["backend"] = api.new_backend()


def _inject_transport(api: Api, kwargs: dict[str, object]) -> None:
    if kwargs.get("transport") is None:
        kwargs["transport"] = api.ConnectionPool()


INJECTIONS: dict[str, Callable[[Api, dict[str, object]], None]] = {
    "ConnectionPool": _inject_backend,
    "open_connection": _inject_backend,
    "Client": _inject_transport,
}
"""What is made over a user-written backend in the "-backend" variants, unless told otherwise."""


class Injected:
    """A class or function of the library whose default backend is a user-written one."""

    def __init__(self, api: Api, name: str, target: object) -> None:
        self._api = api
        self._name = name
        self._target = target

    def __call__(self, *args: object, **kwargs: object) -> object:
        INJECTIONS[self._name](self._api, kwargs)
        return cast("Callable[..., object]", self._target)(*args, **kwargs)

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, cast(type, self._target))

    def __getattr__(self, name: str) -> object:
        return getattr(self._target, name)
