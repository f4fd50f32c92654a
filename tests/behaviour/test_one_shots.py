"""The functions of the module: one request each, and nothing left of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest

import ahttpx
from support.api import Api
from support.asgi import ASGIServer
from support.runtimes import behaviour
from support.scripted import Expect, Loop, Send, keep_answering, serve

Streams = Callable[..., ahttpx.Pending[ahttpx.Response]]
"""`stream`, whose overloads `api` does not show to the type checkers."""

MAIN = ("threads", "asyncio", "trio")  # they take no backend


@behaviour(only=MAIN)
async def test_every_method(api: Api) -> None:
    no_content = Send(b"HTTP/1.1 204 No Content\r\n\r\n")
    with serve([Loop([Expect(), no_content])]) as server:
        for name in ("get", "options", "head", "delete"):
            response = await getattr(api, name)(server.url, {"X": "1"})
            assert repr(response) == "<Response [204 No Content]>"
        for name in ("post", "put", "patch"):
            await getattr(api, name)(server.url, {"X": "1"}, api.JSON([1]))
        await api.request("BREW", server.url, {"X": "1"})
        names = [request.method for request in server.requests]
        assert names == ["GET", "OPTIONS", "HEAD", "DELETE", "POST", "PUT", "PATCH", "BREW"]
        assert {request.header("X") for request in server.requests} == {"1"}
        assert {request.body for request in server.requests[4:7]} == {b"[1]"}
        # A connection each, closed by the time the call is over.
        assert server.connections_total == 8
        assert await api.until(lambda: server.connections_open == 0)


@behaviour(only=MAIN)
async def test_the_body_is_there(api: Api, asgi: ASGIServer) -> None:
    response = await api.get(asgi.url + "/redirect?to=/gzip")
    assert response.json() == {"compressed": "gzip"}
    assert len(response.history) == 1
    moved = await api.get(asgi.url + "/redirect?to=/gzip", follow_redirects=False)
    assert moved.status_code == 302
    with pytest.raises(api.BodyTooLarge):
        await api.get(asgi.url + "/stream", max_body_size=10)
    assert (await api.get(asgi.url + "/cookies", cookies={"a": "1"})).json() == {"a": "1"}


@behaviour(only=MAIN)
async def test_streaming(api: Api, asgi: ASGIServer) -> None:
    url = asgi.url + "/stream?n=3&size=10"
    stream = cast(Streams, api.stream)
    async with stream("GET", url) as response:
        assert b"".join([piece async for piece in response.stream]) == b"x" * 30
    async with stream(url) as response:
        assert await response.read() == b"x" * 30
    async with await stream("POST", asgi.url + "/upload", content=[b"abc"]) as response:
        assert b'"size": 3' in await response.read()
    async with stream(url):
        pass  # given up unread


@behaviour(only=MAIN)
async def test_cookies_are_not_kept(api: Api, asgi: ASGIServer) -> None:
    await api.get(asgi.url + "/cookies/set?a=1")
    assert (await api.get(asgi.url + "/cookies")).json() == {}


@behaviour(only=MAIN)
async def test_errors(api: Api) -> None:
    with pytest.raises(api.InvalidURL):
        await api.get("/relative")
    with serve([Expect()], keep_answering()) as server:
        with pytest.raises(api.RemoteProtocolError):
            await api.get(server.url)
        with pytest.raises(api.Timeout):
            async with api.timeout(0):
                await api.get(server.url)
