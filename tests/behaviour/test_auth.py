"""Authentication: by real servers, by a strict verifier, and what must never leave its origin."""

from __future__ import annotations

import pickle
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

import ahttpx
from support.apache import WELCOME, find_apache, run_apache
from support.api import Api
from support.digest import DigestGuard
from support.nginx import SMALL, Nginx
from support.runtimes import behaviour
from support.scripted import (
    Expect,
    Loop,
    ScriptedServer,
    Send,
    Step,
    answer,
    keep_answering,
    serve,
)

BASIC = ahttpx.BasicAuth("user", "pass").authorization
UNAUTHORIZED = "401 Unauthorized"


@pytest.fixture(scope="module")
def apache() -> Iterator[str]:
    """The base URL of an Apache."""
    program = find_apache()
    if program is None:
        pytest.skip("Apache is not installed (Debian: apt-get install apache2-bin)")
    with run_apache(program) as url:
        yield url


def redirect(to: str, status: str = "302 Found") -> Send:
    return answer(b"elsewhere", status, [("Location", to)])


def refusal(body: bytes = b"no", challenge: str = 'Basic realm="x"') -> Send:
    return answer(body, UNAUTHORIZED, [("WWW-Authenticate", challenge)])


def sent(server: ScriptedServer, name: str = "Authorization") -> list[str | None]:
    """What each request to `server` said in field `name`."""
    return [request.header(name) for request in server.requests]


# Basic and Bearer.


@behaviour
async def test_basic_at_a_real_server(api: Api, nginx: Nginx) -> None:
    url = nginx.url + "/protected"
    async with api.Client() as client:
        assert (await client.get(url)).status_code == 401
        assert (await client.get(url, auth=("user", "wrong"))).status_code == 401
        assert (await client.get(url, auth=("user", "pass"))).body == SMALL
        assert (await client.get(url, auth=api.BasicAuth("user", "pass"))).body == SMALL
        assert (await client.get(url.replace("//", "//user:pass@"))).body == SMALL
    async with api.Client(nginx.url, auth=("user", "pass")) as client:
        response = await client.get("/protected")
        assert response.body == SMALL
        assert response.history == ()
        assert (await client.get("/protected", auth=None)).status_code == 401
        assert (await client.get("/protected", auth=api.UNSET)).body == SMALL
        async with client.stream("GET", "/protected") as response:
            assert await response.read() == SMALL
    assert (await api.get(url, auth=("user", "pass"))).body == SMALL
    async with await api.stream(url, auth=("user", "pass")) as response:
        assert await response.read() == SMALL
    transport = api.AuthMiddleware(api.ConnectionPool(), ("user", "pass"))
    async with transport:
        response = await transport.send(api.Request("GET", url))
        assert await response.read() == SMALL


@behaviour
async def test_every_method_takes_auth(api: Api) -> None:
    token = api.BearerAuth("token")
    with serve(keep_answering(b"")) as server:
        async with api.Client(server.url) as client:
            for call in (client.get, client.options, client.head, client.delete):
                await call("/", auth=token)
            for send in (client.post, client.put, client.patch):
                await send("/", content=b"x", auth=token)
            await client.request("GET", "/", auth=token)
            await client.send(client.build_request("GET", "/", auth=token))
        for call in (api.get, api.options, api.head, api.delete):
            await call(server.url, auth=token)
        for send in (api.post, api.put, api.patch):
            await send(server.url, content=b"x", auth=token)
        await api.request("GET", server.url, auth=token)
        assert sent(server) == ["Bearer token"] * 17


@behaviour
async def test_what_goes_first(api: Api) -> None:
    """The request's own field, its `auth`, the URL's, the client's."""
    with serve(keep_answering()) as server:
        with_user = server.url.replace("//", "//url:url@")
        own = {"Authorization": "Own"}
        async with api.Client(auth=api.BearerAuth("client")) as client:
            await client.get(with_user, own, auth=api.BearerAuth("request"))
            await client.get(with_user, auth=api.BearerAuth("request"))
            await client.get(with_user)
            await client.get(server.url)
            await client.get(with_user, auth=None)
            await client.get(server.url, own, auth=None)
        basic = api.BasicAuth("url", "url").authorization
        wanted = ["Own", "Bearer request", basic, "Bearer client", None, "Own"]
        assert sent(server) == wanted
        # The target and the `Host` never have the userinfo.
        assert sent(server, "Host") == [server.authority] * 6
        # A client's own `Authorization` field, too, gives way to what is said of one request.
        server.requests.clear()
        async with api.Client(headers=own, auth=api.BearerAuth("client")) as client:
            await client.get(server.url)
            await client.get(server.url, auth=api.BearerAuth("request"))
            await client.get(server.url, auth=None)
        assert sent(server) == ["Own", "Bearer request", None]


@behaviour
async def test_the_callers_request_is_not_changed(api: Api) -> None:
    with serve(keep_answering()) as server:
        async with api.Client(auth=("user", "pass")) as client:
            request = client.build_request("GET", server.url)
            response = await client.send(request)
            await response.read()
            assert "Authorization" not in request.headers
            assert response.request is not None
            assert response.request.headers["Authorization"] == BASIC


@behaviour
async def test_two_layers_authenticate_once(api: Api) -> None:
    """What is said of a request is done by the outermost; a layer below does not add to it."""

    class Key:
        def flow(self, request: ahttpx.AuthRequest, /) -> ahttpx.AuthFlow:
            seen = request.headers.copy_append("X-Key", "k")
            yield request.copy_with(headers=seen)

    with serve(keep_answering()) as server:
        inner = api.AuthMiddleware(api.ConnectionPool(), api.BearerAuth("inner"))
        async with api.Client(transport=inner) as client:
            await client.get(server.url)
            await client.get(server.url, auth=Key())
            await client.get(server.url, auth=("user", "pass"))
            await client.get(server.url, auth=None)
        assert sent(server) == ["Bearer inner", None, BASIC, None]
        assert sent(server, "X-Key") == [None, "k", None, None]


@behaviour
async def test_what_is_no_auth_is_refused(api: Api) -> None:
    wrong: list[tuple[object, str]] = [
        ("token", "BearerAuth"),
        (("user",), "pair"),
        (ahttpx.BasicAuth, "hand over an instance"),
        (lambda: None, "no method"),
    ]
    for auth, words in wrong:
        with pytest.raises(TypeError, match=words):
            api.Client(auth=auth)  # type: ignore[arg-type]  # pyright: ignore
        with pytest.raises(TypeError, match=words):
            await api.get("http://127.0.0.1:1/", auth=auth)  # type: ignore[arg-type]  # pyright: ignore
    async with api.ConnectionPool() as pool:
        with pytest.raises(TypeError, match="Auth"):
            api.AuthMiddleware(pool, "token")  # type: ignore[arg-type]  # pyright: ignore
    with pytest.raises(api.InvalidURL, match="credentials"):
        await api.get("http://us%3Aer:pw@127.0.0.1:1/")


@behaviour
async def test_netrc_is_read_only_when_asked_for(
    api: Api, nginx: Nginx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".netrc"
    file.write_text("machine 127.0.0.1 login user password pass\n")
    file.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(file))
    async with api.Client() as client:
        assert (await client.get(nginx.url + "/protected")).status_code == 401
        for auth in (api.NetRCAuth(), api.NetRCAuth(file)):
            assert (await client.get(nginx.url + "/protected", auth=auth)).body == SMALL
        with pytest.raises(FileNotFoundError):
            await client.get(nginx.url + "/protected", auth=api.NetRCAuth(tmp_path / "none"))
        assert repr(client) == "<Client [1 idle]>"


# Redirects.

KINDS: list[str] = ["client", "request", "url", "digest"]


async def got(api: Api, kind: str, url: str) -> ahttpx.Response:
    """What comes of a GET with credentials, for each way to say them."""
    if kind == "client":
        async with api.Client(auth=("user", "pass")) as client:
            return await client.get(url)
    async with api.Client() as client:
        if kind == "url":
            return await client.get(url.replace("//", "//user:pass@"))
        if kind == "digest":
            return await client.get(url, auth=api.DigestAuth("user", "pass"))
        return await client.get(url, auth=("user", "pass"))


@pytest.mark.parametrize("code", ["302 Found", "307 Temporary Redirect"])
@pytest.mark.parametrize("kind", KINDS)
@behaviour
async def test_credentials_stay_with_their_origin(api: Api, kind: str, code: str) -> None:
    """To another port and back: gone, also when that origin or the first asks for them."""
    asks = refusal(challenge='Digest realm="x", nonce="n", qop="auth", Basic realm="x"')
    with serve([Loop([Expect(), asks])]) as third:
        back: list[Step] = [Expect(), redirect(third.url + "/end", code)]
        with serve(back) as second, serve([]) as first:
            there = redirect(second.url, code)
            ask_first: list[Step] = [Expect(), asks] if kind == "digest" else []
            first.scripts = [[*ask_first, Expect(), there]]
            third.scripts = [
                [Expect(), redirect(first.url + "/home", code)],
                [Loop([Expect(), asks])],
            ]
            first.scripts = [*first.scripts, [Loop([Expect(), asks])]]
            response = await got(api, kind, first.url)
            assert response.status_code == 401
            assert response.url.path == "/home"
            assert response.url.userinfo == ""
            values = sent(first)
            assert values[-1] is None
            assert values[-2] is not None  # it was sent where it belongs
            assert sent(second) == sent(third) == [None]


@pytest.mark.parametrize("kind", KINDS)
@behaviour
async def test_credentials_go_along_within_the_origin(api: Api, kind: str) -> None:
    guard = DigestGuard("MD5")
    script: list[Step] = [Expect(), redirect("/next"), Expect(), answer(b"fine")]
    if kind == "digest":
        script = [Expect(), redirect("/next"), Loop([Expect(), guard.step])]
    with serve(script) as server:
        response = await got(api, kind, server.url)
        assert response.status_code == 200
        assert len(response.history) == 1
        if kind == "digest":
            assert guard.refusals == []
        else:
            assert sent(server) == [BASIC, BASIC]


@behaviour
async def test_credentials_in_a_location_are_nobodys(api: Api) -> None:
    """Neither elsewhere, nor in place of the caller's own."""
    with serve([Expect(), redirect("PLACEHOLDER"), Loop([Expect(), answer(b"end")])]) as server:
        chosen = server.url.replace("//", "//evil:chosen@") + "/next"
        server.scripts = [[Expect(), redirect(chosen), Loop([Expect(), answer(b"end")])]]
        async with api.Client() as client:
            response = await client.get(server.url)
            assert response.url.userinfo == ""
            assert sent(server) == [None, None]
    with serve([]) as server:
        chosen = server.url.replace("//", "//evil:chosen@") + "/next"
        server.scripts = [[Expect(), redirect(chosen), Loop([Expect(), answer(b"end")])]]
        async with api.Client() as client:
            response = await client.get(server.url.replace("//", "//user:pass@"))
            assert response.url.userinfo == "user:pass"
            assert sent(server) == [BASIC, BASIC]


# Digest.


@behaviour
async def test_digest_at_a_real_server(api: Api, apache: str) -> None:
    async with api.Client(auth=api.DigestAuth("user", "pass")) as client:
        for target in ("/digest", "/digest?a=%22b%22&c=\\d", "/digest"):
            response = await client.get(apache + target)
            assert response.body == WELCOME, target
        assert response.request is not None
        said = response.request.headers["Authorization"]
        assert "algorithm=MD5, " in said
        # Its nonces live for a second; it says "stale" then.
        await api.sleep(1.2)
        assert (await client.get(apache + "/digest")).body == WELCOME
        assert (await client.post(apache + "/digest", content=b"body")).status_code == 200
        wrong = await client.get(apache + "/digest", auth=api.DigestAuth("user", "no"))
        assert wrong.status_code == 401
        assert repr(client) == "<Client [1 idle]>"
        assert (await client.get(apache + "/basic", auth=("user", "pass"))).body == WELCOME
        assert (await client.get(apache + "/basic")).status_code == 401


GUARDS = [
    *(
        DigestGuard(name + sess)
        for name in ("MD5", "SHA-256", "SHA-512-256")
        for sess in ("", "-sess")
    ),
    DigestGuard("SHA-256", qop="auth-int"),
    DigestGuard("SHA-256-sess", qop="auth-int,auth"),
    DigestGuard("MD5", qop=None, charset=None),
    DigestGuard("MD5-sess", qop=None),
    DigestGuard("SHA-256", userhash=True),
    DigestGuard("SHA-512-256-sess", userhash=True, username="J\u00e4s\u00f8n Doe"),
    DigestGuard("SHA-256", username="J\u00e4s\u00f8n Doe", password="s\u00e9same", realm="r\u00fc"),
    DigestGuard("MD5", username="J\u00e4s\u00f8n Doe", charset=None),
    DigestGuard("SHA-256", username='quo"ted \\ name'),
    DigestGuard("SHA-256", uses=1),
    DigestGuard("SHA-256", uses=1, says_stale=False),
    DigestGuard("SHA-256", hands_nonces=True),
    DigestGuard("SHA-256-sess", hands_nonces=True),
    DigestGuard(
        "SHA-256", more=('Basic realm="x", Bearer', 'Digest realm="x", algorithm=MD5, nonce=n')
    ),
]


def fresh(guard: DigestGuard) -> DigestGuard:
    """The same guard, which has seen nothing yet."""
    return pickle.loads(pickle.dumps(guard))  # type: ignore[no-any-return]


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: f"{guard.algorithm}-{guard.qop}")
@behaviour
async def test_digest_at_a_strict_verifier(api: Api, guard: DigestGuard) -> None:
    guard = fresh(guard)
    with serve([Loop([Expect(), guard.step])]) as server:
        auth = api.DigestAuth(guard.username, guard.password)
        async with api.Client(server.url, auth=auth) as client:
            for method, content in (("GET", None), ("POST", b"body"), ("HEAD", None), ("PUT", b"")):
                response = await client.request(method, "/a/b?c=d", content=content)
                assert response.status_code == 200, guard.refusals
            assert repr(client) == "<Client [1 idle]>"
        assert guard.refusals == []
        assert server.connections_total == 1
        # Only the first was refused, unless nonces do not last.
        asked = [request.header("Authorization") is None for request in server.requests]
        assert asked == [True] + [False] * (len(asked) - 1)
        assert len(asked) == (5 if guard.uses > 1 else 8)


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: f"{guard.algorithm}-{guard.qop}")
def test_the_verifier_agrees_with_curl(guard: DigestGuard) -> None:
    """The verifier itself, by a client that was written elsewhere."""
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")
    if guard.username != "user" or guard.qop not in ("auth", "auth-int,auth"):
        pytest.skip("curl does this by rules of its own")
    if guard.algorithm.startswith("SHA-512-256") or guard.more:
        pytest.skip("many versions of curl have faults here")
    guard = fresh(guard)
    guard.realm = "rooms"
    with serve([Loop([Expect(), guard.step])]) as server:
        done = subprocess.run(
            [curl, "-sS", "-q", "--digest", "-u", "user:pass", server.url + "/a?b=c"],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
    assert done.stdout == "welcome", guard.refusals


@behaviour
async def test_wrong_credentials_get_the_refusal(api: Api) -> None:
    guard = DigestGuard()
    with serve([Loop([Expect(), guard.step])]) as server:
        async with api.Client(auth=api.DigestAuth("user", "wrong")) as client:
            for _ in range(2):
                response = await client.get(server.url)
                assert (response.status_code, response.body) == (401, b"who are you?")
                assert response.history == ()
        assert guard.refusals[0] == "the response is wrong"
        assert len(server.requests) <= 5


@behaviour
async def test_digest_does_not_answer_basic(api: Api) -> None:
    with serve([Loop([Expect(), refusal(b"basic only")])]) as server:
        async with api.Client(auth=api.DigestAuth("user", "pass")) as client:
            assert (await client.get(server.url)).body == b"basic only"
        assert sent(server) == [None]


@behaviour
async def test_many_at_once_with_one_digest(api: Api) -> None:
    """One object may serve many requests at the same time; each is let in in the end."""
    guard = DigestGuard(qop=None)  # counts would have to arrive in order
    with serve([Loop([Expect(), guard.step])]) as server:
        async with api.Client(auth=api.DigestAuth("user", "pass")) as client:

            async def work() -> int:
                return (await client.get(server.url)).status_code

            assert await api.gather(*[work] * 6) == [200] * 6
        assert guard.refusals == []


# Bodies.


@behaviour
async def test_a_body_is_sent_again(api: Api) -> None:
    guard = DigestGuard()
    with serve([Loop([Expect(), guard.step])]) as server:
        async with api.Client(auth=api.DigestAuth("user", "pass")) as client:
            response = await client.post(server.url, content=api.JSON({"a": 1}))
            assert response.status_code == 200
        assert [request.body for request in server.requests] == [b'{"a":1}'] * 2
        assert sent(server, "Content-Type") == ["application/json"] * 2


@behaviour
async def test_a_body_that_cannot_be_sent_again(api: Api) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"only once"

    guard = DigestGuard()
    with serve([Loop([Expect(), guard.step])]) as server:
        async with api.Client(auth=api.DigestAuth("user", "pass")) as client:
            with pytest.raises(api.BodyNotReplayable, match="authenticated") as caught:
                await client.post(server.url, content=pieces())
            assert caught.value.response is not None
            assert caught.value.response.status_code == 401
            assert isinstance(caught.value.request, api.Request)
            # The challenge is known by now: it works at once.
            response = await client.post(server.url, content=pieces())
            assert response.status_code == 200
        assert guard.refusals == []


@pytest.mark.parametrize(("size", "connections"), [(60_000, 1), (200_000, 2)])
@behaviour
async def test_a_refusals_body_is_read_within_a_bound(
    api: Api, size: int, connections: int
) -> None:
    challenge = 'Digest realm="x", nonce="n", qop="auth"'
    first: list[Step] = [Expect(), refusal(b"x" * size, challenge), Loop([Expect(), answer(b"in")])]
    with serve(first, [Loop([Expect(), answer(b"in")])]) as server:
        async with api.Client(auth=api.DigestAuth("user", "pass")) as client:
            assert (await client.get(server.url)).body == b"in"
        assert server.connections_total == connections


# Flows of one's own.


class Refreshing:
    """A token that is fetched when it is refused."""

    def __init__(self, url: str, token: str = "old") -> None:
        self.url = url
        self.token = token

    def flow(self, request: ahttpx.AuthRequest, /) -> ahttpx.AuthFlow:
        response = yield self.signed(request)
        if response.status_code == 401:
            form = ahttpx.Form({"grant_type": "refresh_token", "refresh_token": "r"})
            answer = yield ahttpx.AuthRequest("POST", self.url, content=form)
            if answer.status_code == 200:
                self.token = answer.json()["access_token"]
                yield self.signed(request)

    def signed(self, request: ahttpx.AuthRequest) -> ahttpx.AuthRequest:
        value = f"Bearer {self.token}"
        return request.copy_with(headers=request.headers.copy_set("Authorization", value))


TOKEN = b'{"access_token": "new"}'


@behaviour
async def test_a_token_is_refreshed(api: Api) -> None:
    # The one connection goes from the one server to the other and back.
    with (
        serve([Expect(), refusal()], keep_answering(b"in")) as server,
        serve(keep_answering(TOKEN)) as tokens,
    ):
        # With one connection: the refusal must not hold it while the token is fetched.
        pool = api.ConnectionPool(max_connections=1)
        cookies = {"unscoped": "secret"}
        async with api.Client(
            auth=Refreshing(tokens.url + "/token"), transport=pool, cookies=cookies
        ) as client:
            async with api.timeout(10):
                response = await client.put(server.url, content=b"body", cookies={"own": "secret"})
                assert response.body == b"in"
                assert (await client.get(server.url)).body == b"in"
            assert response.request is not None
            assert response.request.headers["Authorization"] == "Bearer new"
        assert sent(server) == ["Bearer old", "Bearer new", "Bearer new"]
        assert [request.body for request in server.requests] == [b"body", b"body", b""]
        (token,) = tokens.requests
        assert (token.method, token.target) == ("POST", "/token")
        assert token.body == b"grant_type=refresh_token&refresh_token=r"
        assert token.header("Content-Type") == "application/x-www-form-urlencoded"
        assert token.header("Content-Length") == str(len(token.body))
        assert token.header("User-Agent") == server.requests[0].header("User-Agent")
        # Nothing of the caller's goes to the other origin.
        assert token.header("Cookie") is None
        assert token.header("Authorization") is None


@pytest.mark.parametrize("size", [10, 100_000])
@behaviour
async def test_a_token_is_not_given(api: Api, size: int) -> None:
    """The caller gets the refusal of the request, whole, also if it had to wait half read."""
    refused: list[Step] = [Loop([Expect(), refusal(b"x" * size)])]
    denied: list[Step] = [Loop([Expect(), answer(b"denied", "400 Bad Request")])]
    with serve(refused) as server, serve(denied) as tokens:
        async with api.Client(auth=Refreshing(tokens.url)) as client:
            response = await client.get(server.url)
            assert (response.status_code, response.body) == (401, b"x" * size)
            assert repr(client) == "<Client [2 idle]>"
            async with client.stream("GET", server.url) as response:
                assert [piece async for piece in response.stream] != []
            async with client.stream("GET", server.url) as response:
                assert response.status_code == 401
                assert (await response.raw.read(4)) == b"xxxx"


@behaviour
async def test_a_flows_own_requests_do_not_follow_redirects(api: Api) -> None:
    with serve(keep_answering(TOKEN)) as elsewhere:
        moved: list[Step] = [Loop([Expect(), redirect(elsewhere.url, "307 Temporary Redirect")])]
        with serve(moved) as tokens, serve([Loop([Expect(), refusal()])]) as server:
            async with api.Client(auth=Refreshing(tokens.url)) as client:
                assert (await client.get(server.url)).status_code == 401
        assert elsewhere.requests == []


@behaviour
async def test_errors_are_raised_in_the_flow(api: Api) -> None:
    seen: list[BaseException] = []

    class Patient(Refreshing):
        def flow(self, request: ahttpx.AuthRequest, /) -> ahttpx.AuthFlow:
            try:
                yield ahttpx.AuthRequest("POST", self.url)
            except ahttpx.TransportError as error:
                seen.append(error)
            yield request

    class Strict(Refreshing):
        def flow(self, request: ahttpx.AuthRequest, /) -> ahttpx.AuthFlow:
            try:
                yield from super().flow(request)
            except BaseException as error:
                seen.append(error)
                raise

    broken: list[Step] = [Expect(), Send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")]
    with serve([Loop([Expect(), refusal()])]) as server, serve(broken) as tokens:
        async with api.Client(auth=Patient(tokens.url)) as client:
            assert (await client.get(server.url)).status_code == 401
        async with api.Client(auth=Strict(tokens.url)) as client:
            with pytest.raises(api.RemoteProtocolError) as caught:
                await client.get(server.url)
        assert [type(error) for error in seen] == [ahttpx.RemoteProtocolError] * 2
        assert caught.value is seen[1]
        assert caught.value.request is not None
        assert str(caught.value.request.url) == tokens.url + "/"


@behaviour
async def test_a_token_that_is_too_large(api: Api) -> None:
    with (
        serve([Loop([Expect(), refusal()])]) as server,
        serve(keep_answering(b"x" * (1 << 20) + b"x")) as tokens,
    ):
        async with api.Client(auth=Refreshing(tokens.url)) as client:
            with pytest.raises(api.BodyTooLarge):
                await client.get(server.url)


@behaviour
async def test_a_deadline_in_the_middle_of_a_flow(api: Api) -> None:
    """The flow is closed, and nothing is left behind."""
    ended: list[str] = []

    class Tidy(Refreshing):
        def flow(self, request: ahttpx.AuthRequest, /) -> ahttpx.AuthFlow:
            try:
                yield from super().flow(request)
            except Exception:
                ended.append("caught")
                raise
            finally:
                ended.append("closed")

    with serve([Loop([Expect(), refusal()])]) as server, serve([Expect(), Expect()]) as tokens:
        async with api.Client(auth=Tidy(tokens.url)) as client:
            with pytest.raises(api.Timeout):
                async with api.timeout(0.2):
                    await client.get(server.url)
            assert ended == ["closed"]


@behaviour
async def test_requests_are_signed(api: Api) -> None:
    """With the body, where it is known; in the query or in a field."""

    class Signing:
        def flow(self, request: ahttpx.AuthRequest, /) -> ahttpx.AuthFlow:
            size = "streamed" if request.body is None else str(len(request.body))
            signature = f"{request.method}-{request.url.path}-{size}"
            yield request.copy_with(
                url=request.url.copy_set_param("signed", "1"),
                headers=request.headers.copy_set("Signature", signature),
            )

    async def pieces() -> AsyncIterator[bytes]:
        yield b"12"

    with serve(keep_answering()) as server:
        async with api.Client(server.url, auth=Signing()) as client:
            await client.get("/a?b=c")
            await client.put("/a", content=b"123")
            await client.put("/a", content=pieces())
        assert sent(server, "Signature") == ["GET-/a-0", "PUT-/a-3", "PUT-/a-streamed"]
        targets = ["/a?b=c&signed=1", "/a?signed=1", "/a?signed=1"]
        assert [request.target for request in server.requests] == targets
        assert [request.body for request in server.requests] == [b"", b"123", b"12"]


class Misbehaving:
    """Does one thing that a flow must not do."""

    def __init__(self, fault: str) -> None:
        self.fault = fault

    def flow(self, request: ahttpx.AuthRequest, /) -> ahttpx.AuthFlow:
        if self.fault == "returns":
            return None  # type: ignore[return-value]  # pyright: ignore
        if self.fault == "waits":
            return waits()  # type: ignore[return-value]  # pyright: ignore
        return self.steps(request)

    def steps(self, request: ahttpx.AuthRequest) -> ahttpx.AuthFlow:
        if self.fault == "loops":
            while True:
                yield request
        elif self.fault == "yields a head":
            yield ahttpx.Request("GET", request.url)  # type: ignore[misc]  # pyright: ignore
        elif self.fault == "only its own":
            yield ahttpx.AuthRequest("GET", request.url)
        elif self.fault == "elsewhere":
            yield request.copy_with(url="http://127.0.0.1:1/")
        elif self.fault == "breaks":
            yield request
            raise LookupError("a flow's own error")


async def waits() -> None:
    """No generator."""


FAULTS: list[tuple[str, type[Exception], str]] = [
    ("returns", TypeError, "returned NoneType: write it as a plain generator"),
    ("waits", TypeError, "returned coroutine: write it as a plain generator"),
    ("nothing", RuntimeError, "ended without a response to the caller's request"),
    ("only its own", RuntimeError, "`yield request`"),
    ("loops", RuntimeError, "has sent 10 requests .* it does not end"),
    ("yields a head", TypeError, "Misbehaving yielded Request: yield the request"),
    ("elsewhere", ValueError, "moved the caller's request from"),
    ("breaks", LookupError, "a flow's own error"),
]


@pytest.mark.parametrize(("fault", "error", "words"), FAULTS)
@behaviour
async def test_flows_that_misbehave(
    api: Api, fault: str, error: type[Exception], words: str
) -> None:
    with serve(keep_answering(b"x" * 100)) as server:
        async with api.Client(auth=Misbehaving(fault)) as client:
            with pytest.raises(error, match=words):
                await client.get(server.url)
            assert "[1 active" not in repr(client)
            assert (await client.get(server.url, auth=None)).status_code == 200
        assert len(server.requests) <= 11


@behaviour
async def test_a_transport_of_ones_own_below(api: Api) -> None:
    """It sees plain requests of its own API, those of the flow included."""
    seen: list[ahttpx.Request] = []

    class Fake:
        async def send(self, request: ahttpx.Request, /) -> ahttpx.Response:
            seen.append(request)
            if request.method == "POST":
                return api.Response(200, content=TOKEN)
            fine = request.headers["Authorization"] == "Bearer new"
            return api.Response(200 if fine else 401, content=b"body")

        async def close(self) -> None:
            pass

    async with api.Client(auth=Refreshing("http://b.example/"), transport=Fake()) as client:
        response = await client.put("http://a.example/", content=b"mine")
        assert (response.status_code, response.body) == (200, b"body")
    assert [type(request) for request in seen] == [api.Request] * 3 or not isinstance(
        seen[0], ahttpx.Request
    )
    assert [request.content for request in seen] == [
        b"mine",
        b"grant_type=refresh_token&refresh_token=r",
        b"mine",
    ]
    assert seen[1].options.auth is None
