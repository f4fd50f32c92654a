"""Threads: what goes to the bare descriptor, and when it may not."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Coroutine, Iterator
from typing import TypeVar

import pytest

import httpx
from httpx.impl.drive import run
from httpx.impl.runtimes import polling, threads_stream
from httpx.impl.runtimes.threads_stream import ThreadsStream

MUCH = b"x" * (16 << 20)
"""More than the system takes in."""

Pair = tuple[socket.socket, socket.socket]
T = TypeVar("T")


class Counting(socket.socket):
    """A socket with more to it than carrying bytes, as `ssl.SSLSocket` has."""

    calls: list[str]

    def send(self, data: object, flags: int = 0, /) -> int:
        self.calls.append("send")
        return super().send(data, flags)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        self.calls.append("recv")
        return super().recv(bufsize, flags)


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Two connected sockets: one for the stream, one for the test."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.settimeout(5)
        yield ours, theirs


@pytest.fixture(params=["poll", "select"])
def stream(
    request: pytest.FixtureRequest, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> ThreadsStream:
    """A stream over the first of the pair; also as it is where there is no `poll`."""
    if request.param == "select":
        monkeypatch.setattr(polling, "HAS_POLL", False)
    elif not polling.HAS_POLL:
        pytest.skip("this system has no poll()")
    return ThreadsStream(pair[0], 5.0)


def in_thread(coroutine: Coroutine[object, None, T]) -> tuple[threading.Thread, list[object]]:
    """Run `coroutine` in a thread; what it returned or raised."""
    outcome: list[object] = []

    def main() -> None:
        try:
            outcome.append(run(coroutine))
        except Exception as error:
            outcome.append(error)

    thread = threading.Thread(target=main, daemon=True)
    thread.start()
    return thread, outcome


def receive(sock: socket.socket, count: int) -> bytes:
    """Receive `count` bytes."""
    received = bytearray()
    while len(received) < count:
        data = sock.recv(min(count - len(received), 1 << 20))
        assert data
        received += data
    return bytes(received)


async def send_by(verb: str, stream: ThreadsStream, data: bytes) -> None:
    """Write `data`, or push it."""
    if verb == "write":
        await stream.write(data)
    else:
        assert await stream.push(data)


def test_what_finds_no_room_is_sent_all_the_same(stream: ThreadsStream, pair: Pair) -> None:
    for seconds in (None, 5.0):

        async def write(seconds: float | None = seconds) -> None:
            with httpx.timeout(seconds):
                await stream.write(MUCH)
                await stream.push(MUCH)

        thread, outcome = in_thread(write())
        receive(pair[1], 2 * len(MUCH))
        thread.join(5)
        assert outcome == [None]


def test_reads_under_a_deadline(stream: ThreadsStream, pair: Pair) -> None:
    pair[1].send(b"ab")
    with httpx.timeout(5):
        assert run(stream.read(1)) == b"a"
        assert run(stream.read(10)) == b"b"
        pair[1].shutdown(socket.SHUT_WR)
        assert run(stream.read(10)) == b""


@pytest.mark.parametrize("verb", ["write", "push"])
def test_a_deadline_that_has_passed_stops_a_write_for_which_there_is_room(
    verb: str, stream: ThreadsStream, pair: Pair
) -> None:
    with pytest.raises(httpx.Timeout, match="while writing to"), httpx.timeout(0):
        run(send_by(verb, stream, b"a"))
    assert pair[1].recv(10) == b""  # aborted, and nothing was sent


@pytest.mark.parametrize("verb", ["write", "push"])
def test_a_deadline_ends_a_write_for_which_there_is_no_room(
    verb: str, stream: ThreadsStream
) -> None:
    began = time.monotonic()
    with pytest.raises(httpx.Timeout, match="while writing to"), httpx.timeout(0.05):
        run(send_by(verb, stream, MUCH))
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("seconds", [None, 5.0])
def test_a_socket_that_is_more_than_one_is_asked_itself(seconds: float | None, pair: Pair) -> None:
    ours = Counting(fileno=os.dup(pair[0].fileno()))
    ours.calls = []
    stream = ThreadsStream(ours, 5.0)
    with httpx.timeout(seconds):
        run(stream.write(b"a"))
        run(stream.push(b"b"))
        pair[1].send(b"c")
        assert run(stream.read(10)) == b"c"
    assert ours.calls == ["send", "send", "recv"]
    assert pair[1].recv(10) == b"ab"
    stream.abort()


@pytest.mark.parametrize("verb", ["write", "push"])
def test_nothing_reaches_a_file_that_took_over_the_number(
    verb: str, pair: Pair, monkeypatch: pytest.MonkeyPatch, tmp_path: os.PathLike[str]
) -> None:
    """Another thread closes the stream at the worst moment: right before the system call."""
    stream = ThreadsStream(pair[0], 5.0)
    number = pair[0].fileno()
    system_send = socket.socket.send
    taken: list[int] = []

    def send(sock: socket.socket, data: bytes, flags: int = 0) -> int:
        stream.abort()
        taken.append(os.open(os.path.join(tmp_path, "victim"), os.O_CREAT | os.O_RDWR))
        return system_send(sock, data, flags)

    with monkeypatch.context() as patched:
        patched.setattr(socket.socket, "send", send)
        with pytest.raises(httpx.WriteError, match="closed on this side"):
            run(send_by(verb, stream, b"secret"))
    assert taken != [number]
    assert os.pread(taken[0], 10, 0) == b""
    os.close(taken[0])
    assert pair[0].fileno() == -1  # freed in the end


def test_a_descriptor_that_was_freed_is_not_used(pair: Pair) -> None:
    stream = ThreadsStream(pair[0], 5.0)
    pair[0].close()  # by another thread, after the call had looked whether it is closed
    for seconds in (None, 5.0):
        with httpx.timeout(seconds):
            with pytest.raises(httpx.WriteError):
                run(stream.write(b"a"))
            with pytest.raises(httpx.WriteError):
                run(stream.push(b"a"))
            with pytest.raises(httpx.ReadError):
                run(stream.read(10))


def test_a_push_that_ends_keeps_none_of_its_data(stream: ThreadsStream, pair: Pair) -> None:
    pair[1].send(b"wait")
    assert run(stream.push(MUCH)) is False
    assert run(stream.read(10)) == b"wait"
    thread, outcome = in_thread(stream.push(b""))
    receive(pair[1], len(MUCH))
    thread.join(5)
    assert outcome == [True]
    assert stream._unsent.obj == b""  # pyright: ignore[reportPrivateUsage]


def test_pieces_in_quick_succession_come_out_as_they_went_in(
    stream: ThreadsStream, pair: Pair
) -> None:
    pieces = [bytes([n % 251]) * (n * n) for n in range(1, 300)]  # up to 90 KB, 9 MB in all

    async def push() -> None:
        for piece in pieces:
            assert await stream.push(piece)

    thread, outcome = in_thread(push())
    received = receive(pair[1], sum(map(len, pieces)))
    thread.join(5)
    assert outcome == [None]
    assert received == b"".join(pieces)


def test_what_arrives_while_there_is_no_room_comes_first(stream: ThreadsStream, pair: Pair) -> None:
    data = bytes(range(256)) * 65536
    thread, outcome = in_thread(stream.push(data))
    begun = receive(pair[1], 1)
    time.sleep(0.02)  # there is no room any more
    assert outcome == []
    pair[1].send(b"enough")
    thread.join(5)
    assert outcome == [False]
    assert run(stream.read(10)) == b"enough"
    thread, outcome = in_thread(stream.push(b""))
    assert begun + receive(pair[1], len(data) - 1) == data
    thread.join(5)
    assert outcome == [True]


def test_a_push_after_a_pause_sees_what_has_arrived(stream: ThreadsStream, pair: Pair) -> None:
    assert run(stream.push(b"a"))
    pair[1].send(b"enough")
    time.sleep(2 * threads_stream.LOOK_EVERY)
    assert not run(stream.push(b"b"))
    assert run(stream.read(10)) == b"enough"
    assert run(stream.push(b""))
    assert pair[1].recv(10) == b"ab"


def test_while_there_is_room_pushes_look_from_time_to_time_only(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not polling.HAS_POLL:
        pytest.skip("this system has no poll()")
    monkeypatch.setattr(threads_stream, "LOOK_EVERY", 60.0)
    stream = ThreadsStream(pair[0], 5.0)
    assert run(stream.push(b"a"))
    pair[1].send(b"enough")
    assert run(stream.push(b"b"))
    assert pair[1].recv(10) == b"ab"
    assert not run(stream.push(MUCH))  # there is no room


def test_is_quiet(stream: ThreadsStream, pair: Pair) -> None:
    assert stream.is_quiet()
    assert stream.take() is None
    pair[1].send(b"a")
    assert not stream.is_quiet()
    assert stream.take() == b"a"
    pair[0].close()  # by another thread, just now
    assert not stream.is_quiet()


@pytest.fixture(params=["system", "select", "more than a socket"])
def impatient(
    request: pytest.FixtureRequest, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> ThreadsStream:
    """A stream that waits for 0.1 seconds, in each of the ways in which it may."""
    if request.param == "select":
        monkeypatch.setattr(polling, "HAS_POLL", False)
    if request.param == "more than a socket":
        ours = Counting(fileno=os.dup(pair[0].fileno()))
        ours.calls = []
        return ThreadsStream(ours, 0.1)
    return ThreadsStream(pair[0], 0.1)


def test_a_silent_peer_is_not_waited_for_for_ever(impatient: ThreadsStream) -> None:
    silent = pytest.raises(httpx.Timeout, match=r"inactivity_timeout .* \(0.1 s\) passed")
    began = time.monotonic()
    with silent:
        run(impatient.read(10))
    with silent:
        run(impatient.read_into(memoryview(bytearray(10))))
    with silent, httpx.timeout(20):
        run(impatient.read(10))
    with silent:
        run(impatient.write(MUCH))
    assert 0.4 <= time.monotonic() - began < 10
    impatient.abort()


def test_a_push_to_a_silent_peer_ends_too(impatient: ThreadsStream) -> None:
    began = time.monotonic()
    with pytest.raises(httpx.Timeout, match=r"inactivity_timeout .* \(0.1 s\) passed"):
        run(impatient.push(MUCH))
    assert 0.1 <= time.monotonic() - began < 5
    impatient.abort()


def test_a_slow_peer_is_waited_for(impatient: ThreadsStream, pair: Pair) -> None:
    thread, outcome = in_thread(impatient.write(MUCH))
    left = len(MUCH)
    while left:  # in all it takes longer than the limit
        time.sleep(0.02)
        left -= len(pair[1].recv(len(MUCH) // 10))
    thread.join(5)
    assert outcome == [None]
    impatient.abort()


def test_a_stream_without_a_limit_waits(pair: Pair) -> None:
    stream = ThreadsStream(pair[0], None)
    thread, outcome = in_thread(stream.read(10))
    time.sleep(0.05)
    pair[1].send(b"a")
    thread.join(5)
    assert outcome == [b"a"]
    thread, outcome = in_thread(stream.write(MUCH))
    receive(pair[1], len(MUCH))
    thread.join(5)
    assert outcome == [None]
    thread, outcome = in_thread(stream.read(10))
    time.sleep(0.05)
    stream.abort()
    thread.join(5)
    assert isinstance(outcome[0], httpx.ReadError)


def test_signals_do_not_put_off_the_limit_on_inactivity(pair: Pair) -> None:
    """Python begins a call of the system anew after each of them."""
    if not hasattr(signal, "setitimer"):
        pytest.skip("this system has no interval timers")
    stream = ThreadsStream(pair[0], 0.3)
    before = signal.signal(signal.SIGALRM, lambda number, frame: None)
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
    began = time.monotonic()
    try:
        with pytest.raises(httpx.Timeout, match="while reading from"):
            run(stream.read(10))
        with pytest.raises(httpx.Timeout, match="while reading from"):
            run(stream.read_into(memoryview(bytearray(10))))
        with pytest.raises(httpx.Timeout, match="while writing to"):
            run(stream.write(MUCH))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert 0.9 <= time.monotonic() - began < 5


def test_a_socket_class_that_was_patched_keeps_its_own_way(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As gevent does it: its sockets never block, and wait elsewhere, for their own timeout."""
    waited: list[float | None] = []

    def recv(sock: socket.socket, size: int, flags: int = 0) -> bytes:
        waited.append(sock.gettimeout())
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket.socket, "recv", recv, raising=False)
    stream = ThreadsStream(pair[0], 7.0)
    with pytest.raises(httpx.Timeout, match="inactivity_timeout"):
        run(stream.read(10))
    assert waited == [7.0]
