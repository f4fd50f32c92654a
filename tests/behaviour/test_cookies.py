"""Cookies through a client: whose they are, and whose they are not."""

from __future__ import annotations

import pytest

from support.api import Api
from support.asgi import ASGIServer
from support.certs import Certs
from support.runtimes import behaviour
from support.scripted import Expect, Send, Step, answer, keep_answering, serve


def setting(cookie: str, body: bytes = b"", *more: tuple[str, str], status: str = "200 OK") -> Send:
    return answer(body, status, [("Set-Cookie", cookie), *more])


@behaviour
async def test_kept_and_sent_back(api: Api, asgi: ASGIServer) -> None:
    async with api.Client() as client:
        await client.get(asgi.url + "/cookies/set?a=1&b=2")
        assert (await client.get(asgi.url + "/cookies")).json() == {"a": "1", "b": "2"}
        assert client.cookies["a"] == "1"
        await client.get(asgi.url + "/cookies/set?a=3")
        assert (await client.get(asgi.url + "/cookies")).json() == {"a": "3", "b": "2"}
        del client.cookies["a"]
        assert (await client.get(asgi.url + "/cookies")).json() == {"b": "2"}


@behaviour
async def test_given_to_the_client(api: Api, asgi: ASGIServer) -> None:
    async with api.Client(cookies={"mine": "yes"}) as client:
        assert (await client.get(asgi.url + "/cookies")).json() == {"mine": "yes"}
    jar = api.Cookies({"shared": "jar"})
    async with api.Client(cookies=jar) as client:
        assert client.cookies is jar
        await client.get(asgi.url + "/cookies/set?more=1")
    assert jar["more"] == "1"


@behaviour
async def test_for_one_request_only(api: Api, asgi: ASGIServer) -> None:
    async with api.Client(cookies={"kept": "1"}) as client:
        response = await client.get(asgi.url + "/cookies", cookies={"once": "2"})
        assert response.json() == {"kept": "1", "once": "2"}
        assert (await client.get(asgi.url + "/cookies")).json() == {"kept": "1"}


@behaviour
async def test_a_cookie_header_of_the_callers_stays(api: Api) -> None:
    with serve(keep_answering()) as server:
        async with api.Client(cookies={"jar": "1"}) as client:
            await client.get(server.url, {"Cookie": "own=2"})
        assert server.requests[0].header("Cookie") == "own=2"


@behaviour
async def test_another_host_gets_nothing(api: Api) -> None:
    """`localhost` and `127.0.0.1` are the same machine and not the same host."""
    with serve([Expect(), setting("a=1"), *keep_answering()]) as server:
        other = server.url.replace("127.0.0.1", "localhost")
        async with api.Client() as client:
            await client.get(server.url)
            await client.get(server.url)
            await client.get(other)
        assert [request.header("Cookie") for request in server.requests] == [None, "a=1", None]


@behaviour
async def test_set_on_a_redirect_and_sent_at_once(api: Api) -> None:
    moved = setting("a=1", b"", ("Location", "/next"), status="302 Found")
    with serve([Expect(), moved, *keep_answering()]) as server:
        async with api.Client() as client:
            await client.get(server.url)
        assert [request.header("Cookie") for request in server.requests] == [None, "a=1"]


@behaviour
async def test_a_redirect_to_another_host_takes_no_cookies_along(api: Api) -> None:
    with serve(keep_answering()) as server:
        there = server.url.replace("127.0.0.1", "localhost")
        moved = setting("a=1", b"", ("Location", there), status="302 Found")
        with serve([Expect(), moved]) as first:
            async with api.Client(cookies={"unscoped": "1"}) as client:
                await client.get(first.url, cookies={"once": "1"})
                assert first.requests[0].header("Cookie") == "once=1; unscoped=1"
                assert server.requests[0].header("Cookie") is None


@pytest.mark.parametrize(
    "cookie",
    [
        "a=1; Domain=example.com",
        "a=1; Domain=com",
        "a=1; Domain=0.0.1",
        "__Host-a=1; Path=/",
        "__Secure-a=1; Path=/",
        "a=1; Secure",
        "a=1; Max-Age=0",
        "a\x01=1",
        "",
        "=; =; ;",
    ],
)
@behaviour
async def test_what_a_server_may_not_set(api: Api, cookie: str) -> None:
    raw = f"HTTP/1.1 200 OK\r\nSet-Cookie: {cookie}\r\nContent-Length: 0\r\n\r\n"
    with serve([Expect(), Send(raw.encode("latin-1"))], keep_answering()) as server:
        async with api.Client() as client:
            if "\x01" in cookie:
                with pytest.raises(api.RemoteProtocolError):
                    await client.get(server.url)
            else:
                await client.get(server.url)
            await client.get(server.url)
            assert len(client.cookies) == 0
        assert server.requests[-1].header("Cookie") is None


@behaviour
async def test_secure_cookies_go_over_tls_only(api: Api, certs: Certs) -> None:
    script: list[Step] = [Expect(), setting("a=1; Secure"), *keep_answering()]
    with serve(script, tls=certs.server()) as safe, serve(keep_answering()) as plain:
        pool = api.ConnectionPool(ssl_context=certs.client())
        async with api.Client(transport=pool) as client:
            await client.get(safe.url)
            await client.get(safe.url)
            await client.get(plain.url)
        assert [request.header("Cookie") for request in safe.requests] == [None, "a=1"]
        assert plain.requests[0].header("Cookie") is None


@behaviour
async def test_paths(api: Api) -> None:
    with serve([Expect(), setting("a=1; Path=/foo"), *keep_answering()]) as server:
        async with api.Client() as client:
            for path in ("/", "/foo", "/foo/bar", "/foobar", "/"):
                await client.get(server.url + path)
        sent = [request.header("Cookie") for request in server.requests]
        assert sent == [None, "a=1", "a=1", None, None]


@behaviour
async def test_a_pool_knows_no_cookies(api: Api, asgi: ASGIServer) -> None:
    async with api.ConnectionPool() as pool:
        await pool.request("GET", asgi.url + "/cookies/set?a=1")
        assert (await pool.request("GET", asgi.url + "/cookies")).json() == {}


@behaviour
async def test_the_middleware_alone(api: Api, asgi: ASGIServer) -> None:
    async with api.CookieMiddleware(api.ConnectionPool()) as stack:
        async with stack.send(api.Request("GET", asgi.url + "/cookies/set?a=1")) as response:
            await response.read()
        async with stack.send(api.Request("GET", asgi.url + "/cookies")) as response:
            await response.read()
            assert response.json() == {"a": "1"}
        assert dict(stack.cookies) == {"a": "1"}
