"""The tests' own tools, tested: servers, leak checks, the watchdog, and dressing."""

from __future__ import annotations

import ast
import http.client
import json
import socket
import ssl
import sys
import threading
import time
import types
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Protocol, cast

import pytest

import ahttpx
import httpx
from support.api import VARIANTS, Api, make_api
from support.asgi import ASGIServer
from support.certs import Certs, tls12_only
from support.dressing import dress, drive, undress
from support.leaks import Leak, no_leaks
from support.nginx import JSON_TEXT, SMALL, Nginx
from support.runtimes import behaviour
from support.scripted import (
    Close,
    CloseWithoutNotify,
    Drip,
    Expect,
    Loop,
    Reset,
    Script,
    ScriptedServer,
    Send,
    Stall,
    Tell,
    WaitFor,
    answer,
    keep_answering,
    serve,
    unused_port,
)
from support.timing import allowed
from support.watchdog import watchdog


def dial(server: ScriptedServer) -> socket.socket:
    return socket.create_connection((server.host, server.port), timeout=5)


def read_all(sock: socket.socket) -> bytes:
    parts: list[bytes] = []
    while part := sock.recv(65536):
        parts.append(part)
    return b"".join(parts)


def ask(sock: socket.socket, method: str = "GET", body: bytes = b"") -> None:
    head = f"{method} /x?y HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n\r\n"
    sock.sendall(head.encode() + body)


class TestScripted:
    def test_records_requests_and_connections(self) -> None:
        with serve(keep_answering(b"hi", X_One="1")) as server:
            conn = http.client.HTTPConnection(server.host, server.port, timeout=5)
            for body in (b"first", b"second"):
                conn.request("POST", "/p", body=body)
                response = conn.getresponse()
                assert (response.read(), response.getheader("X-One")) == (b"hi", "1")
            assert (server.connections_open, server.connections_total) == (1, 1)
            conn.close()
            assert server.wait_closed()
        assert [request.body for request in server.requests] == [b"first", b"second"]
        assert server.requests[0].header("content-length") == "5"
        assert server.received[0].startswith(b"POST /p HTTP/1.1\r\n")
        assert server.failures == []

    def test_reads_chunked_bodies(self) -> None:
        with serve([Expect(), answer()]) as server:
            conn = http.client.HTTPConnection(server.host, server.port, timeout=5)
            conn.request("PUT", "/", body=iter([b"ab", b"cde"]), encode_chunked=True)
            conn.getresponse().read()
            conn.close()
        assert server.requests[0].body == b"abcde"

    def test_one_script_per_connection_the_last_for_all_others(self) -> None:
        with serve([Send(b"one")], [Send(b"two")]) as server:
            got: list[bytes] = []
            for _ in range(3):
                with dial(server) as sock:
                    got.append(read_all(sock))
        assert got == [b"one", b"two", b"two"]

    def test_reset_is_seen_as_a_reset(self) -> None:
        with serve([Expect(), Send(b"HTTP/1.1 "), Reset()]) as server, dial(server) as sock:
            ask(sock)
            with pytest.raises(ConnectionResetError):
                read_all(sock)

    def test_drip_takes_its_time(self) -> None:
        with serve([Drip(b"abc", 0.02)]) as server, dial(server) as sock:
            start = time.monotonic()
            assert read_all(sock) == b"abc"
            assert time.monotonic() - start >= 0.04

    @pytest.mark.parametrize("read", [True, False])
    def test_stall_ends_with_the_peer_and_with_the_server(self, read: bool) -> None:
        with serve([Stall(read=read)]) as server:
            with dial(server) as sock:
                ask(sock)
            assert server.wait_closed()
            with dial(server):
                server.wait_until(lambda: server.connections_open == 1)
                server.stop()
            assert server.connections_open == 0

    def test_a_stall_that_does_not_read_blocks_the_writer(self) -> None:
        with serve([Stall(read=False)]) as server, dial(server) as sock:
            sock.settimeout(0.2)
            with pytest.raises(TimeoutError):
                sock.sendall(bytes(64 << 20))

    def test_events_order_things(self) -> None:
        came, go = threading.Event(), threading.Event()
        script: Script = [Expect(), Tell(came), WaitFor(go), answer(b"late")]
        with serve(script) as server, dial(server) as sock:
            ask(sock)
            assert came.wait(5)
            go.set()
            assert read_all(sock).endswith(b"late")

    def test_what_follows_a_close_is_still_told(self) -> None:
        told = threading.Event()
        with serve([Expect(), Reset(), Tell(told), Expect()]) as server, dial(server) as sock:
            ask(sock)
            assert told.wait(5)
        assert server.failures == []

    def test_a_mistake_in_a_script_is_told(self) -> None:
        with serve([Expect()]) as server, dial(server) as sock:
            sock.sendall(b"not http\r\n\r\n")
            assert read_all(sock) == b""
        assert isinstance(server.failures[0], ValueError)

    def test_tls_ends_with_and_without_a_notification(self, certs: Certs) -> None:
        ctx = certs.client()
        clean_end: Script = [Expect(), Send(b"x"), Close()]
        cut_off: Script = [Expect(), Send(b"x"), CloseWithoutNotify()]
        with serve(clean_end, cut_off, tls=certs.server()) as server:
            for clean in (True, False):
                with ctx.wrap_socket(
                    dial(server), server_hostname="localhost", suppress_ragged_eofs=False
                ) as sock:
                    ask(sock)
                    if clean:
                        assert read_all(sock) == b"x"
                    else:
                        assert sock.recv(10) == b"x"
                        with pytest.raises(ssl.SSLEOFError):
                            sock.recv(10)

    def test_loops_end_when_a_step_closes(self) -> None:
        with serve([Loop([Expect(), answer(b"a"), Close()])]) as server, dial(server) as sock:
            ask(sock)
            assert read_all(sock).endswith(b"a")

    def test_ipv6(self, ipv6: None) -> None:
        with serve([Send(b"six")], host="::1") as server, dial(server) as sock:
            assert read_all(sock) == b"six"
        assert server.url.startswith("http://[::1]:")

    def test_an_unused_port_refuses(self) -> None:
        with unused_port() as port, pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=5)


class TestCerts:
    @pytest.mark.parametrize(
        ("kind", "reason"),
        [
            ("expired", "certificate has expired"),
            ("untrusted", "unable to get local issuer"),
            ("other name", "mismatch"),
        ],
    )
    def test_each_wrong_certificate_is_wrong_in_its_way(
        self, certs: Certs, kind: str, reason: str
    ) -> None:
        contexts: dict[str, Callable[[], ssl.SSLContext]] = {
            "expired": certs.expired,
            "untrusted": certs.untrusted,
            "other name": lambda: certs.server_for("other.example"),
        }
        with serve([Stall()], tls=contexts[kind]()) as server, dial(server) as sock:
            with pytest.raises(ssl.SSLCertVerificationError, match=reason):
                certs.client().wrap_socket(sock, server_hostname="localhost")
            assert server.wait_closed()
        assert bytes(server.received[0]) == b""

    def test_a_client_certificate_is_demanded(self, certs: Certs) -> None:
        tls = tls12_only(certs.server_wanting_client_certificate())
        with serve([Send(b"in")], tls=tls) as server:
            with dial(server) as sock, pytest.raises(ssl.SSLError):
                certs.client().wrap_socket(sock, server_hostname="localhost")
            ctx = certs.client_with_certificate()
            with ctx.wrap_socket(dial(server), server_hostname="localhost") as sock:
                assert read_all(sock) == b"in"


def get(url: str, path: str, ctx: ssl.SSLContext | None = None) -> tuple[int, bytes]:
    scheme, _, authority = url.partition("://")
    conn = (
        http.client.HTTPSConnection(authority, timeout=5, context=ctx)
        if scheme == "https"
        else http.client.HTTPConnection(authority, timeout=5)
    )
    try:
        conn.request("GET", path)
        response = conn.getresponse()
        return response.status, response.read()
    finally:
        conn.close()


class TestRealServers:
    def test_uvicorn(self, asgi: ASGIServer) -> None:
        status, body = get(asgi.url, "/echo?a=b")
        assert status == 200
        assert json.loads(body)["query"] == "a=b"
        assert get(asgi.url, "/status/418") == (418, b"status 418")
        assert get(asgi.url, "/status/204") == (204, b"")
        assert get(asgi.url, "/stream?n=3&size=4") == (200, b"x" * 12)
        assert get(asgi.url, "/redirect?to=/echo&status=307")[0] == 307
        assert get(asgi.url, "/nowhere")[0] == 404

    def test_uvicorn_tls(self, asgi_tls: ASGIServer, certs: Certs) -> None:
        assert get(asgi_tls.url, "/echo", certs.client())[0] == 200

    def test_hypercorn(self, hypercorn: ASGIServer) -> None:
        assert get(hypercorn.url, "/drip?n=2&interval=0") == (200, b"xx")

    def test_nginx(self, nginx: Nginx, certs: Certs) -> None:
        assert get(nginx.url, "/small") == (200, SMALL)
        assert len(get(nginx.tls_url, "/10M", certs.client())[1]) == 10 << 20
        assert get(nginx.url, "/data.json") == (200, JSON_TEXT.encode())
        assert get(nginx.url, "/redirect/308")[0] == 308
        assert get(nginx.url, "/empty") == (204, b"")
        assert get(nginx.url, "/protected")[0] == 401
        if nginx.url6 is not None:
            assert get(nginx.url6, "/small")[0] == 200
        with pytest.raises(http.client.RemoteDisconnected):
            get(nginx.url, "/close")
        log = nginx.wait_for_log(lambda lines: any(line.target == "/close" for line in lines))
        assert [line.status for line in log if line.target == "/close"] == [444]


class TestLeaks:
    def test_nothing_left(self) -> None:
        with serve(keep_answering()) as server, no_leaks(), dial(server) as sock:
            ask(sock)
            assert sock.recv(100)

    def test_a_socket_left(self) -> None:
        with serve(keep_answering()) as server:
            held: list[socket.socket] = []
            with pytest.raises(Leak, match=f"to port {server.port}"), no_leaks(settle=0.05):
                held.append(dial(server))
            held[0].close()

    def test_a_thread_left(self) -> None:
        stop = threading.Event()
        thread = threading.Thread(target=stop.wait, name="forgotten")
        with pytest.raises(Leak, match="thread 'forgotten'"), no_leaks(settle=0.05):
            thread.start()
        stop.set()
        thread.join()


def trace_nothing(frame: types.FrameType, event: str, argument: object) -> None:
    """A trace function."""


class TestTiming:
    def test_a_limit_is_longer_while_tracing(self) -> None:
        assert allowed(2) in (2, 12)
        before = sys.gettrace()
        sys.settrace(trace_nothing)
        try:
            assert allowed(2) == 12
        finally:
            sys.settrace(before)


class TestWatchdog:
    def test_what_hangs_is_ended_and_told(self) -> None:
        left = threading.Event()
        with pytest.raises(pytest.fail.Exception, match=r"hung: .*0\.1 s"), watchdog(0.1):
            left.wait(20)

    @pytest.mark.parametrize("variant", ["threads", "asyncio", "trio"])
    def test_it_reaches_into_every_runtime(self, variant: str) -> None:
        api = make_api(variant)
        start = time.monotonic()
        with pytest.raises(pytest.fail.Exception, match="hung"), watchdog(0.1):
            api.run(lambda: api.sleep(20))
        assert time.monotonic() - start < 5


# --- dressing, on a small pair of twins put into both packages


class Wanderer:
    """A value: the same in both packages."""


class Answer:
    """The threaded twin."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.closed = False

    def read(self) -> str:
        return self.text

    def lines(self) -> Iterator[str]:
        yield from self.text.split()

    @property
    def pieces(self) -> Iterator[str]:
        return iter(self.text)

    def close(self) -> None:
        self.closed = True

    def __enter__(self) -> Answer:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[str]:
        return iter(self.text)

    def __repr__(self) -> str:
        return f"<Answer {self.text}>"


class Asker:
    def __init__(self, transport: object = None, handler: object = None) -> None:
        self.transport = transport
        self.handler = handler
        self.asked: list[str] = []

    def ask(self, what: str) -> Answer:
        self.asked.append(what)
        if self.handler is not None:
            return cast("Callable[[Answer], Answer]", self.handler)(Answer(what))
        if self.transport is not None:
            return cast("Asker", self.transport).ask(what)
        return Answer(what)

    def total(self, source: object) -> str:
        return "".join(cast("Iterator[str]", source))

    @property
    def last(self) -> Answer:
        return Answer(self.asked[-1])


class AsyncAnswer:
    """Its twin, for its shape only."""

    text: str
    closed: bool

    def __init__(self, text: str) -> None: ...

    async def read(self) -> str:
        raise NotImplementedError

    async def lines(self) -> AsyncIterator[str]:
        raise NotImplementedError
        yield

    @property
    def pieces(self) -> AsyncIterator[str]:
        raise NotImplementedError

    async def close(self) -> None: ...

    async def __aenter__(self) -> AsyncAnswer:
        raise NotImplementedError

    async def __aexit__(self, *error: object) -> None: ...

    def __aiter__(self) -> AsyncIterator[str]:
        raise NotImplementedError


class Pending(Awaitable[AsyncAnswer], Protocol):
    async def __aenter__(self) -> AsyncAnswer: ...

    async def __aexit__(self, *error: object) -> None: ...


class AsyncAsker:
    last: AsyncAnswer

    def __init__(self, transport: object = None, handler: object = None) -> None: ...

    def ask(self, what: str) -> Pending[AsyncAnswer]:  # type: ignore[type-arg] # pyright: ignore
        raise NotImplementedError

    async def total(self, source: object) -> str:
        raise NotImplementedError


def ask_once(what: str) -> Answer:
    return Answer(what)


async def ask_once_async(what: str) -> AsyncAnswer:
    raise NotImplementedError


class Names(Protocol):
    """What the pair adds to an `Api`."""

    Wanderer: type[Wanderer]
    Answer: type[AsyncAnswer]
    Asker: type[AsyncAsker]
    ask_once: Callable[[str], Awaitable[AsyncAnswer]]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    pair: list[tuple[str, object, object]] = [
        ("Wanderer", Wanderer, Wanderer),
        ("Answer", Answer, AsyncAnswer),
        ("Asker", Asker, AsyncAsker),
        ("ask_once", ask_once, ask_once_async),
    ]
    for name, real, twin in pair:
        monkeypatch.setattr(httpx, name, real, raising=False)
        monkeypatch.setattr(ahttpx, name, twin, raising=False)
        for thing, module in ((real, "httpx"), (twin, "ahttpx")):
            if thing is not Wanderer and isinstance(thing, type):
                thing.__module__, thing.__qualname__ = module, name
    return cast("Names", make_api("threads"))


class TestDressing:
    def test_waiting_members_wait(self, names: Names) -> None:
        async def body() -> None:
            asker = names.Asker()
            pending = asker.ask("one two")
            assert cast("Asker", undress(asker)).asked == []  # starts nothing before the await
            got = await pending
            assert isinstance(got, names.Answer)
            assert not isinstance(got, names.Asker)
            assert repr(got) == "<Answer one two>"
            assert await got.read() == "one two"
            assert got.text == "one two"
            assert [line async for line in got.lines()] == ["one", "two"]
            assert [piece async for piece in got] == list("one two")
            assert [piece async for piece in got.pieces] == list("one two")
            async with asker.ask("x") as entered:
                assert entered.closed is False
            assert entered.closed is True
            async with await asker.ask("y") as entered:
                assert await asker.last.read() == "y"
            assert (await names.ask_once("z")).text == "z"

        make_api("threads").run(body)

    def test_identity_and_values(self, names: Names) -> None:
        real = Answer("a")
        assert dress(real) is dress(real)
        assert undress(dress(real)) is real
        assert dress([real, 1]) == [dress(real), 1]
        assert names.Wanderer is Wanderer
        unchanged = [1, "two"]
        assert undress(unchanged) is unchanged
        asker = names.Asker(transport=names.Asker())
        assert type(cast("Asker", undress(asker)).transport) is Asker

    def test_a_tests_asynchronous_objects_become_threaded(self, names: Names) -> None:
        class Shouting:
            """A user's transport."""

            def __init__(self, inner: AsyncAsker) -> None:
                self.inner = inner

            async def ask(self, what: str) -> AsyncAnswer:
                async with self.inner.ask(what) as got:
                    return names.Answer((await got.read()).upper())

        class Letters:
            async def __aiter__(self) -> AsyncIterator[str]:
                yield "a"
                yield "b"

        async def handler(got: AsyncAnswer) -> AsyncAnswer:
            assert isinstance(got, names.Answer)
            return names.Answer(await got.read() + "!")

        async def letters() -> AsyncIterator[str]:
            yield "c"

        async def body() -> None:
            transport = Shouting(names.Asker())
            asker = names.Asker(transport)
            assert cast("Asker", asker).transport is transport
            assert (await asker.ask("hi")).text == "HI"
            assert (await names.Asker(handler=handler).ask("hi")).text == "hi!"
            assert await asker.total(Letters()) == "ab"
            assert await asker.total(letters()) == "c"

        make_api("threads").run(body)

    def test_what_really_suspends_is_refused(self) -> None:
        @types.coroutine
        def suspend() -> Iterator[None]:
            yield

        async def body() -> None:
            await cast("Awaitable[None]", suspend())

        with pytest.raises(RuntimeError, match="waited for an event loop"):
            drive(body())


# --- the runtimes


@behaviour
async def test_a_behaviour_runs_in_every_variant(api: Api, tmp_path: Path) -> None:
    assert tmp_path.name.startswith("test_a_behaviour")
    assert api.is_threads is api.variant.startswith("threads")
    running = "trio" if api.name == "trio" else "asyncio"
    assert api.is_threads or running in sys.modules


def test_all_variants_are_run() -> None:
    marks: list[pytest.Mark] = getattr(test_a_behaviour_runs_in_every_variant, "pytestmark", [])
    chosen = [mark.args for mark in marks if mark.name == "parametrize"]
    assert chosen == [("api", VARIANTS)]


@behaviour(only=("threads", "asyncio", "trio"))
async def test_gather_runs_at_the_same_time(api: Api) -> None:
    async def work(n: int) -> int:
        await api.sleep(0.1)
        if n < 0:
            raise ValueError(n)
        return n

    start = time.monotonic()
    assert await api.gather(lambda: work(1), lambda: work(2), lambda: work(3)) == [1, 2, 3]
    assert time.monotonic() - start < 0.25
    with pytest.raises(ValueError, match="-1"):
        await api.gather(lambda: work(5), lambda: work(-1))
    outcomes = await api.gather_outcomes(lambda: work(5), lambda: work(-1))
    assert outcomes[0] == 5
    assert isinstance(outcomes[1], ValueError)


@behaviour(only=("threads", "asyncio", "trio"))
async def test_spawn_runs_beside(api: Api) -> None:
    async def work() -> str:
        await api.sleep(0.05)
        return "done"

    async with api.spawn(work) as job:
        assert not job.done
        assert await job.result() == "done"

    async with api.spawn(lambda: api.sleep(0.3)) as job2:
        if api.is_threads:
            with pytest.raises(RuntimeError):
                job2.cancel()
        else:
            job2.cancel()
    assert job2.done
    assert (job2.error is None) is api.is_threads


@behaviour
async def test_what_a_test_writes_itself_works_in_every_variant(api: Api, asgi: ASGIServer) -> None:
    class Pieces:
        """A stream as a user of `ahttpx` writes it."""

        def __init__(self) -> None:
            self.left = [b"one ", b"two"]

        async def read(self, size: int | None = None, /) -> bytes:
            return self.left.pop(0) if self.left else b""

        async def close(self) -> None:
            self.left = []

        async def __aiter__(self) -> AsyncIterator[bytes]:
            while piece := await self.read():
                yield piece

    class Counted:
        """A `Content` that gives a stream."""

        def encode(self) -> Pieces:
            return Pieces()

        def content_type(self) -> str:
            return "text/x-pieces"

    class Marking(ahttpx.Transport):
        """A transport around another."""

        def __init__(self, inner: ahttpx.Transport) -> None:
            self.inner = inner
            self.sent: list[str] = []

        async def send(self, request: ahttpx.Request) -> ahttpx.Response:
            assert isinstance(request, api.Request)
            self.sent.append(request.method)
            return await self.inner.send(request)

        async def close(self) -> None:
            await self.inner.close()

    async def generated() -> AsyncIterator[bytes]:
        yield b"three "
        yield b"four"

    transport = Marking(api.ConnectionPool())
    async with api.Client(transport=transport) as client:
        assert client.transport is transport
        for content, body in ((Pieces(), "one two"), (Counted(), "one two")):
            response = await client.post(asgi.url + "/echo", content=content)
            assert response.json()["body"] == body
        response = await client.post(asgi.url + "/echo", content=generated())
        assert response.json()["body"] == "three four"
        assert transport.sent == ["POST"] * 3
        request = client.build_request("GET", asgi.url + "/lines")
        async with client.send(request) as response:
            assert isinstance(response, api.Response)
            assert response.request == request


@behaviour
async def test_streams_and_connections_are_dressed(api: Api, asgi: ASGIServer) -> None:
    async with await api.NetworkBackend().connect(asgi.host, asgi.port) as stream:
        assert isinstance(stream, api.NetworkStream)
        assert isinstance(stream, api.NetworkStreamInterface)
        await stream.write(b"GET /lines HTTP/1.0\r\n\r\n")
        assert (await stream.read()).startswith(b"HTTP/1.1 200 OK")
    async with api.open_connection(asgi.url) as conn:
        assert (await conn.request("GET", "/lines")).status_code == 200
        assert isinstance(conn, api.Connection)
    async with api.ConnectionPool() as pool:
        await pool.request("GET", asgi.url + "/lines")
        assert [type(conn) for conn in pool.connections] == [type(conn)]
        assert isinstance(pool, api.ConnectionPool)
    assert len(api.backends) == (2 if api.variant.endswith("-backend") else 0)


@pytest.mark.parametrize("variant", ["asyncio", "trio"])
def test_waiting_for_a_server_does_not_block_a_loop(variant: str) -> None:
    async def body() -> None:
        server.wait_closed()

    with serve([Stall()]) as server, pytest.raises(RuntimeError, match=r"await api\.until"):
        make_api(variant).run(body)


def test_a_task_left_behind_fails_the_test() -> None:
    import asyncio

    tasks: list[asyncio.Task[None]] = []

    async def body() -> None:
        tasks.append(asyncio.create_task(asyncio.sleep(5)))

    with pytest.raises(Leak, match="tasks left behind"):
        make_api("asyncio").run(body)


def test_every_public_name_is_typed() -> None:
    """`support/names.py` gives the checkers each name that `ahttpx` exports."""
    tree = ast.parse((Path(__file__).parent / "support" / "names.py").read_text())
    cls = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    typed = {
        target.id
        for node in cls.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    public: list[str] = getattr(ahttpx, "__all__")  # noqa: B009
    assert typed == set(public) - {"__version__"}
