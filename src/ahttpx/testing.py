"""The contracts of transports, network backends and streams, as suites to run against your own.

    >>> from ahttpx.testing import check_backend, check_transport
    >>> await check_transport(lambda: MyTransport())
    >>> await check_backend(MyBackend())

A suite that ends without an error has found the contract kept. What it finds broken is an
`AssertionError` that names the rule, says how it was broken and what it asks for. No test
framework is needed. Run it under asyncio, under trio, or under each in turn.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

from httpx.impl.check import (
    AHTTPX_NETWORK_BACKEND,
    AHTTPX_NETWORK_STREAM,
    AHTTPX_TRANSPORT,
    check_interface,
)
from httpx.impl.core.har import body_of
from httpx.impl.runtimes.detect import running
from httpx.impl.suites.backends import run_backend_suite
from httpx.impl.suites.listening import Listener
from httpx.impl.suites.reference import TICK_SECONDS, BreaksOff, reply_to
from httpx.impl.suites.reference_apps import ReferenceServer, answer_asgi
from httpx.impl.suites.running import Bench, Broken, Work, run_rules
from httpx.impl.suites.streams import STREAM_RULES
from httpx.impl.suites.transport_bench import RequestContent
from httpx.impl.suites.transports import TransportRule, run_transport_suite
from httpx.impl.values.errors import ReadError, Timeout

from ._messages import Request, Response
from ._timeout import timeout
from .interfaces import NetworkBackendInterface, NetworkStreamInterface, Transport

if TYPE_CHECKING:
    import socket

    from httpx.impl.core.messages import BodiedRequest

__all__ = [
    "StreamPair",
    "TransportRule",
    "check_backend",
    "check_stream",
    "check_transport",
    "reference_app",
    "reference_handler",
]

T = TypeVar("T")

StreamPair: TypeAlias = "tuple[NetworkStreamInterface, NetworkStreamInterface | socket.socket]"
"""A stream under test and its other end: a stream, or a connected socket (plain or TLS)."""


async def check_stream(
    make_pair: Callable[[], Awaitable[StreamPair]], *, seconds: float = 10.0
) -> None:
    """Hold a kind of stream to the contract of `NetworkStreamInterface`.

        >>> async def make_pair():
        ...     ours, theirs = socket.socketpair()
        ...     return MyStream(ours), theirs
        >>> await check_stream(make_pair)

    Parameters:
        make_pair: gives a fresh stream, with TLS on if that is to be tested, and its other end.
            Called once for each rule; the suite closes both.
        seconds: how long one rule may take.

    Raises:
        AssertionError: a rule is broken; the message names it.
    """

    async def make() -> Bench:
        stream, peer = await make_pair()
        return _bench(stream, peer)

    await run_rules("check_stream", _Loop(), make, STREAM_RULES, seconds)


async def check_backend(
    backend: NetworkBackendInterface,
    host: str = "127.0.0.1",
    port: int | None = None,
    *,
    listener: socket.socket | None = None,
    seconds: float = 10.0,
) -> None:
    """Hold a backend to the contract of `NetworkBackendInterface`, and its streams to theirs.

        >>> await check_backend(MyBackend())
        >>> await check_backend(UnixSocketBackend(path), listener=listening_unix_socket)

    Parameters:
        backend: the backend under test.
        host: what `connect` is called with; an IP address of this machine, unless `listener` is
            given and the backend leads there.
        port: what `connect` is called with; `None` for the port of the listener.
        listener: a listening socket that the backend leads to, closed in the course of the
            suite; `None` for one that listens on `host`.
        seconds: how long one rule may take.

    Raises:
        AssertionError: a rule is broken; the message names it.
        TypeError: `backend` does not fit the interface.
    """
    check_interface(backend, AHTTPX_NETWORK_BACKEND, given_as="check_backend(backend)")
    listening = Listener(host, listener)
    try:
        target = _Target(backend, host, port or listening.port, listening)
        await run_backend_suite(target, listening, _Loop(), seconds)
    finally:
        listening.close()


async def check_transport(
    make_transport: Callable[[], Transport | Awaitable[Transport]],
    url: str | None = None,
    *,
    listener: socket.socket | None = None,
    without: Iterable[TransportRule] = (),
    seconds: float = 10.0,
) -> None:
    """Hold a kind of transport to the contract of `Transport`.

        >>> await check_transport(lambda: MyTransport())
        >>> await check_transport(lambda: MyMiddleware(ahttpx.ConnectionPool()))
        >>> await check_transport(lambda: UnixTransport(path), listener=listening_unix_socket)
        >>> await check_transport(lambda: MyASGITransport(reference_app), "http://app.test/")

    A reference application answers: behind a server that the suite starts, or, for transports that
    answer in this process, wherever you put `reference_app` or `reference_handler`.

    Parameters:
        make_transport: gives a fresh transport, by `async def` too. Called at least once for each
            rule; the suite closes what it gives.
        url: where the reference application answers, a URL without a path; `None` for a server of
            the suite's own, which is at an address of this machine. With a URL and no `listener`
            the suite starts none, and the rule `tells_when_nobody_answers` is left out.
        listener: a listening socket that the transport leads to, where the suite's server is to
            answer: a UNIX socket, or one under TLS. It is closed in the course of the suite.
        without: the names of rules that this kind of transport is not held to.
        seconds: how long one rule may take.

    Raises:
        AssertionError: a rule is broken; the message names it.
        ValueError: there is no such rule as one in `without`.
    """
    server: ReferenceServer | None = None
    if url is None or listener is not None:
        listening = Listener("127.0.0.1", listener)
        server = ReferenceServer(listening)
        url = url or listening.url
    try:
        await run_transport_suite(_Kind(make_transport, url, server), without, seconds)
    finally:
        if server is not None:
            server.stop()


async def reference_app(scope: Any, receive: Any, send: Any, /) -> None:
    """The ASGI application that `check_transport` asks; it must run in the process of the suite.

    `scope`, `receive` and `send` are those of ASGI.
    """
    await answer_asgi(scope, receive, send, _sleep)


async def reference_handler(request: Request) -> Response:
    """What `reference_app` answers, for transports that call a function: a `MockTransport`."""
    target = f"{request.url.path}?{request.url.query}"
    body = await body_of(request)
    reply = reply_to(request.method, target, request.headers.multi_items(), body)
    for _ in reply.before():
        await _sleep(TICK_SECONDS)

    async def pieces() -> AsyncIterator[bytes]:
        try:
            for step in reply.body():
                if step is None:
                    await _sleep(TICK_SECONDS)
                else:
                    yield step
        except BreaksOff:
            raise ReadError("the reference application broke off its body") from None

    content = pieces() if reply.whole is None else reply.whole or None
    return Response(reply.status, headers=reply.headers, content=content)


async def _sleep(seconds: float) -> None:
    await running().event().wait("sleeping", seconds)


class _Kind:
    """The kind of transport under test, and what goes with its colour."""

    def __init__(
        self,
        make: Callable[[], Transport | Awaitable[Transport]],
        url: str,
        server: ReferenceServer | None,
    ) -> None:
        self.colour: _Loop = _Loop()
        self.url: str = url if url.endswith("/") else f"{url}/"
        self._make = make
        self._server = server

    async def make(self) -> _Sender:
        made = self._make()
        transport = await made if isinstance(made, Awaitable) else made
        try:
            check_interface(transport, AHTTPX_TRANSPORT, given_as="the transport under test")
        except TypeError as error:
            raise AssertionError(f"{type(transport).__name__} is no transport: {error}") from error
        return _Sender(transport)

    def request(
        self, method: str, url: str, headers: list[tuple[str, str]], content: RequestContent
    ) -> Request:
        return Request(method, url, headers, content)

    def stop(self) -> bool:
        if self._server is None:
            return False
        self._server.stop()
        return True


class _Sender:
    """The transport under test."""

    def __init__(self, transport: Transport) -> None:
        self.name: str = type(transport).__name__
        self._transport = transport

    async def send(self, request: BodiedRequest, /) -> _Answer:
        response = await self._transport.send(cast("Request", request))
        if not isinstance(response, Response):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise Broken(f"send returned {response!r}, which is no ahttpx.Response")
        return _Answer(response)

    async def close(self) -> None:
        await self._transport.close()


class _Answer:
    """A response under test."""

    def __init__(self, response: Response) -> None:
        self.response: Response = response

    async def read(self) -> bytes:
        return await self.response.read()

    async def read_stream(self, size: int, /) -> bytes:
        return await self.response.stream.read(size)

    async def read_raw(self, size: int, /) -> bytes:
        return await self.response.raw.read(size)

    async def close(self) -> None:
        await self.response.close()


def _bench(stream: NetworkStreamInterface, peer: NetworkStreamInterface | socket.socket) -> Bench:
    try:
        check_interface(stream, AHTTPX_NETWORK_STREAM, given_as="the stream under test")
    except TypeError as error:
        raise AssertionError(f"{type(stream).__name__} is no network stream: {error}") from error
    end = peer if isinstance(peer, NetworkStreamInterface) else _SocketPeer(peer)
    return Bench(type(stream).__name__, stream, end, _Loop())


class _Target:
    """A backend aimed at a listener."""

    def __init__(
        self, backend: NetworkBackendInterface, host: str, port: int, listener: Listener
    ) -> None:
        self.name = type(backend).__name__
        self._backend = backend
        self._host = host
        self._port = port
        self._listener = listener

    async def connect(self) -> NetworkStreamInterface:
        return await self._backend.connect(self._host, self._port)

    async def bench(self) -> Bench:
        stream = await self._backend.connect(self._host, self._port)
        return _bench(stream, self._listener.accept())


class _SocketPeer:
    """A socket as the other end, used in threads: one under TLS can be used in no other way."""

    def __init__(self, sock: socket.socket) -> None:
        sock.settimeout(30.0)
        self._sock = sock
        self._busy = 0

    async def read(self, max_bytes: int) -> bytes:
        try:
            return await self._in_thread(lambda: self._sock.recv(max_bytes))
        except ConnectionError:
            return b""  # an end is an end; how it was made is told by the other side

    async def write(self, data: bytes) -> None:
        await self._in_thread(lambda: self._sock.sendall(data))

    async def _in_thread(self, call: Callable[[], T]) -> T:
        def counted() -> T:
            try:
                return call()
            finally:
                self._busy -= 1

        self._busy += 1
        return await _in_thread(counted)

    async def close(self) -> None:
        if self._busy:
            try:
                self._sock.shutdown(2)  # wakes the thread that is using it
            except OSError:
                pass  # not connected any more
        self._sock.close()


async def _in_thread(call: Callable[[], T]) -> T:
    """What `call` gives, called in a thread; given up on when cancelled."""
    event = running().event()
    results: list[T] = []
    errors: list[Exception] = []

    def work() -> None:
        try:
            results.append(call())
        except Exception as error:
            errors.append(error)
        event.set()

    threading.Thread(target=work, name="httpx-testing", daemon=True).start()
    await event.wait("waiting for the other end of the stream under test")
    if errors:
        raise errors[0]
    return results[0]


class _Loop:
    """What the suites need of the running event loop."""

    def timeout(self, seconds: float) -> timeout:
        return timeout(seconds)

    async def sleep(self, seconds: float) -> None:
        await _sleep(seconds)

    async def together(self, *works: Work) -> None:
        errors: list[Exception] = []
        if running().name == "trio":
            import trio

            async with trio.open_nursery() as nursery:
                for work in works:
                    nursery.start_soon(_noting, work, errors, nursery.cancel_scope.cancel)
        else:
            import asyncio

            tasks = [asyncio.ensure_future(_noting(work, errors, _nothing)) for work in works]
            try:
                while not errors and not all(task.done() for task in tasks):
                    await asyncio.wait(tasks, timeout=0.01)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks, timeout=1.0)
        if errors:
            raise errors[0]

    async def ends(self, work: Work, seconds: float) -> bool:
        block = timeout(seconds)
        try:
            async with block:
                await work()
        except Timeout:
            if not block.expired:
                raise
            return False
        return True

    async def cancelled(self, work: Work, seconds: float) -> bool | None:
        if running().name == "trio":
            import trio

            with trio.move_on_after(seconds) as scope:
                await work()
            return scope.cancelled_caught
        import asyncio

        errors: list[Exception] = []
        task = asyncio.ensure_future(_noting(work, errors, _nothing))
        await asyncio.wait([task], timeout=seconds)
        task.cancel()
        await asyncio.wait([task], timeout=5.0)
        return task.cancelled()

    def tasks(self) -> Collection[object]:
        if running().name == "trio":
            return ()  # a task of trio's does not outlive the block that started it
        import asyncio

        return asyncio.all_tasks()


async def _noting(work: Work, errors: list[Exception], then: Callable[[], object]) -> None:
    try:
        await work()
    except Exception as error:
        errors.append(error)
        then()


def _nothing() -> None:
    """For runtimes that need no call when a task failed."""
