"""What a client and its requests keep, and whom they call."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import ahttpx
import httpx
from httpx.impl.core.bodies import IterableSource
from httpx.impl.drive import run
from httpx.impl.wire.request_heads import fields_of
from support.fast_server import run_fast_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest


def test_what_is_put_in_the_place_of_a_pool_s_send_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def send(pool: httpx.ConnectionPool, request: httpx.Request) -> httpx.Response:
        return httpx.Response(418, content=b"tea")

    client = httpx.Client()
    monkeypatch.setattr(httpx.ConnectionPool, "send", send)
    assert client.get("http://nowhere.invalid/").status_code == 418


def test_what_is_put_in_the_place_of_an_async_pool_s_send_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def send(pool: ahttpx.ConnectionPool, request: ahttpx.Request) -> ahttpx.Response:
        return ahttpx.Response(418, content=b"tea")

    async def main() -> None:
        client = ahttpx.Client()
        monkeypatch.setattr(ahttpx.ConnectionPool, "send", send)
        response = await client.get("http://nowhere.invalid/")
        assert response.status_code == 418

    asyncio.run(main())


def test_the_heads_that_were_sent_go_with_their_client() -> None:
    with run_fast_server() as server, httpx.Client() as client:
        client.get(server.url + "/ok?key=secret")
        fields = fields_of(client.headers)
        assert any(b"secret" in head for head in fields.heads.values())
    with httpx.Client() as other:
        assert fields_of(other.headers) is not fields
        assert not fields_of(other.headers).heads


def test_an_iterator_need_not_be_iterable() -> None:
    class Pieces:
        left = 2

        def __next__(self) -> bytes:
            if not self.left:
                raise StopIteration
            self.left -= 1
            return b"ab"

    source = IterableSource(cast("Iterator[object]", Pieces()))
    assert [run(source.read(10)) for _ in range(3)] == [b"ab", b"ab", b""]
