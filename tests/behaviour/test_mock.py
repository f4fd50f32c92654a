"""`MockTransport`: a function answers, and what it answers looks as if a network had brought it."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from typing import cast

import pytest

import ahttpx
import httpx
from support.api import Api
from support.runtimes import behaviour


@behaviour
async def test_a_handler_answers(api: Api) -> None:
    async def handler(request: ahttpx.Request) -> ahttpx.Response:
        return api.Response(201, headers={"X": "1"}, content=api.JSON({"got": str(request.url)}))

    transport = api.MockTransport(handler)
    async with api.Client("http://a.test/x/", transport=transport) as client:
        response = await client.post("y?z=1", content=b"data")
        assert repr(response) == "<Response [201 Created]>"
        assert response.json() == {"got": "http://a.test/x/y?z=1"}
        assert str(response.url) == "http://a.test/x/y?z=1"
        (request,) = transport.requests
        assert (request.method, request.content) == ("POST", b"data")
        assert "User-Agent" in request.headers
        assert response.request is request
        assert repr(transport) == "<MockTransport [1 requests]>"


@behaviour
async def test_redirects_cookies_and_codings_work_over_it(api: Api) -> None:
    async def handler(request: ahttpx.Request) -> ahttpx.Response:
        if request.url.path == "/":
            return api.Response(302, headers={"Location": "/next", "Set-Cookie": "a=b"})
        assert request.headers["Cookie"] == "a=b"
        return api.Response(
            200, headers={"Content-Encoding": "gzip"}, content=gzip.compress(b"plain")
        )

    async with api.Client(transport=api.MockTransport(handler)) as client:
        response = await client.get("http://a.test/")
        assert response.body == b"plain"
        assert [one.status_code for one in response.history] == [302]


@behaviour
async def test_a_body_is_unread_and_one_response_serves_many(api: Api) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"one"
        yield b"two"

    same = api.Response(200, content=b"same")

    async def handler(request: ahttpx.Request) -> ahttpx.Response:
        return api.Response(200, content=pieces()) if request.url.path == "/pieces" else same

    async with api.Client("http://a.test", transport=api.MockTransport(handler)) as client:
        async with client.stream("GET", "/pieces") as response:
            assert [piece async for piece in response.stream] == [b"one", b"two"]
        async with client.stream("GET", "/") as response:
            with pytest.raises(RuntimeError, match="has not been read"):
                _ = response.body
        assert (await client.get("/")).body == b"same"
        assert (await client.get("/")).body == b"same"
        assert same.request is None
        with pytest.raises(api.BodyTooLarge):
            await client.get("/", max_body_size=3)
        with pytest.raises(api.BodyTooLarge):
            await client.get("/pieces", max_body_size=3)


@behaviour
async def test_errors_of_the_handler_pass(api: Api) -> None:
    error = api.ConnectError("no route")

    async def handler(request: ahttpx.Request) -> ahttpx.Response:
        raise ValueError("mine") if request.url.path == "/" else error

    async with api.Client("http://a.test", transport=api.MockTransport(handler)) as client:
        with pytest.raises(ValueError, match="mine"):
            await client.get("/")
        with pytest.raises(api.ConnectError, match="no route"):
            await client.get("/connect")
    assert error.request is not None
    assert error.request.url.path == "/connect"


@behaviour
async def test_closed_is_closed(api: Api) -> None:
    async def handler(request: ahttpx.Request) -> ahttpx.Response:
        return api.Response(200)

    transport = api.MockTransport(handler)
    async with transport:
        await transport.send(api.Request("GET", "http://a.test/"))
    await transport.close()
    with pytest.raises(RuntimeError, match="this MockTransport was closed"):
        await transport.send(api.Request("GET", "http://a.test/"))


def test_misuse_is_told_in_words() -> None:
    wrong = cast("Callable[[httpx.Request], httpx.Response]", 200)
    with pytest.raises(TypeError, match=r"takes a function .* not int"):
        httpx.MockTransport(wrong)

    async def later(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200)

    with pytest.raises(TypeError, match="write `def`, or use ahttpx"):
        httpx.MockTransport(cast("Callable[[httpx.Request], httpx.Response]", later))

    def hides(request: httpx.Request) -> object:
        return later(request)

    def number(request: httpx.Request) -> object:
        return 200

    def other(request: httpx.Request) -> object:
        return ahttpx.Response(200)

    for handler, told in (
        (hides, "hides is asynchronous"),
        (number, "number returned int: return an httpx.Response"),
        (other, "returned ahttpx.Response: return an httpx.Response"),
    ):
        transport = httpx.MockTransport(cast("Callable[[httpx.Request], httpx.Response]", handler))
        with pytest.raises(TypeError, match=told):
            transport.send(httpx.Request("GET", "http://a.test/"))


def test_in_ahttpx_plain_functions_serve_too() -> None:
    async def main() -> None:
        transport = ahttpx.MockTransport(lambda request: ahttpx.Response(204))
        async with ahttpx.Client(transport=transport) as client:
            assert (await client.get("http://a.test/")).status_code == 204

        def other(request: ahttpx.Request) -> object:
            return httpx.Response(200)

        wrong = ahttpx.MockTransport(cast("Callable[[ahttpx.Request], ahttpx.Response]", other))
        with pytest.raises(TypeError, match=r"returned httpx.Response: return an ahttpx.Response"):
            await wrong.send(ahttpx.Request("GET", "http://a.test/"))
        with pytest.raises(TypeError, match=r"takes a function .* not NoneType"):
            ahttpx.MockTransport(cast("Callable[[ahttpx.Request], ahttpx.Response]", None))

    asyncio.run(main())
