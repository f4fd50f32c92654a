"""Redirects: what is followed, what goes along, and what must never leave its origin."""

from __future__ import annotations

import pytest

from support.api import Api
from support.asgi import ASGIServer
from support.nginx import SMALL, Nginx
from support.runtimes import behaviour
from support.scripted import (
    Close,
    Expect,
    Loop,
    ScriptedServer,
    Send,
    Stall,
    Step,
    answer,
    keep_answering,
    serve,
)


def redirect(to: str, status: str = "302 Found", body: bytes = b"elsewhere") -> Send:
    return answer(body, status, [("Location", to)])


def sent(server: ScriptedServer, name: str) -> list[str | None]:
    """What each request to `server` said in field `name`."""
    return [request.header(name) for request in server.requests]


@behaviour
async def test_followed_to_the_end(api: Api, asgi: ASGIServer) -> None:
    async with api.Client() as client:
        response = await client.get(asgi.url + "/redirect?to=/redirect%3Fto%3D/lines#top")
        assert response.status_code == 200
        assert str(response.url) == asgi.url + "/lines#top"
        assert [repr(step) for step in response.history] == ["<Response [302 Found]>"] * 2
        assert str(response.history[1].url) == asgi.url + "/redirect?to=/lines#top"
        # One connection: the bodies of the redirects were read.
        assert repr(client) == "<Client [1 idle]>"


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@behaviour
async def test_every_kind_at_a_real_server(api: Api, nginx: Nginx, code: int) -> None:
    async with api.Client() as client:
        response = await client.get(f"{nginx.url}/redirect/{code}")
        assert response.body == SMALL
        assert [step.status_code for step in response.history] == [code]


METHODS = [
    ("GET", 301, "GET"),
    ("HEAD", 301, "HEAD"),
    ("POST", 301, "GET"),
    ("PUT", 301, "PUT"),
    ("POST", 302, "GET"),
    ("DELETE", 302, "DELETE"),
    ("POST", 303, "GET"),
    ("PUT", 303, "GET"),
    ("DELETE", 303, "GET"),
    ("HEAD", 303, "HEAD"),
    ("POST", 307, "POST"),
    ("PATCH", 307, "PATCH"),
    ("POST", 308, "POST"),
    ("PUT", 308, "PUT"),
]


@pytest.mark.parametrize(("method", "code", "then"), METHODS)
@behaviour
async def test_the_method_and_the_body(api: Api, method: str, code: int, then: str) -> None:
    """The Fetch standard's table; a body that goes takes the fields that describe it along."""
    content = None if method in ("GET", "HEAD") else b'{"a":1}'
    headers = {"X-Mine": "kept"}
    if content is not None:
        headers |= {"Content-Type": "application/json", "Content-Language": "en"}
    moved = Send(b"HTTP/1.1 %d Moved\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n" % code)
    done = Send(b"HTTP/1.1 204 No Content\r\n\r\n")
    with serve([Expect(), moved, Expect(), done, Expect()]) as server:
        async with api.Client() as client:
            response = await client.request(method, server.url + "/here", headers, content)
            assert response.status_code == 204
            assert response.request is not None
            assert response.request.method == then
        first, second = server.requests
        assert (first.method, first.body) == (method, content or b"")
        assert (second.method, second.target) == (then, "/there")
        assert second.header("X-Mine") == "kept"
        if then == method:
            assert second.body == (content or b"")
            assert second.header("Content-Type") == first.header("Content-Type")
            assert second.header("Content-Length") == first.header("Content-Length")
        else:
            assert second.body == b""
            for name in ("Content-Type", "Content-Length", "Transfer-Encoding"):
                assert second.header(name) is None
            assert second.header("Content-Language") is None


SECRETS = {
    "Authorization": "Bearer secret",
    "authorization": "Basic secret",
    "COOKIE": "session=secret",
    "Proxy-Authorization": "Basic secret",
}


@pytest.mark.parametrize("code", [302, 307])
@pytest.mark.parametrize("name", SECRETS)
@behaviour
async def test_secrets_stay_with_their_origin(api: Api, name: str, code: int) -> None:
    """To another port of the same host and back: dropped, and it stays dropped."""
    with serve(keep_answering(b"done")) as third:
        back: list[Step] = [Expect(), redirect(third.url + "/end", f"{code} Found")]
        with serve(back) as second:
            there: list[Step] = [Expect(), redirect(second.url, f"{code} Found")]
            with serve(there) as first:
                async with api.Client() as client:
                    headers = [(name, SECRETS[name]), ("X-Mine", "1")]
                    response = await client.get(first.url, headers)
                    assert response.text == "done"
                # What is for proxies is left out where none reads it, at home too.
                at_home = None if name == "Proxy-Authorization" else SECRETS[name]
                assert sent(first, name) == [at_home]
                assert sent(second, name) == sent(third, name) == [None]
                assert sent(third, "X-Mine") == ["1"]
                for server in (second, third):
                    assert b"secret" not in bytes(server.received[0])
                assert sent(second, "Host") == [second.authority]


@behaviour
async def test_secrets_do_not_come_back_with_the_origin(api: Api) -> None:
    home: list[Step] = [Expect(), redirect("PLACEHOLDER"), Expect(), answer(b"home")]
    with serve(home) as first, serve([Expect(), redirect(first.url + "/again")]) as second:
        first.scripts = [[Expect(), redirect(second.url), Expect(), answer(b"home")]]
        async with api.Client() as client:
            response = await client.get(first.url, {"Authorization": "Bearer secret"})
            assert response.text == "home"
        assert sent(first, "Authorization") == ["Bearer secret", None]
        assert sent(second, "Authorization") == [None]


@behaviour
async def test_secrets_go_along_within_the_origin(api: Api) -> None:
    with serve([Expect(), redirect("/next"), Expect(), answer(b"fine")]) as server:
        async with api.Client() as client:
            await client.get(server.url, {"Authorization": "Bearer mine"})
        assert sent(server, "Authorization") == ["Bearer mine"] * 2


@behaviour
async def test_the_clients_own_headers_are_secret_too(api: Api) -> None:
    with serve(keep_answering()) as second, serve([Expect(), redirect(second.url)]) as first:
        async with api.Client(headers={"Authorization": "Bearer secret"}) as client:
            await client.get(first.url)
        assert sent(first, "Authorization") == ["Bearer secret"]
        assert sent(second, "Authorization") == [None]
        assert sent(second, "User-Agent") == sent(first, "User-Agent") != [None]


@behaviour
async def test_credentials_that_a_server_chose_are_not_used(api: Api) -> None:
    with serve(keep_answering()) as second:
        evil = second.url.replace("http://", "http://user:chosen@")
        with serve([Expect(), redirect(evil)]) as first:
            async with api.Client() as client:
                response = await client.get(first.url)
                assert response.url.userinfo == ""
            assert sent(second, "Authorization") == [None]


@behaviour
async def test_a_host_header_of_the_callers_is_for_its_origin_only(api: Api) -> None:
    with serve(keep_answering()) as second, serve([Expect(), redirect(second.url)]) as first:
        async with api.Client() as client:
            await client.get(first.url, {"Host": "name.example"})
        assert sent(first, "Host") == ["name.example"]
        assert sent(second, "Host") == [second.authority]


@behaviour
async def test_loops_end(api: Api, nginx: Nginx) -> None:
    async with api.Client() as client:
        with pytest.raises(api.TooManyRedirects) as caught:
            await client.get(nginx.url + "/loop")
        assert caught.value.response is not None
        assert len(caught.value.response.history) == 20
        assert "20" in str(caught.value)
        assert (await client.get(nginx.url + "/small")).body == SMALL
    async with api.Client(max_redirects=2) as client:
        with pytest.raises(api.TooManyRedirects):
            await client.get(nginx.url + "/loop")
    async with api.Client(max_redirects=0) as client:
        assert (await client.get(nginx.url + "/small")).body == SMALL
        with pytest.raises(api.TooManyRedirects):
            await client.get(nginx.url + "/loop")


@behaviour
async def test_not_following(api: Api, nginx: Nginx) -> None:
    async with api.Client(follow_redirects=False) as client:
        response = await client.get(nginx.url + "/redirect/302")
        assert (response.status_code, response.history) == (302, ())
        assert response.headers["Location"].endswith("/small")
        followed = await client.get(nginx.url + "/redirect/302", follow_redirects=True)
        assert followed.status_code == 200
    async with api.Client() as client:
        response = await client.get(nginx.url + "/redirect/302", follow_redirects=False)
        assert response.status_code == 302
        assert b"302" in response.body
    async with api.ConnectionPool() as pool:
        assert (await pool.request("GET", nginx.url + "/redirect/302")).status_code == 302


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "ftp://example.com/", "data:,x", "javascript:x", "unix:/x"]
)
@behaviour
async def test_other_schemes_are_not_followed(api: Api, location: str) -> None:
    with serve([Expect(), redirect(location), *keep_answering()]) as server:
        async with api.Client() as client:
            response = await client.get(server.url)
            assert (response.status_code, response.body) == (302, b"elsewhere")
        assert len(server.requests) == 1


@pytest.mark.parametrize("location", ["http://", "http://[::1", "http://a b/", "//:1:2"])
@behaviour
async def test_a_location_that_is_no_url(api: Api, location: str) -> None:
    with serve([Expect(), redirect(location), *keep_answering(b"fine")]) as server:
        async with api.Client() as client:
            with pytest.raises(api.RemoteProtocolError) as caught:
                await client.get(server.url)
            assert caught.value.response is not None
            assert caught.value.request is not None
            assert (await client.get(server.url)).text == "fine"


@behaviour
async def test_locations_are_resolved(api: Api) -> None:
    cases = {
        "next": "/a/next",
        "../up": "/up",
        "?q=1": "/a/b?q=1",
        "/with blank": "/with%20blank",
        "/caf\xc3\xa9": "/caf%C3%A9",  # UTF-8 bytes, as browsers take them
        "/caf\xe9": "/caf%C3%A9",
    }
    for location, target in cases.items():
        script: list[Step] = [Expect(), redirect(location), Expect(), answer(b"")]
        with serve(script) as server:
            async with api.Client() as client:
                await client.get(server.url + "/a/b")
            assert server.requests[1].target == target


@pytest.mark.parametrize("kind", ["iterator", "stream"])
@behaviour
async def test_a_body_that_cannot_be_sent_again(api: Api, asgi: ASGIServer, kind: str) -> None:
    async with api.Client() as client:
        url = asgi.url + "/redirect?status=307&to=/upload"
        if kind == "iterator":
            content: object = iter([b"a", b"b"])
        else:
            content = (await client.stream("GET", asgi.url + "/stream?n=3")).stream
        with pytest.raises(api.BodyNotReplayable) as caught:
            await client.post(url, content=content)  # type: ignore[arg-type]  # pyright: ignore
        assert caught.value.response is not None
        assert caught.value.response.status_code == 307
        assert (await client.get(asgi.url + "/lines")).status_code == 200
        # 303 does not need it again.
        fine = await client.post(
            asgi.url + "/redirect?status=303&to=/lines", content=iter([b"a", b"b"])
        )
        assert fine.status_code == 200


@behaviour
async def test_bodies_that_can(api: Api) -> None:
    class Pieces:
        """Content that gives a fresh stream each time."""

        def content_type(self) -> str | None:
            return None

        def encode(self) -> bytes:
            return b"fresh"

    moved = redirect("/there", "307 Temporary Redirect")
    with serve([Loop([Expect(), moved, Expect(), answer(b"done")])]) as server:
        async with api.Client() as client:
            for content, sent_bytes in (
                (b"bytes", b"bytes"),
                ("text", b"text"),
                ([b"li", b"st"], b"list"),
                (api.JSON([1]), b"[1]"),
                (api.Form({"a": "b"}), b"a=b"),
                (Pieces(), b"fresh"),
            ):
                assert (await client.post(server.url, content=content)).text == "done"
                first, second = server.requests
                assert (first.method, second.method) == ("POST", "POST")
                assert first.body == second.body == sent_bytes
                server.requests.clear()


@behaviour
async def test_a_large_redirect_body_is_not_read(api: Api) -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 1000000000\r\n\r\n"
    script: list[Step] = [Expect(), Send(head), Loop([Send(b"x" * 65536)])]
    with serve(script, keep_answering(b"fine")) as server:
        async with api.Client() as client:
            async with api.timeout(5):
                assert (await client.get(server.url)).text == "fine"
            assert repr(client) == "<Client [1 idle]>"
        assert server.connections_total == 2


@behaviour
async def test_a_redirect_whose_body_fails_is_followed_all_the_same(api: Api) -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 10\r\n\r\nhalf"
    with serve([Expect(), Send(head), Close()], keep_answering(b"fine")) as server:
        async with api.Client() as client:
            assert (await client.get(server.url)).text == "fine"


@behaviour
async def test_a_timeout_covers_the_whole_chain(api: Api) -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 10\r\n\r\nhalf"
    with serve([Expect(), Send(head), Stall()], keep_answering(b"fine")) as server:
        async with api.Client() as client:
            with pytest.raises(api.Timeout):
                async with api.timeout(0.1):
                    await client.get(server.url)
            assert repr(client) == "<Client [0 active]>"
            assert await api.until(lambda: server.connections_open == 0)


@behaviour
async def test_streams_follow_too(api: Api, asgi: ASGIServer) -> None:
    async with api.Client() as client:
        async with client.stream(asgi.url + "/redirect?to=/stream%3Fn%3D2") as response:
            assert len(response.history) == 1
            assert await response.read() == b"x" * 2000
        assert repr(client) == "<Client [1 idle]>"
