"""https: who is trusted, under which name, and that nothing is said to anybody else."""

from __future__ import annotations

import ssl

import pytest

from support.api import Api
from support.asgi import ASGIServer
from support.certs import Certs, tls12_only
from support.nginx import SMALL, Nginx
from support.runtimes import behaviour
from support.scripted import Close, Expect, Send, Stall, answer, keep_answering, serve


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("version", ["1.2", "1.3"])
@behaviour
async def test_good(api: Api, certs: Certs, name: str, version: str) -> None:
    ctx = certs.server() if version == "1.3" else tls12_only(certs.server())
    with serve(keep_answering(b"private"), tls=ctx) as server:
        url = server.url.replace("127.0.0.1", name)
        async with api.ConnectionPool(ssl_context=certs.client()) as pool:
            for _ in range(3):
                assert (await pool.request("GET", url + "/x")).body == b"private"
            assert repr(pool.connections) == f'[<Connection "{url}/" IDLE>]'
        assert server.connections_total == 1
        assert [request.header("Host") for request in server.requests] == [url[8:]] * 3
        assert not server.failures


@behaviour
async def test_a_real_server(api: Api, nginx: Nginx, certs: Certs) -> None:
    pool = api.ConnectionPool(ssl_context=certs.client())
    async with api.Client(transport=pool) as client:
        for _ in range(2):
            assert (await client.get(nginx.tls_url + "/small")).body == SMALL
            assert len((await client.get(nginx.tls_url + "/1M")).body) == 1 << 20
        assert repr(client) == "<Client [1 idle]>"


WORDS = {
    "other host": "good.example",
    "expired": "expired",
    "untrusted": "",
}


@pytest.mark.parametrize("case", WORDS)
@pytest.mark.parametrize("version", ["1.2", "1.3"])
@behaviour
async def test_bad(api: Api, certs: Certs, case: str, version: str) -> None:
    ctx = {
        "other host": lambda: certs.server_for("good.example"),
        "expired": certs.expired,
        "untrusted": certs.untrusted,
    }[case]()
    if version == "1.2":
        tls12_only(ctx)
    with serve(keep_answering(b"stolen"), tls=ctx) as server:
        async with api.ConnectionPool(ssl_context=certs.client()) as pool:
            with pytest.raises(api.ConnectError) as caught:
                await pool.request("POST", server.url, {"Authorization": "secret"}, b"secret")
            assert WORDS[case] in str(caught.value)
            assert isinstance(caught.value.__cause__, ssl.SSLError)
            assert repr(pool) == "<ConnectionPool [0 active]>"
            with pytest.raises(api.ConnectError):
                await api.open_connection(server.url, ssl_context=certs.client())
        assert await api.until(lambda: server.connections_open == 0)
        assert not server.requests
        assert not any(server.received)


@behaviour
async def test_nobody_is_trusted_who_is_not_in_the_systems_store(
    api: Api, asgi_tls: ASGIServer
) -> None:
    async with api.Client() as client:
        with pytest.raises(api.ConnectError):
            await client.get(asgi_tls.url + "/lines")
    with pytest.raises(api.ConnectError):
        await api.get(asgi_tls.url + "/lines")


@behaviour
async def test_the_urls_host_is_verified_whatever_host_says(api: Api, certs: Certs) -> None:
    with serve(keep_answering(b"fine"), tls=certs.server_for("good.example")) as server:
        async with api.ConnectionPool(ssl_context=certs.client()) as pool:
            with pytest.raises(api.ConnectError):
                await pool.request("GET", server.url, {"Host": "good.example"})
        assert not any(server.received)
    with serve(keep_answering(b"fine"), tls=certs.server()) as server:
        async with api.ConnectionPool(ssl_context=certs.client()) as pool:
            response = await pool.request("GET", server.url, {"Host": "good.example"})
            assert response.body == b"fine"
            # The connection is one to the URL's host, not to that name.
            assert repr(pool.connections) == f'[<Connection "{server.url}/" IDLE>]'
        assert server.requests[0].header("Host") == "good.example"


@behaviour
async def test_a_redirect_from_https_is_verified_anew(api: Api, certs: Certs) -> None:
    with serve(keep_answering(b"stolen"), tls=certs.untrusted()) as bad:
        moved = answer(b"", "302 Found", [("Location", bad.url)])
        with serve([Expect(), moved], tls=certs.server()) as good:
            pool = api.ConnectionPool(ssl_context=certs.client())
            async with api.Client(transport=pool) as client:
                with pytest.raises(api.ConnectError):
                    await client.get(good.url, {"Authorization": "secret"})
        assert not any(bad.received)


@behaviour
async def test_http_spoken_on_an_https_port_and_the_other_way(api: Api, certs: Certs) -> None:
    with serve([Send(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Close()]) as server:
        async with api.ConnectionPool(ssl_context=certs.client()) as pool:
            with pytest.raises(api.ConnectError):
                await pool.request("GET", f"https://{server.authority}/")
            assert repr(pool) == "<ConnectionPool [0 active]>"
    with serve(keep_answering(), tls=certs.server()) as server:
        async with api.ConnectionPool() as pool:
            with pytest.raises(api.TransportError):
                await pool.request("GET", f"http://{server.authority}/")
        assert await api.until(lambda: len(server.failures) == 1)


@pytest.mark.parametrize("script", [[Stall()], [Stall(read=False)]])
@behaviour
async def test_a_handshake_that_hangs_is_bounded(
    api: Api, certs: Certs, script: list[Stall]
) -> None:
    with serve(script) as server:
        async with api.ConnectionPool(ssl_context=certs.client()) as pool:
            with pytest.raises(api.Timeout):
                async with api.timeout(0.1):
                    await pool.request("GET", f"https://{server.authority}/")
            assert repr(pool) == "<ConnectionPool [0 active]>"
        assert await api.until(lambda: server.connections_open == 0)


@behaviour
async def test_a_stale_tls_connection_is_noticed(api: Api, certs: Certs) -> None:
    with serve(
        [Expect(), answer(b"one"), Close()], keep_answering(b"two"), tls=certs.server()
    ) as s:
        async with api.ConnectionPool(ssl_context=certs.client()) as pool:
            assert (await pool.request("GET", s.url)).body == b"one"
            assert await api.until(lambda: s.connections_open == 0)
            assert (await pool.request("POST", s.url, content=b"x")).body == b"two"
        assert s.connections_total == 2


@behaviour
async def test_the_callers_context_is_not_changed(api: Api, certs: Certs) -> None:
    ctx = certs.client()
    before = (ctx.verify_mode, ctx.check_hostname, ctx.options, ctx.minimum_version)
    with serve(keep_answering(), tls=certs.server()) as server:
        async with api.ConnectionPool(ssl_context=ctx) as pool:
            await pool.request("GET", server.url)
    assert (ctx.verify_mode, ctx.check_hostname, ctx.options, ctx.minimum_version) == before


@behaviour
async def test_a_client_certificate(api: Api, certs: Certs) -> None:
    with serve(keep_answering(b"known"), tls=certs.server_wanting_client_certificate()) as server:
        async with api.ConnectionPool(ssl_context=certs.client_with_certificate()) as pool:
            assert (await pool.request("GET", server.url)).body == b"known"
        async with api.ConnectionPool(ssl_context=certs.client()) as pool:
            with pytest.raises(api.TransportError):
                await pool.request("GET", server.url)
        assert len(server.requests) == 1


@behaviour
async def test_large_bodies_both_ways(api: Api, asgi_tls: ASGIServer, certs: Certs) -> None:
    async with api.ConnectionPool(ssl_context=certs.client()) as pool:
        response = await pool.request("POST", asgi_tls.url + "/upload", content=b"x" * 3_000_000)
        assert response.json()["size"] == 3_000_000
        url = asgi_tls.url + "/stream?n=10&size=300000"
        assert len((await pool.request("GET", url)).body) == 3_000_000
        assert repr(pool) == "<ConnectionPool [1 idle]>"
