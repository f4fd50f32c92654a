"""The contract of network streams and backends, as suites to run against your own.

    >>> from httpx.testing import check_backend
    >>> check_backend(MyBackend())

A suite that ends without an error has found the contract kept. What it finds broken is an
`AssertionError` that names the rule, says how it was broken and what it asks for. No test
framework is needed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, TypeAlias

from ._lift import LiftedStream
from ._timeout import timeout
from .impl.check import HTTPX_NETWORK_BACKEND, HTTPX_NETWORK_STREAM, check_interface
from .impl.drive import run
from .impl.suites.backends import run_backend_suite
from .impl.suites.listening import Listener
from .impl.suites.running import Bench, Work, run_rules
from .impl.suites.streams import STREAM_RULES
from .interfaces.network import NetworkBackendInterface, NetworkStreamInterface

if TYPE_CHECKING:
    import socket
    from types import TracebackType

__all__ = ["StreamPair", "check_backend", "check_stream"]

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
