"""The examples of the three documents that began this library, run as they are written.

Their slips are mended: a missing `self`, `res` for `r`, a missing colon. The hosts they name are
reached through a backend that maps them to servers on loopback, put where the default backend
stands; so the examples themselves say nothing of it. What they show is compared.

Upgrades and proxies are not here.
"""

# Nested as in the documents. Each colour is patched where its doors look for the default backend.
# ruff: noqa: SIM117
# pyright: reportPrivateUsage=false
# The example backend has no types, as in the document.
# pyright: reportMissingParameterType=false, reportUnknownParameterType=false
# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false

from __future__ import annotations

import ssl
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

import ahttpx
import ahttpx._connection
import ahttpx._pool
import httpx
import httpx._connection
import httpx._pool
from support.api import Api
from support.asgi import HANDLERS, ASGIServer, run_uvicorn
from support.leaks import no_leaks
from support.runtimes import behaviour

HOSTS = (
    "www.wikipedia.org",
    "www.theguardian.com",
    "news.ycombinator.com",
    "www.example.com",
    "www.encode.io",
    "dev.encode.io",
)


PAGE = "one\nzwölf\r\nthree".encode()
"""What every page of theirs is."""


@dataclass(frozen=True)
class Web:
    """The servers that stand for the world."""

    plain: ASGIServer
    tls: ASGIServer

    def port(self, host: str, port: int) -> int:
        """Where `host`:`port` is on loopback."""
        assert host in HOSTS, f"an example asks for {host}"
        return {80: self.plain.port, 443: self.tls.port}[port]


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    folder = tmp_path_factory.mktemp("web")
    authority = trustme.CA()
    chain, trusted = folder / "chain.pem", folder / "trusted.pem"
    authority.issue_cert(*HOSTS).private_key_and_cert_chain_pem.write_to_path(str(chain))
    authority.cert_pem.write_to_path(str(trusted))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(HANDLERS, "/", HANDLERS["/lines"])
        with run_uvicorn() as plain, run_uvicorn(chain) as tls, trusting(trusted):
            yield Web(plain, tls)


@contextmanager
def trusting(authority: Path) -> Generator[None]:
    """Let the system's store be `authority`, for contexts that are made in the block."""
    from httpx.impl.core import tls

    with pytest.MonkeyPatch.context() as patch:
        context = ssl.create_default_context(cafile=str(authority))
        patch.setattr(tls, "default_context", lambda: context)
        patch.setenv("SSL_CERT_FILE", str(authority))
        yield


class ThreadedMap(httpx.NetworkBackend):
    """The default backend, with the world on loopback."""

    web: Web

    def connect(self, host: str, port: int) -> httpx.NetworkStream:
        return super().connect("127.0.0.1", self.web.port(host, port))


class AsyncMap(ahttpx.NetworkBackend):
    """The default backend, with the world on loopback."""

    web: Web

    def connect(self, host: str, port: int) -> ahttpx.Pending[ahttpx.NetworkStream]:
        return super().connect("127.0.0.1", self.web.port(host, port))


@pytest.fixture(autouse=True)
def mapped(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the map where the default backend is taken from."""
    for threaded in (httpx, httpx._pool, httpx._connection):
        monkeypatch.setattr(threaded, "NetworkBackend", ThreadedMap)
    for asynchronous in (ahttpx, ahttpx._pool, ahttpx._connection):
        monkeypatch.setattr(asynchronous, "NetworkBackend", AsyncMap)
    monkeypatch.setattr(ThreadedMap, "web", web, raising=False)
    monkeypatch.setattr(AsyncMap, "web", web, raising=False)


@pytest.fixture(autouse=True)
def leaves_nothing(web: Web) -> Iterator[None]:
    with no_leaks():
        yield


behaviour_in_tasks = behaviour(only=("asyncio", "trio"))

THREE_IDLE = (
    "<ConnectionPool [3 idle]>\n"
    '[<Connection "https://www.wikipedia.org/" IDLE>, '
    '<Connection "https://www.theguardian.com/" IDLE>, '
    '<Connection "https://news.ycombinator.com/" IDLE>]\n'
)


def shown(*values: object) -> str:
    """What an interpreter shows for these values after one another on a line."""
    return ", ".join(repr(value) for value in values)


# "Connections"


def test_looking_into_a_client(capsys: pytest.CaptureFixture[str]) -> None:
    with httpx.Client() as cli:
        urls = [
            "https://www.wikipedia.org/",
            "https://www.theguardian.com/",
            "https://news.ycombinator.com/",
        ]
        for url in urls:
            cli.get(url)
        print(cli.transport)
        assert isinstance(cli.transport, httpx.ConnectionPool)
        print(cli.transport.connections)
    assert capsys.readouterr().out == THREE_IDLE


@behaviour_in_tasks
async def test_looking_into_a_client_async(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    async with ahttpx.Client() as cli:
        urls = [
            "https://www.wikipedia.org/",
            "https://www.theguardian.com/",
            "https://news.ycombinator.com/",
        ]
        for url in urls:
            await cli.get(url)
        print(cli.transport)
        assert isinstance(cli.transport, ahttpx.ConnectionPool)
        print(cli.transport.connections)
    assert capsys.readouterr().out == THREE_IDLE


# "Understanding the stack"


def test_the_stack() -> None:
    with httpx.Client() as cli:
        r = cli.request("GET", "https://www.example.com/")
    assert r.status_code == 200
    assert r.request is not None
    assert {"User-Agent", "Accept-Encoding"} <= set(r.request.headers)

    with httpx.ConnectionPool() as pool:
        r = pool.request("GET", "https://www.example.com/")
    assert r.body == PAGE
    assert r.request is not None
    assert "User-Agent" not in r.request.headers

    with httpx.open_connection("https://www.example.com/") as conn:
        r = conn.request("GET", "/")
    assert r.body == PAGE


@behaviour_in_tasks
async def test_the_stack_async(api: Api) -> None:
    async with ahttpx.Client() as cli:
        r = await cli.request("GET", "https://www.example.com/")
    assert r.status_code == 200
    assert r.request is not None
    assert {"User-Agent", "Accept-Encoding"} <= set(r.request.headers)

    async with ahttpx.ConnectionPool() as pool:
        r = await pool.request("GET", "https://www.example.com/")
    assert r.body == PAGE

    async with ahttpx.open_connection("https://www.example.com/") as conn:
        r = await conn.request("GET", "/")
    assert r.body == PAGE

    async with await ahttpx.open_connection("https://www.example.com/") as conn:
        r = await conn.request("GET", "/")
    assert r.body == PAGE


# "ConnectionPool"


def test_the_pool() -> None:
    pool = httpx.ConnectionPool()
    assert shown(pool) == "<ConnectionPool [0 active]>"
    pool.close()

    with httpx.ConnectionPool() as pool:
        res = pool.request("GET", "https://www.example.com")
        assert shown(res, pool) == "<Response [200 OK]>, <ConnectionPool [1 idle]>"

    with httpx.ConnectionPool() as pool:
        with pool.stream("GET", "https://www.example.com") as res:
            assert shown(res, pool) == "<Response [200 OK]>, <ConnectionPool [1 active]>"

    with httpx.ConnectionPool() as pool:
        req = httpx.Request("GET", "https://www.example.com")
        with pool.send(req) as res:
            res.read()
        assert shown(res, pool) == "<Response [200 OK]>, <ConnectionPool [1 idle]>"

    with httpx.ConnectionPool() as pool:
        pool.close()
        assert shown(pool) == "<ConnectionPool [0 active]>"


@behaviour_in_tasks
async def test_the_pool_async(api: Api) -> None:
    pool = ahttpx.ConnectionPool()
    assert shown(pool) == "<ConnectionPool [0 active]>"
    await pool.close()

    async with ahttpx.ConnectionPool() as pool:
        res = await pool.request("GET", "https://www.example.com")
        assert shown(res, pool) == "<Response [200 OK]>, <ConnectionPool [1 idle]>"

    async with ahttpx.ConnectionPool() as pool:
        async with await pool.stream("GET", "https://www.example.com") as res:
            assert shown(res, pool) == "<Response [200 OK]>, <ConnectionPool [1 active]>"

    async with ahttpx.ConnectionPool() as pool:
        req = ahttpx.Request("GET", "https://www.example.com")
        async with await pool.send(req) as res:
            await res.read()
        assert shown(res, pool) == "<Response [200 OK]>, <ConnectionPool [1 idle]>"

    async with ahttpx.ConnectionPool() as pool:
        await pool.close()
        assert shown(pool) == "<ConnectionPool [0 active]>"


# "Low level networking"


def test_the_backend_and_its_streams(web: Web) -> None:
    here = f"127.0.0.1:{web.plain.port}"
    net = httpx.NetworkBackend()
    assert shown(net) == "<NetworkBackend [threaded]>"

    stream = net.connect("www.encode.io", 80)
    assert shown(stream) == f'<NetworkStream ["{here}"]>'
    stream.close()

    with net.connect("dev.encode.io", 80) as stream:
        ...
    assert shown(stream) == f'<NetworkStream ["{here}" CLOSED]>'

    stream = net.connect("dev.encode.io", 80)
    try:
        ...
    finally:
        stream.close()
    assert shown(stream) == f'<NetworkStream ["{here}" CLOSED]>'


@behaviour_in_tasks
async def test_the_backend_and_its_streams_async(api: Api, web: Web) -> None:
    here = f"127.0.0.1:{web.plain.port}"
    net = ahttpx.NetworkBackend()
    assert shown(net) == f"<NetworkBackend [{api.name}]>"

    stream = await net.connect("www.encode.io", 80)
    assert shown(stream) == f'<NetworkStream ["{here}"]>'
    await stream.close()

    async with await net.connect("dev.encode.io", 80) as stream:
        ...
    assert shown(stream) == f'<NetworkStream ["{here}" CLOSED]>'

    stream = await net.connect("dev.encode.io", 80)
    try:
        ...
    finally:
        await stream.close()
    assert shown(stream) == f'<NetworkStream ["{here}" CLOSED]>'


def test_the_async_backend_outside_a_loop() -> None:
    net = ahttpx.NetworkBackend()
    assert shown(net) == "<NetworkBackend [asyncio]>"


def test_timeouts(capsys: pytest.CaptureFixture[str]) -> None:
    with httpx.Client() as cli:
        with httpx.timeout(3.0):
            res = cli.get("https://www.example.com")
            print(res)
    assert capsys.readouterr().out == "<Response [200 OK]>\n"

    with httpx.Client() as cli:
        with httpx.timeout(3.0) as t:
            with cli.stream("https://www.example.com") as r:
                t.cancel()
                print(">>>", r)
                for chunk in r.stream:
                    print("...", chunk)
    assert capsys.readouterr().out == f">>> <Response [200 OK]>\n... {PAGE!r}\n"


@behaviour_in_tasks
async def test_timeouts_async(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    async with ahttpx.Client() as cli:
        async with ahttpx.timeout(3.0):
            res = await cli.get("https://www.example.com")
            print(res)
    assert capsys.readouterr().out == "<Response [200 OK]>\n"

    async with ahttpx.Client() as cli:
        async with ahttpx.timeout(3.0) as t:
            async with await cli.stream("https://www.example.com") as r:
                t.cancel()
                print(">>>", r)
                async for chunk in r.stream:
                    print("...", chunk)
    assert capsys.readouterr().out == f">>> <Response [200 OK]>\n... {PAGE!r}\n"


REQUEST = b"\r\n".join(
    [
        b"GET / HTTP/1.1",
        b"Host: www.example.com",
        b"User-Agent: python/dev",
        b"Connection: close",
        b"",
        b"",
    ]
)


def test_a_request_by_hand(web: Web) -> None:
    import truststore

    net = httpx.NetworkBackend()
    ctx = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    req = REQUEST

    with httpx.timeout(10.0):
        with httpx.timeout(3.0) as t:
            with net.connect("www.example.com", 443) as stream:
                stream.start_tls(ctx, hostname="www.example.com")
                t.cancel()
                assert shown(stream) == f'<NetworkStream ["127.0.0.1:{web.tls.port}" TLS]>'
                assert isinstance(stream.get_extra_info("ssl_object"), ssl.SSLObject)
                assert stream.get_extra_info("server_addr") == ("127.0.0.1", web.tls.port)
                stream.write(req)
                buffer = list[bytes]()
                while part := stream.read():
                    buffer.append(part)
                resp = b"".join(buffer)
    assert resp.startswith(b"HTTP/1.1 200 OK\r\n")
    assert resp.endswith(PAGE)


@behaviour_in_tasks
async def test_a_request_by_hand_async(api: Api, web: Web) -> None:
    import truststore

    net = ahttpx.NetworkBackend()
    ctx = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    req = REQUEST

    async with ahttpx.timeout(10.0):
        async with ahttpx.timeout(3.0) as t:
            async with await net.connect("www.example.com", 443) as stream:
                await stream.start_tls(ctx, hostname="www.example.com")
                t.cancel()
                assert shown(stream) == f'<NetworkStream ["127.0.0.1:{web.tls.port}" TLS]>'
                await stream.write(req)
                buffer = list[bytes]()
                while part := await stream.read():
                    buffer.append(part)
                resp = b"".join(buffer)
    assert resp.startswith(b"HTTP/1.1 200 OK\r\n")
    assert resp.endswith(PAGE)


# The example backend. Its methods are as bare of types as in the document.


class RecordingBackend(httpx.NetworkBackendInterface):
    def __init__(self):  # type: ignore[no-untyped-def]
        self._backend = httpx.NetworkBackend()

    def connect(self, host, port):  # type: ignore[no-untyped-def]
        # Delegate creating connections to the default
        # network backend, and return a wrapped stream.
        stream = self._backend.connect(host, port)
        return RecordingStream(stream)  # type: ignore[no-untyped-call]


class RecordingStream(httpx.NetworkStreamInterface):
    def __init__(self, stream):  # type: ignore[no-untyped-def]
        self._stream = stream

    def read(self, max_bytes: int = None):  # type: ignore  # noqa: RUF013
        # Print all incoming data to the terminal.
        data = self._stream.read(max_bytes)
        lines = data.decode("ascii", errors="replace").splitlines()
        for line in lines:
            print("<<< ", line)
        return data

    def write(self, data):  # type: ignore[no-untyped-def]
        # Print all outgoing data to the terminal.
        lines = data.decode("ascii", errors="replace").splitlines()
        for line in lines:
            print(">>> ", line)
        self._stream.write(data)

    def start_tls(self, ctx, hostname):  # type: ignore[no-untyped-def]
        self._stream.start_tls(ctx, hostname)

    def get_extra_info(self, key):  # type: ignore[no-untyped-def]
        return self._stream.get_extra_info(key)

    def close(self):  # type: ignore[no-untyped-def]
        self._stream.close()


class AsyncRecordingBackend(ahttpx.NetworkBackendInterface):
    def __init__(self):  # type: ignore[no-untyped-def]
        self._backend = ahttpx.NetworkBackend()

    async def connect(self, host, port):  # type: ignore[no-untyped-def]
        # Delegate creating connections to the default
        # network backend, and return a wrapped stream.
        stream = await self._backend.connect(host, port)
        return AsyncRecordingStream(stream)  # type: ignore[no-untyped-call]


class AsyncRecordingStream(ahttpx.NetworkStreamInterface):
    def __init__(self, stream):  # type: ignore[no-untyped-def]
        self._stream = stream

    async def read(self, max_bytes: int = None):  # type: ignore  # noqa: RUF013
        # Print all incoming data to the terminal.
        data = await self._stream.read(max_bytes)
        lines = data.decode("ascii", errors="replace").splitlines()
        for line in lines:
            print("<<< ", line)
        return data

    async def write(self, data):  # type: ignore[no-untyped-def]
        # Print all outgoing data to the terminal.
        lines = data.decode("ascii", errors="replace").splitlines()
        for line in lines:
            print(">>> ", line)
        await self._stream.write(data)

    async def start_tls(self, ctx, hostname):  # type: ignore[no-untyped-def]
        await self._stream.start_tls(ctx, hostname)

    def get_extra_info(self, key):  # type: ignore[no-untyped-def]
        return self._stream.get_extra_info(key)

    async def close(self):  # type: ignore[no-untyped-def]
        await self._stream.close()


def check_recorded(out: str) -> None:
    lines = out.splitlines()
    assert lines[:2] == [">>>  GET / HTTP/1.1", ">>>  Host: www.example.com"]
    assert "<<<  HTTP/1.1 200 OK" in lines
    assert lines[-1] == "<<<  three"


def test_recording(capsys: pytest.CaptureFixture[str]) -> None:
    transport = httpx.ConnectionPool(backend=RecordingBackend())  # type: ignore[no-untyped-call]
    cli = httpx.Client(transport=transport)
    cli.get("https://www.example.com")
    check_recorded(capsys.readouterr().out)
    assert cli.transport is transport
    cli.close()


@behaviour_in_tasks
async def test_recording_async(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    backend = AsyncRecordingBackend()  # type: ignore[no-untyped-call]
    transport = ahttpx.ConnectionPool(backend=backend)
    cli = ahttpx.Client(transport=transport)
    await cli.get("https://www.example.com")
    check_recorded(capsys.readouterr().out)
    assert cli.transport is transport
    await cli.close()
