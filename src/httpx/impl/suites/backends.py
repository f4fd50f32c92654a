"""The rules of `NetworkBackendInterface`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Protocol

from ..values.errors import HTTPError
from .listening import Listener, open_sockets, sockets_left
from .running import SETTLE_SECONDS, Bench, Broken, Colour, Stream, run_one, run_rules
from .streams import PROMPTLY, STREAM_RULES

SUITE = "check_backend"
TRIES = 20
"""Connections opened and closed to see whether something is left of them."""


class Target(Protocol):
    """The backend under test, aimed at a listener."""

    name: str
    """What to call it."""

    def connect(self) -> Awaitable[Stream]:
        """Call `connect` with the host and port of the listener; check the shape of what comes."""
        ...

    def bench(self) -> Awaitable[Bench]:
        """Connect, and accept the other end."""
        ...


async def run_backend_suite(
    target: Target, listener: Listener, colour: Colour, seconds: float
) -> None:
    """Hold a backend, and the streams it gives, to their rules. Closes the listener.

    Raises:
        AssertionError: a rule is broken; the message names it and says how.
    """
    for check in (connects, leaves_nothing_of_a_closed_stream):
        await _run(check, target, listener, colour, seconds)
    await run_rules(SUITE, colour, target.bench, STREAM_RULES, seconds)
    for check in (a_deadline_ends_a_connect, refused_is_a_connect_error):
        await _run(check, target, listener, colour, seconds)


Check = Callable[[Target, Listener, Colour], Awaitable[None]]


async def _run(
    check: Check, target: Target, listener: Listener, colour: Colour, seconds: float
) -> None:
    async def work() -> None:
        await check(target, listener, colour)

    await run_one(SUITE, target.name, check.__name__, check.__doc__, work, colour, seconds)


async def connects(target: Target, listener: Listener, colour: Colour) -> None:
    """`connect(host, port)` gives a stream to whoever listens there, ready for use."""
    bench = await target.bench()
    try:
        await bench.stream.write(b"knock")
        got = await bench.peer.read(5)
        if got != b"knock":
            raise Broken(f"b'knock' was written, {got!r} arrived first")
    finally:
        await bench.clean_up()


async def leaves_nothing_of_a_closed_stream(
    target: Target, listener: Listener, colour: Colour
) -> None:
    """A stream that is closed leaves no socket, and neither does its `connect`."""
    had = open_sockets()
    for _ in range(TRIES):
        await (await target.bench()).clean_up()
    await _nothing_left(had, colour, f"{TRIES} connections that were closed")


async def a_deadline_ends_a_connect(target: Target, listener: Listener, colour: Colour) -> None:
    """A `timeout()` block around a `connect` that waits ends it in time, leaving no socket."""
    full = listener.fill()
    try:
        had = open_sockets()
        for seconds in (0.05, 0.0):
            started = monotonic()
            stream: Stream | None = None
            try:
                async with colour.timeout(seconds):
                    stream = await target.connect()
            except (OSError, HTTPError):
                pass  # the deadline, or a backend that would rather not wait
            if monotonic() - started > seconds + PROMPTLY:
                raise Broken(f"connect took {monotonic() - started:.2f} s under timeout({seconds})")
            if stream is not None:
                await stream.close()  # the queue was not full after all, or time was enough
        await _nothing_left(had, colour, "connects under a deadline")
    finally:
        if full:
            listener.drain()


async def refused_is_a_connect_error(target: Target, listener: Listener, colour: Colour) -> None:
    """Where nobody listens `connect` raises `ConnectError` or `OSError`, leaving no socket."""
    listener.close()
    had = open_sockets()
    try:
        stream = await target.connect()
    except (OSError, HTTPError):
        await _nothing_left(had, colour, "a connect that was refused")
        return
    except Exception as error:
        raise Broken(f"connect raised {type(error).__name__}: {error}") from error
    await stream.close()
    raise Broken("connect gave a stream though nobody listened")


async def _nothing_left(had: set[int] | None, colour: Colour, what: str) -> None:
    end = monotonic() + SETTLE_SECONDS
    while True:
        left = sockets_left(had)
        if not left:
            return
        if monotonic() > end:
            raise Broken(f"{left} sockets were left of {what}")
        await colour.sleep(0.01)
