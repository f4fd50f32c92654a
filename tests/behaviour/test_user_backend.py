"""Backends and streams that users write: by subclassing and by shape, in both colours."""

from __future__ import annotations

import ssl

import pytest

import ahttpx
import httpx
from support.api import Api
from support.certs import Certs
from support.runtimes import behaviour
from support.scripted import Close, Expect, Send, Step, answer, keep_answering, serve

Calls = list[tuple[str, object]]


class ThreadedRecordingStream(httpx.NetworkStreamInterface):
    def __init__(self, stream: httpx.NetworkStreamInterface, calls: Calls) -> None:
        self._stream = stream
        self._calls = calls

    def read(self, max_bytes: int | None = None) -> bytes:
        data = self._stream.read(max_bytes)
        self._calls.append(("read", data))
        return data

    def write(self, data: bytes) -> None:
        self._calls.append(("write", data))
        self._stream.write(data)

    def start_tls(self, ctx: ssl.SSLContext, hostname: str) -> None:
        self._calls.append(("start_tls", hostname))
        self._stream.start_tls(ctx, hostname)

    def get_extra_info(self, key: str) -> object:
        return self._stream.get_extra_info(key)

    def close(self) -> None:
        self._calls.append(("close", None))
        self._stream.close()


class ThreadedRecordingBackend(httpx.NetworkBackendInterface):
    def __init__(self) -> None:
        self._backend = httpx.NetworkBackend()
        self.calls: Calls = []

    def connect(self, host: str, port: int) -> ThreadedRecordingStream:
        self.calls.append(("connect", (host, port)))
        return ThreadedRecordingStream(self._backend.connect(host, port), self.calls)


class AsyncRecordingStream(ahttpx.NetworkStreamInterface):
    def __init__(self, stream: ahttpx.NetworkStreamInterface, calls: Calls) -> None:
        self._stream = stream
        self._calls = calls

    async def read(self, max_bytes: int | None = None) -> bytes:
        data = await self._stream.read(max_bytes)
        self._calls.append(("read", data))
        return data

    async def write(self, data: bytes) -> None:
        self._calls.append(("write", data))
        await self._stream.write(data)

    async def start_tls(self, ctx: ssl.SSLContext, hostname: str) -> None:
        self._calls.append(("start_tls", hostname))
        await self._stream.start_tls(ctx, hostname)

    def get_extra_info(self, key: str) -> object:
        return self._stream.get_extra_info(key)

    async def close(self) -> None:
        self._calls.append(("close", None))
        await self._stream.close()


class AsyncRecordingBackend(ahttpx.NetworkBackendInterface):
    def __init__(self) -> None:
        self._backend = ahttpx.NetworkBackend()
        self.calls: Calls = []

    async def connect(self, host: str, port: int) -> AsyncRecordingStream:
        self.calls.append(("connect", (host, port)))
        return AsyncRecordingStream(await self._backend.connect(host, port), self.calls)


def by_shape(cls: type) -> type:
    """A class with the members of `cls` and no base."""
    members = {name: member for name, member in vars(cls).items() if callable(member)}
    return type(cls.__name__.replace("Recording", "Shaped"), (), members)


ThreadedShapedStream = by_shape(ThreadedRecordingStream)
AsyncShapedStream = by_shape(AsyncRecordingStream)


class ThreadedShapedBackend:
    def __init__(self) -> None:
        self._backend = httpx.NetworkBackend()
        self.calls: Calls = []

    def connect(self, host: str, port: int) -> httpx.NetworkStreamInterface:
        self.calls.append(("connect", (host, port)))
        stream: httpx.NetworkStreamInterface = ThreadedShapedStream(
            self._backend.connect(host, port), self.calls
        )
        return stream


class AsyncShapedBackend:
    def __init__(self) -> None:
        self._backend = ahttpx.NetworkBackend()
        self.calls: Calls = []

    async def connect(self, host: str, port: int) -> ahttpx.NetworkStreamInterface:
        self.calls.append(("connect", (host, port)))
        stream: ahttpx.NetworkStreamInterface = AsyncShapedStream(
            await self._backend.connect(host, port), self.calls
        )
        return stream


class Recorded:
    """A pool over a recording backend, and what that recorded."""

    def __init__(self, api: Api, how: str, ssl_context: ssl.SSLContext | None = None) -> None:
        backend: object
        if api.is_threads:
            threaded = ThreadedRecordingBackend() if how == "subclass" else ThreadedShapedBackend()
            self.calls = threaded.calls
            backend = threaded
        else:
            asynchronous = AsyncRecordingBackend() if how == "subclass" else AsyncShapedBackend()
            self.calls = asynchronous.calls
            backend = asynchronous
        # In threads `api` takes threaded objects, whatever the types of `ahttpx` say.
        self.pool = api.ConnectionPool(
            backend=backend,  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
            ssl_context=ssl_context,
        )

    @property
    def names(self) -> list[str]:
        """The calls so far, without what was said in them."""
        return [name for name, _ in self.calls]


MAIN = ("threads", "asyncio", "trio")
both_ways = pytest.mark.parametrize("how", ["subclass", "shape"])


@both_ways
@behaviour(only=MAIN)
async def test_one_write_and_as_many_reads_as_the_response_needs(api: Api, how: str) -> None:
    with serve(keep_answering(b"hello")) as server:
        recorded = Recorded(api, how)
        async with api.Client(transport=recorded.pool) as client:
            assert (await client.get(server.url)).body == b"hello"
            assert recorded.names == ["connect", "write", "read"]
            assert recorded.calls[0] == ("connect", (server.host, server.port))
            assert (await client.get(server.url)).body == b"hello"
            assert recorded.names == ["connect", "write", "read", "write", "read"]
            await client.post(server.url, content=api.JSON({"a": 1}))
            assert recorded.names[5:] == ["write", "read"]
            await client.post(server.url, content=[b"a", b"b"])
            assert recorded.names[7:].count("read") == 1
        assert recorded.names[-1] == "close"
        assert all(type(data) is bytes for name, data in recorded.calls if name in READ_WRITE)
        wrote = b"".join(part for _, part in recorded.calls if isinstance(part, bytes))
        assert b"GET / HTTP/1.1\r\n" in wrote


READ_WRITE = ("read", "write")


@both_ways
@behaviour(only=MAIN)
async def test_no_read_beyond_the_end_of_the_body(api: Api, how: str) -> None:
    size = 300_000
    with serve(keep_answering(b"x" * size)) as server:
        recorded = Recorded(api, how)
        async with api.Client(transport=recorded.pool) as client:
            assert len((await client.get(server.url)).body) == size
            reads = [data for name, data in recorded.calls if name == "read"]
            assert recorded.names.count("write") == 1
            assert b"" not in reads
            assert sum(len(data) for data in reads if isinstance(data, bytes)) > size


@both_ways
@behaviour(only=MAIN)
async def test_tls_is_asked_of_the_users_stream(api: Api, certs: Certs, how: str) -> None:
    with serve(keep_answering(b"hello"), tls=certs.server()) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        recorded = Recorded(api, how, certs.client())
        async with api.Client(transport=recorded.pool) as client:
            assert (await client.get(url)).text == "hello"
            assert recorded.names[:3] == ["connect", "start_tls", "write"]
            assert recorded.names[3:] == ["read"]
            assert recorded.calls[1] == ("start_tls", "localhost")
            assert (await client.get(url)).text == "hello"
            assert recorded.names[4:] == ["write", "read"]
            assert repr(recorded.pool) == "<ConnectionPool [1 idle]>"
        assert server.connections_total == 1


@both_ways
@behaviour(only=MAIN)
async def test_a_single_connection_over_it(api: Api, how: str) -> None:
    with serve(keep_answering(b"hello")) as server:
        if api.is_threads:
            kind = ThreadedRecordingBackend if how == "subclass" else ThreadedShapedBackend
            backend: object = kind()
        else:
            backend = AsyncRecordingBackend() if how == "subclass" else AsyncShapedBackend()
        opening = api.open_connection(
            server.url,
            backend=backend,  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        )
        async with opening as connection:
            assert (await connection.request("GET", "/")).body == b"hello"
        assert server.requests[0].target == "/"


@both_ways
@behaviour(only=MAIN)
async def test_its_errors_become_ours(api: Api, how: str) -> None:
    class Failing:
        """A backend whose streams fail as sockets do."""

        def __init__(self, where: str) -> None:
            self.where = where
            self.closed = 0

        async def connect(self, host: str, port: int) -> Failing:
            self.fail("connect")
            return self

        async def read(self, max_bytes: int | None = None) -> bytes:
            self.fail("read")
            return b""

        async def write(self, data: bytes) -> None:
            self.fail("write")

        async def start_tls(self, ctx: ssl.SSLContext, hostname: str) -> None:
            self.fail("start_tls")

        def get_extra_info(self, key: str) -> object:
            return None

        async def close(self) -> None:
            self.closed += 1

        def fail(self, where: str) -> None:
            if where == self.where:
                raise ConnectionResetError(f"{where} went wrong")

    wanted = {
        "connect": api.ConnectError,
        "start_tls": api.ConnectError,
        "write": api.WriteError,
        "read": api.ReadError,
        "nothing": api.RemoteProtocolError,
    }
    for where, kind in wanted.items():
        backend = Failing(where)
        async with api.ConnectionPool(backend=backend) as pool:
            with pytest.raises(kind) as caught:
                await pool.request("GET", "https://example.com/")
            if where != "nothing":
                assert f"{where} went wrong" in str(caught.value)
                assert isinstance(caught.value.__cause__, ConnectionResetError)
            assert repr(pool) == "<ConnectionPool [0 active]>"
        assert backend.closed == (0 if where == "connect" else 1)


@behaviour(only=MAIN)
async def test_a_stream_that_knows_nothing_of_itself(api: Api) -> None:
    """`get_extra_info` may answer `None` to everything; then nothing is known of idle streams."""

    class Quiet:
        def __init__(self, stream: ahttpx.NetworkStreamInterface) -> None:
            self._stream = stream

        async def read(self, max_bytes: int | None = None) -> bytes:
            return await self._stream.read(max_bytes)

        async def write(self, data: bytes) -> None:
            await self._stream.write(data)

        async def start_tls(self, ctx: ssl.SSLContext, hostname: str) -> None:
            await self._stream.start_tls(ctx, hostname)

        def get_extra_info(self, key: str) -> object:
            return None

        async def close(self) -> None:
            await self._stream.close()

    class QuietBackend:
        async def connect(self, host: str, port: int) -> Quiet:
            return Quiet(await api.NetworkBackend().connect(host, port))

    script: list[Step] = [Expect(), answer(b"one"), Close()]
    with serve(script, keep_answering(b"two")) as server:
        async with api.ConnectionPool(backend=QuietBackend()) as pool:
            assert (await pool.request("GET", server.url)).body == b"one"
            assert await api.until(lambda: server.connections_open == 0)
            # The end of the first connection is met by the request, which is sent once more.
            assert (await pool.request("GET", server.url)).body == b"two"


@behaviour(only=MAIN)
async def test_what_does_not_fit_is_refused_at_once(api: Api) -> None:
    class NoConnect:
        pass

    class Async:
        async def connect(self, host: str, port: int) -> None: ...

    class Plain:
        def connect(self, host: str, port: int) -> None: ...

    wrong_colour = Async() if api.is_threads else Plain()

    class NoSelf:
        async def connect(host: str, port: int) -> None: ...  # type: ignore[misc]  # pyright: ignore

    pool = httpx.ConnectionPool if api.is_threads else ahttpx.ConnectionPool
    for wrong, words in (
        (NoConnect(), "connect"),
        (wrong_colour, "async def" if not api.is_threads else "connect"),
        (NoSelf(), "self"),
        (AsyncShapedBackend, "is a class"),
    ):
        with pytest.raises(TypeError, match=words):
            pool(backend=wrong)  # type: ignore[arg-type]  # pyright: ignore


@behaviour(only=MAIN)
async def test_a_stream_that_is_none_is_told_of(api: Api) -> None:
    class Backend:
        async def connect(self, host: str, port: int) -> object:
            return object()

    async with api.ConnectionPool(backend=Backend()) as pool:  # type: ignore[arg-type]  # pyright: ignore
        with pytest.raises(TypeError, match="read"):
            await pool.request("GET", "http://example.com/")
        assert repr(pool) == "<ConnectionPool [0 active]>"


@behaviour(only=MAIN)
async def test_truncation_is_told_through_a_users_stream(api: Api, certs: Certs) -> None:
    head = b"HTTP/1.1 200 OK\r\n\r\n"
    with serve([Expect(), Send(head + b"body"), Close()], tls=certs.server()) as server:
        recorded = Recorded(api, "shape", certs.client())
        async with recorded.pool as pool:
            response = await pool.request("GET", server.url)
            assert response.body == b"body"
