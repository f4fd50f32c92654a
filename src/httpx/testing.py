"""The contracts of transports, network backends and streams, as suites to run against your own.

    >>> from httpx.testing import check_backend, check_transport
    >>> check_transport(lambda: MyTransport())
    >>> check_backend(MyBackend())

A suite that ends without an error has found the contract kept. What it finds broken is an
`AssertionError` that names the rule, says how it was broken and what it asks for. No test
framework is needed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TYPE_CHECKING, TypeAlias, cast

from ._lift import LiftedStream
from ._messages import Request, Response
from ._timeout import timeout
from .impl.check import (
    HTTPX_NETWORK_BACKEND,
    HTTPX_NETWORK_STREAM,
    HTTPX_TRANSPORT,
    check_interface,
)
from .impl.core.har import body_of
from .impl.drive import run
from .impl.suites.backends import run_backend_suite
from .impl.suites.listening import Listener
from .impl.suites.reference import BreaksOff, reply_to
from .impl.suites.reference_apps import ReferenceServer, answer_wsgi, waited
from .impl.suites.running import Bench, Broken, Work, run_rules
from .impl.suites.streams import STREAM_RULES
from .impl.suites.transport_bench import RequestContent
from .impl.suites.transports import TransportRule, run_transport_suite
from .impl.values.errors import ReadError
from .interfaces.network import NetworkBackendInterface, NetworkStreamInterface
from .interfaces.transport import Transport

if TYPE_CHECKING:
    import socket
    from types import TracebackType
    from wsgiref.types import StartResponse, WSGIEnvironment

    from .impl.core.messages import BodiedRequest

__all__ = [
    "StreamPair",
    "TransportRule",
    "check_backend",
    "check_stream",
    "check_transport",
    "reference_app",
    "reference_handler",
]

StreamPair: TypeAlias = "tuple[NetworkStreamInterface, NetworkStreamInterface | socket.socket]"
"""A stream under test and its other end: a stream, or a connected socket (plain or TLS)."""


def check_stream(make_pair: Callable[[], StreamPair], *, seconds: float = 10.0) -> None:
    """Hold a kind of stream to the contract of `NetworkStreamInterface`.

        >>> def make_pair():
        ...     ours, theirs = socket.socketpair()
        ...     return MyStream(ours), theirs
        >>> check_stream(make_pair)

    Parameters:
        make_pair: gives a fresh stream, with TLS on if that is to be tested, and its other end.
            Called once for each rule; the suite closes both.
        seconds: how long one rule may take.

    Raises:
        AssertionError: a rule is broken; the message names it.
    """

    async def make() -> Bench:
        stream, peer = make_pair()
        return _bench(stream, peer)

    run(run_rules("check_stream", _Threads(), make, STREAM_RULES, seconds))


def check_backend(
    backend: NetworkBackendInterface,
    host: str = "127.0.0.1",
    port: int | None = None,
    *,
    listener: socket.socket | None = None,
    seconds: float = 10.0,
) -> None:
    """Hold a backend to the contract of `NetworkBackendInterface`, and its streams to theirs.

        >>> check_backend(MyBackend())
        >>> check_backend(UnixSocketBackend(path), listener=listening_unix_socket)

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
    check_interface(backend, HTTPX_NETWORK_BACKEND, given_as="check_backend(backend)")
    listening = Listener(host, listener)
    try:
        target = _Target(backend, host, port or listening.port, listening)
        run(run_backend_suite(target, listening, _Threads(), seconds))
    finally:
        listening.close()


def check_transport(
    make_transport: Callable[[], Transport],
    url: str | None = None,
    *,
    listener: socket.socket | None = None,
    without: Iterable[TransportRule] = (),
    seconds: float = 10.0,
) -> None:
    """Hold a kind of transport to the contract of `Transport`.

        >>> check_transport(lambda: MyTransport())
        >>> check_transport(lambda: MyMiddleware(httpx.ConnectionPool()))
        >>> check_transport(lambda: UnixTransport(path), listener=listening_unix_socket)
        >>> check_transport(lambda: MyWSGITransport(reference_app), "http://app.test/")

    A reference application answers: behind a server that the suite starts, or, for transports that
    answer in this process, wherever you put `reference_app` or `reference_handler`.

    Parameters:
        make_transport: gives a fresh transport. Called at least once for each rule; the suite
            closes what it gives.
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
        run(run_transport_suite(_Kind(make_transport, url, server), without, seconds))
    finally:
        if server is not None:
            server.stop()


def reference_app(environ: WSGIEnvironment, start_response: StartResponse, /) -> Iterable[bytes]:
    """The WSGI application that `check_transport` asks; it must run in the process of the suite.

    `environ` and `start_response` are those of WSGI (PEP 3333).
    """
    return answer_wsgi(environ, start_response)


def reference_handler(request: Request) -> Response:
    """What `reference_app` answers, for transports that call a function: a `MockTransport`."""
    target = f"{request.url.path}?{request.url.query}"
    body = run(body_of(request))
    reply = reply_to(request.method, target, request.headers.multi_items(), body)
    for _ in waited(reply.before()):
        pass  # it is waited before the head only

    def pieces() -> Iterator[bytes]:
        try:
            yield from waited(reply.body())
        except BreaksOff:
            raise ReadError("the reference application broke off its body") from None

    content = pieces() if reply.whole is None else reply.whole or None
    return Response(reply.status, headers=reply.headers, content=content)


class _Kind:
    """The kind of transport under test, and what goes with its colour."""

    def __init__(
        self, make: Callable[[], Transport], url: str, server: ReferenceServer | None
    ) -> None:
        self.colour: _Threads = _Threads()
        self.url: str = url if url.endswith("/") else f"{url}/"
        self._make = make
        self._server = server

    async def make(self) -> _Sender:
        transport = self._make()
        try:
            check_interface(transport, HTTPX_TRANSPORT, given_as="the transport under test")
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
        response = self._transport.send(cast("Request", request))
        if not isinstance(response, Response):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise Broken(f"send returned {response!r}, which is no httpx.Response")
        return _Answer(response)

    async def close(self) -> None:
        self._transport.close()


class _Answer:
    """A response under test."""

    def __init__(self, response: Response) -> None:
        self.response: Response = response

    async def read(self) -> bytes:
        return self.response.read()

    async def read_stream(self, size: int, /) -> bytes:
        return self.response.stream.read(size)

    async def read_raw(self, size: int, /) -> bytes:
        return self.response.raw.read(size)

    async def close(self) -> None:
        self.response.close()


def _bench(stream: NetworkStreamInterface, peer: NetworkStreamInterface | socket.socket) -> Bench:
    try:
        check_interface(stream, HTTPX_NETWORK_STREAM, given_as="the stream under test")
    except TypeError as error:
        raise AssertionError(f"{type(stream).__name__} is no network stream: {error}") from error
    return Bench(type(stream).__name__, LiftedStream(stream), _Peer(peer), _Threads())


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

    async def connect(self) -> LiftedStream:
        return LiftedStream(self._backend.connect(self._host, self._port))

    async def bench(self) -> Bench:
        stream = self._backend.connect(self._host, self._port)
        return _bench(stream, self._listener.accept())


class _Peer:
    """The other end, be it a stream or a socket."""

    def __init__(self, end: NetworkStreamInterface | socket.socket) -> None:
        self._end = end
        if not isinstance(end, NetworkStreamInterface):
            end.settimeout(30.0)
        self._busy = 0

    async def read(self, max_bytes: int) -> bytes:
        if isinstance(self._end, NetworkStreamInterface):
            return self._end.read(max_bytes)
        self._busy += 1
        try:
            return self._end.recv(max_bytes)
        except ConnectionError:
            return b""  # an end is an end; how it was made is told by the other side
        finally:
            self._busy -= 1

    async def write(self, data: bytes) -> None:
        if isinstance(self._end, NetworkStreamInterface):
            self._end.write(data)
            return
        self._busy += 1
        try:
            self._end.sendall(data)
        finally:
            self._busy -= 1

    async def close(self) -> None:
        if self._busy and not isinstance(self._end, NetworkStreamInterface):
            try:
                self._end.shutdown(2)  # wakes the thread that is using it
            except OSError:
                pass  # not connected any more
        self._end.close()


class _Deadline:
    """A `timeout` as a block of a rule."""

    def __init__(self, seconds: float) -> None:
        self._timeout = timeout(seconds)

    async def __aenter__(self) -> object:
        return self._timeout.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._timeout.__exit__(kind, error, traceback)


class _Threads:
    """What the suites need of threads."""

    def timeout(self, seconds: float) -> _Deadline:
        return _Deadline(seconds)

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)  # noqa: ASYNC251  (blocking is what threads do)

    async def together(self, *works: Work) -> None:
        errors: list[BaseException] = []
        threads = [_start(work, errors) for work in works]
        while any(thread.is_alive() for thread in threads) and not errors:
            for thread in threads:
                thread.join(0.01)
        if errors:  # the others end when the runner closes both ends
            raise errors[0]

    async def ends(self, work: Work, seconds: float) -> bool:
        # In a thread of its own: code that heeds no deadline must not hold up the suite.
        errors: list[BaseException] = []
        thread = _start(work, errors)
        thread.join(seconds)
        if errors:
            raise errors[0]
        return not thread.is_alive()

    async def cancelled(self, work: Work, seconds: float) -> bool | None:
        return None

    def tasks(self) -> Collection[object]:
        return ()


def _start(work: Work, errors: list[BaseException]) -> threading.Thread:
    async def main() -> None:
        try:
            await work()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=lambda: run(main()), name="httpx-testing", daemon=True)
    thread.start()
    return thread
