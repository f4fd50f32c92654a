"""The program of a worker: one client and one row, in a process and an environment of its own.

It reads a task from the first line of its input, makes the client, warms up, and finds out how
many operations a round should have. Then it answers each line of its input with a line of JSON:

    go          a round: how many operations, wall time and CPU time
    profile     a round under cProfile, written to the file that the task names

It ends with its input.
"""

from __future__ import annotations

import asyncio
import cProfile
import gc
import importlib
import json
import os
import pstats
import sys
from collections.abc import Callable, Coroutine

from .makers import new_blocking, new_waiting
from .tasks import Task, loads
from .workloads import BlockingWork, Cost, WaitingWork

FEWEST = 3


def operations_for(task: Task, count: int, cost: Cost) -> int:
    """How many operations make a round, after `count` of them took `cost`."""
    return max(FEWEST, least_operations(task), round(task.seconds * count / cost.wall))


def least_operations(task: Task) -> int:
    """As many as it takes for every task to have had a turn or two, and every origin one."""
    return max(2 * task.many if task.many > 1 else 1, len(task.urls))


def warm_up(task: Task) -> int:
    """How many operations warm up: connections, caches, the interpreter's own specialising."""
    return max(FEWEST, least_operations(task))


def refresh(task: Task, count: int) -> int:
    """How many operations go before a round, untimed: connections may have expired meanwhile."""
    used = min(task.many, task.setup.connections)
    return min(count, max(2 * used, len(task.urls), count // 20))


def say(**values: float) -> None:
    """Answer the parent."""
    print(json.dumps(values), flush=True)


def run_blocking(task: Task) -> None:
    """The worker's life, on threads."""
    client = new_blocking(task)
    work = BlockingWork(client, task)
    work.run(warm_up(task))
    count = operations_for(task, warm_up(task), work.run(warm_up(task)))
    count = operations_for(task, count, work.run(count))
    say(operations=count)
    for line in sys.stdin:
        work.run(refresh(task, count))
        gc.collect()
        if line.strip() == "profile":
            with cProfile.Profile() as profile:
                work.run(count)
            write_profile(task, profile, count)
            say(operations=count)
        else:
            cost = work.run(count)
            say(operations=count, wall=cost.wall, cpu=cost.cpu)
    work.close()
    client.close()


async def run_waiting(task: Task) -> None:
    """The worker's life, on an event loop, which stands still between the rounds."""
    client = new_waiting(task)
    work = WaitingWork(client, task)
    await work.run(warm_up(task))
    count = operations_for(task, warm_up(task), await work.run(warm_up(task)))
    count = operations_for(task, count, await work.run(count))
    say(operations=count)
    for line in sys.stdin:
        await work.run(refresh(task, count))
        gc.collect()
        if line.strip() == "profile":
            with cProfile.Profile() as profile:
                await work.run(count)
            write_profile(task, profile, count)
            say(operations=count)
        else:
            cost = await work.run(count)
            say(operations=count, wall=cost.wall, cpu=cost.cpu)
    await client.close()


def write_profile(task: Task, profile: cProfile.Profile, count: int) -> None:
    """Write what took the time to the task's file."""
    assert task.profile is not None
    with open(task.profile, "w", encoding="utf-8") as file:
        print(f"{task.label}: {count} operations", file=file)
        pstats.Stats(profile, stream=file).sort_stats("tottime").print_stats(45)


def run_on_loop(task: Task, body: Callable[[Task], Coroutine[object, None, None]]) -> None:
    """Run a body on the event loop that the task names."""
    if task.runtime == "trio":
        import trio

        trio.run(body, task)
    elif task.runtime == "uvloop":
        new_loop: Callable[[], asyncio.AbstractEventLoop] = importlib.import_module(
            "uvloop"
        ).new_event_loop
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(body(task))
    else:
        asyncio.run(body(task))


def check(task: Task) -> None:
    """Do what a task is about a few times, and no more."""
    if task.operation == "hold":
        from .holding import hold

        hold(task)
    elif task.runtime == "threads":
        client = new_blocking(task)
        work = BlockingWork(client, task)
        work.run(least_operations(task))
        work.close()
        client.close()
    else:
        run_on_loop(task, check_waiting)


async def check_waiting(task: Task) -> None:
    """The same, on an event loop."""
    client = new_waiting(task)
    work = WaitingWork(client, task)
    await work.run(least_operations(task))
    await client.close()


def main() -> None:
    """Read the task, and do it; with `--check`, read tasks, and see that each can be done."""
    if "--check" in sys.argv:
        for line in sys.stdin:
            check(loads(line))
            say(operations=1)
        return
    task = loads(sys.stdin.readline())
    if task.core is not None:
        os.sched_setaffinity(0, {task.core})
    if task.operation == "hold":
        from .holding import hold

        say(**hold(task))
    elif task.runtime == "threads":
        run_blocking(task)
    else:
        run_on_loop(task, run_waiting)


if __name__ == "__main__":
    main()
