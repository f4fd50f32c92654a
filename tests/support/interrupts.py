"""Interrupting one piece of work at each of its points, one after the other.

A plan counts the points that the work passes, and at the chosen one it acts: cancels, lets a
deadline pass, closes a pool, raises `KeyboardInterrupt`. Run with 0, 1, 2, ... chosen, until the
work comes to its end without having met the point, it has been interrupted everywhere.

What a point is:
    tasks      each suspension of the task. The work is driven step by step: just before the task
               is suspended ("early"), as soon as what it waits for has come but before it goes on
               ("late", asyncio), and where it goes on.
    threads    before and after each call of a stream, an event, a lock or a backend, by the thread
               under test; see `watched_threads`.
    streams    in all runtimes: before and after each call of a stream or backend that a user wrote
               (`InterruptingBackend` and its twin).
"""

from __future__ import annotations

import gc
import ssl
import threading
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Generic, TypeVar, cast
from unittest import mock

if TYPE_CHECKING:
    import asyncio

    import ahttpx
    import httpx

T = TypeVar("T")


class Plan:
    """Counts the points that are passed, and acts at one of them.

    Parameters:
        chosen: the number of the point, from 0.
        raises: whether the act is to raise `KeyboardInterrupt` at the point.
    """

    act: Callable[[], None] | None
    """What is done at the point, unless it is to raise."""
    at_first: Callable[[str], bool] | None
    """Called at each point, with its name, until it says that it has done what it had to."""

    def __init__(self, chosen: int, *, raises: bool = False) -> None:
        self.chosen = chosen
        self.raises = raises
        self.visited = 0
        self.fired: str | None = None
        self.act = None
        self.at_first = None
        self._thread: int | None = None
        self._inside = False

    @contextmanager
    def armed(self) -> Generator[None]:
        """A block of this thread in which points count."""
        self._thread = threading.get_ident()
        try:
            yield
        finally:
            self._thread = None

    def point(self, name: str) -> None:
        """Pass a point. May raise `KeyboardInterrupt`."""
        if self.reached(name) and self.raises:
            raise KeyboardInterrupt(f"at point {self.chosen}, {name}")

    def reached(self, name: str) -> bool:
        """Pass a point; tell whether it is the chosen one. Acts there, but raises nothing."""
        if self._inside or self._thread != threading.get_ident():
            return False
        self._inside = True  # what is done at a point passes points itself
        try:
            self._look(name)
            number = self.visited
            self.visited += 1
            if number != self.chosen:
                return False
            self.fired = name
            if self.act is not None and not self.raises:
                self.act()
            return True
        finally:
            self._inside = False

    def passing(self, name: str) -> None:
        """Note where the work is, without that being a point."""
        if not self._inside:
            self._inside = True
            try:
                self._look(name)
            finally:
                self._inside = False

    def _look(self, name: str) -> None:
        if self.at_first is not None and self.at_first(name):
            self.at_first = None


class Stepped(Awaitable[T], Generic[T]):
    """A coroutine, driven step by step inside of the task that awaits this.

    Parameters:
        work: the coroutine.
        plan: is told of each suspension.
        late: act when what is waited for has come, not when the wait begins (asyncio).
    """

    def __init__(
        self, work: Coroutine[object, object, T], plan: Plan, *, late: bool = False
    ) -> None:
        self._work = work
        self._plan = plan
        self._late = late

    def __await__(self) -> Generator[object, object, T]:
        work, plan = self._work, self._plan
        value: object = None
        error: BaseException | None = None
        while True:
            try:
                with plan.armed():
                    trap = work.send(value) if error is None else work.throw(error)
            except StopIteration as stop:
                return cast("T", stop.value)
            late = self._late and hasattr(trap, "add_done_callback")
            with plan.armed():
                raises = plan.raises and not in_nursery(work) and plan.reached("a suspension")
                if not plan.raises and not late:
                    plan.reached("a suspension")
            if late:
                plan.passing("a suspension")
                # Before the task's own callback: it finds the wait over, and was not yet woken.
                cast("asyncio.Future[object]", trap).add_done_callback(self._over)
            value, error = None, None
            try:
                value = yield trap
            except BaseException as thrown:
                error = thrown
            if raises and error is None:
                error = KeyboardInterrupt(f"at point {plan.chosen}, where the task goes on")

    def _over(self, _: object) -> None:
        with self._plan.armed():
            self._plan.reached("the end of a wait")


def in_nursery(work: object) -> bool:
    """Whether `work` is suspended where trio waits for a nursery's children.

    No `KeyboardInterrupt` is raised there: trio keeps it for one who is not in its midst.
    """
    while work is not None:
        if getattr(work, "__name__", "") == "_nested_child_finished":
            return True
        if type(work).__name__ == "coroutine_wrapper":  # it tells of its coroutine to nobody else
            work = next(iter(gc.get_referents(work)), None)
        else:
            work = getattr(work, "cr_await", None) or getattr(work, "gi_yieldfrom", None)
    return False


# Streams as users write them.


class InterruptingStream:
    """A threaded stream with a point before and after each call."""

    def __init__(self, stream: httpx.NetworkStreamInterface, plan: Plan) -> None:
        self._stream = stream
        self._plan = plan

    def read(self, max_bytes: int | None = None) -> bytes:
        self._plan.point("before a user's read")
        data = self._stream.read(max_bytes)
        self._plan.point("after a user's read")
        return data

    def write(self, data: bytes) -> None:
        self._plan.point("before a user's write")
        self._stream.write(data)
        self._plan.point("after a user's write")

    def start_tls(self, ctx: ssl.SSLContext, hostname: str) -> None:
        self._plan.point("before a user's start_tls")
        self._stream.start_tls(ctx, hostname)
        self._plan.point("after a user's start_tls")

    def get_extra_info(self, key: str) -> object:
        return self._stream.get_extra_info(key)

    def close(self) -> None:
        try:
            self._plan.point("before a user's close")
        finally:
            self._stream.close()
        self._plan.point("after a user's close")


class InterruptingBackend:
    """A threaded backend with a point before and after each call."""

    def __init__(self, backend: httpx.NetworkBackendInterface, plan: Plan) -> None:
        self._backend = backend
        self._plan = plan

    def connect(self, host: str, port: int) -> InterruptingStream:
        self._plan.point("before a user's connect")
        stream = self._backend.connect(host, port)
        try:
            self._plan.point("after a user's connect")
        except BaseException:
            stream.close()
            raise
        return InterruptingStream(stream, self._plan)


class AsyncInterruptingStream:
    """An asynchronous stream with a point before and after each call.

    Closing has none: it runs in a task of its own, where asyncio takes a `KeyboardInterrupt` for
    the end of the loop.
    """

    def __init__(self, stream: ahttpx.NetworkStreamInterface, plan: Plan) -> None:
        self._stream = stream
        self._plan = plan

    async def read(self, max_bytes: int | None = None) -> bytes:
        self._plan.point("before a user's read")
        data = await self._stream.read(max_bytes)
        self._plan.point("after a user's read")
        return data

    async def write(self, data: bytes) -> None:
        self._plan.point("before a user's write")
        await self._stream.write(data)
        self._plan.point("after a user's write")

    async def start_tls(self, ctx: ssl.SSLContext, hostname: str) -> None:
        self._plan.point("before a user's start_tls")
        await self._stream.start_tls(ctx, hostname)
        self._plan.point("after a user's start_tls")

    def get_extra_info(self, key: str) -> object:
        return self._stream.get_extra_info(key)

    async def close(self) -> None:
        await self._stream.close()


class AsyncInterruptingBackend:
    """An asynchronous backend with a point before and after each call."""

    def __init__(self, backend: ahttpx.NetworkBackendInterface, plan: Plan) -> None:
        self._backend = backend
        self._plan = plan

    async def connect(self, host: str, port: int) -> AsyncInterruptingStream:
        self._plan.point("before a user's connect")
        stream = await self._backend.connect(host, port)
        try:
            self._plan.point("after a user's connect")
        except BaseException:
            await stream.close()
            raise
        return AsyncInterruptingStream(stream, self._plan)


# The threaded runtime's own waits.


class WatchedLock:
    """A lock with a point before it is taken, and one after it was let go.

    In between there is none: the interpreter looks for signals between a `with` and its body
    neither, and what a body is made of is no call that waits.
    """

    def __init__(self, plan: Plan) -> None:
        self._lock = threading.Lock()
        self._plan = plan

    def __enter__(self) -> None:
        self._plan.point("before a lock is taken")
        self._lock.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._lock.release()
        if error is None:
            self._plan.point("after a lock was let go")


class WatchedThreading:
    """What the core's modules see as `threading`: locks are watched."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def Lock(self) -> WatchedLock:
        return WatchedLock(self._plan)

    def __getattr__(self, name: str) -> object:
        return getattr(threading, name)


Watched = tuple[tuple[type[object], tuple[str, ...]], ...]


@contextmanager
def watched_threads(plan: Plan) -> Generator[None]:
    """A block in which the threaded runtime passes points.

    Locks are watched that are made in the block, by the pool, its connections and TLS.
    """
    from httpx.impl.core import locks, pool, tls
    from httpx.impl.runtimes.connecting import SocketBackend
    from httpx.impl.runtimes.threads import ThreadsEvent, ThreadsRuntime
    from httpx.impl.runtimes.threads_stream import ThreadsStream

    waiting: Watched = (
        (ThreadsStream, ("read", "write", "push", "close")),
        (ThreadsEvent, ("wait",)),
        (ThreadsRuntime, ("wait_connected", "stream")),
        (SocketBackend, ("connect",)),
    )
    at_once: Watched = ((ThreadsStream, ("take", "is_quiet", "abort")), (ThreadsEvent, ("set",)))
    with ExitStack() as stack:
        for module in (locks, pool, tls):
            stack.enter_context(mock.patch.object(module, "threading", WatchedThreading(plan)))
        for cls, names in waiting:
            _patch(stack, cls, names, plan, _watched_coroutine_function)
        for cls, names in at_once:
            _patch(stack, cls, names, plan, _watched_function)
        yield


Function = Callable[..., object]
Watch = Callable[[Function, str, Plan], Function]


def _patch(
    stack: ExitStack, cls: type[object], names: Iterable[str], plan: Plan, watch: Watch
) -> None:
    for name in names:
        watched = watch(cast("Function", getattr(cls, name)), f"{cls.__name__}.{name}", plan)
        stack.enter_context(mock.patch.object(cls, name, watched))


def _watched_coroutine_function(function: Function, name: str, plan: Plan) -> Function:
    async def call(*args: object, **kwargs: object) -> object:
        plan.point(f"before {name}")
        result = await cast("Awaitable[object]", function(*args, **kwargs))
        try:
            plan.point(f"after {name}")
        except BaseException:
            _free(result)
            raise
        return result

    return call


def _watched_function(function: Function, name: str, plan: Plan) -> Function:
    def call(*args: object, **kwargs: object) -> object:
        plan.point(f"before {name}")
        result = function(*args, **kwargs)
        plan.point(f"after {name}")
        return result

    return call


def _free(result: object) -> None:
    """Free what a call has opened whose result is lost, as the call itself would have."""
    abort: object = getattr(result, "abort", None)
    if callable(abort):
        abort()
