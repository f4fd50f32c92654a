"""`Client`: base URL, default headers, what a request carries, and the stack it is."""

from __future__ import annotations

import pytest

import ahttpx
import httpx
from support.api import Api
from support.asgi import ASGIServer
from support.runtimes import behaviour
from support.scripted import Expect, Loop, Send, keep_answering, serve

NO_CONTENT = Send(b"HTTP/1.1 204 No Content\r\n\r\n")


@behaviour
async def test_every_method(api: Api) -> None:
    with serve([Loop([Expect(), NO_CONTENT])]) as server:
        async with api.Client() as client:
            for name in ("get", "options", "head", "delete"):
                response = await getattr(client, name)(server.url, {"X": "1"})
                assert response.status_code == 204
            for name in ("post", "put", "patch"):
                await getattr(client, name)(server.url, {"X": "1"}, b"body")
            await client.request("BREW", server.url)
            async with client.stream("PURGE", server.url, {"X": "1"}, b"body") as response:
                assert response.status_code == 204
            async with client.stream(server.url) as response:
                assert response.status_code == 204
            async with client.stream(api.URL(server.url)) as response:
                assert response.status_code == 204
        methods = [request.method for request in server.requests]
        assert methods == [
            *("GET", "OPTIONS", "HEAD", "DELETE", "POST", "PUT", "PATCH"),
            *("BREW", "PURGE", "GET", "GET"),
        ]
        assert [request.body for request in server.requests[4:7]] == [b"body"] * 3
        assert {request.header("X") for request in server.requests[:7]} == {"1"}
        assert server.connections_total == 1


@behaviour
async def test_default_headers(api: Api) -> None:
    with serve(keep_answering()) as server:
        async with api.Client() as client:
            await client.get(server.url)
            await client.get(server.url, {"user-agent": "mine", "X": "1"})
        first, second = server.requests
        names = [name for name, _ in first.headers]
        assert names == ["Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"]
        assert (first.header("User-Agent") or "").startswith("httpx-typed/")
        assert first.header("Accept") == "*/*"
        assert first.header("Connection") == "keep-alive"
        assert (first.header("Accept-Encoding") or "").startswith("gzip, deflate")
        agents = [value for name, value in second.headers if name.lower() == "user-agent"]
        assert agents == ["mine"]
        assert second.header("X") == "1"


@behaviour
async def test_headers_of_the_client(api: Api) -> None:
    with serve(keep_answering()) as server:
        mine = {"Accept": "application/json", "X-Mine": "1"}
        async with api.Client(headers=mine) as client:
            assert client.headers["accept"] == "application/json"
            await client.get(server.url)
            await client.get(server.url, [("X-Mine", "2"), ("x-mine", "3")])
        first, second = server.requests
        assert (first.header("Accept"), first.header("X-Mine")) == ("application/json", "1")
        assert [v for k, v in second.headers if k.lower() == "x-mine"] == ["2", "3"]


BASES = [
    ("", "/api/", "users", "/api/users"),
    ("", "/api/", "/users", "/api/users"),
    ("", "/api", "users/1?full=yes", "/api/users/1?full=yes"),
    ("", "/api/", "", "/api/"),
    ("", "", "users", "/users"),
    ("", "/api/", "?page=2", "/api/?page=2"),
]


@pytest.mark.parametrize(("_", "base", "url", "target"), BASES)
@behaviour
async def test_the_base_url(api: Api, _: str, base: str, url: str, target: str) -> None:
    with serve(keep_answering()) as server:
        async with api.Client(server.url + base) as client:
            assert str(client.url) == server.url + (base or "/")
            await client.get(url)
            await client.get(server.url + "/whole")
        assert [request.target for request in server.requests] == [target, "/whole"]


@behaviour
async def test_relative_without_a_base(api: Api) -> None:
    async with api.Client() as client:
        for url in ("/path", "path", ""):
            with pytest.raises(api.InvalidURL, match="base"):
                await client.get(url)
    with pytest.raises(api.InvalidURL, match="absolute"):
        api.Client("relative/")


@behaviour
async def test_build_and_send(api: Api) -> None:
    with serve(keep_answering()) as server:
        async with api.Client(server.url + "/base/", headers={"X": "1"}) as client:
            request = client.build_request("PUT", "path", {"Y": "2"}, api.JSON([]))
            assert isinstance(request, api.Request)
            assert (request.method, str(request.url)) == ("PUT", server.url + "/base/path")
            async with client.send(request) as response:
                await response.read()
            # As it is: no base, no defaults.
            async with await client.send(api.Request("GET", server.url + "/bare")) as response:
                await response.read()
        built, bare = server.requests
        assert (built.header("X"), built.header("Y"), built.body) == ("1", "2", b"[]")
        assert [name for name, _ in bare.headers] == ["Host"]
        assert bare.target == "/bare"


@behaviour
async def test_its_transport_is_the_object_given(api: Api, asgi: ASGIServer) -> None:
    pool = api.ConnectionPool()
    async with api.Client(transport=pool) as client:
        assert client.transport is pool
        await client.get(asgi.url + "/lines")
        assert repr(pool) == "<ConnectionPool [1 idle]>"
    assert repr(pool) == "<ConnectionPool [0 active]>"
    with pytest.raises(RuntimeError, match="closed"):
        await pool.request("GET", asgi.url)


@behaviour
async def test_a_transport_of_ones_own(api: Api) -> None:
    class Canned:
        """Answers everything itself."""

        def __init__(self) -> None:
            self.seen = list[ahttpx.Request]()
            self.closed = 0

        async def send(self, request: ahttpx.Request) -> ahttpx.Response:
            self.seen.append(request)
            if request.url.path == "/from":
                return api.Response(302, headers={"Location": "/to", "Set-Cookie": "a=1"})
            return api.Response(200, headers={"X": "1"}, content=api.JSON({"canned": True}))

        async def close(self) -> None:
            self.closed += 1

    transport = Canned()
    async with api.Client(transport=transport) as client:
        response = await client.post("http://example.com/from", content=b"x")
        assert response.json() == {"canned": True}
        first, second = transport.seen
        assert (first.method, second.method, second.url.path) == ("POST", "GET", "/to")
        assert second.headers["Cookie"] == "a=1"
        assert "Content-Length" not in second.headers
    assert transport.closed == 1


@behaviour(only=("threads", "asyncio", "trio"))
async def test_a_transport_that_is_none(api: Api) -> None:
    class NoClose:
        async def send(self, request: ahttpx.Request) -> ahttpx.Response:
            return api.Response(200)

    class ThreadedNoClose:
        def send(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(200)

    wrong: type[object] = ThreadedNoClose if api.is_threads else NoClose
    client = httpx.Client if api.is_threads else ahttpx.Client
    with pytest.raises(TypeError, match="close"):
        client(transport=wrong())  # type: ignore[arg-type]  # pyright: ignore
    with pytest.raises(TypeError, match="is a class"):
        client(transport=wrong)  # type: ignore[arg-type]  # pyright: ignore


@behaviour
async def test_a_subclass_of_the_pool_is_honoured(api: Api, asgi: ASGIServer) -> None:
    """The client talks to the object it was given, not to what is inside of it."""

    class Watching:
        def __init__(self) -> None:
            self.inner = api.ConnectionPool()
            self.paths = list[str]()

        async def send(self, request: ahttpx.Request) -> ahttpx.Response:
            self.paths.append(request.url.path)
            return await self.inner.send(request)

        async def close(self) -> None:
            await self.inner.close()

    watching = Watching()
    async with api.Client(transport=watching) as client:
        assert (await client.get(asgi.url + "/redirect?to=/lines")).status_code == 200
        async with client.stream(asgi.url + "/stream?n=1") as response:
            assert repr(watching.inner) == "<ConnectionPool [1 active]>"
            assert len(await response.read()) == 1000
    assert watching.paths == ["/redirect", "/lines", "/stream"]


@behaviour
async def test_shared_by_many(api: Api, asgi: ASGIServer) -> None:
    async with api.Client(asgi.url) as client:

        async def work() -> None:
            await client.get("/cookies/set?a=1")
            assert (await client.get("/cookies")).json() == {"a": "1"}
            assert (await client.get("/redirect?to=/lines")).status_code == 200

        await api.gather(*[work] * 8)
        assert "active" not in repr(client)


@behaviour
async def test_stacks_of_ones_own(api: Api, asgi: ASGIServer) -> None:
    pool = api.ConnectionPool()
    async with api.RedirectMiddleware(api.CookieMiddleware(pool)) as stack:
        request = api.Request("GET", asgi.url + "/redirect?to=/lines")
        async with await stack.send(request) as response:
            assert (await response.read()).startswith(b"one")
            assert len(response.history) == 1
        async with api.Client(transport=stack) as client:
            assert (await client.get(asgi.url + "/lines")).status_code == 200
    assert repr(pool) == "<ConnectionPool [0 active]>"
