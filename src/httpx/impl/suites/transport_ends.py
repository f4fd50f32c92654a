"""The rules of `Transport` on ends: of bodies, deadlines, connections, and of the transport."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import monotonic

from ..values.errors import HTTPError
from .listening import open_sockets, sockets_left
from .running import Broken
from .streams import pattern
from .transport_bench import LARGE, TransportBench, arrived

TOO_MANY = 12
"""Responses closed unread, to see whether what they held is free again."""
AT_ONCE = 8
"""Requests sent at the same time."""
CLOSING = 5
"""Transports closed, to see whether something is left of them."""
FREED_SECONDS = 2.0
"""For the far ends of connections to see that the near ends are gone."""
PROMPTLY = 2.5
"""Seconds after a deadline by which whoever sends has noticed it, applications included."""


async def closes_a_response_twice(bench: TransportBench) -> None:
    """Closing a response twice is no error, read or unread."""
    for unread in (True, False):
        answer = await bench.send("bytes/1000")
        if not unread:
            await answer.read()
        await _raising_nothing(answer.close, "response.close()")
        await _raising_nothing(answer.close, "the second response.close()")


async def goes_on_after_an_unread_response(bench: TransportBench) -> None:
    """Responses that are closed before their end leave the transport usable."""
    for number in range(TOO_MANY):
        answer = await bench.send("pieces/200000")
        if number % 2:
            await answer.read_stream(10)
        await answer.close()
    await bench.still_works(f"closing {TOO_MANY} responses unread")


async def tells_of_a_broken_body(bench: TransportBench) -> None:
    """A body that ends too early is an `HTTPError` with its `request`, never a short body."""

    async def read() -> str:
        answer = await bench.send("broken")
        return f"read() gave {len(await answer.read()):,} bytes of a body that broke off"

    await _failing_well(read, "a body broke off")
    await bench.still_works("a body that broke off")


async def answers_several_at_once(bench: TransportBench) -> None:
    """Several threads or tasks may send at the same time; each gets its own response."""

    async def work(number: int) -> None:
        for turn in range(3):
            query = f"{number}.{turn}"
            body = pattern(1000 * number + turn)
            got = await bench.echo(bench.request(f"echo?{query}", "POST", content=body))
            if got.query != query:
                raise Broken(f"the request number {query} got the response to number {got.query}")
            arrived(got, body)

    def worker(number: int) -> Callable[[], Awaitable[None]]:
        return lambda: work(number)

    await bench.colour.together(*map(worker, range(AT_ONCE)))


async def a_deadline_ends_a_send(bench: TransportBench) -> None:
    """A `timeout()` block around a send that waits ends it in time; the next one works."""
    gate = bench.gate()
    started = monotonic()
    try:
        async with bench.colour.timeout(0.05):
            await bench.send(f"slow?{gate.name}")
            raise Broken("send returned a response before one was sent")
    except TimeoutError:
        _in_time(started, 0.05, "send")
    gate.open()
    await bench.still_works("a send that ran into a deadline")


async def a_deadline_ends_a_body(bench: TransportBench) -> None:
    """A `timeout()` block around the reading of a body ends that in time, though bytes arrive."""
    gate = bench.gate()
    answer = await bench.send(f"dripping?{gate.name}")
    started = monotonic()
    try:
        async with bench.colour.timeout(0.1):
            await answer.read()
            raise Broken("read() gave a body that had not ended")
    except TimeoutError:
        _in_time(started, 0.1, "read()")
    gate.open()
    await _raising_nothing(answer.close, "response.close() after the deadline")
    await bench.still_works("a body that ran into a deadline")


async def a_cancellation_ends_a_send(bench: TransportBench) -> None:
    """A send that waits can be cancelled; the next one works."""
    gate = bench.gate()

    async def send() -> None:
        await bench.send(f"slow?{gate.name}")

    started = monotonic()
    cancelled = await bench.colour.cancelled(send, 0.05)
    if cancelled is None:
        return
    if not cancelled:
        raise Broken("send did not pass on its cancellation")
    _in_time(started, 0.05, "send")
    gate.open()
    await bench.still_works("a send that was cancelled")


async def a_cancellation_ends_a_body(bench: TransportBench) -> None:
    """The reading of a body can be cancelled; the next send works."""
    gate = bench.gate()
    answer = await bench.send(f"dripping?{gate.name}")

    async def read() -> None:
        await answer.read()

    started = monotonic()
    cancelled = await bench.colour.cancelled(read, 0.05)
    if cancelled is None:
        return
    if not cancelled:
        raise Broken("read() did not pass on its cancellation")
    _in_time(started, 0.05, "read()")
    gate.open()
    await _raising_nothing(answer.close, "response.close() after the cancellation")
    await bench.still_works("a body whose reading was cancelled")


async def closes_twice(bench: TransportBench) -> None:
    """Closing a transport twice is no error, used or unused."""
    for used in (False, True):
        transport = await bench.kind.make()
        if used:
            await (await transport.send(bench.request())).read()
        await _raising_nothing(transport.close, "close()")
        await _raising_nothing(transport.close, "the second close()")


async def refuses_use_after_close(bench: TransportBench) -> None:
    """Sending by a transport that was closed is a `RuntimeError`."""
    await bench.still_works("its making")
    await bench.transport.close()
    try:
        await bench.send()
    except RuntimeError:
        return
    except Exception as error:
        raise Broken(
            f"after close(), send raised {type(error).__name__}, not RuntimeError: {error}"
        ) from error
    raise Broken("after close(), send returned a response in place of a RuntimeError")


async def frees_all_when_it_closes(bench: TransportBench) -> None:
    """`close()` leaves no socket, be the transport idle or a response on its way."""
    await bench.still_works("its making")  # from here on, that connection has both its ends
    had = open_sockets()
    for number in range(CLOSING):
        transport = await bench.kind.make()
        answer = await transport.send(bench.request(f"pieces/{LARGE}"))
        if number % 2:
            await answer.read()
        await transport.close()
        await _raising_nothing(answer.close, "response.close() after the transport's")
    end = monotonic() + FREED_SECONDS
    while left := sockets_left(had):
        if monotonic() > end:
            raise Broken(f"{left} sockets were left of {CLOSING} transports that were closed")
        await bench.colour.sleep(0.01)


async def tells_when_nobody_answers(bench: TransportBench) -> None:
    """Where nobody listens, send raises an `HTTPError` with its `request`."""
    if not bench.kind.stop():
        return

    async def send() -> str:
        await bench.send()
        return "send returned a response though nobody listened"

    await _failing_well(send, "nobody listened")


def _in_time(started: float, allowed: float, what: str) -> None:
    took = monotonic() - started
    if took > allowed + PROMPTLY:
        raise Broken(f"{what} took {took:.2f} s though it was to end after {allowed:g} s")


async def _raising_nothing(call: Callable[[], Awaitable[None]], what: str) -> None:
    try:
        await call()
    except Exception as error:
        raise Broken(f"{what} raised {type(error).__name__}: {error}") from error


async def _failing_well(call: Callable[[], Awaitable[str]], when: str) -> None:
    """Hold that `call` raises an `HTTPError` that knows its request; it tells what it did else."""
    try:
        did = await call()
    except HTTPError as error:
        if error.request is None:
            raise Broken(
                f"when {when}, {type(error).__name__} was raised with no request on it: "
                "give it `request=request`"
            ) from error
        return
    except Broken:
        raise
    except Exception as error:
        raise Broken(
            f"when {when}, {type(error).__name__} was raised, which is no HTTPError: {error}"
        ) from error
    raise Broken(did)
