"""The client as a whole: chains across schemes, a real application, and layers of one's own."""

from __future__ import annotations

import asyncio
import http.cookiejar
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ahttpx
import httpx
from support.api import Api
from support.asgi import ASGIServer
from support.certs import Certs
from support.runtimes import behaviour
from support.scripted import Expect, ScriptedServer, Send, Step, answer, keep_answering, serve

MAIN = ("threads", "asyncio", "trio")


def redirect(to: str, status: str = "302 Found", *more: tuple[str, str]) -> Send:
    return answer(b"elsewhere", status, [("Location", to), *more])


def sent(server: ScriptedServer, name: str) -> list[str | None]:
    """What each request to `server` said in field `name`."""
    return [request.header(name) for request in server.requests]


# Redirects.


@pytest.mark.parametrize("code", ["301 Moved", "307 Temporary Redirect"])
@behaviour
async def test_a_chain_across_schemes_and_back(api: Api, certs: Certs, code: str) -> None:
    """https to http and back to the first origin: no secret on the way, none at the end."""
    with serve(keep_answering()) as plain, serve([], tls=certs.server()) as safe:
        home: list[Step] = [
            *(Expect(), redirect(plain.url + "/over", code, ("Set-Cookie", "kept=1; Secure"))),
            *(Expect(), answer(b"home")),
        ]
        safe.scripts = [home]
        plain.scripts = [[Expect(), redirect(safe.url + "/home", code)]]
        pool = api.ConnectionPool(ssl_context=certs.client())
        async with api.Client(transport=pool) as client:
            headers = [
                ("Authorization", "Bearer s3cret"),
                ("AUTHORIZATION", "Basic s3cret"),
                ("Proxy-Authorization", "Basic s3cret"),
                ("X-Mine", "1"),
            ]
            response = await client.get(
                safe.url.replace("//", "//user:s3cret@"), headers, cookies={"once": "s3cret"}
            )
            assert response.text == "home"
            assert [one.status_code for one in response.history] == [int(code[:3])] * 2
            urls = [one.url for one in response.history]
            assert [(url.scheme, url.path) for url in urls] == [("https", "/"), ("http", "/over")]
            assert (response.url.scheme, response.url.path) == ("https", "/home")
            assert response.url.userinfo == ""
        assert sent(safe, "X-Mine") == ["1", "1"]
        assert sent(plain, "X-Mine") == ["1"]
        told = [name for name, value in safe.requests[0].headers if "s3cret" in value]
        # `Proxy-Authorization` is for proxies: no origin sees it, not even the first one.
        assert told == ["Authorization", "AUTHORIZATION", "Cookie"]
        for request in (plain.requests[0], safe.requests[1]):
            assert "s3cret" not in str(request)
        # The jar's are for their host: the secure one is not for http, and is there at home.
        assert sent(plain, "Cookie") == [None]
        assert sent(safe, "Cookie") == ["once=s3cret", "kept=1"]


@pytest.mark.parametrize("elsewhere", ["https://b.test/", "http://a.test/", "https://a.test:8443/"])
@behaviour(only=MAIN)
async def test_what_leaves_an_origin_is_dropped_above_any_transport(
    api: Api, elsewhere: str
) -> None:
    seen: list[ahttpx.Request] = []

    async def handler(request: ahttpx.Request) -> ahttpx.Response:
        seen.append(request)
        if len(seen) == 1:
            return api.Response(302, headers={"Location": elsewhere})
        return api.Response(200)

    secrets = {"Authorization": "s3cret", "proxy-authorization": "s3cret", "Host": "mine.test"}
    async with api.Client("https://a.test", transport=api.MockTransport(handler)) as client:
        await client.get("/", secrets)
    first, second = seen
    assert all(name in first.headers for name in secrets)
    assert not any(name in second.headers for name in secrets)
    assert second.headers["User-Agent"] == first.headers["User-Agent"]


ORIGINS = st.sampled_from(
    [
        "https://a.test",
        "http://a.test",
        "https://a.test:444",
        "https://b.a.test",
        "http://a.test:80",
    ]
)


@settings(max_examples=80)
@given(st.lists(ORIGINS, min_size=1, max_size=6), st.sampled_from([301, 302, 303, 307, 308]))
def test_any_chain_of_origins(chain: list[str], status: int) -> None:
    """A secret, however it is given, goes along if and only if no hop has left the origin."""

    class Key:
        """An `Auth` that puts its secret in a field that nobody else knows to be one."""

        def flow(self, request: httpx.AuthRequest) -> httpx.AuthFlow:
            yield request.copy_with(headers=request.headers.copy_set("X-Api-Key", "s3cret"))

    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if len(seen) == len(chain):
            return httpx.Response(200)
        return httpx.Response(status, headers={"Location": f"{chain[len(seen)]}/{len(seen)}"})

    for own, names in (
        ({"authorization": "s3cret", "COOKIE": "s3cret"}, ["Authorization", "Cookie"]),
        ({}, ["X-Api-Key", "Cookie"]),
    ):
        seen.clear()
        with httpx.Client(auth=Key(), transport=httpx.MockTransport(handler)) as client:
            response = client.get(chain[0], own, cookies={"once": "s3cret"})
        assert len(response.history) == len(chain) - 1
        assert [request.url.origin for request in seen] == [httpx.URL(one).origin for one in chain]
        stayed = True
        for request in seen:
            stayed = stayed and request.url.origin == seen[0].url.origin
            assert [name in request.headers for name in names] == [stayed, stayed]
            assert ("s3cret" in str(request.headers.multi_items())) is stayed


@pytest.mark.parametrize("status", ["300 Multiple Choices", "304 Not Modified", "305 Use Proxy"])
@behaviour
async def test_other_statuses_are_answers(api: Api, status: str) -> None:
    body = b"" if status.startswith("304") else b"choose"
    with serve([Expect(), answer(body, status, [("Location", "/elsewhere")])]) as server:
        async with api.Client() as client:
            response = await client.get(server.url)
            assert (response.status_code, response.history) == (int(status[:3]), ())
            assert response.body == body
        assert len(server.requests) == 1


@behaviour
async def test_a_redirect_to_nowhere_is_an_answer(api: Api) -> None:
    with serve([Expect(), answer(b"lost", "302 Found")]) as server:
        async with api.Client() as client:
            assert (await client.get(server.url)).text == "lost"


@behaviour
async def test_the_first_location_counts_and_has_its_own_fragment(api: Api) -> None:
    moved = redirect("/one#mine", "302 Found", ("Location", "/two"))
    with serve([Expect(), moved, Expect(), answer(b"")]) as server:
        async with api.Client() as client:
            response = await client.get(server.url + "#theirs")
        assert (response.url.path, response.url.fragment) == ("/one", "mine")


# Cookies: a real application on a real server.


@pytest.fixture(scope="module")
def flask_url() -> Iterator[str]:
    """A Flask application with a session, on a server of its own."""
    flask = pytest.importorskip("flask")
    serving = pytest.importorskip("werkzeug.serving")
    app = flask.Flask(__name__)
    app.secret_key = "for the test"
    app.config.update(SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax")

    def login() -> Any:
        flask.session["user"] = flask.request.form["user"]
        flask.session.permanent = "remember" in flask.request.form
        response = flask.redirect(flask.url_for("whoami"))
        response.set_cookie("admin", "yes", path="/admin")
        response.set_cookie("stolen", "1", domain="example.com")
        return response

    def logout() -> Any:
        flask.session.clear()
        return flask.redirect(flask.url_for("whoami"), 303)

    def whoami() -> Any:
        return {"user": flask.session.get("user"), "names": sorted(flask.request.cookies)}

    app.add_url_rule("/login", view_func=login, methods=["POST"])
    app.add_url_rule("/logout", view_func=logout, methods=["POST"])
    app.add_url_rule("/whoami", view_func=whoami)
    app.add_url_rule("/admin/page", endpoint="page", view_func=whoami)

    class Quiet(serving.WSGIRequestHandler):  # type: ignore[misc,name-defined]
        def log(self, type: str, message: str, *args: object) -> None:
            """Say nothing."""

    server = serving.make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@behaviour
async def test_a_session_in_a_flask_application(api: Api, flask_url: str, tmp_path: Path) -> None:
    file = tmp_path / "cookies.txt"
    async with api.Client(flask_url) as client:
        assert (await client.get("/whoami")).json() == {"user": None, "names": []}
        form = api.Form({"user": "ann", "remember": "1"})
        response = await client.post("/login", content=form)
        assert response.json() == {"user": "ann", "names": ["session"]}
        assert [one.status_code for one in response.history] == [302]
        names = (await client.get("/admin/page")).json()["names"]
        assert names == ["admin", "session"]
        assert sorted(client.cookies) == ["admin", "session"]  # and nothing of example.com
        (session,) = client.cookies.get_all("session")
        assert (session.domain, session.host_only, session.http_only) == ("127.0.0.1", True, True)
        assert session.same_site == "Lax"
        assert session.expires is not None
        client.cookies.save(file, format="netscape")
        # Another client goes on with the session that was saved.
        async with api.Client(flask_url, cookies=api.Cookies.load(file)) as second:
            assert (await second.get("/whoami")).json()["user"] == "ann"
        async with api.Client(flask_url) as stranger:
            assert (await stranger.get("/whoami")).json()["user"] is None
        response = await client.post("/logout")
        assert response.json() == {"user": None, "names": []}
        assert "session" not in client.cookies
    theirs = http.cookiejar.MozillaCookieJar(file)
    theirs.load(ignore_discard=True, ignore_expires=True)  # 0 is for a session, as curl has it
    assert sorted(cookie.name for cookie in theirs) == ["admin", "session"]


class NoCookies(httpx.Cookies):
    """As in `docs/cookies.md`."""

    def update_from_response(self, url: object, set_cookie: Iterable[str]) -> None:
        """Keep nothing."""


@behaviour
async def test_a_client_that_keeps_no_cookies(api: Api, asgi: ASGIServer) -> None:
    jar = NoCookies({"mine": "1"})
    async with api.Client(asgi.url, cookies=jar) as client:
        assert client.cookies is jar
        await client.get("/cookies/set?a=1&b=2")
        assert (await client.get("/cookies")).json() == {"mine": "1"}
        once = await client.get("/cookies", cookies={"once": "2"})
        assert once.json() == {"mine": "1", "once": "2"}
    assert dict(jar) == {"mine": "1"}


# Layers of one's own.


Layer: TypeAlias = (
    ahttpx.RedirectMiddleware
    | ahttpx.AuthMiddleware
    | ahttpx.CookieMiddleware
    | ahttpx.RetryMiddleware
)


class Marks:
    """A middleware that says in each request that it went through here."""

    def __init__(self, api: Api, transport: ahttpx.Transport, mark: str) -> None:
        self.api = api
        self.transport = transport
        self.mark = mark
        self.seen = list[tuple[str, str | None]]()

    async def send(self, request: ahttpx.Request) -> ahttpx.Response:
        self.seen.append((request.url.path, request.headers.get("Cookie")))
        headers = request.headers.copy_append("X-Mark", self.mark)
        response = await self.transport.send(request.copy_with(headers=headers))
        if response.status_code == 503:
            await response.close()  # it is not returned, so it is closed
            return self.api.Response(200, content="in its place")
        return response

    async def close(self) -> None:
        await self.transport.close()


@behaviour
async def test_layers_of_ones_own_between_ours(api: Api) -> None:
    """Outside, in between and inside: each sees what goes by there."""
    moved = redirect("/next", "302 Found", ("Set-Cookie", "a=1"))
    busy = answer(b"no", "503 Service Unavailable")
    with serve([Expect(), moved, Expect(), busy]) as server:
        pool = api.ConnectionPool()
        inner = Marks(api, pool, "inner")
        middle = Marks(api, api.CookieMiddleware(inner), "middle")
        outer = Marks(api, api.RedirectMiddleware(middle), "outer")
        async with api.Client(transport=outer, follow_redirects=False) as client:
            response = await client.get(server.url + "/first", follow_redirects=True)
            assert response.text == "in its place"
            assert repr(pool) == "<ConnectionPool [1 idle]>"
        assert repr(pool) == "<ConnectionPool [0 active]>"
        for request in server.requests:
            marks = [value for name, value in request.headers if name == "X-Mark"]
            assert marks == ["outer", "middle", "inner"]
    # The client's own redirects are outermost, and it knows no cookies of the stack below.
    assert outer.seen == [("/first", None)]
    assert middle.seen == [("/first", None), ("/next", None)]
    assert inner.seen == [("/first", None), ("/next", "a=1")]


@behaviour
async def test_ours_around_one_of_ones_own(api: Api, asgi: ASGIServer) -> None:
    """Each middleware alone, over a transport that is not ours."""
    request = api.Request("GET", asgi.url + "/redirect?to=/lines")

    def authenticated(transport: ahttpx.Transport) -> ahttpx.AuthMiddleware:
        return api.AuthMiddleware(transport, ("user", "pass"))

    layers: list[tuple[Callable[[ahttpx.Transport], Layer], int]] = [
        (api.RedirectMiddleware, 200),
        (authenticated, 302),
        (api.CookieMiddleware, 302),
        (api.RetryMiddleware, 302),
    ]
    for make, status in layers:
        marks = Marks(api, api.ConnectionPool(), "own")
        layer = make(marks)
        async with layer, layer.send(request) as response:
            assert response.status_code == status
            await response.read()
        assert marks.seen[0] == ("/redirect", None)
    assert "X-Mark" not in request.headers


class AsyncLayer:
    async def send(self, request: ahttpx.Request) -> ahttpx.Response:
        return ahttpx.Response(200)

    async def close(self) -> None:
        pass


class ThreadedLayer:
    def send(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200)

    def close(self) -> None:
        pass


@pytest.mark.parametrize("name", ["Redirect", "Auth", "Cookie", "Retry"])
def test_the_other_colour_is_refused_at_once(name: str) -> None:
    more = [("user", "pass")] if name == "Auth" else []
    for package, wrong, told in (
        (httpx, AsyncLayer(), "send"),
        (ahttpx, ThreadedLayer(), "async def send"),
        (httpx, ThreadedLayer, "is a class"),
        (ahttpx, object(), "send"),
    ):
        middleware = getattr(package, f"{name}Middleware")
        with pytest.raises(TypeError, match=told):
            middleware(wrong, *more)


def test_everything_goes_through_send_of_a_subclass() -> None:
    """What a client sends can be seen once, redirects and all, by extending `send`."""

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/from":
            return httpx.Response(302, headers={"Location": "/to"})
        return httpx.Response(200)

    seen: list[str] = []

    class Seeing(httpx.Client):
        def send(self, request: httpx.Request) -> httpx.Response:
            response = super().send(request)
            seen.append(f"{request.url.path} {response.url.path}")
            return response

    class SeeingAsync(ahttpx.Client):
        def send(self, request: ahttpx.Request) -> ahttpx.Pending[ahttpx.Response]:
            seen.append(request.url.path)
            return super().send(request)

    with Seeing("http://a.test", transport=httpx.MockTransport(handler)) as client:
        client.get("/from")
        client.post("/from")
        client.stream("/from").close()
    assert seen == ["/from /to"] * 3
    seen.clear()

    async def main() -> None:
        def answered(request: ahttpx.Request) -> ahttpx.Response:
            return ahttpx.Response(200)

        transport = ahttpx.MockTransport(answered)
        async with SeeingAsync("http://a.test", transport=transport) as client:
            await client.get("/one")
            async with client.stream("/two"):
                pass

    asyncio.run(main())
    assert seen == ["/one", "/two"]
