"""The contract of network streams and backends, as suites to run against your own.

    >>> from ahttpx.testing import check_backend
    >>> await check_backend(MyBackend())

A suite that ends without an error has found the contract kept. What it finds broken is an
`AssertionError` that names the rule, says how it was broken and what it asks for. No test
framework is needed. Run it under asyncio, under trio, or under each in turn.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Collection
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from httpx.impl.check import AHTTPX_NETWORK_BACKEND, AHTTPX_NETWORK_STREAM, check_interface
from httpx.impl.runtimes.detect import running
from httpx.impl.suites.backends import run_backend_suite
from httpx.impl.suites.listening import Listener
from httpx.impl.suites.running import Bench, Work, run_rules
from httpx.impl.suites.streams import STREAM_RULES
from httpx.impl.values.errors import Timeout

from ._timeout import timeout
from .interfaces import NetworkBackendInterface, NetworkStreamInterface

if TYPE_CHECKING:
    import socket

__all__ = ["StreamPair", "check_backend", "check_stream"]

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
        await running().event().wait("sleeping", seconds)

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
