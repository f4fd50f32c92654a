"""`timeout()`: the rules of its blocks, and that it bounds whatever waits, on all runtimes."""

# pyright: reportPossiblyUnboundVariable=false
# ruff: noqa: PT012, SIM117  (what raises here are blocks, and their nesting is what is tested)

from __future__ import annotations

import contextlib
import math
import pickle
import re
import socket
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator

import pytest

from httpx.impl.runtimes.scopes import innermost
from support.api import Api
from support.certs import Certs
from support.runtimes import behaviour
from support.scripted import (
    Call,
    Conn,
    Drip,
    Expect,
    Loop,
    Send,
    Sleep,
    Stall,
    answer,
    keep_answering,
    serve,
)

NATIVE = ("threads", "asyncio", "trio")
"""For what a user-written backend has no part in."""

T = 0.3
"""Seconds: the deadline of most tests. It may be overrun by half."""

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
MANY_BYTES = b"x" * (32 << 20)
"""More than the buffers of both ends of a connection hold."""


@contextlib.contextmanager
def black_hole() -> Generator[int]:
    """A port that takes no connection and refuses none: the listener's queue is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port: int = listener.getsockname()[1]
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        time.sleep(0.02)
        yield port


@contextlib.contextmanager
def hanging_resolver(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """A block in which looking a name up takes for ever."""
    done = threading.Event()

    def hang(*args: object) -> list[object]:
        done.wait(20)
        raise socket.gaierror(socket.EAI_AGAIN, "given up by the test")

    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", hang)
        try:
            yield
        finally:
            done.set()


async def expires(api: Api, work: Callable[[], Awaitable[object]], seconds: float = T) -> str:
    """Do `work` under a deadline that must end it, in time; the message of the error."""
    began = time.monotonic()
    with pytest.raises(api.Timeout) as caught:
        async with api.timeout(seconds):
            await work()
    took = time.monotonic() - began
    assert seconds * 0.95 <= took <= seconds * 1.5, took
    assert innermost.get() is None
    return str(caught.value)


# The rules of the blocks.


@behaviour(only=NATIVE)
async def test_what_is_no_number_of_seconds_is_refused(api: Api) -> None:
    for wrong in ("3", True, b"1", [1]):
        with pytest.raises(TypeError, match=r"timeout\(\) takes a number of seconds or None, not"):
            api.timeout(wrong)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="NaN"):
        api.timeout(math.nan)
    async with api.timeout(5) as t:
        with pytest.raises(TypeError):
            t.reschedule("3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        with pytest.raises(ValueError, match="NaN"):
            t.reschedule(math.nan)
        assert t.seconds == 5


@behaviour(only=NATIVE)
async def test_what_a_block_tells_of_itself(api: Api) -> None:
    t = api.timeout(5)
    assert (t.seconds, t.remaining, t.expired) == (5, 5, False)
    assert repr(t) == "<timeout [5 s left]>"
    assert api.timeout(-3).remaining == 0
    assert api.timeout(None).remaining == api.timeout(None).seconds == math.inf
    assert repr(api.timeout(None)) == "<timeout [no deadline]>"
    async with t as entered:
        assert entered is t
        await api.sleep(0.05)
        assert 4.5 < t.remaining < 4.96
    left = t.remaining
    await api.sleep(0.02)
    assert t.remaining == left  # as of the moment when it was left
    assert not t.expired
    t = api.timeout(0.01)
    with pytest.raises(api.Timeout):
        async with t:
            await wait(api)
    assert t.expired
    assert t.remaining == 0
    assert repr(t) == "<timeout [expired]>"


@behaviour(only=NATIVE)
async def test_the_clock_can_be_asked_when_the_loop_is_gone(api: Api) -> None:
    async with api.timeout(5) as t:
        pass
    with contextlib.closing(_AskedInAThread(lambda: (t.remaining, t.expired, repr(t)))) as asked:
        remaining, expired, text = asked.answer()
    assert 4 < remaining <= 5
    assert not expired
    assert text.endswith("s left]>")


class _AskedInAThread:
    """Runs something where no event loop runs."""

    def __init__(self, ask: Callable[[], tuple[float, bool, str]]) -> None:
        self._answers: list[tuple[float, bool, str]] = []
        self._thread = threading.Thread(target=lambda: self._answers.append(ask()))
        self._thread.start()

    def answer(self) -> tuple[float, bool, str]:
        self.close()
        return self._answers[0]

    def close(self) -> None:
        self._thread.join()


async def wait(api: Api, seconds: float = 5.0) -> None:
    """Wait inside the library: for a black hole."""
    with black_hole() as port:
        await api.NetworkBackend(connect_timeout=seconds).connect("127.0.0.1", port)


@behaviour(only=NATIVE)
async def test_a_block_is_used_once(api: Api) -> None:
    t = api.timeout(5)
    async with t:
        with pytest.raises(RuntimeError, match="make a new one"):
            async with t:
                pass
        assert t.remaining > 4  # the refused entry changed nothing
    with pytest.raises(RuntimeError, match="make a new one"):
        async with t:
            pass
    assert innermost.get() is None


@behaviour(only=NATIVE)
async def test_zero_and_negative_are_no_time_at_all(api: Api) -> None:
    for seconds in (0, 0.0, -1, -math.inf):
        began = time.monotonic()
        with pytest.raises(api.Timeout) as caught:
            async with api.timeout(seconds) as t:
                assert t.remaining == 0
                await wait(api)
        assert time.monotonic() - began < 0.2
        assert f"timeout({float(seconds):g}) passed" in str(caught.value)
    async with api.timeout(0):
        pass  # nothing was waited for
    await api.sleep(0.001)  # and nothing of it strikes later


@behaviour(only=NATIVE)
async def test_none_is_any_time(api: Api) -> None:
    async with api.timeout(None) as t, api.timeout(math.inf):
        await api.sleep(0.01)
        assert t.remaining == math.inf


@behaviour
async def test_the_inner_deadline_does_not_raise_in_the_outer_block(api: Api) -> None:
    with serve([Expect(), Stall()], keep_answering(b"fine")) as server:
        async with api.ConnectionPool() as pool:
            async with api.timeout(5) as outer:
                with pytest.raises(api.Timeout, match=r"^timeout\(0\.1\) passed"):
                    async with api.timeout(0.1) as inner:
                        await pool.request("GET", server.url)
                assert (inner.expired, outer.expired) == (True, False)
                assert (await pool.request("GET", server.url)).text == "fine"
            assert not outer.expired


@behaviour
async def test_the_outer_deadline_raises_at_the_outer_block_only(api: Api) -> None:
    caught_inside: list[BaseException] = []
    with serve([Expect(), Stall()]) as server:
        async with api.ConnectionPool() as pool:
            with pytest.raises(api.Timeout, match=r"^timeout\(0\.1\) passed"):
                async with api.timeout(0.1) as outer:
                    try:
                        async with api.timeout(5) as inner:
                            await pool.request("GET", server.url)
                    except Exception as error:
                        caught_inside.append(error)
            assert (inner.expired, outer.expired) == (False, True)
    assert not caught_inside


@behaviour(only=NATIVE)
async def test_of_several_that_have_passed_the_outermost_raises(api: Api) -> None:
    for outer_seconds, inner_seconds in ((0.02, 0.01), (0.01, 0.02), (0.01, 0.01), (0, 0)):
        caught_inside: list[BaseException] = []
        with pytest.raises(api.Timeout):
            async with api.timeout(outer_seconds) as outer:
                try:
                    async with api.timeout(inner_seconds):
                        time.sleep(0.03)  # noqa: ASYNC251  (what waits here cannot be broken off)
                        await wait(api)
                except Exception as error:
                    caught_inside.append(error)
        assert outer.expired
        assert not caught_inside, (outer_seconds, inner_seconds)


@behaviour(only=NATIVE)
async def test_cancel_lifts_one_deadline_and_leaves_the_others(api: Api) -> None:
    async with api.timeout(0.05) as t:
        t.cancel()
        assert t.remaining == t.seconds == math.inf
        await api.sleep(0.1)
    assert not t.expired
    with pytest.raises(api.Timeout, match=r"^timeout\(0\.1\) passed"):
        async with api.timeout(0.1) as outer, api.timeout(0.05) as inner:
            inner.cancel()
            await wait(api)
    assert (inner.expired, outer.expired) == (False, True)


@behaviour(only=NATIVE)
async def test_reschedule(api: Api) -> None:
    began = time.monotonic()
    with pytest.raises(api.Timeout, match=r"^timeout\(0\.1\) passed: timed out after 0\.1"):
        async with api.timeout(60) as t:
            t.reschedule(0.1)
            assert t.seconds == 0.1
            await wait(api)
    assert time.monotonic() - began < 0.2
    async with api.timeout(0.05) as t:  # later, and then away
        t.reschedule(0.2)
        await api.sleep(0.1)
        assert 0 < t.remaining <= 0.1
        t.reschedule(None)
        await api.sleep(0.15)
    assert not t.expired
    t = api.timeout(60)  # before the block
    t.reschedule(0.05)
    with pytest.raises(api.Timeout):
        async with t:
            await wait(api)
    with pytest.raises(api.Timeout):  # to no time at all
        async with api.timeout(60) as t:
            t.reschedule(0)
            await wait(api)


@behaviour(only=NATIVE)
async def test_reschedule_has_no_effect_once_expired(api: Api) -> None:
    with pytest.raises(api.Timeout):
        async with api.timeout(0.02) as t:
            try:
                await wait(api)
            finally:
                assert t.expired
                t.reschedule(60)
                t.cancel()
                assert t.remaining == 0
    assert t.expired


@behaviour(only=NATIVE)
async def test_reschedule_has_no_effect_once_the_block_was_left(api: Api) -> None:
    async with api.timeout(5) as t:
        pass
    t.reschedule(0.02)
    await api.sleep(0.05)
    t.reschedule(0)
    t.cancel()
    await api.sleep(0.01)  # nothing strikes
    assert not t.expired
    assert 4 < t.remaining < 5


@behaviour(only=NATIVE)
async def test_work_that_completed_late_does_not_raise(api: Api) -> None:
    async with api.timeout(0.02) as t:
        time.sleep(0.04)  # noqa: ASYNC251  (busy)
        assert t.remaining == 0
    assert not t.expired  # nothing was broken off
    await api.sleep(0.01)
    async with api.timeout(0.02) as t:
        time.sleep(0.04)  # noqa: ASYNC251  (busy)
        assert not t.expired
        t.reschedule(5)  # so there still is somebody to be given more time
        await api.sleep(0.01)
    assert not t.expired


@behaviour(only=NATIVE)
async def test_an_error_of_the_body_is_what_is_raised(api: Api) -> None:
    for seconds in (0, 0.02):
        with pytest.raises(KeyError):
            async with api.timeout(seconds):
                time.sleep(0.03)  # noqa: ASYNC251  (busy)
                raise KeyError
        with pytest.raises(KeyError):
            async with api.timeout(seconds):
                try:
                    await wait(api)
                finally:
                    raise KeyError
    await api.sleep(0.001)


@behaviour
async def test_a_loop_that_goes_on_after_any_exception_does_not_outlive_its_deadline(
    api: Api,
) -> None:
    rounds = 0
    with serve([Expect(), Stall()]) as server:
        async with api.ConnectionPool() as pool:
            for inner in (0.02, 0, -1, -math.inf, None):
                began = time.monotonic()
                with pytest.raises(api.Timeout, match=r"^timeout\(0\.2\) passed"):
                    async with api.timeout(0.2):
                        while True:
                            rounds += 1
                            try:
                                async with api.timeout(inner):
                                    await pool.request("GET", server.url)
                            except Exception:
                                continue
                assert 0.19 < time.monotonic() - began < 1, inner  # others use the machine too
    assert rounds > 10


@behaviour(only=NATIVE)
async def test_a_loop_of_expired_blocks_ends_with_a_block_that_was_expired_on_entry(
    api: Api,
) -> None:
    for outer_seconds in (0, -1):
        rounds = 0
        with pytest.raises(api.Timeout):
            async with api.timeout(outer_seconds):
                while rounds < 1000:
                    rounds += 1
                    try:
                        async with api.timeout(0):
                            await wait(api)
                    except Exception:
                        continue
        assert rounds == 1


@behaviour(only=NATIVE)
async def test_blocks_left_in_odd_orders_leave_nothing_behind(api: Api) -> None:
    outer, inner = api.timeout(5), api.timeout(5)
    await outer.__aenter__()
    await inner.__aenter__()
    # trio's own scopes insist on being left in order.
    with pytest.raises(RuntimeError) if api.name == "trio" else contextlib.nullcontext():
        await outer.__aexit__(None, None, None)
    assert inner.remaining > 4
    await inner.__aexit__(None, None, None)
    assert innermost.get() is None
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(5):
            await stack.enter_async_context(api.timeout(5))
        moved = stack.pop_all()
    await moved.aclose()
    assert innermost.get() is None


@behaviour(only=NATIVE)
async def test_blocks_in_generators_leave_nothing_behind(api: Api) -> None:
    async def numbers() -> AsyncGenerator[int]:
        async with api.timeout(5):
            for number in range(5):
                yield number

    numbers_ = numbers()
    assert await anext(numbers_) == 0
    assert [number async for number in numbers_] == [1, 2, 3, 4]
    assert innermost.get() is None
    numbers_ = numbers()
    async for _ in numbers_:
        break
    await numbers_.aclose()
    assert innermost.get() is None
    with pytest.raises(api.Timeout):
        async with api.timeout(0.02):
            await wait(api)


# What the error tells.


@behaviour
async def test_the_error_tells_what_was_waited_for(api: Api) -> None:
    with serve([Expect(), Stall()]) as server:
        async with api.ConnectionPool() as pool:
            with pytest.raises(api.Timeout) as caught:
                async with api.timeout(0.1):
                    await pool.request("GET", server.url + "/slow")
    error = caught.value
    assert isinstance(error, TimeoutError)
    assert isinstance(error, api.TransportError)
    pattern = r"timeout\(0\.1\) passed: timed out after 0\.1\d* s while reading from 127\.0\.0\.1:"
    assert re.match(pattern, str(error)), str(error)
    assert error.request is not None
    assert error.request.method == "GET"
    assert str(error.request.url) == server.url + "/slow"
    assert error.connection == f'<Connection "{server.url}/" ACTIVE>'
    assert error.response is None
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert again.connection == error.connection
    assert again.request is not None
    assert again.request.url == error.request.url


@behaviour(only=NATIVE)
async def test_the_error_tells_when_it_was_nothing_of_ours(api: Api) -> None:
    if api.is_threads:
        return  # there, only this library's waits are broken off
    with pytest.raises(api.Timeout, match="while waiting for something outside this library"):
        async with api.timeout(0.02):
            await api.sleep(5)


@behaviour
async def test_every_block_that_expires_has_words_of_its_own(api: Api) -> None:
    with serve([Expect(), Stall()]) as server:
        async with api.ConnectionPool() as pool:
            for _ in range(3):
                with pytest.raises(api.Timeout, match="reading from") as caught:
                    async with api.timeout(0.05):
                        async with api.timeout(5):
                            await pool.request("GET", server.url)
                assert caught.value.request is not None
                assert caught.value.connection is not None


# What it bounds.


@behaviour
async def test_it_bounds_name_resolution(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    with hanging_resolver(monkeypatch):
        async with api.ConnectionPool() as pool:
            told = await expires(api, lambda: pool.request("GET", "http://slow.example/"))
            assert told.endswith("while resolving the name 'slow.example'")
            assert repr(pool) == "<ConnectionPool [0 active]>"


@behaviour
async def test_it_bounds_connecting(api: Api) -> None:
    with black_hole() as port:
        async with api.ConnectionPool() as pool:
            told = await expires(api, lambda: pool.request("GET", f"http://127.0.0.1:{port}/"))
            assert told.endswith(f"while connecting to 127.0.0.1:{port}")
            assert repr(pool) == "<ConnectionPool [0 active]>"


@behaviour
async def test_it_bounds_a_handshake_that_is_never_answered(api: Api, certs: Certs) -> None:
    with serve([Stall()]) as server:
        url = server.url.replace("http:", "https:")
        async with api.ConnectionPool(ssl_context=certs.client()) as pool:
            await expires(api, lambda: pool.request("GET", url))
        assert await api.until(lambda: server.connections_open == 0)


@behaviour
async def test_it_bounds_a_handshake_that_drips(api: Api, certs: Certs) -> None:
    record = b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc" + bytes(16000)
    with serve([Drip(record, 0.02)]) as server:
        url = server.url.replace("http:", "https:")
        async with api.ConnectionPool(ssl_context=certs.client()) as pool:
            await expires(api, lambda: pool.request("GET", url))
        assert await api.until(lambda: server.connections_open == 0)


@behaviour
async def test_it_bounds_a_write_to_a_peer_that_does_not_read(api: Api) -> None:
    with serve([Stall(read=False)]) as server:
        async with api.ConnectionPool() as pool:
            told = await expires(api, lambda: pool.request("POST", server.url, content=MANY_BYTES))
            assert "while writing to 127.0.0.1:" in told
            assert repr(pool) == "<ConnectionPool [0 active]>"


@behaviour(only=NATIVE)
async def test_it_bounds_a_write_where_no_limit_on_inactivity_is_set(api: Api) -> None:
    with serve([Stall(read=False)]) as server:
        backend = api.NetworkBackend(inactivity_timeout=None)
        async with api.ConnectionPool(backend=backend) as pool:
            await expires(api, lambda: pool.request("POST", server.url, content=MANY_BYTES))


@behaviour
async def test_it_bounds_an_upload_that_never_ends_and_never_has_to_wait(api: Api) -> None:
    async def endless() -> AsyncGenerator[bytes]:
        while True:
            yield b"x"

    def swallow(conn: Conn) -> None:
        while True:
            conn.read()

    with serve([Call(swallow)]) as server:
        async with api.ConnectionPool() as pool:
            await expires(api, lambda: pool.request("POST", server.url, content=endless()))


@behaviour
async def test_it_bounds_a_head_that_drips(api: Api) -> None:
    with serve([Expect(), Drip(HEAD, 0.05)]) as server:
        async with api.ConnectionPool() as pool:
            await expires(api, lambda: pool.request("GET", server.url))


@behaviour
async def test_it_bounds_a_body_that_drips(api: Api) -> None:
    with serve([Expect(), Send(HEAD), Drip(b"x" * 1000, 0.02)]) as server:
        async with api.ConnectionPool() as pool:
            told = await expires(api, lambda: pool.request("GET", server.url))
            # The peer is not told of by who finds, before a read, that the deadline has passed.
            assert "while reading from " in told
            assert await api.until(lambda: server.connections_open == 0)


@behaviour
async def test_it_bounds_interim_responses_without_end(api: Api) -> None:
    with serve([Expect(), Loop([Send(b"HTTP/1.1 100 Continue\r\n\r\n"), Sleep(0.02)])]) as server:
        async with api.ConnectionPool() as pool:
            await expires(api, lambda: pool.request("GET", server.url))


@behaviour
async def test_it_bounds_waiting_for_a_place_in_the_pool(api: Api) -> None:
    with serve([Expect(), Send(HEAD), Stall()]) as server:
        async with api.ConnectionPool(max_connections=1) as pool:
            async with pool.stream("GET", server.url):
                told = await expires(api, lambda: pool.request("GET", server.url))
                assert "while waiting for a free connection to " in told
                assert "1 active" in told
            assert repr(pool) == "<ConnectionPool [0 active]>"


@behaviour
async def test_it_bounds_waiting_for_a_connections_turn(api: Api) -> None:
    with serve([Expect(), Send(HEAD), Stall()]) as server:
        async with api.open_connection(server.url) as conn, conn.stream("GET", "/"):
            told = await expires(api, lambda: conn.request("GET", "/"))
            assert "while waiting for this connection's turn" in told


@behaviour(seconds=10)
async def test_closing_takes_a_second_at_most(api: Api, certs: Certs) -> None:
    with serve([Expect(), answer(b"hello"), Stall(read=False)], tls=certs.server()) as server:
        conn = await api.open_connection(server.url, ssl_context=certs.client())
        await conn.request("GET", "/")
        began = time.monotonic()
        await conn.close()
        assert time.monotonic() - began < 1.3


@behaviour
async def test_it_bounds_closing(api: Api, certs: Certs) -> None:
    with serve([Expect(), answer(b"hello"), Stall(read=False)], tls=certs.server()) as server:
        conn = await api.open_connection(server.url, ssl_context=certs.client())
        await conn.request("GET", "/")
        began = time.monotonic()
        # It completes at the very moment of the deadline, by giving the peer up.
        with contextlib.suppress(api.Timeout):
            async with api.timeout(0.2):
                await conn.close()
        assert time.monotonic() - began < 0.3
        assert repr(conn).endswith(" CLOSED>")
        assert await api.until(lambda: server.connections_open == 0)


@behaviour(only=NATIVE)
async def test_closing_in_an_expired_block_still_closes(api: Api, certs: Certs) -> None:
    with serve([Stall(read=False)], tls=certs.server()) as server:
        stream = await api.NetworkBackend().connect("127.0.0.1", server.port)
        await stream.start_tls(certs.client(), "127.0.0.1")
        began = time.monotonic()
        with contextlib.suppress(api.Timeout):
            async with api.timeout(0):
                await stream.close()
        assert time.monotonic() - began < 0.3
        assert repr(stream).endswith(" CLOSED]>")
        assert await api.until(lambda: server.connections_open == 0)


@behaviour(only=NATIVE)
async def test_reader_and_writer_of_one_stream_under_deadlines_of_their_own(api: Api) -> None:
    with serve([Stall(read=False)]) as server:
        async with api.NetworkBackend().connect("127.0.0.1", server.port) as stream:

            async def reading() -> float:
                began = time.monotonic()
                with pytest.raises(api.Timeout, match="reading from"):
                    async with api.timeout(0.15):
                        await stream.read()
                return time.monotonic() - began

            async def writing() -> float:
                began = time.monotonic()
                with pytest.raises(api.Timeout, match="writing to"):
                    async with api.timeout(0.4):
                        await stream.write(MANY_BYTES)
                return time.monotonic() - began

            read, written = await api.gather(reading, writing)
            assert 0.14 < read < 0.25
            assert 0.39 < written < 0.6
            # A write that was cut short can be followed by nothing.
            with pytest.raises(RuntimeError, match=r"cannot write: .* is closed"):
                await stream.write(b"more")


@behaviour(only=NATIVE)
async def test_a_read_that_was_cut_short_can_be_done_again(api: Api) -> None:
    with serve([Sleep(0.15), Send(b"late"), Stall()]) as server:
        async with api.NetworkBackend().connect("127.0.0.1", server.port) as stream:
            with pytest.raises(api.Timeout):
                async with api.timeout(0.05):
                    await stream.read()
            async with api.timeout(5):
                assert await stream.read() == b"late"


# The backend's own limits.


@behaviour(only=NATIVE)
async def test_limits_that_are_none_are_refused(api: Api) -> None:
    for name in ("connect_timeout", "inactivity_timeout"):
        for wrong, kind in (("3", TypeError), (True, TypeError), (0, ValueError), (-1, ValueError)):
            with pytest.raises(kind, match=f"^{name} is a number of seconds"):
                api.NetworkBackend(**{name: wrong})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        with pytest.raises(ValueError, match=name):
            api.NetworkBackend(**{name: math.nan})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with serve([Send(b"hello"), Stall()]) as server:
        for anything in (None, math.inf, 1e12):
            backend = api.NetworkBackend(connect_timeout=anything, inactivity_timeout=anything)
            async with backend.connect("127.0.0.1", server.port) as stream:
                assert await stream.read() == b"hello"
                await stream.write(b"x")


@behaviour(only=NATIVE)
async def test_connect_timeout_raises_at_the_call(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = api.NetworkBackend(connect_timeout=0.1)
    told = r"^connect_timeout of the network backend passed: timed out after 0\.1\d* s while "
    async with api.timeout(5) as t:
        with black_hole() as port:
            with pytest.raises(api.Timeout, match=told + f"connecting to 127.0.0.1:{port}$"):
                await backend.connect("127.0.0.1", port)
            async with api.ConnectionPool(backend=backend) as pool:
                with pytest.raises(api.Timeout, match=told + "connecting to"):
                    await pool.request("GET", f"http://127.0.0.1:{port}/")
                assert repr(pool) == "<ConnectionPool [0 active]>"
        with hanging_resolver(monkeypatch):
            with pytest.raises(api.Timeout, match=told + "resolving the name 'slow.example'$"):
                await backend.connect("slow.example", 80)
    assert not t.expired


@behaviour(only=NATIVE)
async def test_inactivity_timeout_raises_at_the_call(api: Api) -> None:
    backend = api.NetworkBackend(inactivity_timeout=0.1)
    told = r"^inactivity_timeout of the network backend \(0\.1 s\) passed while "
    with serve([Stall(read=False)]) as server:
        for blocks in (False, True):
            async with backend.connect("127.0.0.1", server.port) as stream:
                async with api.timeout(5 if blocks else None):
                    began = time.monotonic()
                    with pytest.raises(api.Timeout, match=told + "reading from 127.0.0.1:"):
                        await stream.read()
                    with pytest.raises(api.Timeout, match=told + "reading from 127.0.0.1:"):
                        await stream.read()  # the stream is as good as before
                    assert 0.19 < time.monotonic() - began < 0.3
                    began = time.monotonic()
                    with pytest.raises(api.Timeout, match=told + "writing to 127.0.0.1:"):
                        await stream.write(MANY_BYTES)
                    assert 0.09 < time.monotonic() - began < 0.6
                    with pytest.raises(RuntimeError, match="closed"):
                        await stream.write(b"x")


@behaviour(only=NATIVE)
async def test_inactivity_is_told_for_each_direction(api: Api) -> None:
    backend = api.NetworkBackend(inactivity_timeout=0.3)
    with serve([Stall()]) as server:
        async with backend.connect("127.0.0.1", server.port) as stream:

            async def read() -> float:
                began = time.monotonic()
                with pytest.raises(api.Timeout, match="reading from"):
                    await stream.read()
                return time.monotonic() - began

            async def write() -> float:
                for _ in range(8):  # never idle, and it must not count for the reader
                    await stream.write(b"x" * (2 << 20))
                    await api.sleep(0.03)
                return 0.0

            took = (await api.gather(read, write))[0]
            assert 0.29 < took < 0.45


@behaviour(only=NATIVE)
async def test_progress_gives_the_time_for_inactivity_anew(api: Api) -> None:
    backend = api.NetworkBackend(inactivity_timeout=0.2)
    size = 12 << 20

    def read_slowly(conn: Conn) -> None:
        left = size
        while left > 0:
            left -= len(conn.sock.recv(1 << 17))
            conn.sleep(0.008)

    async with api.ConnectionPool(backend=backend) as pool:
        with serve(
            [Expect(), Send(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n"), Drip(b"x" * 8, 0.06)]
        ) as server:
            began = time.monotonic()
            assert (await pool.request("GET", server.url)).body == b"x" * 8
            assert time.monotonic() - began > 0.4
    with serve([Call(read_slowly), Stall()]) as server:
        options = [(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)]
        backend = api.NetworkBackend(inactivity_timeout=0.2, socket_options=options)
        async with backend.connect("127.0.0.1", server.port) as stream:
            began = time.monotonic()
            await stream.write(bytes(size))
            assert time.monotonic() - began > 0.4
