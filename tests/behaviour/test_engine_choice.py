"""`ConnectionPool(engine=...)`: who reads response heads. What is read does not depend on it."""

from __future__ import annotations

from typing import cast

import pytest

from httpx.impl.wire.engine import ResponseStart
from httpx.impl.wire.heads import parse_head
from support.api import Api
from support.engines import engine_in_use
from support.nginx import Nginx
from support.runtimes import behaviour
from support.scripted import Expect, Send, serve

PLAIN = b"HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 2\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The response heads that h11 was given."""
    heads: list[bytes] = []

    def watched(block: bytes) -> ResponseStart:
        heads.append(block)
        return parse_head(block)

    monkeypatch.setattr("httpx.impl.wire.h11_engine.parse_head", watched)
    return heads


@behaviour
async def test_with_engine_h11_it_is_h11_that_reads_every_head(
    api: Api, parsed: list[bytes]
) -> None:
    with serve([Expect(), Send(PLAIN), Expect(), Send(CHUNKED)]) as server:
        async with api.ConnectionPool(engine="h11") as pool:
            for _ in range(2):
                response = await pool.request("GET", server.url)
                assert response.body == b"ok"
    assert len(parsed) == 2


@behaviour
async def test_otherwise_h11_reads_what_is_not_plain(api: Api, parsed: list[bytes]) -> None:
    if engine_in_use() != "FastEngine":
        pytest.skip("the fast path is off")
    with serve([Expect(), Send(PLAIN), Expect(), Send(CHUNKED)]) as server:
        async with api.ConnectionPool() as pool:
            first = await pool.request("GET", server.url)
            assert first.headers.multi_items() == [("X-A", "b"), ("Content-Length", "2")]
            assert not parsed
            second = await pool.request("GET", server.url)
            assert first.body == second.body == b"ok"
    assert len(parsed) == 1


@behaviour
async def test_both_make_the_same_of_a_real_server(api: Api, nginx: Nginx) -> None:
    async with api.ConnectionPool() as pool, api.ConnectionPool(engine="h11") as slow:
        for path in ("/small", "/nothing-here"):
            one = await pool.request("GET", nginx.url + path)
            other = await slow.request("GET", nginx.url + path)
            without_date = one.headers.copy_remove("Date")
            assert without_date == other.headers.copy_remove("Date")
            assert (one.status_code, one.reason_phrase, one.http_version, one.body) == (
                other.status_code,
                other.reason_phrase,
                other.http_version,
                other.body,
            )


@behaviour(only=("threads", "asyncio"))
async def test_an_engine_that_does_not_exist(api: Api) -> None:
    for name in ("fast", "H11", "", b"h11", ["h11"]):
        with pytest.raises(ValueError, match=r'no engine .*write engine="h11"'):
            api.ConnectionPool(engine=cast("None", name))
