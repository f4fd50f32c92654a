"""The first things that anyone does, in every runtime."""

from __future__ import annotations

import pytest

from support.api import Api
from support.asgi import ASGIServer
from support.nginx import SMALL, Nginx
from support.runtimes import behaviour
from support.scripted import Close, Expect, Loop, Send, Stall, answer, keep_answering, serve


@behaviour
async def test_get(api: Api, asgi: ASGIServer) -> None:
    async with api.Client() as client:
        response = await client.get(asgi.url + "/echo?a=b")
        assert isinstance(response, api.Response)
        assert response.status_code == 200
        await response.read()
        assert response.json()["query"] == "a=b"
        again = await client.get(asgi.url + "/lines")
        assert again.text.splitlines() == ["one", "zwölf", "three"]
        assert repr(again) == "<Response [200 OK]>"
        assert repr(client) == "<Client [1 idle]>"


@behaviour
async def test_a_large_file_from_nginx(api: Api, nginx: Nginx) -> None:
    async with api.ConnectionPool() as pool:
        small = await pool.request("GET", nginx.url + "/small")
        assert small.body == SMALL
        async with pool.stream("GET", nginx.url + "/1M") as response:
            assert repr(pool) == "<ConnectionPool [1 active]>"
            size = 0
            async for chunk in response.stream:
                size += len(chunk)
            assert size == 1 << 20
        assert repr(pool) == "<ConnectionPool [1 idle]>"
    if api.backends:
        assert api.backends[0].streams[0].bytes_in > 1 << 20


@behaviour
async def test_both_ways_to_stream(api: Api, asgi: ASGIServer) -> None:
    async with api.Client() as client:
        async with client.stream("GET", asgi.url + "/stream?n=3&size=10") as response:
            assert b"".join([chunk async for chunk in response.stream]) == b"x" * 30
        async with await client.stream("GET", asgi.url + "/stream?n=3&size=10") as response:
            assert await response.read() == b"x" * 30


@behaviour
async def test_a_timeout_ends_the_wait_and_the_connection(api: Api) -> None:
    with serve([Expect(), Stall()], keep_answering(b"fine")) as server:
        async with api.Client() as client:
            with pytest.raises(api.Timeout):
                async with api.timeout(0.1):
                    await client.get(server.url)
            assert await api.until(lambda: server.connections_open == 0)
            assert (await client.get(server.url)).text == "fine"
        assert server.connections_total == 2


@behaviour
async def test_a_body_cut_short_is_an_error(api: Api) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
    with serve([Expect(), Send(head + b"12345"), Close()]) as server:
        async with api.ConnectionPool() as pool:
            with pytest.raises(api.TransportError):
                await pool.request("GET", server.url)
            assert repr(pool) == "<ConnectionPool [0 active]>"


@behaviour
async def test_many_at_once(api: Api) -> None:
    with serve([Loop([Expect(), answer(b"hello")])]) as server:
        async with api.ConnectionPool(max_connections=3) as pool:

            async def get() -> bytes:
                return (await pool.request("GET", server.url)).body

            assert await api.gather(*[get] * 12) == [b"hello"] * 12
            assert server.connections_open <= 3
