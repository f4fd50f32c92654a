"""The rules of `NetworkStreamInterface`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import lru_cache
from time import monotonic

from ..values.errors import HTTPError
from .running import SETTLE_SECONDS, Bench, Broken, Rule, Stream

DEFAULT_MAX_BYTES = 65536
LARGE = 1 << 20
"""Bytes that do not fit into the buffers of a fresh connection."""
SLOWLY = 4000
"""Bytes that a slow reader takes slowly."""
ENDLESS = 16 << 20
"""Bytes that no system takes from a writer whose peer does not read."""
PROMPTLY = 1.5
"""Seconds after a deadline by which a machine that is busy has noticed it."""


async def reads_what_arrived(bench: Bench) -> None:
    """`read()` returns what has arrived, as bytes, without waiting for more."""
    for text in (b"hello", b"\x00\xff\r\n"):
        await bench.peer.write(text)
        _same(await read_exactly(bench.stream, len(text)), text, "read")


async def reads_at_most_max_bytes(bench: Bench) -> None:
    """`read(max_bytes)` returns at most that many bytes; what is left comes with the next call."""
    sent = bytes(range(100))
    await bench.peer.write(sent)
    got = await read_exactly(bench.stream, 1, 1)
    got += await read_exactly(bench.stream, len(sent) - 1, 7)
    _same(got, sent, "read")


async def reads_at_most_64_kib_by_default(bench: Bench) -> None:
    """`read()` and `read(None)` return at most 65,536 bytes."""
    sent = pattern(300_000)

    async def read() -> None:
        _same(await read_exactly(bench.stream, len(sent)), sent, "read")

    async def write() -> None:
        await bench.peer.write(sent)

    await bench.colour.together(read, write)


async def reads_nothing_at_the_end(bench: Bench) -> None:
    """`read()` returns `b""` when the peer has ended the stream, and from then on."""
    await bench.peer.write(b"bye")
    await bench.peer.close()
    _same(await read_exactly(bench.stream, 3), b"bye", "read")
    for max_bytes in (None, None, 10):
        data = await bench.stream.read(max_bytes)
        if not isinstance(data, bytes) or data:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise Broken(f"at the end of the stream read({max_bytes}) returned {data!r}, not b''")


async def writes_all(bench: Bench) -> None:
    """`write(data)` writes all of `data` in order, however slowly the peer reads."""
    sent = pattern(LARGE + 17)

    async def write() -> None:
        await bench.stream.write(sent)
        await bench.stream.write(b"end")

    async def read() -> None:
        got = bytearray()
        while len(got) < len(sent) + 3:
            if len(got) < SLOWLY:
                await bench.colour.sleep(0.005)  # time enough for the writer to meet full buffers
            data = await bench.peer.read(1000 if len(got) < SLOWLY else 65536)
            if not data:
                break
            got += data
        _same(bytes(got), sent + b"end", "write")

    await bench.colour.together(write, read)


async def reads_while_it_writes(bench: Bench) -> None:
    """One reader and one writer may use the stream at the same time."""
    sent = pattern(LARGE)

    async def write() -> None:
        await bench.colour.sleep(0.02)  # the reader waits by now
        await bench.stream.write(sent)

    async def read() -> None:
        _same(await read_exactly(bench.stream, len(sent)), sent, "read")

    async def echo() -> None:
        left = len(sent)
        while left:
            data = await bench.peer.read(65536)
            if not data:
                raise Broken("the stream ended in the middle of a write")
            left -= len(data)
            await bench.peer.write(data)

    await bench.colour.together(write, read, echo)


async def begins_with_a_read_and_a_write(bench: Bench) -> None:
    """The first read and the first write may come at the same time."""

    async def read() -> None:
        _same(await read_exactly(bench.stream, 4), b"echo", "read")

    async def write() -> None:
        await bench.stream.write(b"echo")

    async def echo() -> None:
        await bench.peer.write(await bench.peer.read(4))

    await bench.colour.together(read, write, echo)


async def knows_what_it_does_not_know(bench: Bench) -> None:
    """`get_extra_info` gives `None` for an unknown key; it never waits, and works when closed."""
    for is_closed in (False, True):
        if is_closed:
            await bench.peer.close()
            await bench.stream.close()
        found = bench.stream.get_extra_info("no such key, and never will be")
        if isinstance(found, Awaitable):
            if isinstance(found, Coroutine):
                found.close()  # or Python warns that it was never awaited
            raise Broken("get_extra_info is asynchronous: make it an ordinary method")
        if found is not None:
            raise Broken(f"get_extra_info returned {found!r} for an unknown key")
        for key in ("client_addr", "server_addr", "ssl_object", "socket", "tls_clean_end"):
            bench.stream.get_extra_info(key)


async def tells_whether_it_is_readable(bench: Bench) -> None:
    """`get_extra_info("is_readable")` is right, or `None`; asking loses no byte."""
    readable = bench.stream.get_extra_info("is_readable")
    if readable is None:
        return
    if readable is not False:
        raise Broken(f"get_extra_info('is_readable') was {readable!r} before a byte had arrived")
    await bench.peer.write(b"x")
    end = monotonic() + SETTLE_SECONDS
    while bench.stream.get_extra_info("is_readable") is not True:
        if monotonic() > end:
            raise Broken("get_extra_info('is_readable') was not True though a byte had arrived")
        await bench.colour.sleep(0.005)
    _same(await read_exactly(bench.stream, 1), b"x", "read")


async def closes_twice(bench: Bench) -> None:
    """Closing twice is no error."""
    await bench.peer.close()  # or a TLS stream would wait for its goodbye
    await bench.stream.close()
    await _raising_nothing(bench.stream.close, "the second close()")


async def tells_the_peer_that_it_closes(bench: Bench) -> None:
    """After `close()` the peer meets the end of the stream, with all that was written before it."""
    await bench.stream.write(b"last words")

    async def close() -> None:
        await bench.stream.close()

    async def read() -> None:
        got = b""
        while True:
            data = await bench.peer.read(65536)
            if not data:
                break
            got += data
        await bench.peer.close()
        _same(got, b"last words", "write")

    await bench.colour.together(close, read)


async def refuses_use_after_close(bench: Bench) -> None:
    """Reading from or writing to a closed stream is a `RuntimeError`."""
    await bench.peer.close()
    await bench.stream.close()
    await _refused(lambda: bench.stream.read(10), "read(10)")
    await _refused(lambda: bench.stream.write(b"x"), "write(b'x')")


async def a_deadline_ends_a_read(bench: Bench) -> None:
    """A `timeout()` block around a read that waits ends it in time; then the stream closes."""
    started = monotonic()
    try:
        async with bench.colour.timeout(0.05):
            data = await bench.stream.read(10)
            raise Broken(f"read(10) returned {data!r} though nothing had arrived")
    except TimeoutError:
        _in_time(started, 0.05, "read")
    await bench.peer.close()
    await _raising_nothing(bench.stream.close, "close() after the deadline")


async def a_deadline_ends_a_write(bench: Bench) -> None:
    """A `timeout()` block around a write that waits ends it in time; then the stream closes."""
    started = monotonic()
    try:
        async with bench.colour.timeout(0.05):
            await bench.stream.write(bytes(ENDLESS))
    except TimeoutError:
        pass  # a stream that takes any number of bytes at once need not wait
    _in_time(started, 0.05, "write")
    await bench.peer.close()
    await _raising_nothing(bench.stream.close, "close() after the deadline")


async def a_cancellation_ends_a_read(bench: Bench) -> None:
    """A read that waits can be cancelled; then the stream closes."""

    async def read() -> None:
        await bench.stream.read(10)

    started = monotonic()
    cancelled = await bench.colour.cancelled(read, 0.03)
    if cancelled is None:
        return
    if not cancelled:
        raise Broken("read did not pass on its cancellation")
    _in_time(started, 0.03, "read")
    await bench.peer.close()
    await _raising_nothing(bench.stream.close, "close() after the cancellation")


async def tells_of_a_broken_connection(bench: Bench) -> None:
    """A connection that broke is a `ReadError`, a `WriteError`, an `OSError`, or an end."""
    await bench.stream.write(b"never read")
    await bench.colour.sleep(0.01)
    await bench.peer.close()  # with bytes unread: TCP calls that a reset
    await bench.colour.sleep(0.01)
    for _ in range(2):
        await _failing_well(lambda: bench.stream.read(10), "read(10)")
    for _ in range(20):
        if not await _failing_well(lambda: bench.stream.write(bytes(1000)), "write"):
            return
        await bench.colour.sleep(0.001)


STREAM_RULES: tuple[Rule, ...] = (
    reads_what_arrived,
    reads_at_most_max_bytes,
    reads_at_most_64_kib_by_default,
    reads_nothing_at_the_end,
    writes_all,
    reads_while_it_writes,
    begins_with_a_read_and_a_write,
    knows_what_it_does_not_know,
    tells_whether_it_is_readable,
    closes_twice,
    tells_the_peer_that_it_closes,
    refuses_use_after_close,
    a_deadline_ends_a_read,
    a_deadline_ends_a_write,
    a_cancellation_ends_a_read,
    tells_of_a_broken_connection,
)
"""All of them, the plainest first."""


@lru_cache(maxsize=8)
def pattern(size: int) -> bytes:
    """Bytes in which whatever is lost, doubled or out of order shows."""
    return b"".join(b"%07x\n" % number for number in range(size // 8 + 1))[:size]


async def read_exactly(stream: Stream, size: int, max_bytes: int | None = None) -> bytes:
    """Read `size` bytes in as many calls as it takes, each held to its own rules."""
    limit = DEFAULT_MAX_BYTES if max_bytes is None else max_bytes
    got = bytearray()
    while len(got) < size:
        data = await stream.read(max_bytes)
        if not isinstance(data, bytes):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise Broken(f"read({max_bytes}) returned {type(data).__name__}, not bytes")
        if not data:
            raise Broken(
                f"read({max_bytes}) returned b'', which is the end, after {len(got):,} of "
                f"{size:,} bytes"
            )
        if len(data) > limit:
            raise Broken(f"read({max_bytes}) returned {len(data):,} bytes")
        got += data
    return bytes(got)


def _same(got: bytes, sent: bytes, verb: str) -> None:
    if got == sent:
        return
    at = next((i for i, (a, b) in enumerate(zip(got, sent, strict=False)) if a != b), len(got))
    raise Broken(
        f"{verb}: {len(got):,} bytes arrived where {len(sent):,} were sent; the first difference "
        f"is at byte {min(at, len(sent)):,}"
    )


def _in_time(started: float, allowed: float, verb: str) -> None:
    took = monotonic() - started
    if took > allowed + PROMPTLY:
        raise Broken(f"{verb} took {took:.2f} s though it was to end after {allowed:g} s")


async def _raising_nothing(call: Callable[[], Awaitable[None]], what: str) -> None:
    try:
        await call()
    except Exception as error:
        raise Broken(f"{what} raised {type(error).__name__}: {error}") from error


async def _refused(call: Callable[[], Awaitable[object]], what: str) -> None:
    try:
        result = await call()
    except RuntimeError:
        return
    except Exception as error:
        raise Broken(
            f"after close(), {what} raised {type(error).__name__}, not RuntimeError: {error}"
        ) from error
    raise Broken(f"after close(), {what} returned {result!r} in place of a RuntimeError")


async def _failing_well(call: Callable[[], Awaitable[object]], what: str) -> bool:
    """Whether `call` worked; its failures are of the kinds allowed."""
    try:
        await call()
    except (HTTPError, OSError):
        return False
    except Exception as error:
        raise Broken(
            f"when the connection was broken, {what} raised {type(error).__name__}: {error}"
        ) from error
    return True
