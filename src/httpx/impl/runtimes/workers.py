"""Blocking work, such as reading a file, done in threads of our own for an event loop.

Not in asyncio's default executor: its threads are waited for when the loop ends and once more when
the interpreter does, so one read from a file system that does not answer would hold up the exit.

Rules:
1. At most `MAX_THREADS` threads, each a daemon; one that finds no work for `LINGER` seconds ends.
2. Whoever stops waiting just leaves. Work that has not begun is dropped then. Work that has begun
   goes on for nobody: it must free by itself what it has opened.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar, cast

if TYPE_CHECKING:
    from ...interfaces.awaitable import Runtime

T = TypeVar("T")

MAX_THREADS = 16
"""More do not make a disk faster; a few hanging ones must not stop the others."""

LINGER = 0.05
"""Seconds: the pieces of an upload follow each other faster than this on most networks, and where
they do not, the 0.05 ms that a new thread takes do not matter."""


class Job(Generic[T]):
    """Something to be done in a thread, and its outcome."""

    __slots__ = ("_result", "_wake", "_work", "error")

    def __init__(self, work: Callable[[], T], wake: Callable[[], None]) -> None:
        self._work = work
        self._wake = wake
        self._result: T | None = None
        self.error: BaseException | None = None

    def run(self) -> None:
        """Do it; what it returns or raises is kept for the one who waits."""
        try:
            self._result = self._work()
        except BaseException as error:  # whatever it is, it is not this thread's
            self.error = error
        self._wake()

    def fail(self, error: BaseException) -> None:
        """It cannot be done."""
        self.error = error
        self._wake()

    def outcome(self) -> T:
        """Return what the work returned, or raise what it raised."""
        error, self.error = self.error, None
        if error is not None:
            try:
                raise error
            finally:
                del error  # its traceback holds this frame
        return cast(T, self._result)


class Workers:
    """The process-wide threads and what they have still to do."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._ready = threading.Condition(self._lock)
        self._queue: deque[Job[object]] = deque()
        self._threads = 0
        self._idle = 0

    def submit(self, job: Job[object]) -> None:
        """Have `job` done as soon as there is a thread for it."""
        with self._lock:
            self._queue.append(job)
            start = self._idle < len(self._queue) and self._threads < MAX_THREADS
            if start:
                self._threads += 1
            elif self._idle:
                self._ready.notify()
        if start:
            self._start_thread()

    def _start_thread(self) -> None:
        thread = threading.Thread(target=self._work, name="httpx-worker", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # the system has no more threads to give
            with self._lock:
                self._threads -= 1
                stranded = [] if self._threads else list(self._queue)
                if stranded:
                    self._queue.clear()
            for job in stranded:
                job.fail(error)

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._queue:
                    self._idle += 1
                    self._ready.wait(LINGER)
                    self._idle -= 1
                if not self._queue:
                    self._threads -= 1
                    return
                job = self._queue.popleft()
            job.run()
            del job  # it holds what was read: not to be kept while there is nothing to do

    def drop(self, job: Job[object]) -> None:
        """Forget `job` if it has not begun."""
        with self._lock:
            if job in self._queue:
                self._queue.remove(job)


_WORKERS = Workers()
if hasattr(os, "register_at_fork"):  # a child has none of the threads, and maybe a held lock
    os.register_at_fork(after_in_child=_WORKERS._reset)  # pyright: ignore[reportPrivateUsage]


async def in_worker(runtime: Runtime, work: Callable[[], T], what: str) -> T:
    """Do `work` in a thread while the event loop of `runtime` goes on; see `Runtime`."""
    event = runtime.event()
    job = Job(work, event.set)
    _WORKERS.submit(cast("Job[object]", job))
    try:
        await event.wait(what)
    except BaseException:
        _WORKERS.drop(cast("Job[object]", job))
        raise
    return job.outcome()
