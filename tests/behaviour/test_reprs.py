"""What objects show of themselves, at every moment, and what they do not show."""

from __future__ import annotations

import threading

import pytest

from support.api import Api
from support.asgi import ASGIServer
from support.certs import Certs
from support.runtimes import behaviour
from support.scripted import Expect, Send, Stall, Step, WaitFor, answer, keep_answering, serve

NETWORK = {"threads": "threaded", "asyncio": "asyncio", "trio": "trio"}


@behaviour(only=("threads", "asyncio", "trio"))
async def test_backends_and_streams(api: Api, asgi_tls: ASGIServer, certs: Certs) -> None:
    backend = api.NetworkBackend()
    assert repr(backend) == f"<NetworkBackend [{NETWORK[api.name]}]>"
    where = f"127.0.0.1:{asgi_tls.port}"
    async with backend.connect("127.0.0.1", asgi_tls.port) as stream:
        assert repr(stream) == f'<NetworkStream ["{where}"]>'
        await stream.start_tls(certs.client(), "localhost")
        assert repr(stream) == f'<NetworkStream ["{where}" TLS]>'
    assert repr(stream) == f'<NetworkStream ["{where}" CLOSED]>'


@behaviour
async def test_a_pool_and_a_client_at_every_moment(api: Api) -> None:
    go = threading.Event()
    script: list[Step] = [
        Expect(),
        WaitFor(go),
        Send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na"),
    ]
    finish = threading.Event()
    with serve([*script, WaitFor(finish), Send(b"b"), *keep_answering()]) as server:
        pool = api.ConnectionPool()
        async with api.Client(transport=pool) as client:
            assert repr(client) == "<Client [0 active]>"

            async def get() -> None:
                async with client.stream(server.url) as response:
                    assert repr(response) == "<Response [200 OK]>"
                    assert shown() == ("[1 active]", "ACTIVE")
                    finish.set()
                    assert await response.read() == b"ab"
                    assert shown() == ("[1 idle]", "IDLE")

            def shown() -> tuple[str, str]:
                state = repr(pool).removeprefix("<ConnectionPool ").removesuffix(">")
                assert repr(client) == f"<Client {state}>"
                (connection,) = pool.connections
                prefix = f'<Connection "{server.url}/" '
                assert repr(connection).startswith(prefix)
                return state, repr(connection).removeprefix(prefix).removesuffix(">")

            async with api.spawn(get) as job:
                assert await api.until(lambda: len(server.requests) == 1)
                assert shown() == ("[1 active]", "ACTIVE")
                go.set()
                await job.result()
            assert shown() == ("[1 idle]", "IDLE")
        assert repr(client) == "<Client [0 active]>"


@behaviour
async def test_connecting(api: Api) -> None:
    with serve([Stall()]) as server:
        async with api.ConnectionPool() as pool:

            async def get() -> None:
                async with api.timeout(0.1):
                    await pool.request("GET", f"https://{server.authority}/")

            async with api.spawn(get) as job:
                assert await api.until(lambda: server.connections_total == 1)
                assert repr(pool) == "<ConnectionPool [1 connecting]>"
                assert pool.connections == []
            assert isinstance(job.error, api.Timeout)
            assert repr(pool) == "<ConnectionPool [0 active]>"


@behaviour
async def test_several(api: Api) -> None:
    partial = Send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
    with serve([Expect(), partial, Stall()], keep_answering()) as server:
        async with api.ConnectionPool() as pool:
            async with pool.stream("GET", server.url):
                await pool.request("GET", server.url)
                assert repr(pool) == "<ConnectionPool [1 active, 1 idle]>"
            assert repr(pool) == "<ConnectionPool [1 idle]>"


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("404 Not Found", "404 Not Found"),
        ("299 Fine By Me", "299 Fine By Me"),
        ("299 ", "299"),
        ("200 OK", "200 OK"),
    ],
)
@behaviour
async def test_responses(api: Api, status: str, shown: str) -> None:
    with serve([Expect(), answer(b"", status)]) as server:
        async with api.ConnectionPool() as pool:
            response = await pool.request("GET", server.url)
            assert repr(response) == f"<Response [{shown}]>"


@behaviour
async def test_secrets_are_not_shown(api: Api) -> None:
    url = "http://user:hush-hush@127.0.0.1:1/"
    secret = {"Authorization": "Bearer hush-hush", "Cookie": "a=hush-hush"}
    request = api.Request("GET", url, secret)
    assert repr(request) == "<Request [GET http://user:[secure]@127.0.0.1:1/]>"
    client = api.Client(headers=secret, cookies={"a": "hush-hush"})
    async with client, api.ConnectionPool() as pool:
        shown = [repr(thing) for thing in (request.headers, request.url, client, client.headers)]
        with pytest.raises(api.ConnectError) as caught:
            await pool.send(request)
        error = caught.value
        shown += [str(error), repr(error), repr(error.request), str(error.connection)]
        with pytest.raises(api.ConnectError) as caught:
            await client.get(url, cookies={"b": "hush-hush"})
        shown += [repr(caught.value), repr(caught.value.request)]
        if caught.value.request is not None:
            shown.append(repr(caught.value.request.options))
        assert "hush-hush" not in " ".join(shown)


@behaviour
async def test_middleware_and_pending(api: Api) -> None:
    pool = api.ConnectionPool()
    stack = api.RedirectMiddleware(api.CookieMiddleware(pool))
    over = "<RedirectMiddleware over <CookieMiddleware over <ConnectionPool [0 active]>>>"
    assert repr(stack) == over
    async with api.Client(transport=stack) as client:
        assert repr(client) == f"<Client over {over}>"
    if not api.is_threads:
        pending = pool.stream("GET", "http://127.0.0.1/")
        assert repr(pending).startswith("<Pending ")
        pending.close()
