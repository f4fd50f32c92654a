"""Retries over real connections: what is sent again, on which connection, and when it ends."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

import pytest

from support.api import Api
from support.asgi import ASGIServer
from support.runtimes import behaviour
from support.scripted import (
    Close,
    Expect,
    Reset,
    Send,
    Stall,
    Step,
    answer,
    keep_answering,
    serve,
    unused_port,
)

if TYPE_CHECKING:
    import ahttpx

BUSY = answer(b"busy", "503 Service Unavailable")
ONE_OF_EACH = ("threads", "asyncio", "trio")


def over_pool(
    api: Api,
    *,
    attempts: int = 3,
    delay: float = 0.0,
    on_retry: Callable[[ahttpx.RetryEvent], object] | None = None,
) -> ahttpx.RetryMiddleware:
    """Retries over a pool, each after exactly `delay` seconds."""
    return api.RetryMiddleware(
        api.ConnectionPool(),
        attempts=attempts,
        backoff=delay,
        max_delay=max(delay, 5.0),
        jitter=lambda: 1.0,
        on_retry=on_retry,
    )


@behaviour
async def test_on_the_same_connection(api: Api) -> None:
    """The discarded responses are read to their end, so that their connection is used again."""
    events: list[ahttpx.RetryEvent] = []
    script: list[Step] = [Expect(), BUSY, Expect(), BUSY, Expect(), answer(b"fine"), Expect()]
    with serve(script) as server:
        async with api.Client(transport=over_pool(api, on_retry=events.append)) as client:
            response = await client.get(server.url + "/there?q=1")
            assert (response.status_code, response.text) == (200, "fine")
            assert response.history == ()
        assert server.connections_total == 1
        assert len(server.requests) == 3
        assert len({(request.target, request.headers) for request in server.requests}) == 1
    assert [event.attempt for event in events] == [2, 3]
    assert [event.response and event.response.status_code for event in events] == [503, 503]


@behaviour
async def test_the_last_answer_is_the_callers(api: Api) -> None:
    last = answer(b"the last", "502 Bad Gateway", [("X-Last", "yes")])
    with serve([Expect(), BUSY, Expect(), last, Expect()]) as server:
        async with (
            over_pool(api, attempts=2) as retries,
            retries.send(api.Request("GET", server.url)) as response,
        ):
            assert (response.status_code, response.headers["X-Last"]) == (502, "yes")
            assert await response.read() == b"the last"
        assert len(server.requests) == 2


@behaviour
async def test_streaming(api: Api) -> None:
    with serve([Expect(), BUSY, Expect(), answer(b"fine"), Expect()]) as server:
        async with (
            api.Client(transport=over_pool(api)) as client,
            client.stream("GET", server.url) as response,
        ):
            assert [piece async for piece in response.stream] == [b"fine"]


@behaviour
async def test_a_long_answer_costs_its_connection(api: Api) -> None:
    long = answer(b"x" * 500_000, "503 Service Unavailable")
    with serve([Expect(), long, Expect()], keep_answering(b"fine")) as server:
        async with api.Client(transport=over_pool(api)) as client:
            assert (await client.get(server.url)).text == "fine"
        assert server.connections_total == 2


@behaviour
async def test_an_answer_that_does_not_end_is_not_waited_for(api: Api) -> None:
    """Draining is bounded in time, more so where a deadline is near."""
    stuck = Send(b"HTTP/1.1 503 Busy\r\nContent-Length: 10\r\n\r\nbu")
    with serve([Expect(), stuck, Stall()], keep_answering(b"fine")) as server:
        async with api.Client(transport=over_pool(api)) as client:
            async with api.timeout(0.5) as t:
                assert (await client.get(server.url)).text == "fine"
            assert not t.expired
        assert server.connections_total == 2


@behaviour(only=ONE_OF_EACH)
async def test_nor_without_a_deadline(api: Api) -> None:
    stuck = Send(b"HTTP/1.1 503 Busy\r\nContent-Length: 10\r\n\r\nbu")
    with serve([Expect(), stuck, Stall()], keep_answering(b"fine")) as server:
        async with api.Client(transport=over_pool(api)) as client:
            start = time.monotonic()
            assert (await client.get(server.url)).text == "fine"
            assert 0.9 < time.monotonic() - start < 4.0


@pytest.mark.parametrize("end", [Reset(), Close()], ids=["reset", "close"])
@behaviour
async def test_a_connection_that_breaks(api: Api, end: Step) -> None:
    """An idempotent request is sent again, another is not: the server may have acted on it."""
    with serve([Expect(), end], keep_answering(b"fine")) as server:
        async with api.Client(transport=over_pool(api)) as client:
            assert (await client.put(server.url, content=b"body")).text == "fine"
        assert [request.body for request in server.requests] == [b"body"] * 2
    with serve([Expect(), end], keep_answering(b"fine")) as server:
        async with api.Client(transport=over_pool(api)) as client:
            with pytest.raises((api.NetworkError, api.RemoteProtocolError)) as caught:
                await client.post(server.url, content=b"body")
            assert not hasattr(caught.value, "__notes__")
        assert len(server.requests) == 1


@behaviour
async def test_post_is_sent_once_after_an_answer_too(api: Api) -> None:
    with serve([Expect(), BUSY, Expect()]) as server:
        async with api.Client(transport=over_pool(api)) as client:
            assert (await client.post(server.url, content=b"body")).status_code == 503
        assert len(server.requests) == 1


@behaviour
async def test_post_too_where_asked_for(api: Api) -> None:
    with serve([Expect(), BUSY, Expect(), answer(b"fine"), Expect()]) as server:
        retries = api.RetryMiddleware(api.ConnectionPool(), methods={"POST"}, backoff=0)
        async with api.Client(transport=retries) as client:
            assert (await client.post(server.url, content=api.JSON({"a": 1}))).text == "fine"
        assert [request.body for request in server.requests] == [b'{"a":1}'] * 2


@behaviour
async def test_where_nobody_listens(api: Api) -> None:
    """Nothing was sent, so every method is tried again, and a body that was not read goes along."""

    async def pieces() -> AsyncIterator[bytes]:
        yield b"never asked for"

    events: list[ahttpx.RetryEvent] = []
    with unused_port() as port:
        async with api.Client(transport=over_pool(api, on_retry=events.append)) as client:
            with pytest.raises(api.ConnectError) as caught:
                await client.post(f"http://127.0.0.1:{port}/", content=pieces())
    assert [type(event.error) for event in events] == [api.ConnectError] * 2
    assert caught.value.request is not None
    lines = caught.value.__notes__[0].splitlines()
    assert lines[0].startswith("attempt 1: ConnectError: ")
    assert lines[2:] == ["attempt 3: this error", "not sent again: that was attempt 3 of 3"]


@behaviour
async def test_a_body_that_can_be_read_once(api: Api) -> None:
    """It is not sent again, and the caller has the answer: neither an error nor an empty body."""

    async def pieces() -> AsyncIterator[bytes]:
        yield b"only "
        yield b"once"

    with serve([Expect(), BUSY, Expect()]) as server:
        async with api.Client(transport=over_pool(api)) as client:
            response = await client.put(server.url, content=pieces())
            assert (response.status_code, response.text) == (503, "busy")
        assert [request.body for request in server.requests] == [b"only once"]


@behaviour
async def test_a_form_with_a_file_is_sent_again(api: Api) -> None:
    with serve([Expect(), BUSY, Expect(), answer(b"fine"), Expect()]) as server:
        async with api.Client(transport=over_pool(api)) as client:
            form = api.MultiPart({"a": "1"}, files={"f": api.File(__file__)})
            assert (await client.put(server.url, content=form)).text == "fine"
        first, second = (request.body for request in server.requests)
        assert first == second
        assert b"sent_again" in first


@behaviour
async def test_every_hop_of_a_redirect_for_itself(api: Api) -> None:
    moved = answer(b"", "307 Temporary Redirect", [("Location", "/there")])
    script: list[Step] = [Expect(), BUSY, Expect(), moved]
    script += [Expect(), BUSY, Expect(), BUSY, Expect(), answer(b"fine"), Expect()]
    with serve(script) as server:
        async with api.Client(transport=over_pool(api)) as client:
            response = await client.put(server.url + "/here", content=b"body")
            assert response.text == "fine"
            assert [step.status_code for step in response.history] == [307]
        assert [request.target for request in server.requests] == ["/here"] * 2 + ["/there"] * 3


# Waiting


@behaviour(only=ONE_OF_EACH)
async def test_retry_after_is_waited_for(api: Api) -> None:
    later = answer(b"busy", "429 Too Many Requests", [("Retry-After", "1")])
    with serve([Expect(), later, Expect(), answer(b"fine"), Expect()]) as server:
        async with api.Client(transport=over_pool(api)) as client:
            start = time.monotonic()
            assert (await client.get(server.url)).text == "fine"
            assert 0.95 < time.monotonic() - start < 4.0


@behaviour
async def test_a_date_that_is_too_far(api: Api) -> None:
    headers = [
        ("Date", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("Retry-After", "Sun, 06 Nov 1994 08:50:37 GMT"),
    ]
    with serve([Expect(), answer(b"busy", "503 Busy", headers), Expect()]) as server:
        async with api.Client(transport=over_pool(api)) as client:
            response = await client.get(server.url)
            assert (response.status_code, response.text) == (503, "busy")
        assert len(server.requests) == 1


@behaviour
async def test_no_wait_that_the_deadline_would_cut_short(api: Api) -> None:
    """What there is, is worth more than a `Timeout`."""
    with serve([Expect(), BUSY, Expect()]) as server:
        async with api.Client(transport=over_pool(api, delay=4.0)) as client:
            start = time.monotonic()
            async with api.timeout(60.0), api.timeout(3.0), api.timeout(None) as t:
                assert (await client.get(server.url)).text == "busy"
            assert time.monotonic() - start < 2.0
            assert not t.expired
    with unused_port() as port:
        async with api.Client(transport=over_pool(api, delay=4.0)) as client:
            async with api.timeout(3.0):
                with pytest.raises(api.ConnectError) as caught:
                    await client.get(f"http://127.0.0.1:{port}/")
            assert "would outlast the deadline" in caught.value.__notes__[0]


@behaviour
async def test_a_deadline_ends_the_wait(api: Api) -> None:
    """One that comes nearer while the wait is under way."""
    with serve([Expect(), BUSY, Expect()]) as server:
        t = api.timeout(60.0)
        retries = over_pool(api, delay=4.0, on_retry=lambda _: t.reschedule(0.05))
        async with api.Client(transport=retries) as client:
            with pytest.raises(api.Timeout) as caught:
                async with t:
                    await client.get(server.url)
            assert f"waiting 4 s before attempt 2 of 3 to send GET {server.url}/" in str(
                caught.value
            )
            assert caught.value.request is not None
        assert len(server.requests) == 1


@behaviour
async def test_a_limit_for_each_attempt(api: Api) -> None:
    """A transport of one's own between the retries and the pool gives each attempt its time."""

    class Limited:
        def __init__(self, inner: ahttpx.Transport) -> None:
            self.inner = inner

        async def send(self, request: ahttpx.Request) -> ahttpx.Response:
            async with api.timeout(0.1):
                return await self.inner.send(request)

        async def close(self) -> None:
            await self.inner.close()

    with serve([Expect(), Stall()], keep_answering(b"fine")) as server:
        retries = api.RetryMiddleware(Limited(api.ConnectionPool()), backoff=0)
        async with api.Client(transport=retries) as client:
            assert (await client.get(server.url)).text == "fine"
        assert server.connections_total == 2


@behaviour(only=("trio",))
async def test_any_cancel_scope_of_trio_is_a_deadline(api: Api) -> None:
    import trio

    with serve([Expect(), BUSY, Expect()]) as server:
        async with api.Client(transport=over_pool(api, delay=4.0)) as client:
            with trio.move_on_after(3.0) as scope:
                assert (await client.get(server.url)).status_code == 503
            assert not scope.cancelled_caught


@behaviour(only=("asyncio",))
async def test_a_deadline_around_a_task_group(api: Api) -> None:
    import asyncio

    with serve([Expect(), BUSY, Expect()]) as server:
        async with api.Client(transport=over_pool(api, delay=4.0)) as client:

            async def ask() -> int:
                return (await client.get(server.url)).status_code

            async with api.timeout(3.0), asyncio.TaskGroup() as group:
                task = group.create_task(ask())
            assert task.result() == 503


@behaviour(only=("asyncio", "trio"))
async def test_cancelled_while_waiting(api: Api) -> None:
    """The wait ends at once, and nothing stays behind."""
    events: list[ahttpx.RetryEvent] = []
    with serve([Expect(), BUSY, Expect()]) as server:
        retries = over_pool(api, delay=4.0, on_retry=events.append)
        async with api.Client(transport=retries) as client:
            start = time.monotonic()

            async def give_up() -> None:
                async with api.spawn(lambda: client.get(server.url)):
                    assert await api.until(lambda: bool(events))
                    await api.sleep(0.05)
                    raise LookupError  # which cancels what was spawned

            with pytest.raises(LookupError):
                await give_up()
            assert time.monotonic() - start < 2.0
        assert len(server.requests) == 1


@behaviour(only=("asyncio",))
async def test_cancelled_before_the_wait(api: Api) -> None:
    """By `on_retry` itself, at that: the response that is given up holds no connection."""
    import asyncio

    def cancel(event: ahttpx.RetryEvent) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()

    stuck = Send(b"HTTP/1.1 503 Busy\r\nContent-Length: 10\r\n\r\nbu")
    with serve([Expect(), stuck, Stall()]) as server:
        pool = api.ConnectionPool()
        async with api.Client(transport=api.RetryMiddleware(pool, on_retry=cancel)) as client:
            task = asyncio.ensure_future(client.get(server.url))
            await asyncio.wait([task])
            assert task.cancelled()
            assert repr(pool) == "<ConnectionPool [0 active]>"


# In general


@behaviour
async def test_what_on_retry_raises_frees_the_connection(api: Api) -> None:
    def refuse(event: ahttpx.RetryEvent) -> None:
        raise LookupError(event.attempt)

    stuck = Send(b"HTTP/1.1 503 Busy\r\nContent-Length: 10\r\n\r\nbu")
    with serve([Expect(), stuck, Stall()]) as server:
        pool = api.ConnectionPool(max_connections=1)
        retries = api.RetryMiddleware(pool, on_retry=refuse)
        async with api.Client(transport=retries) as client, api.timeout(5.0):
            for _ in range(2):
                with pytest.raises(LookupError):
                    await client.get(server.url)
            assert repr(pool) == "<ConnectionPool [0 active]>"


@behaviour
async def test_a_refused_certificate_is_refused_once(api: Api, asgi_tls: ASGIServer) -> None:
    events: list[ahttpx.RetryEvent] = []
    async with api.Client(transport=over_pool(api, on_retry=events.append)) as client:
        with pytest.raises(api.ConnectError):
            await client.get(asgi_tls.url)
    assert events == []


@behaviour
async def test_one_budget_for_all(api: Api) -> None:
    """Many at once, all of them refused: the budget is what counts, and not the attempts."""
    budget = api.RetryBudget(ratio=0, per_second=0, burst=5)
    script: list[Step] = [step for _ in range(60) for step in (Expect(), BUSY)]
    with serve(script) as server:
        pool = api.ConnectionPool()
        retries = api.RetryMiddleware(pool, attempts=9, backoff=0, budget=budget)
        async with api.Client(transport=retries) as client:

            async def ask() -> int:
                return (await client.get(server.url)).status_code

            assert await api.gather(*[ask] * 10) == [503] * 10
        assert len(server.requests) == 15
        assert budget.available == 0


@behaviour
async def test_it_is_a_transport_like_any_other(api: Api) -> None:
    with serve(keep_answering(b"fine")) as server:
        pool = api.ConnectionPool()
        async with api.RetryMiddleware(pool) as retries:
            assert isinstance(retries, api.Transport)
            assert repr(retries) == f"<RetryMiddleware over {pool!r}>"
            async with await retries.send(api.Request("GET", server.url)) as response:
                assert await response.read() == b"fine"
        with pytest.raises(RuntimeError):
            await pool.request("GET", server.url)
