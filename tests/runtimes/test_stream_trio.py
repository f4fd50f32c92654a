"""trio: each call of a stream is a checkpoint, and inactivity is told without a scope for each."""

from __future__ import annotations

import gc
import socket
import ssl
import weakref
from collections.abc import Awaitable, Callable, Iterator

import pytest
import trio
import trio.testing

import ahttpx
from httpx.impl.runtimes.trio_stream import TrioStream
from httpx.impl.runtimes.trio_watch import watchman

MUCH = b"x" * (16 << 20)
"""More than the system takes in."""

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Two connected sockets: one for the stream, one for the test."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.settimeout(5)
        yield ours, theirs


def in_trio(body: Callable[[], Awaitable[None]]) -> None:
    """Run `body` under trio, with a clock that jumps to the next deadline."""
    trio.run(body, clock=trio.testing.MockClock(autojump_threshold=0))


def looking() -> int:
    """How many streams of this run are going to be looked at."""
    return len(watchman()._due)  # pyright: ignore[reportPrivateUsage]


def system_tasks() -> set[str]:
    """The names of the tasks beside the test's own."""
    root = trio.lowlevel.current_root_task()
    assert root is not None
    return {task.name for nursery in root.child_nurseries for task in nursery.child_tasks}


def test_every_call_that_has_nothing_to_wait_for_is_a_checkpoint(pair: Pair) -> None:
    ours, theirs = pair

    async def body() -> None:
        stream = TrioStream(ours, 1.0)
        for _ in range(3):
            theirs.send(b"a")
            with trio.testing.assert_checkpoints():
                assert await stream.read(1)
            with trio.testing.assert_checkpoints():
                await stream.write(b"d")
            with trio.testing.assert_checkpoints():
                assert await stream.push(b"d") is True
        stream.abort()

    in_trio(body)


def test_a_cancelled_task_gets_nothing_even_if_it_is_there(pair: Pair) -> None:
    ours, theirs = pair

    async def body() -> None:
        stream = TrioStream(ours, 1.0)
        theirs.send(b"abc")
        with trio.CancelScope() as scope:
            scope.cancel()
            await stream.read(10)
        assert scope.cancelled_caught
        assert await stream.read(10) == b"abc"  # nothing was lost
        with trio.CancelScope() as scope:
            scope.cancel()
            await stream.write(b"d")
        assert scope.cancelled_caught
        assert theirs.recv(10) == b""  # a write that is cut short leaves the stream aborted

    in_trio(body)


def test_others_get_their_turn_while_one_task_never_waits(pair: Pair) -> None:
    ours, theirs = pair

    async def body() -> None:
        stream = TrioStream(ours, 1.0)
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                await trio.lowlevel.checkpoint()
                turns += 1

        async with trio.open_nursery() as nursery:
            nursery.start_soon(other)
            for _ in range(100):
                theirs.send(b"a")
                assert await stream.read(10) == b"a"
            nursery.cancel_scope.cancel()
        assert turns >= 50
        stream.abort()

    in_trio(body)


def test_streams_that_are_gone_do_not_pile_up_until_their_time_would_be_up() -> None:
    async def body() -> None:
        for _ in range(500):
            ours, theirs = socket.socketpair()
            stream = TrioStream(ours, 300.0)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(stream.read, 10)
                await trio.testing.wait_all_tasks_blocked()
                theirs.send(b"a")
            stream.abort()
            theirs.close()
        assert looking() < 200

    trio.run(body)


def test_a_read_ends_when_its_own_time_is_up(pair: Pair) -> None:
    """Not when that of an earlier read would have been, for which the run was to look."""
    ours, theirs = pair

    async def body() -> None:
        stream = TrioStream(ours, 10.0)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(stream.read, 10)
            await trio.sleep(6)
            theirs.send(b"a")
        assert trio.current_time() == pytest.approx(6)
        assert looking() == 1
        with pytest.raises(ahttpx.Timeout, match=r"^inactivity_timeout .* \(10 s\) passed while r"):
            await stream.read(10)
        assert trio.current_time() == pytest.approx(16)
        theirs.send(b"b")  # the stream is none the worse for it
        assert await stream.read(10) == b"b"
        with pytest.raises(ahttpx.Timeout):
            await stream.read(10)
        assert trio.current_time() == pytest.approx(26)
        stream.abort()

    trio.run(body, clock=trio.testing.MockClock(autojump_threshold=0.02))


def test_streams_with_other_limits_do_not_wait_for_each_other(pair: Pair) -> None:
    ours, _ = pair
    one, other = socket.socketpair()

    async def body() -> None:
        began = trio.current_time()
        ended: dict[str, float] = {}

        async def expire(name: str, sock: socket.socket, limit: float) -> None:
            stream = TrioStream(sock, limit)
            with pytest.raises(ahttpx.Timeout):
                await stream.read(10)
            ended[name] = trio.current_time() - began
            stream.abort()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(expire, "long", ours, 9.0)
            await trio.testing.wait_all_tasks_blocked()
            nursery.start_soon(expire, "short", one, 3.0)
        assert ended == {"long": pytest.approx(9), "short": pytest.approx(3)}

    with one, other:
        in_trio(body)


def test_a_read_that_expires_does_not_cut_a_write_short(pair: Pair) -> None:
    ours, _ = pair

    async def body() -> None:
        stream = TrioStream(ours, 10.0)
        began = trio.current_time()

        async def write() -> None:
            with pytest.raises(ahttpx.Timeout, match="writing to"):
                await stream.write(MUCH)
            assert trio.current_time() - began == pytest.approx(14)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 4)
            async with trio.open_nursery() as reading:
                reading.start_soon(expect_expiry, stream, began + 10)
                await trio.sleep(4)
                nursery.start_soon(write)

    in_trio(body)


async def expect_expiry(stream: TrioStream, at: float) -> None:
    """Read in vain until `at`."""
    with pytest.raises(ahttpx.Timeout, match="reading from"):
        await stream.read(10)
    assert trio.current_time() == pytest.approx(at)


def test_a_second_reader_is_told_and_the_first_goes_on(pair: Pair) -> None:
    ours, theirs = pair

    async def body() -> None:
        stream = TrioStream(ours, 10.0)
        got: list[bytes] = []

        async def read() -> None:
            got.append(await stream.read(10))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(read)
            await trio.testing.wait_all_tasks_blocked()
            with pytest.raises(RuntimeError, match="one reader"):
                await stream.read(10)
            theirs.send(b"a")
        assert got == [b"a"]
        stream.abort()

    trio.run(body)


def test_nobody_looks_after_what_is_not_waiting(pair: Pair) -> None:
    """A stream leaves the list at its next look; with the last one the system task ends."""
    ours, theirs = pair

    async def body() -> None:
        stream = TrioStream(ours, 10.0)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(stream.read, 10)
            await trio.testing.wait_all_tasks_blocked()
            theirs.send(b"a")
        assert looking() == 1
        assert "httpx inactivity" in system_tasks()
        await trio.sleep(11)
        assert looking() == 0
        assert "httpx inactivity" not in system_tasks()
        async with trio.open_nursery() as nursery:  # and it begins anew
            nursery.start_soon(stream.read, 10)
            await trio.testing.wait_all_tasks_blocked()
            assert looking() == 1
            theirs.send(b"a")
        stream.abort()

    trio.run(body, clock=trio.testing.MockClock(autojump_threshold=0.02))


def test_the_list_keeps_no_stream_alive(pair: Pair) -> None:
    ours, theirs = pair

    async def body() -> None:
        stream = TrioStream(ours, 10.0)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(stream.read, 10)
            await trio.testing.wait_all_tasks_blocked()
            theirs.send(b"a")
        alive = weakref.ref(stream)
        del stream, nursery
        gc.collect()
        assert alive() is None
        await trio.sleep(11)
        assert looking() == 0

    trio.run(body, clock=trio.testing.MockClock(autojump_threshold=0.02))


def test_a_push_that_ends_keeps_none_of_its_data(pair: Pair) -> None:
    ours, theirs = pair

    async def body() -> None:
        stream = TrioStream(ours, 10.0)
        assert await stream.push(b"abc")
        assert stream._unsent.obj == b""  # pyright: ignore[reportPrivateUsage]
        theirs.send(b"wait")
        assert await stream.push(MUCH) is False
        assert await stream.read(10) == b"wait"
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.to_thread.run_sync, receive, theirs, 3 + len(MUCH))
            assert await stream.push(b"")
        assert stream._unsent.obj == b""  # pyright: ignore[reportPrivateUsage]
        stream.abort()

    trio.run(body)


def receive(sock: socket.socket, count: int) -> None:
    """Receive `count` bytes."""
    while count:
        data = sock.recv(min(count, 1 << 20))
        assert data
        count -= len(data)


def test_a_push_of_which_nothing_leaves_expires(pair: Pair) -> None:
    ours, _ = pair

    async def body() -> None:
        stream = TrioStream(ours, 10.0)
        with pytest.raises(ahttpx.Timeout, match="writing to"):
            await stream.push(MUCH)
        assert trio.current_time() == pytest.approx(10)
        with pytest.raises(RuntimeError, match="is closed"):
            await stream.read(10)

    in_trio(body)


def test_a_socket_that_encrypts_is_refused(pair: Pair) -> None:
    context = ssl.create_default_context()
    with context.wrap_socket(
        pair[0], server_hostname="a.test", do_handshake_on_connect=False
    ) as sock:

        async def body() -> None:
            with pytest.raises(TypeError, match=r"not SSLSocket: for TLS there is start_tls"):
                TrioStream(sock, None)

        trio.run(body)
