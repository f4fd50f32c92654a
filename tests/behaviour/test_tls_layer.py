"""TLS as a layer over any stream: words for failures, ends, nesting, resumption, closing."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from support.api import Api
from support.asgi import ASGIServer
from support.certs import Certs, tls12_only
from support.https_proxy import run_https_proxy
from support.nginx import SMALL, Nginx
from support.runtimes import behaviour
from support.scripted import (
    Close,
    CloseWithoutNotify,
    Expect,
    Loop,
    Receive,
    Script,
    Send,
    Sleep,
    Stall,
    answer,
    serve,
)


@pytest.fixture(scope="module")
def https_proxy(certs: Certs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a proxy that is spoken to over TLS."""
    with run_https_proxy(certs.chain_file, tmp_path_factory.mktemp("proxy")) as port:
        yield port


@behaviour
async def test_an_expired_certificate_is_told_with_its_date(api: Api, certs: Certs) -> None:
    with serve([Expect()], tls=certs.expired()) as server:
        async with api.ConnectionPool(ssl_context=certs.client()) as pool:
            with pytest.raises(api.ConnectError, match=r"has expired \(on .* GMT\)"):
                await pool.request("GET", server.url)


@behaviour
async def test_a_wrong_name_is_told_with_the_right_one(api: Api, certs: Certs) -> None:
    ctx = certs.server_for("other.example", "third.example")
    with serve([Expect()], tls=ctx) as server:
        async with api.ConnectionPool(ssl_context=certs.client()) as pool:
            with pytest.raises(
                api.ConnectError,
                match=r"wanted 127\.0\.0\.1, found other\.example, third\.example",
            ):
                await pool.request("GET", server.url)


@behaviour
async def test_an_unknown_authority_is_told_with_the_remedy(api: Api, certs: Certs) -> None:
    with serve([Expect()], tls=certs.untrusted()) as server:
        async with api.ConnectionPool(ssl_context=certs.client()) as pool:
            with pytest.raises(api.ConnectError, match=r"authority.*load_verify_locations") as info:
                await pool.request("GET", server.url)
        assert isinstance(info.value.__cause__, ssl.SSLCertVerificationError)
        assert server.requests == []


@behaviour
async def test_a_server_that_speaks_no_tls(api: Api, certs: Certs) -> None:
    with serve([Send(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Close()]) as server:
        async with api.ConnectionPool(ssl_context=certs.client()) as pool:
            with pytest.raises(api.ConnectError, match=r"TLS with '127.0.0.1' failed"):
                await pool.request("GET", server.url.replace("http:", "https:"))


@behaviour
async def test_a_clean_end_and_one_that_is_not(api: Api, certs: Certs) -> None:
    steps: Script = [Receive(4), Send(b"some"), Close()]
    rude: Script = [Receive(4), Send(b"some"), CloseWithoutNotify()]
    with serve(steps, rude, tls=certs.server()) as server:
        for clean in (True, False):
            backend = api.NetworkBackend()
            async with await backend.connect(server.host, server.port) as stream:
                await stream.start_tls(certs.client(), "localhost")
                assert stream.get_extra_info("tls_clean_end") is None
                await stream.write(b"ping")
                assert await stream.read() == b"some"
                assert await stream.read() == b""
                assert await stream.read() == b""
                assert stream.get_extra_info("tls_clean_end") is clean


@behaviour
async def test_the_close_of_a_peer_that_never_answers_is_bounded(api: Api, certs: Certs) -> None:
    with serve([Receive(4), Stall()], tls=certs.server()) as server:
        stream = await api.NetworkBackend().connect(server.host, server.port)
        await stream.start_tls(certs.client(), "localhost")
        assert repr(stream) == f'<NetworkStream ["{server.host}:{server.port}" TLS]>'
        await stream.write(b"ping")
        began = time.monotonic()
        await stream.close()
        assert time.monotonic() - began < 2.0
        assert repr(stream) == f'<NetworkStream ["{server.host}:{server.port}" CLOSED]>'
        assert await api.until(lambda: server.connections_open == 0)


@behaviour
async def test_tls_in_tls_through_a_proxy(
    api: Api, certs: Certs, https_proxy: int, nginx: Nginx
) -> None:
    target = nginx.tls_url.removeprefix("https://")
    async with await api.NetworkBackend().connect("127.0.0.1", https_proxy) as stream:
        await stream.start_tls(certs.client(), "localhost")
        outer = stream.get_extra_info("ssl_object")
        await stream.write(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += await stream.read()
        assert head.startswith(b"HTTP/1.1 200")
        await stream.start_tls(certs.client(), "localhost")
        assert stream.get_extra_info("ssl_object") is not outer
        connection = api.Connection(stream, nginx.tls_url)
        small = await connection.request("GET", "/small")
        large = await connection.request("GET", "/1M")
        assert (small.body, len(large.body)) == (SMALL, 1 << 20)
        await connection.close()


@behaviour
async def test_tls_12_sessions_are_resumed_under_the_same_context(api: Api, certs: Certs) -> None:
    tls = tls12_only(certs.server())
    with serve([Loop([Receive(4), Send(b"pong")])], tls=tls) as server:
        ctx = certs.client()
        reused: list[bool] = []
        for context in (ctx, ctx, certs.client()):
            async with await api.NetworkBackend().connect(server.host, server.port) as stream:
                await stream.start_tls(context, "localhost")
                await stream.write(b"ping")
                assert await stream.read() == b"pong"
                tls_object = stream.get_extra_info("ssl_object")
                assert isinstance(tls_object, ssl.SSLObject)
                reused.append(tls_object.session_reused is True)
        assert reused == [False, True, False]


@behaviour
async def test_no_session_is_resumed_when_more_is_demanded(api: Api, certs: Certs) -> None:
    with serve([Loop([Receive(4), Send(b"pong")])], tls=tls12_only(certs.untrusted())) as server:
        ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        ctx.check_hostname = False
        ctx.verify_mode = ssl.CERT_NONE
        stream = await api.NetworkBackend().connect(server.host, server.port)
        await stream.start_tls(ctx, "localhost")
        await stream.close()
        ctx.verify_mode = ssl.CERT_REQUIRED
        ctx.check_hostname = True
        stream = await api.NetworkBackend().connect(server.host, server.port)
        with pytest.raises(api.ConnectError, match="certificate"):
            await stream.start_tls(ctx, "localhost")


@behaviour
async def test_client_certificates(api: Api, certs: Certs) -> None:
    tls = certs.server_wanting_client_certificate()
    with serve([Expect(), answer(b"welcome")], tls=tls) as server:
        async with api.ConnectionPool(ssl_context=certs.client_with_certificate()) as pool:
            assert (await pool.request("GET", server.url)).body == b"welcome"
        async with api.ConnectionPool(ssl_context=certs.client()) as pool:
            with pytest.raises(api.TransportError):
                await pool.request("GET", server.url)
            assert repr(pool) == "<ConnectionPool [0 active]>"


@behaviour
async def test_the_callers_context_is_not_changed(api: Api, certs: Certs, nginx: Nginx) -> None:
    def facts(ctx: ssl.SSLContext) -> tuple[object, ...]:
        return (
            ctx.options,
            ctx.verify_mode,
            ctx.verify_flags,
            ctx.check_hostname,
            ctx.minimum_version,
            ctx.maximum_version,
            len(ctx.get_ciphers()),
            ctx.cert_store_stats(),
        )

    ctx = certs.client()
    before = facts(ctx)
    async with api.ConnectionPool(ssl_context=ctx) as pool:
        await pool.request("GET", nginx.tls_url + "/small")
        assert repr(pool) == "<ConnectionPool [1 idle]>"
    assert facts(ctx) == before


@behaviour
async def test_large_bodies_both_ways_over_tls(
    api: Api, certs: Certs, asgi_tls: ASGIServer
) -> None:
    body = bytes(range(256)) * 8192
    async with api.Client(transport=api.ConnectionPool(ssl_context=certs.client())) as client:
        response = await client.post(asgi_tls.url + "/upload", content=body)
        assert str(len(body)) in response.text


@behaviour
async def test_session_tickets_do_not_cost_the_connection(api: Api, certs: Certs) -> None:
    """TLS 1.3 sends tickets when it likes: what is readable then is no surplus data."""
    script: Script = [Sleep(0.05), Loop([Expect(), answer(b"hi")])]
    with serve(script, tls=certs.server()) as server:
        async with api.ConnectionPool(ssl_context=certs.client()) as pool:
            for _ in range(3):
                assert (await pool.request("GET", server.url)).body == b"hi"
        assert server.connections_total == 1


DEFAULT_CONTEXT = """
import sys, ssl, httpx
with httpx.ConnectionPool() as pool, pool.stream("GET", sys.argv[1]) as response:
    response.read()
print(response)
from httpx.impl.core.tls import default_context
ctx = default_context()
assert ctx is default_context()
assert ctx.verify_mode is ssl.CERT_REQUIRED and ctx.check_hostname
print(ctx.minimum_version.name)
"""


def test_the_default_context_trusts_the_system(certs: Certs, nginx: Nginx) -> None:
    def run(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", DEFAULT_CONTEXT, nginx.tls_url + "/small"],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    trusting = run({"SSL_CERT_FILE": str(certs.ca_file)})
    assert trusting.stdout.split("\n")[:2] == ["<Response [200 OK]>", "TLSv1_2"], trusting.stderr
    doubting = run({"SSL_CERT_FILE": os.devnull})
    assert "ConnectError" in doubting.stderr
