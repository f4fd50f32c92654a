"""asyncio: a cancellation by the user wins over an expiry, whenever the two come."""

# ruff: noqa: PT012  (what raises here are blocks)

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import aclosing, suppress

import pytest

import ahttpx
from httpx.impl.runtimes.on_asyncio import RUNTIME
from httpx.impl.runtimes.scopes import innermost
from support.scripted import Stall, serve

Body = Callable[[], Coroutine[object, object, None]]


async def wait() -> None:
    """Wait for ever, inside the library."""
    await RUNTIME.event().wait("waiting in a test")


async def settled() -> None:
    """Check that no cancellation and no state is left in the running task."""
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    for _ in range(3):
        await asyncio.sleep(0)
    await asyncio.sleep(0.002)
    assert innermost.get() is None


def run(body: Body) -> None:
    """Run `body` in a loop whose handler of forgotten errors fails the test."""
    complaints: list[dict[str, object]] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, told: complaints.append(told))
        await body()

    asyncio.run(main())
    assert not complaints


def in_the_loop(body: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    """A test that runs its body in a loop."""

    def test() -> None:
        async def main() -> None:
            await body()

        run(main)

    test.__name__ = getattr(body, "__name__", "test")
    test.__doc__ = body.__doc__
    return test


class Outcome:
    """What came of a block, as seen from inside of its task."""

    def __init__(self, seconds: float, work: Body = wait) -> None:
        self.seconds = seconds
        self.work = work
        self.word = "running"

    async def main(self) -> None:
        try:
            async with ahttpx.timeout(self.seconds):
                await self.work()
            self.word = "done"
        except ahttpx.Timeout:
            self.word = "timeout"
        except asyncio.CancelledError:
            self.word = "cancelled"
            raise
        await settled()


async def finish(task: asyncio.Task[None]) -> bool:
    """Wait for a task; tell whether it was cancelled."""
    await asyncio.wait([task])
    if task.cancelled():
        return True
    task.result()
    return False


@in_the_loop
async def test_a_cancellation_around_the_moment_of_expiry_wins_or_comes_too_late() -> None:
    """Whenever it comes while the block is there, it is what the task sees."""
    loop = asyncio.get_running_loop()
    seen: dict[str, int] = {}
    for step in range(-40, 41):
        outcome = Outcome(0.01)
        task = loop.create_task(outcome.main())
        await asyncio.sleep(0)
        in_time: list[bool] = []

        def cancel(
            task: asyncio.Task[None] = task,
            outcome: Outcome = outcome,
            in_time: list[bool] = in_time,
        ) -> None:
            in_time.append(outcome.word == "running")
            if in_time[0]:
                task.cancel()

        timer = loop.call_later(0.01 + step * 5e-5, cancel)
        cancelled = await finish(task)
        timer.cancel()
        assert cancelled == (in_time == [True])
        assert outcome.word == ("cancelled" if cancelled else "timeout")
        seen[outcome.word] = seen.get(outcome.word, 0) + 1
    assert set(seen) == {"cancelled", "timeout"}


@pytest.mark.parametrize("first", ["the user", "the deadline"])
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_both_within_a_few_turns_of_the_loop(first: str, turns: int) -> None:
    async def body() -> None:
        loop = asyncio.get_running_loop()
        blocks: list[ahttpx.timeout] = []
        words: list[str] = []

        async def main() -> None:
            try:
                async with ahttpx.timeout(60) as t:
                    blocks.append(t)
                    await wait()
            except ahttpx.Timeout:
                words.append("timeout")
                await settled()
            except asyncio.CancelledError:
                words.append("cancelled")
                raise

        task = loop.create_task(main())
        await asyncio.sleep(0)
        acts: list[Callable[[], object]] = [task.cancel, lambda: blocks[0].reschedule(0)]
        if first == "the deadline":
            acts.reverse()
        acts[0]()
        for _ in range(turns):
            await asyncio.sleep(0)
        was_over = bool(words)
        if first == "the user" or not was_over:
            acts[1]()
        cancelled = await finish(task)
        if first == "the user" or not was_over:
            assert cancelled
            assert words == ["cancelled"]
        else:
            assert words == ["timeout"]

    run(body)


@in_the_loop
async def test_a_cancellation_during_the_clean_up_after_an_expiry_wins() -> None:
    cleaning = asyncio.Event()

    async def work() -> None:
        try:
            await wait()
        finally:
            cleaning.set()
            await asyncio.sleep(5)

    outcome = Outcome(0.01, work)
    task = asyncio.get_running_loop().create_task(outcome.main())
    await cleaning.wait()
    task.cancel()
    assert await finish(task)
    assert outcome.word == "cancelled"


@in_the_loop
async def test_an_expiry_during_the_clean_up_after_a_cancellation_changes_nothing() -> None:
    for seconds_of_clean_up in (0.03, 0):

        async def work(seconds: float = seconds_of_clean_up) -> None:
            try:
                await wait()
            finally:
                try:
                    await asyncio.sleep(seconds)
                finally:
                    await asyncio.sleep(0)

        outcome = Outcome(0.02, work)
        task = asyncio.get_running_loop().create_task(outcome.main())
        await asyncio.sleep(0.01)
        task.cancel()
        assert await finish(task)
        assert outcome.word == "cancelled"


@in_the_loop
async def test_a_cancellation_that_was_on_its_way_before_the_block_wins() -> None:
    for seconds in (0, -1, 5):
        outcome = Outcome(seconds)

        async def main(outcome: Outcome = outcome) -> None:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
            await outcome.main()

        assert await finish(asyncio.get_running_loop().create_task(main()))
        assert outcome.word in ("cancelled", "running")


@in_the_loop
async def test_a_cancellation_within_a_connect_that_just_succeeded_leaves_no_socket() -> None:
    """A block whose limit and whose user strike at once, when the work is done already."""
    loop = asyncio.get_running_loop()
    with serve([Stall()]) as server:
        for _ in range(30):

            async def connect() -> None:
                task = asyncio.current_task()
                assert task is not None
                async with ahttpx.timeout(60) as t:
                    stream = await ahttpx.NetworkBackend().connect("127.0.0.1", server.port)
                    t.reschedule(0)
                    loop.call_soon(task.cancel)
                    try:
                        await wait()
                    finally:
                        await stream.close()

            assert await finish(loop.create_task(connect()))
        assert await asyncio.to_thread(server.wait_closed)


@in_the_loop
async def test_work_that_ended_while_it_was_being_cancelled_leaves_no_cancellation() -> None:
    """Before Python 3.13 a cancellation that was taken back is delivered all the same."""
    async with ahttpx.timeout(60) as t:
        t.reschedule(0)
    await settled()
    with pytest.raises(KeyError):
        async with ahttpx.timeout(60) as t:
            t.reschedule(0)
            raise KeyError
    await settled()
    gone = asyncio.get_running_loop().create_future()
    gone.cancel()
    with pytest.raises(ahttpx.Timeout):
        async with ahttpx.timeout(0):
            await gone  # raises at once, without a turn of the loop
    await settled()


@in_the_loop
async def test_user_code_that_swallows_the_cancellation_completes() -> None:
    async with ahttpx.timeout(0.01) as t:
        try:
            await wait()
        except asyncio.CancelledError:
            pass  # what nobody should do
    assert t.expired
    await settled()


@in_the_loop
async def test_a_task_group_around_is_cancelled_as_ever() -> None:
    words: list[str] = []

    async def child() -> None:
        try:
            async with ahttpx.timeout(0.02):
                await wait()
        except ahttpx.Timeout:
            words.append("timeout")
            raise
        except asyncio.CancelledError:
            words.append("cancelled")
            raise

    async def failing() -> None:
        await asyncio.sleep(0.01)
        raise KeyError

    with pytest.raises(ExceptionGroup) as caught:
        async with asyncio.TaskGroup() as group:
            group.create_task(child())
            group.create_task(failing())
    assert [type(error) for error in caught.value.exceptions] == [KeyError]
    assert words == ["cancelled"]


@in_the_loop
async def test_a_task_group_within_is_ended() -> None:
    with pytest.raises(ahttpx.Timeout):
        async with ahttpx.timeout(0.02), asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(5))
    await settled()


@in_the_loop
async def test_asyncio_timeouts_inside_and_outside() -> None:
    with pytest.raises(ahttpx.Timeout):
        async with ahttpx.timeout(0.01), asyncio.timeout(5):
            await wait()
    await settled()
    with pytest.raises(TimeoutError) as caught:
        async with asyncio.timeout(0.01), ahttpx.timeout(5):
            await wait()
    assert not isinstance(caught.value, ahttpx.Timeout)
    await settled()
    with pytest.raises(TimeoutError) as caught:
        async with asyncio.timeout(0.01), ahttpx.timeout(0.01):
            await asyncio.sleep(5)
    await settled()


@in_the_loop
async def test_a_closed_coroutine_is_not_asked_to_wait() -> None:
    async def numbers() -> AsyncGenerator[int]:
        async with ahttpx.timeout(60) as t:
            t.reschedule(0)
            yield 1

    async with aclosing(numbers()) as iterator:
        # The block is left by GeneratorExit, with its cancellation still on its way.
        assert await anext(iterator) == 1
    with suppress(asyncio.CancelledError):  # it could not be waited for; from Python 3.13 on it
        await asyncio.sleep(0)  # need not be
    await settled()


@in_the_loop
async def test_a_child_task_is_not_covered() -> None:
    async def child() -> str:
        await asyncio.sleep(0.05)
        return "done"

    tasks: list[asyncio.Task[str]] = []
    with pytest.raises(ahttpx.Timeout):
        async with ahttpx.timeout(0.01):
            tasks.append(asyncio.get_running_loop().create_task(child()))
            await wait()
    assert await tasks[0] == "done"
    await settled()


@in_the_loop
async def test_clean_up_is_not_cut_short_by_cancellations_and_does_not_swallow_them() -> None:
    steps: list[str] = []

    async def clean_up() -> None:
        await asyncio.sleep(0.03)
        steps.append("cleaned")

    async def main() -> None:
        try:
            async with ahttpx.timeout(5):
                await RUNTIME.shielded(clean_up, 1.0)
                steps.append("went on")
        except ahttpx.Timeout:
            steps.append("timeout")

    task = asyncio.get_running_loop().create_task(main())
    for _ in range(3):
        await asyncio.sleep(0.002)
        task.cancel()
    assert await finish(task)
    assert steps == ["cleaned"]


@in_the_loop
async def test_clean_up_under_an_expired_deadline_gets_a_little_time() -> None:
    steps: list[str] = []

    async def clean_up() -> None:
        await asyncio.sleep(0.01)
        steps.append("cleaned")
        await asyncio.sleep(5)
        steps.append("never")

    loop = asyncio.get_running_loop()
    began = loop.time()
    with pytest.raises(ahttpx.Timeout):
        async with ahttpx.timeout(0):
            await RUNTIME.shielded(clean_up, 1.0)
    assert steps == ["cleaned"]
    assert loop.time() - began < 0.3
    await settled()


def test_outside_of_any_loop_it_says_so() -> None:
    async def enter() -> None:
        async with ahttpx.timeout(5):
            pass

    coroutine = enter()
    with pytest.raises(RuntimeError, match="must be used inside a running event loop"):
        coroutine.send(None)
