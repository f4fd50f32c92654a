"""Leaving HTTP: protocol upgrades and CONNECT, with real servers on the other side."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from websockets.sync.server import Server, ServerConnection
from websockets.sync.server import serve as serve_websocket
from wsproto import ConnectionType
from wsproto.connection import Connection as WebSocket
from wsproto.events import CloseConnection, Message, TextMessage

from support.api import Api
from support.certs import Certs
from support.https_proxy import wait_until_up
from support.nginx import SMALL, Nginx
from support.runtimes import behaviour
from support.scripted import (
    Close,
    Expect,
    Receive,
    Script,
    Send,
    StartTLS,
    answer,
    keep_answering,
    serve,
)

FEED = {
    "Upgrade": "WebSocket",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}


@pytest.fixture(scope="module")
def echo() -> Iterator[str]:
    """The URL of a WebSocket server that echoes."""

    def handler(connection: ServerConnection) -> None:
        for message in connection:
            connection.send(message)

    server: Server = serve_websocket(handler, "127.0.0.1", 0, compression=None)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.socket.getsockname()[1]}/"
    server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real proxy."""
    import socket

    folder = tmp_path_factory.mktemp("proxy")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "proxy", "--hostname", "127.0.0.1", "--port", str(port)]
    command += ["--num-workers", "1", "--num-acceptors", "1", "--log-level", "ERROR"]
    command += ["--data-dir", str(folder)]
    with (folder / "proxy.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        try:
            wait_until_up(process, port, folder)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(10)


@behaviour
async def test_a_thousand_messages_over_a_websocket(api: Api, echo: str) -> None:
    async with api.open_connection(echo) as conn:
        async with conn.upgrade("GET", "/feed", FEED) as stream:
            assert repr(conn) == f'<Connection "{echo}feed" WEBSOCKET>'
            websocket = WebSocket(ConnectionType.CLIENT)
            received: list[str] = []
            for number in range(1000):
                text = f"message {number} " + "x" * (number % 300)
                await stream.write(websocket.send(Message(data=text)))
                while len(received) <= number:
                    websocket.receive_data(await stream.read())
                    received += [e.data for e in websocket.events() if isinstance(e, TextMessage)]
                assert received[-1] == text
            await stream.write(websocket.send(CloseConnection(code=1000)))
            with pytest.raises(RuntimeError, match="no longer speaks HTTP"):
                await conn.request("GET", "/")
        assert repr(conn) == f'<Connection "{echo}feed" CLOSED>'


@behaviour
async def test_a_tunnel_through_a_real_proxy(
    api: Api, certs: Certs, proxy: str, nginx: Nginx
) -> None:
    target = nginx.tls_url.removeprefix("https://")
    async with await api.open_connection(proxy) as conn:  # noqa: SIM117 - as the seeds have it
        async with await conn.upgrade("CONNECT", target) as stream:
            assert repr(conn) == f'<Connection "http://{target}" VIA "{proxy}" CONNECT>'
            await stream.start_tls(certs.client(), hostname="localhost")
            assert repr(conn) == f'<Connection "https://{target}" VIA "{proxy}" CONNECT>'
            assert repr(stream).endswith(" TLS]>")
            inner = api.Connection(stream, nginx.tls_url)
            assert (await inner.request("GET", "/small")).body == SMALL
            assert len((await inner.request("GET", "/1M")).body) == 1 << 20


@behaviour
async def test_what_the_proxy_is_sent(api: Api) -> None:
    with serve([Expect(), Send(b"HTTP/1.1 200 OK\r\n\r\n"), Close()]) as server:
        async with api.open_connection(server.url) as conn:
            await conn.upgrade("CONNECT", "www.encode.io:443", {"User-Agent": "me"})
            expected = f'<Connection "https://www.encode.io" VIA "{server.url}" CONNECT>'
            assert repr(conn) == expected
        assert bytes(server.received[0]) == (
            b"CONNECT www.encode.io:443 HTTP/1.1\r\n"
            b"Host: www.encode.io:443\r\nUser-Agent: me\r\n\r\n"
        )


@behaviour
async def test_port_80_is_named_too(api: Api) -> None:
    with serve([Expect(), Send(b"HTTP/1.1 200 OK\r\n\r\n"), Close()]) as server:
        async with api.open_connection(server.url) as conn:
            await conn.upgrade("CONNECT", "[::1]:80")
        assert server.requests[0].target == "[::1]:80"
        assert server.requests[0].header("Host") == "[::1]:80"


@behaviour
async def test_bytes_that_came_with_the_answer_come_first(api: Api) -> None:
    switch = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"
    with serve([Expect(), Send(switch + b"hello "), Receive(4), Send(b"world"), Close()]) as server:
        async with api.open_connection(server.url) as conn:
            stream = await conn.upgrade("GET", "/", {"Upgrade": "x"})
            assert server.requests[0].header("Connection") == "Upgrade"
            assert stream.get_extra_info("is_readable") is True
            assert await stream.read(4) == b"hell"
            assert await stream.read() == b"o "
            await stream.write(b"more")
            assert await stream.read() == b"world"
            assert await stream.read() == b""


@behaviour
async def test_the_tunnel_is_secured_even_if_the_server_hurries(api: Api, certs: Certs) -> None:
    script: Script = [
        Expect(),
        Send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
        StartTLS(certs.server()),
        *keep_answering(b"inside"),
    ]
    with serve(script) as server:
        async with api.open_connection(server.url) as conn:
            stream = await conn.upgrade("CONNECT", "localhost:443")
            await stream.start_tls(certs.client(), "localhost")
            inner = api.Connection(stream, "https://localhost/")
            assert (await inner.request("GET", "/")).body == b"inside"
            assert server.requests[1].header("Host") == "localhost"


@pytest.mark.parametrize("status", ["200 OK", "302 Found", "404 Not Found", "426 Upgrade Required"])
@behaviour
async def test_a_refused_upgrade_has_the_answer(api: Api, status: str) -> None:
    with serve([Expect(), answer(b"because", status), *keep_answering(b"fine")]) as server:
        async with api.open_connection(server.url) as conn:
            with pytest.raises(api.UpgradeRefused, match=status) as info:
                await conn.upgrade("GET", "/feed", {"Upgrade": "WebSocket"})
            response = info.value.response
            assert isinstance(response, api.Response)
            assert (str(response.status_code), response.body) == (status[:3], b"because")
            assert (await conn.request("GET", "/")).body == b"fine"


@pytest.mark.parametrize("status", ["407 Proxy Authentication Required", "502 Bad Gateway"])
@behaviour
async def test_a_refused_tunnel_has_the_answer(api: Api, status: str) -> None:
    with serve([Expect(), answer(b"no", status, [("Connection", "close")]), Close()]) as server:
        async with api.open_connection(server.url) as conn:
            with pytest.raises(api.UpgradeRefused, match=status) as info:
                await conn.upgrade("CONNECT", "example.com:443")
            response = info.value.response
            assert isinstance(response, api.Response)
            assert response.body == b"no"


@pytest.mark.parametrize(
    "target",
    ["example.com", "http://example.com:80", "example.com:443/x", "u@a:1", "a:", "a:99999"],
)
@behaviour
async def test_what_is_no_target_of_connect(api: Api, target: str) -> None:
    with serve([Expect()]) as server:
        async with api.open_connection(server.url) as conn:
            with pytest.raises(api.InvalidURL):
                await conn.upgrade("CONNECT", target)
        assert server.requests == []


@behaviour
async def test_a_pools_connection_is_not_upgraded(api: Api) -> None:
    with serve(keep_answering()) as server:
        async with api.ConnectionPool() as pool:
            await pool.request("GET", server.url)
            with pytest.raises(RuntimeError, match="belongs to a pool"):
                await pool.connections[0].upgrade("GET", "/", {"Upgrade": "x"})


@behaviour
async def test_closing_the_connection_closes_the_stream(api: Api) -> None:
    switch = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"
    with serve([Expect(), Send(switch), Receive(4)]) as server:
        conn = await api.open_connection(server.url)
        stream = await conn.upgrade("GET", "/", {"Upgrade": "x"})
        await conn.close()
        assert repr(stream).endswith(" CLOSED]>")
        with pytest.raises(RuntimeError, match="closed"):
            await stream.read()
        assert await api.until(lambda: server.connections_open == 0)
