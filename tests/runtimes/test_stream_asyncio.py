"""asyncio: the stream on asyncio's own loop, and the one on the transports of other loops."""

from __future__ import annotations

import asyncio
import gc
import socket
import struct
import threading
import time
import tracemalloc
import warnings
import weakref
from asyncio.selector_events import BaseSelectorEventLoop
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import ContextVar
from typing import Protocol, cast

import pytest

import ahttpx
from httpx.impl.runtimes.asyncio_stream import AsyncioStream
from httpx.impl.runtimes.asyncio_transport import TransportStream
from httpx.impl.runtimes.asyncio_watch import watch_for
from httpx.impl.runtimes.connecting import SocketBackend
from httpx.impl.runtimes.detect import running
from httpx.impl.runtimes.on_asyncio import RUNTIME
from support.scripted import Stall, serve

pytestmark = pytest.mark.limit(20)

MUCH = b"x" * (16 << 20)
"""More than the system takes in."""

Pair = tuple[socket.socket, socket.socket]
Body = Callable[[AsyncioStream, socket.socket], Coroutine[object, object, None]]


class Run(Protocol):
    """Runs a body with a stream and the other end."""

    def __call__(self, body: Body, inactivity: float = 5.0) -> None: ...


class OtherLoop(BaseSelectorEventLoop):
    """A loop that is not asyncio's own, for all that the library knows."""


def connected() -> Pair:
    """Two ends of a TCP connection: one for the stream, one for the test."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs, _ = listener.accept()
    theirs.settimeout(5)
    theirs.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return ours, theirs


def reset(sock: socket.socket) -> None:
    """Break a connection."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


@pytest.fixture(params=["own", "other", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    """Runs a body with a stream and the other end, in a loop of each kind."""
    kind = cast("str", request.param)
    new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.SelectorEventLoop
    if kind == "other":
        new_loop = OtherLoop
    elif kind == "uvloop":
        uvloop = pytest.importorskip("uvloop", reason="uvloop is not installed")
        new_loop = cast("Callable[[], asyncio.AbstractEventLoop]", uvloop.new_event_loop)

    def run(body: Body, inactivity: float = 5.0) -> None:
        complaints: list[dict[str, object]] = []

        async def main() -> None:
            loop = asyncio.get_running_loop()
            loop.set_exception_handler(lambda _, told: complaints.append(told))
            ours, theirs = connected()
            with theirs:
                stream = await RUNTIME.stream(ours, inactivity)
                expected = AsyncioStream if kind == "own" else TransportStream
                assert type(stream) is expected
                await body(stream, theirs)
                await stream.close()
                assert ours.fileno() == -1
            assert len(asyncio.all_tasks()) == 1
            gc.collect()

        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(main())
        assert not complaints

    return run


def in_own_loop(main: Coroutine[object, object, None]) -> None:
    """Run `main` in a loop that is asyncio's own, on every system."""
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(main)


async def turns(number: int = 5) -> None:
    """Let the loop turn."""
    for _ in range(number):
        await asyncio.sleep(0.001)


def test_bytes_come_as_they_arrive(run: Run) -> None:
    async def body(stream: AsyncioStream, theirs: socket.socket) -> None:
        assert stream.is_quiet()
        assert stream.take() is None
        for _ in range(100):  # more than may be written in a row
            await stream.write(b"ping")
            assert theirs.recv(10) == b"ping"
            theirs.send(b"pong")
            assert await stream.read(10) == b"pong"
        theirs.send(b"abcdef")
        assert not stream.is_quiet()
        assert [await stream.read(4), await stream.read(4)] == [b"abcd", b"ef"]
        theirs.send(b"abcdef")
        assert stream.take() == b"abcdef"
        theirs.shutdown(socket.SHUT_WR)
        assert await stream.read(4) == b""
        assert await stream.read(4) == b""
        assert stream.take() == b""
        assert not stream.is_quiet()
        await stream.write(b"half open")
        assert theirs.recv(10) == b"half open"

    run(body)


@pytest.mark.parametrize("size", [1, 1000, 65536, 1 << 20, 1 << 40])
def test_a_large_body_is_whole_however_it_is_read(run: Run, size: int) -> None:
    data = bytes(range(256)) * (4 if size == 1 else 8000)

    async def body(stream: AsyncioStream, theirs: socket.socket) -> None:
        sender = threading.Thread(target=theirs.sendall, args=(data,))
        sender.start()
        pieces: list[bytes] = []
        while sum(map(len, pieces)) < len(data):
            pieces.append(await stream.read(size))
            assert len(pieces[-1]) <= size
        sender.join()
        assert b"".join(pieces) == data

    run(body)


def test_a_reader_that_does_not_come_stops_the_peer(run: Run) -> None:
    async def body(stream: AsyncioStream, theirs: socket.socket) -> None:
        theirs.settimeout(0.2)
        sent = 0
        with suppress(TimeoutError):
            while sent < len(MUCH):
                await turns(1)
                sent += theirs.send(MUCH)
        assert sent < len(MUCH)
        held = len(stream._buffer)  # pyright: ignore[reportPrivateUsage]
        assert held <= (2 << 16) + (1 << 18)
        got = 0
        while got < sent:
            got += len(await stream.read(100_000))
        assert got == sent
        theirs.send(b"and on")
        assert await stream.read(100) == b"and on"

    run(body)


def test_a_task_that_is_never_made_to_wait_lets_others_run(run: Run) -> None:
    async def body(stream: AsyncioStream, theirs: socket.socket) -> None:
        told: list[int] = []

        def look() -> None:
            told.append(1)
            asyncio.get_running_loop().call_soon(look)

        look()
        for _ in range(1000):
            await stream.write(b"a")
        writing = len(told)
        assert writing >= 10
        theirs.sendall(b"b" * 200_000)
        for _ in range(200):
            await stream.read(1000)
        assert len(told) > writing

    run(body)


def test_a_read_that_is_cancelled_loses_nothing(run: Run) -> None:
    async def body(stream: AsyncioStream, theirs: socket.socket) -> None:
        for arrives_first in (False, True):
            task = asyncio.ensure_future(stream.read(10))
            await turns(1)
            if arrives_first:
                theirs.send(b"abc")
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            if not arrives_first:
                theirs.send(b"abc")
            assert await stream.read(10) == b"abc"

    run(body)


def test_a_write_that_is_cancelled_leaves_nothing_to_follow(run: Run) -> None:
    async def body(stream: AsyncioStream, theirs: socket.socket) -> None:
        task = asyncio.ensure_future(stream.write(MUCH))
        await turns()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(RuntimeError, match="is closed"):
            await stream.write(b"y")

    run(body)


def test_large_writes_come_to_their_end(run: Run) -> None:
    async def body(stream: AsyncioStream, theirs: socket.socket) -> None:
        got = bytearray()

        def take_all() -> None:
            while len(got) < 2 * len(MUCH):
                got.extend(theirs.recv(1 << 20))

        taker = threading.Thread(target=take_all)
        taker.start()
        await stream.write(MUCH)
        assert await stream.push(MUCH)
        await asyncio.to_thread(taker.join)
        assert got == MUCH * 2

    run(body)


def test_an_arrival_comes_before_the_rest_of_a_push(run: Run) -> None:
    async def body(stream: AsyncioStream, theirs: socket.socket) -> None:
        task = asyncio.ensure_future(stream.push(MUCH))
        await turns()
        assert not task.done()
        theirs.send(b"enough")
        assert await task is False
        assert await stream.read(100) == b"enough"
        with pytest.raises(RuntimeError, match="in the middle of a write"):
            await stream.write(b"y")
        rest = asyncio.ensure_future(stream.push(b""))
        await turns()
        assert not rest.done()
        got = 0
        while got < len(MUCH):
            got += len(theirs.recv(1 << 20))
            await asyncio.sleep(0)
        assert await rest is True
        theirs.send(b"more")
        await turns()
        assert await stream.push(b"z") is False
        assert theirs.recv(1) == b"z"
        assert await stream.push(b"") is True
        assert await stream.read(10) == b"more"

    run(body)


def test_a_reader_and_a_pusher_are_both_told_of_an_arrival(run: Run) -> None:
    async def body(stream: AsyncioStream, theirs: socket.socket) -> None:
        pushing = asyncio.ensure_future(stream.push(MUCH))
        await turns()
        reading = asyncio.ensure_future(stream.read(100))
        await turns()
        theirs.send(b"enough")
        assert await reading == b"enough"
        await turns()
        pushing.cancel()
        await asyncio.wait([pushing])

    run(body)


def test_what_came_before_a_reset_can_be_read(run: Run) -> None:
    async def body(stream: AsyncioStream, theirs: socket.socket) -> None:
        task = asyncio.ensure_future(stream.write(MUCH))
        await turns()
        theirs.send(b"no more of that")
        reset(theirs)
        with pytest.raises(ahttpx.WriteError):
            await task
        assert await stream.read(100) == b"no more of that"
        with pytest.raises(ahttpx.ReadError, match=r"reading from 127\.0\.0\.1") as caught:
            await stream.read(100)
        assert isinstance(caught.value.__cause__, OSError)
        with pytest.raises(ahttpx.WriteError):
            await stream.write(b"y")
        with pytest.raises(ahttpx.WriteError):
            await stream.push(b"y")

    run(body)


def test_a_reset_wakes_a_reader(run: Run) -> None:
    async def body(stream: AsyncioStream, theirs: socket.socket) -> None:
        task = asyncio.ensure_future(stream.read(10))
        await turns()
        reset(theirs)
        with pytest.raises(ahttpx.ReadError):
            await task

    run(body)


@pytest.mark.parametrize("how", ["abort", "close", "abort in a thread"])
def test_closing_ends_whoever_waits(run: Run, how: str) -> None:
    async def body(stream: AsyncioStream, theirs: socket.socket) -> None:
        reading = asyncio.ensure_future(stream.read(10))
        writing = asyncio.ensure_future(stream.write(MUCH))
        await turns()
        if how == "close":
            await stream.close()
        elif how == "abort":
            stream.abort()
        else:
            await asyncio.to_thread(stream.abort)
        with pytest.raises(ahttpx.ReadError, match="closed on this side"):
            await reading
        with pytest.raises(ahttpx.WriteError, match="closed on this side"):
            await writing
        stream.abort()
        await stream.close()
        with pytest.raises(RuntimeError, match="is closed"):
            await stream.read(1)

    run(body)


def test_inactivity(run: Run) -> None:
    async def body(stream: AsyncioStream, theirs: socket.socket) -> None:
        for _ in range(2):
            await asyncio.sleep(0.1)  # nothing is waited for, and that does not count
            began = time.monotonic()
            with pytest.raises(ahttpx.Timeout, match=r"\(0.15 s\) passed while reading from"):
                await stream.read(10)
            assert 0.13 < time.monotonic() - began < 1
        theirs.send(b"late")
        assert await stream.read(10) == b"late"  # the stream goes on
        with pytest.raises(ahttpx.Timeout, match=r"\(0.15 s\) passed while writing to"):
            await stream.write(MUCH)
        with pytest.raises(RuntimeError, match="is closed"):
            await stream.write(b"y")

    run(body, 0.15)


def test_what_makes_progress_is_not_inactive(run: Run) -> None:
    async def body(stream: AsyncioStream, theirs: socket.socket) -> None:
        ours = cast("socket.socket", stream.get_extra_info("socket"))
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        task = asyncio.ensure_future(stream.write(MUCH))
        began = time.monotonic()
        while time.monotonic() - began < 0.7:
            await asyncio.sleep(0.02)
            theirs.recv(1 << 18)
            theirs.send(b"x")
            assert await stream.read(10)
        assert not task.done()
        task.cancel()
        await asyncio.wait([task])

    run(body, 0.3)


def test_one_timer_for_all_streams_and_none_while_nobody_waits() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        pairs = [connected() for _ in range(5)]
        streams = [AsyncioStream.over(ours, 0.2) for ours, _ in pairs]
        each = streams[0]
        watch = watch_for(loop, 0.2)
        assert watch.asleep
        assert watch_for(loop, 0.2) is watch
        assert watch_for(loop, 0.3) is not watch
        assert watch_for(loop, None).asleep is False
        timers = len(loop._scheduled)  # type: ignore[attr-defined]  # pyright: ignore
        tasks = [asyncio.ensure_future(stream.read(1)) for stream in streams]
        await turns()
        assert len(loop._scheduled) == timers + 1  # type: ignore[attr-defined]  # pyright: ignore
        assert not watch.asleep
        for _, theirs in pairs[1:]:
            theirs.send(b"x")
        with pytest.raises(ahttpx.Timeout):
            await tasks[0]
        assert [await task for task in tasks[1:]] == [b"x"] * 4
        await asyncio.sleep(0.25)
        assert watch.asleep
        for each, (_, theirs) in zip(streams, pairs, strict=True):
            await each.close()
            theirs.close()
        assert not watch.streams
        kept = weakref.ref(watch)
        del watch, streams, each, tasks
        gc.collect()
        assert kept() is None

    in_own_loop(main())


def test_the_task_goes_on_when_the_loop_says_that_bytes_have_come() -> None:
    """Not a turn of the loop later: what was due at the same time comes after it."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        variable: ContextVar[str] = ContextVar("variable")
        ours, theirs = connected()
        stream = AsyncioStream.over(ours, None)
        order: list[str] = []

        async def read() -> None:
            variable.set("the task's own")
            await stream.read(10)
            assert variable.get() == "the task's own"
            assert asyncio.current_task() is task
            order.append("task")

        task = asyncio.ensure_future(read())
        await turns()
        theirs.send(b"x")
        resumed = stream._on_readable  # pyright: ignore[reportPrivateUsage]
        loop.call_soon(resumed)
        loop.call_soon(order.append, "next in line")
        await task
        assert order == ["task", "next in line"]
        await stream.close()
        theirs.close()

    in_own_loop(main())


def test_what_ends_a_loop_does_so_from_a_task_that_reads(run: Run) -> None:
    async def body(stream: AsyncioStream, theirs: socket.socket) -> None:
        async def leave() -> None:
            await stream.read(10)
            raise SystemExit(3)

        asyncio.get_running_loop().call_later(0.01, theirs.send, b"x")
        await leave()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # nothing was closed
        with pytest.raises(SystemExit):
            run(body)
        gc.collect()


def test_a_callback_of_others_does_not_keep_the_task_waiting() -> None:
    async def main() -> None:
        ours, theirs = connected()
        stream = AsyncioStream.over(ours, None)
        told: list[object] = []
        task = asyncio.ensure_future(stream.read(10))
        await turns()
        wait = stream._reader  # pyright: ignore[reportPrivateUsage]
        assert wait is not None
        wait.add_done_callback(told.append)
        theirs.send(b"x")
        assert await task == b"x"
        assert told == [wait]
        await stream.close()
        theirs.close()

    in_own_loop(main())


def test_a_connection_keeps_nothing_of_the_block_it_was_opened_in() -> None:
    class Large:
        """What a context variable may hold."""

    variable: ContextVar[Large] = ContextVar("variable")

    async def main() -> None:
        backend = SocketBackend(
            running,
            local_address=None,
            socket_options=(),
            family=0,
            connect_timeout=5,
            inactivity_timeout=5,
        )

        async def connect() -> tuple[AsyncioStream, weakref.ref[Large]]:
            large = Large()
            variable.set(large)
            async with ahttpx.timeout(5):
                stream = cast("AsyncioStream", await backend.connect(server.host, server.port))
                with pytest.raises(ahttpx.Timeout):
                    async with ahttpx.timeout(0.01):
                        await stream.read(1)
            return stream, weakref.ref(large)

        task = asyncio.ensure_future(connect())
        stream, kept = await task
        del task
        await turns()
        gc.collect()
        assert kept() is None
        await stream.close()

    with serve([Stall()]) as server:
        in_own_loop(main())


def test_an_idle_connection_is_small() -> None:
    number = 200

    async def main() -> None:
        pairs = [connected() for _ in range(number)]

        async def use(stream: AsyncioStream, theirs: socket.socket) -> None:
            await stream.write(b"ping")
            theirs.recv(10)
            theirs.send(b"pong" * 1000)
            got = 0
            while got < 4000:
                got += len(await stream.read(65536))

        gc.collect()
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            streams = [AsyncioStream.over(ours, 300.0) for ours, _ in pairs]
            for stream, (_, theirs) in zip(streams, pairs, strict=True):
                await use(stream, theirs)
            gc.collect()
            after, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        for stream, (_, theirs) in zip(streams, pairs, strict=True):
            await stream.close()
            theirs.close()
        assert (after - before) / number < 1200

    in_own_loop(main())


@pytest.mark.parametrize("kind", ["own", "other"])
def test_a_loop_that_ended_first(kind: str) -> None:
    """The descriptor is freed all the same, and nothing is said."""
    ours, theirs = connected()

    async def main() -> AsyncioStream:
        return await RUNTIME.stream(ours, None)

    loop_class = OtherLoop if kind == "other" else asyncio.SelectorEventLoop
    with asyncio.Runner(loop_factory=loop_class) as runner:
        stream = runner.run(main())
    stream.abort()
    assert ours.fileno() == -1
    assert theirs.recv(10) == b""
    theirs.close()
    del stream
    gc.collect()
