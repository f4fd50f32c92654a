"""An exchange in states that a connection hardly ever brings about."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

import httpx
from httpx.impl.core.connection import ConnectionCore
from httpx.impl.core.exchange import Exchange
from httpx.impl.core.places import CloseReason
from httpx.impl.drive import run
from httpx.impl.runtimes.threads import RUNTIME
from httpx.impl.wire.fast_engine import FastEngine
from httpx.impl.wire.request_heads import checked_fields
from support.fast_server import run_fast_server

if TYPE_CHECKING:
    from httpx.interfaces.awaitable import Channel


class Aborted:
    """A channel that is never read."""

    aborted = False

    async def abort(self) -> None:
        self.aborted = True


class Watched:
    """An owner that notes how the exchange ended."""

    ends: list[CloseReason | None]

    def __init__(self) -> None:
        self.ends = []

    async def take_back(self, slot: object, *, reusable: bool, reason: CloseReason | None) -> None:
        assert not reusable
        self.ends.append(reason)

    def forget(self, slot: object) -> None:
        raise AssertionError("it was ended")


def test_an_end_that_was_received_with_the_beginning_of_a_body_is_no_whole_body() -> None:
    engine = FastEngine()
    engine.start_request(b"GET", b"/", checked_fields([(b"Host", b"h")]))
    engine.end_request()
    engine.receive(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbegun")
    engine.receive(b"")
    channel, owner = Aborted(), Watched()
    url = httpx.URL("http://h/")
    connection = ConnectionCore(cast("Channel", channel), engine, url, lambda: RUNTIME)
    exchange = Exchange(connection, httpx.Request("GET", url), owner, None)
    assert engine.next_start() is not None
    with pytest.raises(httpx.RemoteProtocolError, match="5 bytes of its Content-Length"):
        run(exchange.read_rest(1000))
    assert channel.aborted
    assert owner.ends == [CloseReason.FAILED]


def test_an_exchange_that_is_lost_before_it_began_gives_its_place_back() -> None:
    """As when `KeyboardInterrupt` strikes between the grant and the request."""
    with run_fast_server() as server, httpx.ConnectionPool(max_connections=1) as pool:
        assert pool.request("GET", server.url + "/ok").status_code == 200
        request = httpx.Request("GET", server.url + "/ok")
        core = pool._core  # pyright: ignore[reportPrivateUsage]
        exchange = run(core._begin(request, None))  # pyright: ignore[reportPrivateUsage]
        assert repr(pool) == "<ConnectionPool [1 active]>"
        with pytest.warns(ResourceWarning, match="neither read to its end nor closed"):
            del exchange
        assert pool.request("GET", server.url + "/ok").status_code == 200
        assert pool.stats().closed == {"its response was forgotten without being closed": 1}
