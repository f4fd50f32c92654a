"""`ConnectionPool`: what it adds, what it keeps, and what it tells of itself."""

from __future__ import annotations

from secrets import token_hex

import pytest

from support.api import Api
from support.asgi import ASGIServer
from support.certs import Certs
from support.nginx import Nginx
from support.runtimes import behaviour
from support.scripted import Expect, Loop, Sleep, answer, keep_answering, serve


@behaviour
async def test_it_adds_host_and_no_more(api: Api) -> None:
    with serve(keep_answering()) as server:
        async with api.ConnectionPool() as pool:
            await pool.request("GET", server.url + "/a%20b?c=d#e")
            await pool.request("GET", server.url, {"hOsT": "mine", "X-y": "Z"})
            await pool.request("POST", server.url, content=b"ab")
        heads = bytes(server.received[0]).decode()
        host = f"127.0.0.1:{server.port}"
        assert heads == (
            f"GET /a%20b?c=d HTTP/1.1\r\nHost: {host}\r\n\r\n"
            "GET / HTTP/1.1\r\nhOsT: mine\r\nX-y: Z\r\n\r\n"
            f"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 2\r\n\r\nab"
        )


@behaviour
async def test_one_connection_for_one_request_after_another(api: Api, nginx: Nginx) -> None:
    target = f"/small?{token_hex(8)}"  # the log may still get lines of earlier tests
    async with api.ConnectionPool() as pool:
        for _ in range(5):
            assert (await pool.request("GET", nginx.url + target)).status_code == 200
    log = nginx.wait_for_log(lambda lines: sum(one.target == target for one in lines) >= 5)
    lines = [line for line in log if line.target == target]
    assert len({line.connection for line in lines}) == 1
    assert [line.requests_on_connection for line in lines] == [1, 2, 3, 4, 5]


@behaviour
async def test_connections_in_the_order_they_were_opened(api: Api, asgi: ASGIServer) -> None:
    with serve(keep_answering()) as one, serve(keep_answering()) as two:
        async with api.ConnectionPool() as pool:
            assert pool.connections == []
            for url in (two.url, asgi.url + "/lines", one.url, two.url):
                await pool.request("GET", url)
            shown = [f'<Connection "{url}/" IDLE>' for url in (two.url, asgi.url, one.url)]
            assert [repr(connection) for connection in pool.connections] == shown
            async with pool.stream("GET", asgi.url + "/stream"):
                shown[1] = shown[1].replace("IDLE", "ACTIVE")
                assert [repr(connection) for connection in pool.connections] == shown
                assert repr(pool) == "<ConnectionPool [1 active, 2 idle]>"
                fresh = pool.connections
                fresh.clear()
                assert len(pool.connections) == 3
            looked_at = pool.connections[0]
        assert pool.connections == []
        assert repr(pool) == "<ConnectionPool [0 active]>"
        assert repr(looked_at) == f'<Connection "{two.url}/" CLOSED>'


@behaviour
async def test_its_connections_are_for_looking(api: Api) -> None:
    with serve(keep_answering()) as server:
        async with api.ConnectionPool() as pool:
            await pool.request("GET", server.url)
            (connection,) = pool.connections
            with pytest.raises(RuntimeError, match="belongs to a pool"):
                await connection.request("GET", "/")
            with pytest.raises(RuntimeError, match="belongs to a pool"):
                await connection.stream("GET", "/")
            with pytest.raises(RuntimeError, match="belongs to a pool"):
                await connection.close()
            assert repr(pool) == "<ConnectionPool [1 idle]>"
        assert len(server.requests) == 1


@behaviour
async def test_names_of_one_server_are_kept_apart(api: Api) -> None:
    with serve(keep_answering()) as server:
        async with api.ConnectionPool() as pool:
            await pool.request("GET", f"http://127.0.0.1:{server.port}/")
            await pool.request("GET", f"http://localhost:{server.port}/")
            await pool.request("GET", f"http://LOCALHOST:{server.port}/")
            assert repr(pool) == "<ConnectionPool [2 idle]>"
        hosts = [request.header("Host") for request in server.requests]
        assert hosts == [f"{name}:{server.port}" for name in ("127.0.0.1", *["localhost"] * 2)]


@behaviour
async def test_schemes_are_kept_apart(api: Api, certs: Certs) -> None:
    with serve(keep_answering(), tls=certs.server()) as server:
        async with api.ConnectionPool(ssl_context=certs.client()) as pool:
            await pool.request("GET", f"https://{server.authority}/")
            with pytest.raises(api.TransportError):
                await pool.request("GET", f"http://{server.authority}/")
            assert repr(pool) == "<ConnectionPool [1 idle]>"


@behaviour
async def test_requests_at_the_same_time(api: Api) -> None:
    script = [Loop([Expect(), Sleep(0.05), answer(b"x")])]
    with serve(script) as server:
        async with api.ConnectionPool() as pool:

            async def get() -> str:
                before = repr(pool)
                await pool.request("GET", server.url)
                return before

            await api.gather(*[get] * 6)
            assert server.connections_total == 6
            assert repr(pool) == "<ConnectionPool [6 idle]>"
            await api.gather(*[get] * 6)
            assert server.connections_total == 6


@behaviour
async def test_no_answer_reaches_the_wrong_caller(api: Api, asgi: ASGIServer) -> None:
    async with api.ConnectionPool(max_connections=4) as pool:
        numbers = iter(range(1000))

        async def ask() -> None:
            for _ in range(5):
                number = next(numbers)
                response = await pool.request(
                    "POST", asgi.url + f"/echo?{number}", None, b"%d" % number
                )
                said = response.json()
                assert (said["query"], said["body"]) == (str(number), str(number))

        await api.gather(*[ask] * 8)


@behaviour
async def test_connection_close_is_heeded(api: Api, asgi: ASGIServer, nginx: Nginx) -> None:
    async with api.ConnectionPool() as pool:
        for url in (asgi.url + "/close", nginx.url + "/once"):
            assert (await pool.request("GET", url)).status_code == 200
            assert repr(pool) == "<ConnectionPool [0 active]>"
    with serve(keep_answering()) as server:
        async with api.ConnectionPool() as pool:
            await pool.request("GET", server.url, {"Connection": "close"})
            assert repr(pool) == "<ConnectionPool [0 active]>"


@behaviour
async def test_ipv6(api: Api, ipv6: None) -> None:
    with serve(keep_answering(b"six"), host="::1") as server:
        async with api.ConnectionPool() as pool:
            assert (await pool.request("GET", server.url)).body == b"six"
            assert repr(pool.connections) == f'[<Connection "http://[::1]:{server.port}/" IDLE>]'
        assert server.requests[0].header("Host") == f"[::1]:{server.port}"


async def all_kinds_of_answers(api: Api, server: ASGIServer) -> None:
    async with api.ConnectionPool() as pool:
        response = await pool.request("PUT", server.url + "/echo", content=[b"a", b"b"])
        assert (response.json()["method"], response.json()["body"]) == ("PUT", "ab")
        for status in (204, 304, 200, 404, 503):
            response = await pool.request("GET", f"{server.url}/status/{status}")
            assert response.status_code == status
        assert (await pool.request("HEAD", server.url + "/lines")).body == b""
        assert repr(pool) == "<ConnectionPool [1 idle]>"


@behaviour
async def test_uvicorn(api: Api, asgi: ASGIServer) -> None:
    await all_kinds_of_answers(api, asgi)


@behaviour(leaks=False)  # hypercorn holds on to its own end for a while after ours is closed
async def test_hypercorn(api: Api, hypercorn: ASGIServer) -> None:
    await all_kinds_of_answers(api, hypercorn)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(("max_connections", 0), ("max_connections", -1), ("max_per_host", 0)),
        *(("max_idle", -1), ("idle_expiry", -1.0), ("max_age", -1.0)),
    ],
)
@behaviour
async def test_limits_out_of_range(api: Api, option: str, value: float) -> None:
    with pytest.raises(ValueError, match=option):
        api.ConnectionPool(**{option: value})  # type: ignore[arg-type]  # pyright: ignore


@behaviour
async def test_used_after_the_block(api: Api) -> None:
    async with api.ConnectionPool() as pool:
        pass
    with pytest.raises(RuntimeError, match="closed"):
        await pool.request("GET", "http://127.0.0.1/")
    with pytest.raises(RuntimeError, match="closed"):
        await pool.stream("GET", "http://127.0.0.1/")
