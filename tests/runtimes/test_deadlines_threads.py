"""Threads: whom a block covers, and what travels."""

# ruff: noqa: PT012  (what raises here are blocks)

from __future__ import annotations

import contextvars
import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import httpx
from httpx.impl.drive import run
from httpx.impl.runtimes.deadlines import DeadlinePassed, check_deadline, soonest
from httpx.impl.runtimes.scopes import innermost
from httpx.impl.runtimes.threads import RUNTIME


def wait(seconds: float | None = None) -> bool:
    """Wait inside the library, for ever."""
    return run(RUNTIME.event().wait("waiting in a test", seconds))


def in_thread(work: Callable[[], object]) -> BaseException | None:
    """Run `work` in another thread that has a copy of this one's context; what it raised."""
    raised: list[BaseException] = []
    context = contextvars.copy_context()

    def main() -> None:
        try:
            context.run(work)
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=main)
    thread.start()
    thread.join()
    return raised[0] if raised else None


def test_what_travels_is_no_exception() -> None:
    with pytest.raises(httpx.Timeout) as caught, httpx.timeout(0.01):
        try:
            wait()
        except Exception as error:
            pytest.fail(f"{error!r} could be caught")
    assert type(caught.value.__cause__) is DeadlinePassed


def test_a_block_does_not_cover_other_threads() -> None:
    with httpx.timeout(0):
        assert in_thread(lambda: wait(0.01)) is None
        assert in_thread(lambda: check_deadline("checking")) is None
    with httpx.timeout(60) as t:

        def own() -> None:
            with httpx.timeout(0.01):
                wait()

        assert isinstance(in_thread(own), httpx.Timeout)
        assert not t.expired


def test_the_soonest_deadline_counts() -> None:
    with httpx.timeout(60) as a, httpx.timeout(30) as b, httpx.timeout(90) as c:
        assert soonest() is b._scope  # pyright: ignore[reportPrivateUsage]
        b.cancel()
        assert soonest() is a._scope  # pyright: ignore[reportPrivateUsage]
        c.reschedule(1)
        assert soonest() is c._scope  # pyright: ignore[reportPrivateUsage]
    assert soonest() is None


@given(st.lists(st.sampled_from([0.0, -1.0, 1e-9, 60.0, None]), min_size=1, max_size=5))
@settings(max_examples=200, deadline=None)
def test_the_outermost_of_those_that_have_passed_raises(times: list[float | None]) -> None:
    passed = [index for index, seconds in enumerate(times) if seconds is not None and seconds < 1]
    raised: list[int] = []

    def enter(index: int) -> None:
        if index == len(times):
            time.sleep(1e-6)
            check_deadline("checking")
            return
        try:
            with httpx.timeout(times[index]):
                enter(index + 1)
        except httpx.Timeout:
            raised.append(index)
            raise

    try:
        enter(0)
    except httpx.Timeout:
        assert raised[0] == passed[0]
    else:
        assert not passed
    assert innermost.get() is None


@pytest.mark.parametrize("order", [*permutations(range(3))])
def test_any_order_of_leaving(order: tuple[int, ...]) -> None:
    blocks = [httpx.timeout(60) for _ in order]
    for block in blocks:
        block.__enter__()
    for left, index in enumerate(order, 1):
        blocks[index].__exit__(None, None, None)
        assert (innermost.get() is None) == (left == len(order))
    with ExitStack() as stack:
        for index in order:
            stack.enter_context(httpx.timeout(60 + index))
    assert innermost.get() is None


@pytest.mark.parametrize("generator_first", [True, False])
@pytest.mark.parametrize("generator_left_first", [True, False])
def test_blocks_of_generators(generator_first: bool, generator_left_first: bool) -> None:
    def numbers() -> Generator[int]:
        with httpx.timeout(60):
            yield 1
            yield 2

    generator = numbers()
    outer = httpx.timeout(30)
    if generator_first:
        next(generator)
        outer.__enter__()
    else:
        outer.__enter__()
        next(generator)
    if generator_left_first:
        generator.close()
        outer.__exit__(None, None, None)
    else:
        outer.__exit__(None, None, None)
        generator.close()
    assert innermost.get() is None


def test_a_block_left_in_another_context_is_forgotten_by_the_next_one() -> None:
    def numbers() -> Generator[int]:
        with httpx.timeout(0.01):
            yield 1

    generator = numbers()
    next(generator)
    contextvars.copy_context().run(generator.close)
    left = innermost.get()
    assert left is not None
    assert not left.live
    assert wait(0.02) is False  # it does not count
    with httpx.timeout(60) as t:
        assert t._scope.parent is None  # pyright: ignore[reportPrivateUsage]
    assert innermost.get() is None


def test_a_generators_block_that_expires_in_its_callers_code_says_what_is_wrong() -> None:
    def numbers() -> Generator[int]:
        with httpx.timeout(0.01):
            yield 1

    generator = numbers()
    next(generator)
    with pytest.raises(DeadlinePassed, match="entered in a generator"):
        wait()
    generator.close()
    assert innermost.get() is None


def test_clean_up_is_done_under_an_expired_deadline() -> None:
    steps: list[str] = []

    async def clean_up() -> None:
        await RUNTIME.event().wait("cleaning", 0.01)
        steps.append("cleaned")
        await RUNTIME.event().wait("cleaning", 5)
        steps.append("never")

    began = time.monotonic()
    with httpx.timeout(0) as t:
        run(RUNTIME.shielded(clean_up, 1.0))
        assert innermost.get() is t._scope  # pyright: ignore[reportPrivateUsage]
    assert time.monotonic() - began < 0.2
    assert steps == ["cleaned"]


def test_an_event_that_is_set_wins_over_a_deadline_that_has_not_passed() -> None:
    event = RUNTIME.event()
    timer = threading.Timer(0.02, event.set)
    timer.start()
    with httpx.timeout(5):
        assert run(event.wait("waiting in a test")) is True
    timer.join()


def test_many_threads_with_deadlines_of_their_own() -> None:
    """On one shared socket pair each: what one thread's deadline is changes nothing elsewhere."""
    late: list[float] = []

    def reader(seconds: float) -> None:
        ours, theirs = socket.socketpair()
        with theirs, httpx.NetworkStream(ours) as stream:
            for _ in range(3):
                began = time.monotonic()
                with pytest.raises(httpx.Timeout), httpx.timeout(seconds):
                    stream.read()
                late.append(abs(time.monotonic() - began - seconds) / seconds)

    threads = [threading.Thread(target=reader, args=(0.05 + i * 0.02,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(late) == 24
    assert max(late) < 0.5
