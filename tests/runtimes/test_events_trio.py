"""trio: an event wakes its one waiter, from wherever it is set and whenever."""

from __future__ import annotations

import threading

import pytest
import trio
import trio.testing

import ahttpx
from httpx.impl.runtimes.on_trio import RUNTIME, TrioEvent


def test_set_before_the_wait() -> None:
    async def body() -> None:
        event = RUNTIME.event()
        assert not event.is_set()
        event.set()
        event.set()
        assert event.is_set()
        assert await event.wait("testing")

    trio.run(body)


@pytest.mark.parametrize("seconds", [None, 5.0])
def test_set_by_another_task(seconds: float | None) -> None:
    async def body() -> None:
        event = RUNTIME.event()
        outcome: list[bool] = []

        async def wait() -> None:
            outcome.append(await event.wait("testing", seconds))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            await trio.testing.wait_all_tasks_blocked()
            event.set()
            event.set()  # before the waiter had its turn
        assert outcome == [True]

    trio.run(body)


def test_set_by_threads_around_the_moment_of_the_wait() -> None:
    async def body() -> None:
        for _ in range(200):
            event = RUNTIME.event()
            thread = threading.Thread(target=event.set)
            thread.start()
            with trio.fail_after(5):
                assert await event.wait("testing")
            thread.join()

    trio.run(body)


def test_set_by_a_thread_between_the_last_look_and_the_wait() -> None:
    class Late(TrioEvent):
        """Set as soon as the waiter has said that it waits."""

        __slots__ = ()

        def __setattr__(self, name: str, value: object) -> None:
            super().__setattr__(name, value)
            if name == "_task" and value is not None:
                thread = threading.Thread(target=self.set)
                thread.start()
                thread.join()

    async def body() -> None:
        for _ in range(3):
            event = Late()
            with trio.fail_after(5):
                assert await event.wait("testing")
            await trio.lowlevel.checkpoint()  # what the thread left behind finds nobody

    trio.run(body)


def test_set_after_a_wait_that_was_cancelled_or_took_too_long() -> None:
    async def body() -> None:
        event = RUNTIME.event()
        assert not await event.wait("testing", 0.01)
        with trio.move_on_after(0.01) as scope:
            await event.wait("testing")
        assert scope.cancelled_caught
        with pytest.raises(ahttpx.Timeout, match="while testing"):
            async with ahttpx.timeout(0.01):
                await event.wait("testing")
        event.set()  # wakes nobody, and breaks nothing
        await trio.lowlevel.checkpoint()
        assert await event.wait("testing")

    trio.run(body)


@pytest.mark.parametrize("first", ["set", "cancel"])
def test_set_and_cancelled_in_one_turn(first: str) -> None:
    ended: list[str] = []

    async def body() -> None:
        event = RUNTIME.event()
        scope = trio.CancelScope()

        async def wait() -> None:
            with scope:
                await event.wait("testing")
            ended.append("cancelled" if scope.cancelled_caught else "woken")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            await trio.testing.wait_all_tasks_blocked()
            for act in (event.set, scope.cancel) if first == "set" else (scope.cancel, event.set):
                act()

    trio.run(body)
    assert ended == ["woken" if first == "set" else "cancelled"]


def test_set_when_the_run_is_over() -> None:
    async def body() -> TrioEvent:
        return RUNTIME.event()

    event = trio.run(body)
    event._task = threading.current_thread()  # type: ignore[assignment]  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]
    event.set()
    assert event.is_set()
