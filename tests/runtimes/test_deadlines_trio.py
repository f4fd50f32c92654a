"""trio: a cancellation by the user wins over an expiry, whenever the two come."""

# ruff: noqa: PT012  (what raises here are blocks)

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable

import pytest
import trio
import trio.testing

import ahttpx
import httpx
from httpx.impl.runtimes.on_trio import RUNTIME
from httpx.impl.runtimes.scopes import innermost


def in_trio(body: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    """A test that runs its body under trio, with a clock that jumps to the next deadline."""

    @functools.wraps(body)
    def test() -> None:
        trio.run(body, clock=trio.testing.MockClock(autojump_threshold=0))

    return test


async def wait() -> None:
    """Wait for ever, inside the library."""
    await RUNTIME.event().wait("waiting in a test")


@in_trio
async def test_both_at_the_same_time() -> None:
    for user, own in ((1, 1), (1, 2), (2, 1)):
        words: list[str] = []
        with trio.move_on_after(user) as scope:
            try:
                async with ahttpx.timeout(own):
                    await wait()
            except ahttpx.Timeout:
                words.append("timeout")
        assert words == (["timeout"] if own < user else [])
        assert scope.cancelled_caught == (own >= user)
        assert innermost.get() is None


@in_trio
async def test_a_cancellation_during_the_clean_up_after_an_expiry_wins() -> None:
    with trio.CancelScope() as scope:
        async with ahttpx.timeout(1):
            try:
                await wait()
            finally:
                scope.cancel()
    assert scope.cancelled_caught


@in_trio
async def test_a_cancellation_before_the_block_wins() -> None:
    for seconds in (0, -1, 5):
        with trio.CancelScope() as scope:
            scope.cancel()
            async with ahttpx.timeout(seconds):
                await wait()
        assert scope.cancelled_caught


@in_trio
async def test_trio_scopes_inside_and_outside() -> None:
    with pytest.raises(ahttpx.Timeout, match="while waiting in a test"):
        async with ahttpx.timeout(1):
            with trio.move_on_after(5):
                await wait()
    with trio.move_on_after(1) as scope:
        async with ahttpx.timeout(5):
            await wait()
    assert scope.cancelled_caught
    async with ahttpx.timeout(5) as t:
        with trio.move_on_after(1) as scope:
            await wait()
    assert scope.cancelled_caught
    assert not t.expired


@in_trio
async def test_an_error_beside_the_expiry_is_what_is_raised() -> None:
    async def failing() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise KeyError

    with pytest.raises(ExceptionGroup) as caught:
        async with ahttpx.timeout(1), trio.open_nursery() as nursery:
            nursery.start_soon(failing)
            nursery.start_soon(trio.sleep_forever)
    assert caught.group_contains(KeyError)
    with pytest.raises(ahttpx.Timeout):
        async with ahttpx.timeout(1), trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep_forever)
            nursery.start_soon(trio.sleep_forever)


@in_trio
async def test_asking_whether_it_expired_changes_nothing() -> None:
    clock = trio.lowlevel.current_clock()
    assert isinstance(clock, trio.testing.MockClock)
    async with ahttpx.timeout(1) as t:
        clock.jump(2)
        assert not t.expired
        assert repr(t) == "<timeout [0 s left]>"
        t.reschedule(5)
        await trio.sleep(1)
    assert not t.expired


@in_trio
async def test_clean_up_is_not_cut_short_and_does_not_swallow_a_cancellation() -> None:
    steps: list[str] = []

    async def clean_up() -> None:
        await trio.sleep(0.5)
        steps.append("cleaned")

    with trio.move_on_after(0.1) as scope:
        await RUNTIME.shielded(clean_up, 1.0)
        await trio.sleep(1)
        steps.append("went on")
    assert scope.cancelled_caught
    assert steps == ["cleaned"]


@in_trio
async def test_clean_up_under_an_expired_deadline_gets_a_little_time() -> None:
    steps: list[str] = []

    async def clean_up() -> None:
        await trio.sleep(0.01)
        steps.append("cleaned")
        await trio.sleep(5)
        steps.append("never")

    began = trio.current_time()
    async with ahttpx.timeout(0):
        await RUNTIME.shielded(clean_up, 1.0)
    assert steps == ["cleaned"]
    assert trio.current_time() - began < 0.11


def test_the_threaded_api_in_a_worker_thread_of_a_block() -> None:
    """The thread has the context of the task, but its blocks run on another clock."""

    def work() -> str:
        with pytest.raises(httpx.Timeout) as caught, httpx.timeout(0.02):
            httpx.NetworkBackend(local_address="127.0.0.1").connect("never.invalid", 1)
        return str(caught.value)

    async def main() -> None:
        async with ahttpx.timeout(0.01):
            # Not abandoned on cancel: the thread outlives the deadline that its context shows.
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(work)

    import socket
    import threading

    done = threading.Event()

    def hang(*args: object) -> list[object]:
        done.wait(10)
        return []

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", hang)
        try:
            trio.run(main)
        finally:
            done.set()
