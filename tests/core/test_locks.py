"""`FifoLock`: driven by hand, step by step, and on real threads, asyncio and trio."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable, Coroutine, Generator
from typing import TypeVar

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from httpx.impl.core.locks import FifoLock

T = TypeVar("T")


class Cancelled(BaseException):
    """What a runtime throws into a wait."""


class HandEvent:
    """Suspends until the test resumes it."""

    def __init__(self) -> None:
        self.flag = False

    def set(self) -> None:
        self.flag = True

    def is_set(self) -> bool:
        return self.flag

    async def wait(self, what: object, seconds: float | None = None) -> bool:
        await Suspend()
        return self.flag


class Suspend:
    def __await__(self) -> Generator[None, None, None]:
        yield


class Party:
    """One who acquires, as a coroutine that the test drives."""

    def __init__(self, lock: FifoLock, events: list[HandEvent]) -> None:
        self.coroutine: Coroutine[None, None, None] = lock.acquire("the lock")
        self.event: HandEvent | None = None
        self.has_lock = False
        self.error: BaseException | None = None
        before = len(events)
        self.step(lambda: self.coroutine.send(None))
        if len(events) > before:
            self.event = events[-1]

    @property
    def woken(self) -> bool:
        return self.event is not None and self.event.flag

    @property
    def waits(self) -> bool:
        return not self.has_lock and self.error is None

    def wake(self) -> None:
        assert self.woken
        self.step(lambda: self.coroutine.send(None))

    def cancel(self) -> None:
        self.step(lambda: self.coroutine.throw(Cancelled()))

    def step(self, resume: Callable[[], None]) -> None:
        try:
            resume()
        except StopIteration:
            self.has_lock = True
        except BaseException as error:
            self.error = error


class Hand:
    """A lock whose events are kept at hand."""

    def __init__(self) -> None:
        self.events: list[HandEvent] = []
        self.lock = FifoLock(self.new_event)

    def new_event(self) -> HandEvent:
        self.events.append(HandEvent())
        return self.events[-1]

    def party(self) -> Party:
        return Party(self.lock, self.events)


def test_a_free_lock_is_taken_without_suspending_or_making_an_event() -> None:
    hand = Hand()
    assert hand.party().has_lock
    assert hand.events == []
    assert repr(hand.lock) == "<FifoLock locked, 0 waiting>"
    hand.lock.release()
    assert not hand.lock.locked


def test_it_is_handed_over_in_order_of_arrival() -> None:
    hand = Hand()
    hand.party()
    parties = [hand.party() for _ in range(4)]
    assert hand.lock.waiting == 4
    for party in parties:
        hand.lock.release()
        assert party.woken
        assert [other.woken for other in parties].count(True) == parties.index(party) + 1
        party.wake()
        assert party.has_lock
    hand.lock.release()
    assert not hand.lock.locked


def test_a_newcomer_does_not_slip_in_between_hand_over_and_waking() -> None:
    hand = Hand()
    hand.party()
    waiter = hand.party()
    hand.lock.release()
    assert not hand.party().has_lock
    waiter.wake()
    assert waiter.has_lock


def test_one_that_leaves_the_queue_is_passed_over() -> None:
    hand = Hand()
    hand.party()
    gone, waiter = hand.party(), hand.party()
    gone.cancel()
    assert isinstance(gone.error, Cancelled)
    assert hand.lock.waiting == 1
    hand.lock.release()
    assert waiter.woken


def test_one_that_leaves_with_the_lock_in_hand_passes_it_on() -> None:
    hand = Hand()
    hand.party()
    gone, waiter = hand.party(), hand.party()
    hand.lock.release()
    assert gone.woken
    gone.cancel()
    assert isinstance(gone.error, Cancelled)
    assert waiter.woken
    waiter.wake()
    hand.lock.release()
    assert not hand.lock.locked


def test_the_last_one_that_leaves_with_the_lock_in_hand_lets_it_go() -> None:
    hand = Hand()
    hand.party()
    gone = hand.party()
    hand.lock.release()
    gone.cancel()
    assert not hand.lock.locked
    assert hand.party().has_lock


def test_releasing_what_nobody_holds_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="nobody holds"):
        Hand().lock.release()


def test_fail_all_refuses_all_who_wait_and_all_who_come() -> None:
    hand = Hand()
    hand.party()
    waiters = [hand.party(), hand.party()]
    hand.lock.fail_all(lambda: RuntimeError("closed"))
    for waiter in waiters:
        waiter.wake()
    late = hand.party()
    errors = [waiter.error for waiter in [*waiters, late]]
    assert [repr(error) for error in errors] == ["RuntimeError('closed')"] * 3
    assert len({id(error) for error in errors}) == 3
    hand.lock.release()
    assert not hand.lock.locked


def test_fail_all_leaves_the_lock_with_whom_it_was_handed_to() -> None:
    hand = Hand()
    hand.party()
    handed, waiter = hand.party(), hand.party()
    hand.lock.release()
    hand.lock.fail_all(lambda: RuntimeError("closed"))
    handed.wake()
    assert handed.has_lock
    waiter.cancel()
    assert isinstance(waiter.error, Cancelled)
    hand.lock.release()
    assert not hand.lock.locked


def test_a_wait_that_ends_without_reason_leaves_the_queue() -> None:
    hand = Hand()
    hand.party()
    early = hand.party()
    early.step(lambda: early.coroutine.send(None))
    assert isinstance(early.error, RuntimeError)
    assert hand.lock.waiting == 0
    hand.lock.release()
    assert not hand.lock.locked


def test_an_event_that_cannot_be_made_leaves_no_trace() -> None:
    def fail() -> HandEvent:
        raise OSError("no event")

    lock = FifoLock(fail)
    assert Party(lock, []).has_lock
    refused = Party(lock, [])
    assert isinstance(refused.error, OSError)
    assert lock.waiting == 0
    lock.release()
    assert not lock.locked


def test_a_lock_let_go_while_the_event_is_made_is_taken() -> None:
    events: list[HandEvent] = []

    def new_event() -> HandEvent:
        lock.release()
        return HandEvent()

    lock = FifoLock(new_event)
    assert Party(lock, events).has_lock
    assert Party(lock, events).has_lock
    assert lock.locked


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["come", "release", "wake", "cancel"]), st.integers(0, 9)))
)
def test_whatever_happens_one_holds_it_and_no_wake_up_is_lost(steps: list[tuple[str, int]]) -> None:
    hand = Hand()
    queue: list[Party] = []  # those who have neither gone nor got it, oldest first
    holder: Party | None = None
    for action, index in steps:
        if action == "come":
            party = hand.party()
            if party.has_lock:
                assert holder is None
                assert not queue
                holder = party
            else:
                queue.append(party)
        elif action == "release" and holder is not None:
            holder = None
            hand.lock.release()
        elif action == "wake" and queue and queue[0].woken:
            holder = queue.pop(0)
            holder.wake()
            assert holder.has_lock
        elif action == "cancel" and queue:
            gone = queue.pop(index % len(queue))
            gone.cancel()
            assert isinstance(gone.error, Cancelled)
        assert [party.woken for party in queue[1:]] == [False] * len(queue[1:])
        assert not queue or queue[0].woken is (holder is None)
        assert hand.lock.locked is (holder is not None or bool(queue))


# On real runtimes.

WORKERS, ROUNDS = 8, 25


class ThreadEvent:
    def __init__(self) -> None:
        self.event = threading.Event()

    def set(self) -> None:
        self.event.set()

    def is_set(self) -> bool:
        return self.event.is_set()

    async def wait(self, what: object, seconds: float | None = None) -> bool:
        if not self.event.wait(0.0005 if random.random() < 0.3 else 20):
            raise Cancelled(what)
        return True


class LoopEvent:
    """For any event loop: `set` may come from another thread."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.event = asyncio.Event()

    def set(self) -> None:
        self.loop.call_soon_threadsafe(self.event.set)

    def is_set(self) -> bool:
        return self.event.is_set()

    async def wait(self, what: object, seconds: float | None = None) -> bool:
        await self.event.wait()
        return True


class TrioEvent:
    def __init__(self) -> None:
        self.token = trio.lowlevel.current_trio_token()
        self.event = trio.Event()

    def set(self) -> None:
        self.token.run_sync_soon(self.event.set)  # pyright: ignore[reportUnknownMemberType]

    def is_set(self) -> bool:
        return self.event.is_set()

    async def wait(self, what: object, seconds: float | None = None) -> bool:
        await self.event.wait()
        return True


class Guarded:
    """Counts who is inside."""

    def __init__(self, lock: FifoLock) -> None:
        self.lock = lock
        self.inside = 0
        self.entered = 0
        self.overlaps = 0

    async def visit(self, pause: Callable[[], Coroutine[object, object, None]]) -> None:
        await self.lock.acquire("the lock")
        try:
            self.inside += 1
            self.overlaps += self.inside > 1
            self.entered += 1
            await pause()
            self.inside -= 1
        except BaseException:
            self.inside -= 1
            raise
        finally:
            self.lock.release()

    def check(self, least: int) -> None:
        assert self.overlaps == 0
        assert self.inside == 0
        assert self.entered >= least
        assert not self.lock.locked
        assert self.lock.waiting == 0


def drive(coroutine: Coroutine[object, object, T]) -> T:
    """Run a coroutine that never suspends."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    coroutine.close()
    raise AssertionError("suspended")


def test_on_threads_with_waits_that_time_out() -> None:
    guarded = Guarded(FifoLock(ThreadEvent))
    given_up = 0

    async def pause() -> None:
        time.sleep(0.0002)  # noqa: ASYNC251  # driven by a thread: it may block

    def work() -> None:
        nonlocal given_up
        for _ in range(ROUNDS):
            try:
                drive(guarded.visit(pause))
            except Cancelled:
                given_up += 1

    threads = [threading.Thread(target=work, daemon=True) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    guarded.check(WORKERS)
    assert given_up <= WORKERS * ROUNDS - guarded.entered


def test_on_asyncio_with_tasks_cancelled_at_random() -> None:
    chance = random.Random(7)

    async def main() -> None:
        guarded = Guarded(FifoLock(LoopEvent))

        async def pause() -> None:
            await asyncio.sleep(0)

        tasks = [asyncio.create_task(guarded.visit(pause)) for _ in range(200)]
        for _ in range(60):
            await asyncio.sleep(0)
            chance.choice(tasks).cancel()
        await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 20)
        guarded.check(200 - 60)

    asyncio.run(main())


def test_on_trio_with_tasks_cancelled_at_random() -> None:
    chance = random.Random(7)

    async def main() -> None:
        guarded = Guarded(FifoLock(TrioEvent))
        scopes = [trio.CancelScope() for _ in range(200)]

        async def visit(scope: trio.CancelScope) -> None:
            with scope:
                await guarded.visit(trio.lowlevel.checkpoint)

        with trio.fail_after(20):
            async with trio.open_nursery() as nursery:
                for scope in scopes:
                    nursery.start_soon(visit, scope)  # pyright: ignore[reportUnknownMemberType]
                for _ in range(60):
                    await trio.lowlevel.checkpoint()
                    chance.choice(scopes).cancel()
        guarded.check(200 - 60)

    trio.run(main)  # pyright: ignore[reportUnknownMemberType]


def test_between_two_event_loops_in_two_threads() -> None:
    guarded = Guarded(FifoLock(LoopEvent))

    async def pause() -> None:
        await asyncio.sleep(0)

    async def main() -> None:
        await asyncio.wait_for(asyncio.gather(*(guarded.visit(pause) for _ in range(50))), 20)

    threads = [threading.Thread(target=asyncio.run, args=(main(),), daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    guarded.check(100)
