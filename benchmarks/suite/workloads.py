"""What is done in a round, on threads and on event loops.

A workload is made once, does as many operations as it is told, and raises if one of them had not
the status and the length that were expected.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from functools import partial
from itertools import cycle, islice
from time import perf_counter, process_time
from typing import NamedTuple

from .adapters.base import PIECE, Blocking, Outcome, Waiting
from .tasks import Task

Job = Callable[[], Coroutine[object, None, None]]
WaitingOperation = Callable[[str], Awaitable[Outcome]]

PIECES = 160
BODY = PIECE * PIECES


class Cost(NamedTuple):
    """What some operations took, in seconds."""

    wall: float
    cpu: float
    """Of all threads of the process."""


class WrongOutcome(Exception):
    """A client did not do what it should: its figures would mean nothing."""


def check(task: Task, outcome: Outcome) -> None:
    """Compare with what was expected; what a server counted may have some framing in it.

    Raises:
        WrongOutcome: it is something else.
    """
    status, length = outcome
    if status != 200 or not task.least <= length <= task.most:
        raise WrongOutcome(f"{task.label}: got {outcome}, not 200 and {task.least} bytes")


# -- threads


def blocking_operation(client: Blocking, task: Task) -> Callable[[str], Outcome]:
    """What is done once."""
    operations: dict[str, Callable[[str], Outcome]] = {
        "get": client.get,
        "stream": client.stream,
        "upload": lambda url: client.upload(url, BODY),
        "upload-pieces": lambda url: client.upload_pieces(url, PIECES),
    }
    return operations[task.operation]


class BlockingWork:
    """Operations one after another, or by many threads at once."""

    def __init__(self, client: Blocking, task: Task) -> None:
        self._task = task
        clients = [client] if task.many == 1 else [client.in_thread() for _ in range(task.many)]
        self._operations = [blocking_operation(each, task) for each in clients]
        self._clients = clients
        self._failure: BaseException | None = None

    def close(self) -> None:
        """Close what each thread used."""
        for client in self._clients:
            client.close()

    def run(self, count: int) -> Cost:
        """Do so many operations. Threads are started beforehand; the last one's end counts."""
        urls = turns(self._task, count)
        if len(self._operations) == 1:
            began, began_cpu = perf_counter(), process_time()
            self._some(self._operations[0], urls)
            return Cost(perf_counter() - began, process_time() - began_cpu)
        gate = threading.Barrier(len(self._operations) + 1)

        def work(operation: Callable[[str], Outcome]) -> None:
            gate.wait()
            try:
                self._some(operation, urls)
            except BaseException as error:  # it is raised where the round is run
                self._failure = error

        threads = [threading.Thread(target=work, args=(each,)) for each in self._operations]
        for thread in threads:
            thread.start()
        began, began_cpu = perf_counter(), process_time()
        gate.wait()
        for thread in threads:
            thread.join()
        cost = Cost(perf_counter() - began, process_time() - began_cpu)
        if self._failure is not None:
            raise self._failure
        return cost

    def _some(self, operation: Callable[[str], Outcome], urls: Iterator[str]) -> None:
        expected = 200, self._task.least
        for url in urls:
            outcome = operation(url)
            if outcome != expected:
                check(self._task, outcome)


def turns(task: Task, count: int) -> Iterator[str]:
    """The URLs of so many operations, the origins in turn.

    All threads or tasks take from one: none of it is Python code, so `next` is atomic.
    """
    return islice(cycle(task.urls), count)


# -- event loops


class WaitingWork:
    """The same by one task, or by many at once."""

    def __init__(self, client: Waiting, task: Task) -> None:
        self._task = task
        clients = [client] if task.many == 1 else [client.in_task() for _ in range(task.many)]
        self._operations = [waiting_operation(each, task) for each in clients]
        self._ended = self._ended_cpu = 0.0

    async def run(self, count: int) -> Cost:
        """Do so many operations. Tasks are started beforehand; the end of the last one counts."""
        urls = turns(self._task, count)
        if len(self._operations) == 1:
            began, began_cpu = perf_counter(), process_time()
            await self._some(self._operations[0], urls)
            return Cost(perf_counter() - began, process_time() - began_cpu)
        crowd = (TrioCrowd if self._task.runtime == "trio" else AsyncioCrowd)()
        began, began_cpu = await crowd.run(
            [partial(self._some, each, urls) for each in self._operations]
        )
        return Cost(self._ended - began, self._ended_cpu - began_cpu)

    async def _some(self, operation: WaitingOperation, urls: Iterator[str]) -> None:
        expected = 200, self._task.least
        for url in urls:
            outcome = await operation(url)
            if outcome != expected:
                check(self._task, outcome)
        self._ended, self._ended_cpu = perf_counter(), process_time()


def waiting_operation(client: Waiting, task: Task) -> WaitingOperation:
    """What is done once."""
    operations: dict[str, WaitingOperation] = {
        "get": client.get,
        "stream": client.stream,
        "upload": lambda url: client.upload(url, BODY),
        "upload-pieces": lambda url: client.upload_pieces(url, PIECES),
    }
    return operations[task.operation]


class AsyncioCrowd:
    """Many tasks of asyncio, let go all at once."""

    def __init__(self) -> None:
        self._gate = asyncio.Event()

    async def run(self, jobs: list[Job]) -> tuple[float, float]:
        """Run all of them; the wall and the CPU clock at the moment when they were let go."""
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(self._gated(job))
            await asyncio.sleep(0)  # until all of them are waiting
            began = perf_counter(), process_time()
            self._gate.set()
        return began

    async def _gated(self, job: Job) -> None:
        await self._gate.wait()
        await job()


class TrioCrowd:
    """Many tasks of trio, let go all at once."""

    def __init__(self) -> None:
        import trio.testing

        self._trio = trio
        self._gate = trio.Event()

    async def run(self, jobs: list[Job]) -> tuple[float, float]:
        """Run all of them; the wall and the CPU clock at the moment when they were let go."""
        async with self._trio.open_nursery() as nursery:
            for job in jobs:
                nursery.start_soon(self._gated, job)
            await self._trio.testing.wait_all_tasks_blocked()
            began = perf_counter(), process_time()
            self._gate.set()
        return began

    async def _gated(self, job: Job) -> None:
        await self._gate.wait()
        await job()
