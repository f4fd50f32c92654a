"""`open_connection` and `Connection`: one connection, requests one after another."""

from __future__ import annotations

import threading
from contextlib import AsyncExitStack
from functools import partial

import pytest

from support.api import Api
from support.asgi import ASGIServer
from support.certs import Certs
from support.runtimes import behaviour
from support.scripted import (
    Close,
    Expect,
    Send,
    Sleep,
    Stall,
    Tell,
    WaitFor,
    answer,
    keep_answering,
    serve,
    unused_port,
)

PARTIAL = Send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart")


@behaviour
async def test_requests_on_one_connection(api: Api) -> None:
    with serve(keep_answering(b"fine")) as server:
        async with api.open_connection(server.url + "/ignored?too") as connection:
            assert isinstance(connection, api.Connection)
            assert repr(connection) == f'<Connection "{server.url}/" IDLE>'
            assert (await connection.request("GET", "/path?query")).body == b"fine"
            assert (await connection.request("GET", server.url + "/whole")).body == b"fine"
            response = await connection.request("POST", "/", {"X": "1"}, b"body")
            assert repr(response) == "<Response [200 OK]>"
            assert repr(connection) == f'<Connection "{server.url}/" IDLE>'
        assert repr(connection) == f'<Connection "{server.url}/" CLOSED>'
        assert server.connections_total == 1
        assert [r.target for r in server.requests] == ["/path?query", "/whole", "/"]
        assert [r.header("Host") for r in server.requests] == [server.authority] * 3
        assert [name for name, _ in server.requests[0].headers] == ["Host"]


@behaviour
async def test_both_ways_to_open(api: Api, asgi: ASGIServer) -> None:
    async with await api.open_connection(asgi.url) as connection:
        async with connection.stream("GET", "/stream?n=2&size=5") as response:
            assert repr(connection) == f'<Connection "{asgi.url}/" ACTIVE>'
            assert await response.read() == b"x" * 10
            assert repr(connection) == f'<Connection "{asgi.url}/" IDLE>'
        request = api.Request("GET", asgi.url + "/lines")
        async with await connection.send(request) as response:
            assert response.status_code == 200


@behaviour
async def test_over_tls(api: Api, asgi_tls: ASGIServer, certs: Certs) -> None:
    opening = api.open_connection(asgi_tls.url, ssl_context=certs.client())
    async with opening as connection:
        assert repr(connection) == f'<Connection "{asgi_tls.url}/" IDLE>'
        assert (await connection.request("GET", "/lines")).status_code == 200


@behaviour
async def test_over_a_stream_of_ones_own(api: Api, asgi: ASGIServer) -> None:
    stream = await api.NetworkBackend().connect(asgi.host, asgi.port)
    async with api.Connection(stream, asgi.url) as connection:
        assert (await connection.request("GET", "/lines")).status_code == 200
    assert repr(stream).endswith(" CLOSED]>")


@pytest.mark.parametrize(
    "url", ["http://other.example/", "https://127.0.0.1/", "http://127.0.0.1:1/", "//other/x"]
)
@behaviour
async def test_another_origin_is_refused(api: Api, url: str) -> None:
    with serve(keep_answering(b"fine")) as server:
        async with api.open_connection(server.url) as connection:
            with pytest.raises(ValueError, match="leads to"):
                await connection.request("GET", url)
            assert (await connection.request("GET", "/")).body == b"fine"
        assert len(server.requests) == 1


@behaviour
async def test_what_cannot_be_opened(api: Api) -> None:
    for url in ("/relative", "ftp://example.com/", ""):
        with pytest.raises(api.InvalidURL):
            await api.open_connection(url)
    with unused_port() as port, pytest.raises(api.ConnectError, match=str(port)):
        await api.open_connection(f"http://127.0.0.1:{port}")


@behaviour
async def test_requests_queue_first_come_first_served(api: Api) -> None:
    go = threading.Event()
    with serve([Expect(), WaitFor(go), answer(b"0"), *keep_answering(b"n")]) as server:
        async with api.open_connection(server.url) as connection, AsyncExitStack() as stack:
            for number in range(5):
                get = partial(connection.request, "GET", f"/{number}")
                await stack.enter_async_context(api.spawn(get))
                await api.sleep(0.05)
            assert repr(connection).endswith("ACTIVE>")
            go.set()
        assert [request.target for request in server.requests] == [f"/{n}" for n in range(5)]
        assert server.connections_total == 1


@behaviour
async def test_the_next_waits_until_a_response_is_closed(api: Api, asgi: ASGIServer) -> None:
    async with api.open_connection(asgi.url) as connection:

        async def get() -> int:
            return (await connection.request("GET", "/lines")).status_code

        stream = connection.stream("GET", "/stream?n=2")
        async with stream as response, api.spawn(get) as job:
            await api.sleep(0.03)
            assert not job.done
            await response.read()
            assert await job.result() == 200


@behaviour
async def test_it_never_reopens(api: Api) -> None:
    with serve([Expect(), answer(b"one"), Close()]) as server:
        async with api.open_connection(server.url) as connection:
            assert (await connection.request("GET", "/")).body == b"one"
            assert await api.until(lambda: server.connections_open == 0)
            with pytest.raises(api.ConnectError, match="open another"):
                await connection.request("GET", "/")
            assert repr(connection) == f'<Connection "{server.url}/" CLOSED>'
        assert server.connections_total == 1
    with serve([Expect(), PARTIAL, Stall()]) as server:
        async with api.open_connection(server.url) as connection:
            async with connection.stream("GET", "/"):
                pass
            with pytest.raises(api.ConnectError):
                await connection.request("GET", "/")


@behaviour
async def test_closing(api: Api) -> None:
    with serve([Expect(), PARTIAL, Stall()]) as server:
        connection = await api.open_connection(server.url)

        async def get() -> None:
            await connection.request("GET", "/")

        async def close() -> None:
            assert await api.until(lambda: len(server.requests) == 1)
            await api.sleep(0.05)
            await connection.close()

        *outcomes, _ = await api.gather_outcomes(get, get, get, close)
        kinds = sorted(type(outcome).__name__ for outcome in outcomes)
        assert kinds == ["ReadError", "RuntimeError", "RuntimeError"]
        await connection.close()
        with pytest.raises(RuntimeError, match="closed"):
            await get()
        assert await api.until(lambda: server.connections_open == 0)


@behaviour
async def test_a_timeout_in_the_queue_leaves_the_connection_usable(api: Api) -> None:
    go = threading.Event()
    with serve([Expect(), WaitFor(go), answer(b"1"), *keep_answering(b"n")]) as server:
        async with api.open_connection(server.url) as connection:

            async def get() -> bytes:
                return (await connection.request("GET", "/")).body

            async with api.spawn(get) as first:
                assert await api.until(lambda: len(server.requests) == 1)
                with pytest.raises(api.Timeout):
                    async with api.timeout(0.05):
                        await get()
                go.set()
                assert await first.result() == b"1"
            assert await get() == b"n"


@behaviour
async def test_a_timeout_in_an_exchange_ends_the_connection(api: Api) -> None:
    told = threading.Event()
    with serve([Expect(), Tell(told), Sleep(0.3), answer(b"late")]) as server:
        async with api.open_connection(server.url) as connection:
            with pytest.raises(api.Timeout):
                async with api.timeout(0.05):
                    await connection.request("GET", "/")
            assert repr(connection).endswith("CLOSED>")
            with pytest.raises(api.ConnectError):
                await connection.request("GET", "/")


@behaviour
async def test_a_failed_exchange_lets_the_next_in_the_queue_know(api: Api) -> None:
    with serve([Expect(), Sleep(0.05), Close()]) as server:
        async with api.open_connection(server.url) as connection:

            async def get() -> None:
                await connection.request("GET", "/")

            outcomes = await api.gather_outcomes(get, get)
            kinds = sorted(type(outcome).__name__ for outcome in outcomes)
            assert kinds == ["ConnectError", "RemoteProtocolError"]
