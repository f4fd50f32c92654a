"""Proxies: real ones in every combination, and scripted ones for what no honest proxy does."""

from __future__ import annotations

import base64
import importlib.util
import sys
from collections.abc import Iterator

import pytest

from support.api import Api
from support.certs import Certs
from support.nginx import SMALL, Nginx
from support.proxies import KINDS, USER, Proxies, plain_password
from support.runtimes import behaviour
from support.scripted import (
    Close,
    Expect,
    HalfClose,
    Receive,
    Reset,
    Script,
    Send,
    Stall,
    StartTLS,
    Step,
    answer,
    keep_answering,
    serve,
    unused_port,
)

BASIC = "Basic " + base64.b64encode(b"user:secret").decode()
CHALLENGE = [("Proxy-Authenticate", 'Basic realm="the proxy"')]
REFUSED = "407 Proxy Authentication Required"


@pytest.fixture(scope="module")
def proxies(tmp_path_factory: pytest.TempPathFactory, certs: Certs) -> Iterator[Proxies]:
    """Real proxies."""
    with Proxies(tmp_path_factory.mktemp("proxies"), certs) as running:
        yield running


def need_socksio(kind: str) -> None:
    if kind.startswith("socks") and importlib.util.find_spec("socksio") is None:
        pytest.skip("socksio is not installed (the extra `socks`)")


def tunnel_to(certs: Certs, *inside: Step, head: bytes = b"HTTP/1.1 200 OK\r\n\r\n") -> Script:
    """What a proxy does that makes a tunnel, and is the origin inside of it, too."""
    return [Expect(), Send(head), StartTLS(certs.server()), *(inside or keep_answering(b"inside"))]


# Real proxies


@pytest.mark.parametrize("auth", [False, True], ids=["open", "auth"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scheme", ["http", "https"])
@behaviour
async def test_every_combination(
    api: Api, scheme: str, kind: str, auth: bool, proxies: Proxies, nginx: Nginx, certs: Certs
) -> None:
    need_socksio(kind)
    url = proxies.url(kind, auth=auth)
    proxy = api.Proxy(
        url,
        auth=(USER, plain_password(kind)) if auth else None,
        ssl_context=certs.client() if kind == "https" else None,
    )
    origin = nginx.url if scheme == "http" else nginx.tls_url
    async with api.ConnectionPool(proxy=proxy, ssl_context=certs.client()) as pool:
        r = await pool.request("GET", origin + "/small")
        assert (r.status_code, r.body) == (200, SMALL)
        (connection,) = pool.connections
        if kind != "tinyproxy":  # which ends each connection after one exchange, unless tunnelled
            assert repr(connection) == f'<Connection "{origin}" VIA "{url}" IDLE>'
        r = await pool.request("PUT", origin + f"/put/{api.variant}-{kind}", content=b"x" * 100_000)
        assert r.status_code in (201, 204)
        async with pool.stream("GET", origin + "/1M") as r:
            assert len(await r.read()) == 1 << 20
        if scheme == "https":
            assert pool.stats().opened == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("given", [None, ("nobody", "wrong")], ids=["none", "wrong"])
@behaviour(only=("threads", "asyncio", "trio"))
async def test_credentials_that_are_missing_or_wrong(
    api: Api,
    given: tuple[str, str] | None,
    scheme: str,
    kind: str,
    proxies: Proxies,
    nginx: Nginx,
    certs: Certs,
) -> None:
    need_socksio(kind)
    context = certs.client() if kind == "https" else None
    proxy = api.Proxy(proxies.url(kind, auth=True), auth=given, ssl_context=context)
    origin = nginx.url if scheme == "http" else nginx.tls_url
    status = 401 if kind == "tinyproxy" and given else 407  # tinyproxy is wrong in that
    async with api.ConnectionPool(proxy=proxy, ssl_context=certs.client()) as pool:
        if status == 401 and scheme == "http":  # nothing tells that from the origin's own
            assert (await pool.request("GET", origin + "/small")).status_code == 401
            return
        with pytest.raises(api.ProxyError, match=r"credentials|401") as info:
            await pool.request("GET", origin + "/small")
        assert "wrong" not in str(info.value)
        if not kind.startswith("socks"):
            assert info.value.response is not None
            assert info.value.response.status_code == status
        assert info.value.request is not None
        assert info.value.request.method == "GET"


@pytest.mark.parametrize("kind", ["http", "tinyproxy", "socks5", "socks5h"])
@behaviour(only=("threads", "asyncio", "trio"))
async def test_over_ipv6_and_by_name(
    api: Api, kind: str, proxies: Proxies, nginx: Nginx, ipv6: None
) -> None:
    need_socksio(kind)
    six = proxies.url(kind, host="::1")
    by_name = proxies.url(kind).replace("127.0.0.1", "localhost")
    assert nginx.url6 is not None
    for proxy in (six, by_name):
        async with api.ConnectionPool(proxy=proxy) as pool:
            urls = [nginx.url, nginx.url.replace("127.0.0.1", "localhost")]
            if kind != "http":  # proxy.py does not take such an address apart
                urls.append(nginx.url6)
            for url in urls:
                assert (await pool.request("GET", url + "/small")).body == SMALL


@pytest.mark.parametrize("kind", ["http", "https", "socks5h"])
@behaviour
async def test_a_single_connection(
    api: Api, kind: str, proxies: Proxies, nginx: Nginx, certs: Certs
) -> None:
    need_socksio(kind)
    url = proxies.url(kind)
    proxy = api.Proxy(url, ssl_context=certs.client() if kind == "https" else None)
    for origin in (nginx.url, nginx.tls_url):
        async with await api.open_connection(
            origin, proxy=proxy, ssl_context=certs.client()
        ) as conn:
            assert (await conn.request("GET", "/small")).body == SMALL
            assert repr(conn) == f'<Connection "{origin}" VIA "{url}" IDLE>'
        assert repr(conn) == f'<Connection "{origin}" VIA "{url}" CLOSED>'


@behaviour
async def test_an_upgrade_inside_a_tunnel(api: Api, certs: Certs) -> None:
    switch = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"
    with serve(tunnel_to(certs, Expect(), Send(switch + b"hello"), Receive(4), Close())) as server:
        async with api.open_connection(
            "https://localhost/", proxy=server.url, ssl_context=certs.client()
        ) as conn:
            stream = await conn.upgrade("GET", "/feed", {"Upgrade": "x"})
            assert repr(conn) == '<Connection "https://localhost/feed" X>'
            assert await stream.read() == b"hello"
            await stream.write(b"more")
            assert await stream.read() == b""


# What is sent


@behaviour
async def test_a_forwarded_request(api: Api) -> None:
    with serve(keep_answering(b"from the proxy")) as server:
        proxy = api.Proxy(
            server.url, auth=("user", "secret"), headers={"X-Via": "me", "Accept": "no"}
        )
        async with api.ConnectionPool(proxy=proxy) as pool:
            r = await pool.request(
                "GET", "http://example.com:8000/a?b=c#d", headers={"Accept": "yes"}
            )
            assert r.body == b"from the proxy"
            await pool.request("GET", "http://user:hidden@[::1]/")
        first, second = server.requests
        assert first.target == "http://example.com:8000/a?b=c"
        assert first.headers == (
            ("Host", "example.com:8000"),
            ("Accept", "yes"),
            ("X-Via", "me"),
            ("Proxy-Authorization", BASIC),
        )
        assert (second.target, second.header("Host")) == ("http://[::1]/", "[::1]")
        assert b"hidden" not in bytes(server.received[1])


@behaviour
async def test_a_tunnelled_request(api: Api, certs: Certs) -> None:
    with serve(tunnel_to(certs)) as server:
        proxy = api.Proxy(server.url.replace("://", "://user:secret@"), headers={"X-Via": "me"})
        async with api.ConnectionPool(proxy=proxy, ssl_context=certs.client()) as pool:
            for _ in range(2):
                r = await pool.request(
                    "GET", "https://localhost/a", headers={"Proxy-Authorization": "Basic YTpi"}
                )
                assert r.body == b"inside"
            expected = f'<Connection "https://localhost" VIA "{server.url}" IDLE>'
            assert repr(pool.connections[0]) == expected
        connect, first, second = server.requests
        assert (connect.method, connect.target) == ("CONNECT", "localhost:443")
        assert connect.header("Host") == "localhost:443"
        assert connect.header("Proxy-Authorization") == BASIC
        assert connect.header("X-Via") == "me"
        for request in (first, second):
            assert request.headers == (("Host", "localhost"),)
            assert request.target == "/a"


@behaviour
async def test_a_direct_request_says_nothing_to_proxies(api: Api) -> None:
    with serve(keep_answering()) as server:
        async with api.ConnectionPool() as pool:
            await pool.request("GET", server.url, headers={"proxy-authorization": BASIC, "A": "b"})
        assert server.requests[0].header("Proxy-Authorization") is None
        assert server.requests[0].header("A") == "b"


# Answers to 407


@pytest.mark.parametrize("kept", [True, False])
@behaviour
async def test_a_challenge_to_connect_is_answered_once(api: Api, certs: Certs, kept: bool) -> None:
    fields = CHALLENGE if kept else [*CHALLENGE, ("Connection", "close")]
    challenge: list[Step] = [Expect(), answer(b"who?", REFUSED, fields)]
    rest = tunnel_to(certs)
    scripts: list[Script] = [[*challenge, *rest]] if kept else [[*challenge, Close()], rest]
    with serve(*scripts) as server:
        proxy = api.Proxy(server.url, auth=("user", "secret"))
        async with api.ConnectionPool(proxy=proxy, ssl_context=certs.client()) as pool:
            assert (await pool.request("GET", "https://localhost/")).body == b"inside"
        assert [r.method for r in server.requests] == ["CONNECT", "CONNECT", "GET"]
        assert server.connections_total == (1 if kept else 2)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    ("challenge", "times"), [('Basic realm="x"', 2), ("Negotiate", 1), ('Digest realm="x"', 1)]
)
@behaviour
async def test_a_challenge_is_not_answered_twice(
    api: Api, scheme: str, challenge: str, times: int
) -> None:
    again: list[Step] = [Expect(), answer(b"who?", REFUSED, [("Proxy-Authenticate", challenge)])]
    with serve([*again, *again, *again]) as server:
        proxy = api.Proxy(server.url, auth=("user", "secret"))
        async with api.ConnectionPool(proxy=proxy) as pool:
            with pytest.raises(api.ProxyError, match="does not take the credentials") as info:
                await pool.request("GET", f"{scheme}://localhost/")
        assert len(server.requests) == times
        response = info.value.response
        assert isinstance(response, api.Response)
        assert response.body == b"who?"
        assert "secret" not in str(info.value)
        assert "secret" not in repr(info.value.connection)


@pytest.mark.parametrize("single", [False, True])
@behaviour
async def test_a_challenge_to_a_forwarded_request(api: Api, single: bool) -> None:
    script: list[Step] = [Expect(), answer(b"", REFUSED, CHALLENGE), *keep_answering(b"fine")]
    with serve(script) as server:
        proxy = api.Proxy(server.url, auth=("user", "secret"))
        if single:
            async with api.open_connection("http://localhost", proxy=proxy) as conn:
                assert (await conn.request("POST", "/", content=b"body")).body == b"fine"
        else:
            async with api.ConnectionPool(proxy=proxy) as pool:
                r = await pool.request("POST", "http://localhost/", content=b"body")
                assert r.body == b"fine"
        assert [r.body for r in server.requests] == [b"body", b"body"]


@behaviour
async def test_what_the_pool_tells_of_it(api: Api, certs: Certs) -> None:
    challenge: Script = [Expect(), answer(b"", REFUSED, [*CHALLENGE, ("Connection", "close")])]
    seen: list[str] = []
    with serve(challenge, tunnel_to(certs)) as server:
        async with api.ConnectionPool(
            proxy=api.Proxy(server.url, auth=("user", "secret")),
            ssl_context=certs.client(),
            on_event=lambda event: seen.append(type(event).__name__),
        ) as pool:
            assert (await pool.request("GET", "https://localhost/")).body == b"inside"
            assert list(pool.stats().origins) == ["https://localhost"]
            assert (pool.stats().opened, pool.stats().idle) == (1, 1)
    assert seen[:4] == ["ConnectionOpening", "ConnectionOpened", "TLSDone", "RequestSent"]


@behaviour
async def test_a_body_that_is_gone_is_not_sent_again(api: Api) -> None:
    with serve([Expect(), answer(b"", REFUSED, CHALLENGE), *keep_answering()]) as server:
        proxy = api.Proxy(server.url, auth=("user", "secret"))
        async with api.ConnectionPool(proxy=proxy) as pool:
            with pytest.raises(api.ProxyError, match="407"):
                await pool.request("POST", "http://localhost/", content=iter([b"once"]))
        assert [r.body for r in server.requests] == [b"once"]


# Bad answers


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.0 200 Connection established\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    ],
)
@behaviour
async def test_what_makes_a_tunnel(api: Api, certs: Certs, head: bytes) -> None:
    with serve(tunnel_to(certs, head=head)) as server:
        async with api.ConnectionPool(proxy=server.url, ssl_context=certs.client()) as pool:
            for _ in range(2):
                assert (await pool.request("GET", "https://localhost/")).body == b"inside"
        assert server.connections_total == 1


@pytest.mark.parametrize("status", ["302 Found", "403 Forbidden", "502 Bad Gateway", "600 Odd"])
@behaviour
async def test_a_refused_tunnel(api: Api, status: str) -> None:
    script: list[Step] = [
        Expect(),
        answer(b"<h1>no</h1>", status, [("Location", "https://evil.example/")]),
    ]
    with serve([*script, *keep_answering(b"evil")]) as server:
        async with api.Client(transport=api.ConnectionPool(proxy=server.url)) as client:
            with pytest.raises(api.ProxyError, match=status) as info:
                await client.get("https://localhost:444/secret")
            assert "localhost:444" in str(info.value)
            assert repr(client) == "<Client [0 active]>"
        response = info.value.response
        assert isinstance(response, api.Response)
        assert response.body == b"<h1>no</h1>"
        assert len(server.requests) == 1
        assert await api.until(lambda: server.connections_open == 0)


@behaviour
async def test_an_endless_refusal_is_bounded(api: Api) -> None:
    head = b"HTTP/1.1 503 Busy\r\nContent-Length: 99999999\r\n\r\n"
    with serve([Expect(), Send(head + b"x" * (1 << 21)), Stall()]) as server:
        async with api.ConnectionPool(proxy=server.url) as pool:
            with pytest.raises(api.ProxyError, match="503") as info:
                await pool.request("GET", "https://localhost/")
        response = info.value.response
        assert isinstance(response, api.Response)
        assert len(response.body) == 1 << 20


@pytest.mark.parametrize(
    "script",
    [
        [Expect(), Reset()],
        [Expect(), Close()],
        [Expect(), Send(b"HTTP/1.1 200"), Close()],
        [Expect(), Send(b"SSH-2.0-OpenSSH\r\n\r\n"), Close()],
    ],
    ids=["reset", "end", "half a head", "no HTTP"],
)
@behaviour
async def test_a_proxy_that_fails(api: Api, script: Script) -> None:
    with serve(script) as server:
        async with api.ConnectionPool(proxy=server.url) as pool:
            with pytest.raises(api.ProxyError, match="failed when it was asked") as info:
                await pool.request("GET", "https://localhost/")
            assert info.value.response is None
            assert pool.connections == []
        assert await api.until(lambda: server.connections_open == 0)


@pytest.mark.parametrize("kind", ["http", "socks5h"])
@behaviour
async def test_silence_is_bounded_by_the_deadline(api: Api, kind: str) -> None:
    need_socksio(kind)
    with serve([Stall()]) as server:
        proxy = server.url.replace("http", kind)
        async with api.ConnectionPool(proxy=proxy) as pool:
            with pytest.raises(api.Timeout):
                async with api.timeout(0.1):
                    await pool.request("GET", "https://localhost/")
            assert pool.connections == []
        assert await api.until(lambda: server.connections_open == 0)


@behaviour
async def test_nobody_is_there(api: Api) -> None:
    with unused_port() as port:
        async with api.ConnectionPool(proxy=f"http://127.0.0.1:{port}") as pool:
            for scheme in ("http", "https"):
                with pytest.raises(api.ConnectError, match=r"the proxy http://127\.0\.0\.1"):
                    await pool.request("GET", f"{scheme}://localhost/")


# TLS


@behaviour
async def test_the_proxy_is_verified_by_its_own_name(api: Api, certs: Certs) -> None:
    with serve(keep_answering(), tls=certs.server_for("origin.example")) as server:
        proxy = api.Proxy(server.url, auth=("user", "secret"), ssl_context=certs.client())
        async with api.ConnectionPool(proxy=proxy, ssl_context=certs.client()) as pool:
            for scheme in ("http", "https"):
                with pytest.raises(api.ConnectError, match=r"the proxy https://127\.0\.0\.1"):
                    await pool.request("GET", f"{scheme}://origin.example/")
        assert server.requests == []
        assert all(not received for received in server.received)


@pytest.mark.parametrize("tls", [False, True], ids=["plain proxy", "TLS in TLS"])
@behaviour
async def test_the_origin_is_verified_by_its_own_name(api: Api, certs: Certs, tls: bool) -> None:
    script: list[Step] = [
        Expect(),
        Send(b"HTTP/1.1 200 OK\r\n\r\n"),
        StartTLS(certs.server()),
        Expect(),
    ]
    with serve(script, tls=certs.server() if tls else None) as server:
        proxy = api.Proxy(server.url, ssl_context=certs.client() if tls else None)
        async with api.ConnectionPool(proxy=proxy, ssl_context=certs.client()) as pool:
            with pytest.raises(api.ConnectError, match=r"origin\.example"):
                await pool.request("GET", "https://origin.example/")
            assert pool.connections == []
        assert [r.method for r in server.requests] == ["CONNECT"]


# SOCKS


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak SOCKS5"),
        (b"\x05\xff", "wants credentials"),
        (b"\x05", "middle of the SOCKS5 handshake"),
        (b"\x05\x00\x05\x02\x00\x01", r"not allowed by ruleset"),
        (b"\x05\x00\x05\x77\x00\x01", "does not speak SOCKS5"),
        (b"\x05\x00\x04\x00\x00\x01", "does not speak SOCKS5"),
    ],
)
@behaviour
async def test_bad_answers_of_a_socks_proxy(api: Api, said: bytes, told: str) -> None:
    need_socksio("socks5h")
    with serve([Send(said), HalfClose(), Stall()]) as server:
        async with api.ConnectionPool(proxy=server.url.replace("http", "socks5h")) as pool:
            with pytest.raises(api.ProxyError, match=told):
                await pool.request("GET", "http://localhost/")
            assert pool.connections == []


@behaviour
async def test_bytes_that_follow_a_socks_reply_belong_to_the_tunnel(api: Api) -> None:
    need_socksio("socks5h")
    hello = b"\x05\x00" + b"\x05\x00\x00\x03\x04name\x00\x50"
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
    script: list[Step] = [
        Receive(3),
        Send(hello),
        Receive(16),
        Expect(),
        Send(head + b"after"),
        Stall(),
    ]
    with serve(script) as server:
        async with api.ConnectionPool(proxy=server.url.replace("http", "socks5h")) as pool:
            assert (await pool.request("GET", "http://localhost/")).body == b"after"
        connect = bytes(server.received[0])[3:19]
        assert connect == b"\x05\x01\x00\x03\x09localhost\x00\x50"


@behaviour(only=("threads", "asyncio"))
async def test_without_socksio(api: Api) -> None:
    hidden = pytest.MonkeyPatch()
    hidden.setitem(sys.modules, "socksio", None)
    hidden.setitem(sys.modules, "socksio.socks5", None)
    try:
        async with api.ConnectionPool(proxy="socks5h://127.0.0.1:1080") as pool:
            with pytest.raises(RuntimeError, match=r"pip install 'httpx-typed\[socks\]'"):
                await pool.request("GET", "http://localhost/")
    finally:
        hidden.undo()


# Choosing


@behaviour
async def test_rules_choose_and_connections_are_kept_apart(api: Api) -> None:
    with serve(keep_answering(b"proxy")) as proxy, serve(keep_answering(b"direct")) as origin:
        rules = [(f"127.0.0.1:{origin.port}", None), ("http://*.example.com", proxy.url)]
        async with api.ConnectionPool(proxy=rules) as pool:
            assert (await pool.request("GET", origin.url)).body == b"direct"
            assert (await pool.request("GET", "http://www.example.com/")).body == b"proxy"
            assert (await pool.request("GET", "http://api.example.com/")).body == b"proxy"
            assert repr(pool) == "<ConnectionPool [3 idle]>"
            assert (await pool.request("GET", "http://www.example.com/")).body == b"proxy"
            assert repr(pool) == "<ConnectionPool [3 idle]>"


@behaviour(only=("threads", "asyncio", "trio"))  # a client with a backend is given its pool
async def test_the_environment(api: Api) -> None:
    with serve(keep_answering(b"proxy")) as proxy, serve(keep_answering(b"direct")) as origin:
        environment = pytest.MonkeyPatch()
        environment.setenv("http_proxy", proxy.url)
        environment.setenv("no_proxy", "localhost")
        try:
            client, trusting = api.Client(), api.ConnectionPool(trust_env=True)
            deaf = api.ConnectionPool()
            explicit = api.ConnectionPool(trust_env=True, proxy={"*": None})
        finally:
            environment.undo()
        # The environment has changed since, which does not count.
        async with client, trusting, deaf, explicit:
            assert (await client.get(origin.url)).body == b"proxy"
            assert (await trusting.request("GET", origin.url)).body == b"proxy"
            assert (await deaf.request("GET", origin.url)).body == b"direct"
            assert (await explicit.request("GET", origin.url)).body == b"direct"
            exempt = origin.url.replace("127.0.0.1", "localhost")
            assert (await trusting.request("GET", exempt)).body == b"direct"
