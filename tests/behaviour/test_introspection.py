"""What a pool tells of itself: `stats()` and `on_event`."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence

import pytest

import ahttpx.events
import httpx.events
from httpx.events import (
    BodyDone,
    ConnectionClosed,
    ConnectionOpened,
    ConnectionOpening,
    ConnectionReleased,
    PoolEvent,
    RequestSent,
    ResponseStarted,
    TLSDone,
)
from support.api import Api
from support.certs import Certs
from support.runtimes import behaviour
from support.scripted import Expect, Reset, WaitFor, answer, keep_answering, serve, unused_port


def kinds(events: Sequence[PoolEvent]) -> list[type[PoolEvent]]:
    return [type(event) for event in events]


EXCHANGE: list[type[PoolEvent]] = [RequestSent, ResponseStarted, BodyDone, ConnectionReleased]


@behaviour
async def test_the_events_of_two_exchanges(api: Api, certs: Certs) -> None:
    events: list[PoolEvent] = []
    with serve(keep_answering(b"hello"), tls=certs.server()) as server:
        pool = api.ConnectionPool(ssl_context=certs.client(), on_event=events.append)
        await pool.request("GET", server.url)
        await pool.request("POST", server.url + "/x", content=b"data")
        await pool.close()
    assert kinds(events) == [
        ConnectionOpening,
        ConnectionOpened,
        TLSDone,
        *EXCHANGE,
        *EXCHANGE,
        ConnectionClosed,
    ]
    assert {event.connection for event in events} == {1}
    assert {event.origin for event in events} == {server.url}
    assert [event.at for event in events] == sorted(event.at for event in events)
    last = events[-1]
    assert isinstance(last, ConnectionClosed)
    assert last.reason == "the pool was closed"
    started = [event for event in events if isinstance(event, ResponseStarted)]
    assert [(event.request.method, event.status_code) for event in started] == [
        ("GET", 200),
        ("POST", 200),
    ]


@behaviour
async def test_the_events_of_failures(api: Api) -> None:
    events: list[PoolEvent] = []
    with unused_port() as port:
        async with api.ConnectionPool(on_event=events.append) as pool:
            with pytest.raises(api.ConnectError):
                await pool.request("GET", f"http://127.0.0.1:{port}/")
    assert kinds(events) == [ConnectionOpening, ConnectionClosed]
    events.clear()
    with serve([Expect(), Reset()]) as server:
        async with api.ConnectionPool(on_event=events.append) as pool:
            with pytest.raises(api.TransportError):
                await pool.request("POST", server.url)
    assert kinds(events) == [ConnectionOpening, ConnectionOpened, RequestSent, ConnectionClosed]
    assert events[-1][3:] == ("an error broke the exchange",)


@behaviour
async def test_a_handler_that_raises_breaks_nothing(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def hook(kind: type[BaseException], error: BaseException, traceback: object) -> None:
        told.append(str(error))

    monkeypatch.setattr(sys, "excepthook", hook)

    def handler(event: PoolEvent) -> None:
        raise ValueError(type(event).__name__)

    with serve(keep_answering(b"hello")) as server:
        async with api.ConnectionPool(on_event=handler) as pool:
            assert (await pool.request("GET", server.url)).body == b"hello"
            assert repr(pool) == "<ConnectionPool [1 idle]>"
    assert told[:3] == ["ConnectionOpening", "ConnectionOpened", "RequestSent"]


@behaviour
async def test_stats(api: Api) -> None:
    go = threading.Event()
    with serve([Expect(), WaitFor(go), answer(b"a"), *keep_answering(b"b")]) as server:
        async with api.ConnectionPool(max_connections=1) as pool:
            empty = pool.stats()
            assert (empty.origins, empty.opened, empty.closed) == ({}, 0, {})

            async def get() -> bytes:
                return (await pool.request("GET", server.url)).body

            async with api.spawn(get) as first:
                assert await api.until(lambda: len(server.requests) == 1)
                async with api.spawn(get) as second:
                    assert await api.until(lambda: pool.stats().waiting == 1)
                    await api.sleep(0.02)
                    busy = pool.stats()
                    assert (busy.active, busy.idle, busy.connecting) == (1, 0, 0)
                    origin = busy.origins[server.url]
                    assert (origin.active, origin.waiting) == (1, 1)
                    assert origin.oldest_wait is not None
                    assert 0.01 < origin.oldest_wait < 5
                    go.set()
                    assert sorted([await first.result(), await second.result()]) == [b"a", b"b"]
            after = pool.stats()
            assert (after.active, after.idle, after.waiting) == (0, 1, 0)
            assert (after.opened, after.reused, after.closed) == (1, 1, {})
            assert after.origins[server.url].oldest_wait is None
        assert pool.stats().closed == {"the pool was closed": 1}


@behaviour
async def test_a_timeout_while_waiting_shows_how_the_pool_stands(api: Api) -> None:
    with serve([Expect(), WaitFor(threading.Event())]) as server:
        async with api.ConnectionPool(max_connections=1) as pool:
            async with api.spawn(lambda: pool.request("GET", server.url)) as job:
                assert await api.until(lambda: len(server.requests) == 1)
                with pytest.raises(api.Timeout, match=r"1 active, 0 connecting, 0 idle, 1 waiting"):
                    async with api.timeout(0.1):
                        await pool.request("GET", server.url)
                await pool.close()
            assert isinstance(job.error, httpx.ReadError)


def test_the_events_are_the_same_in_both_colours() -> None:
    assert httpx.events.__all__ == ahttpx.events.__all__
    for name in httpx.events.__all__:
        assert getattr(httpx.events, name) is getattr(ahttpx.events, name)
