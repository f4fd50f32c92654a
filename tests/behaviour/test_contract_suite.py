"""`check_stream` and `check_backend`: what is ours passes, and what is faulty fails by name."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import threading
from collections.abc import Callable, Coroutine, Generator
from pathlib import Path

import pytest

import ahttpx
import ahttpx.backends
import ahttpx.testing
import httpx
import httpx.backends
import httpx.testing
from support.certs import Certs
from support.leaks import no_leaks

LOOPS = ("asyncio", "trio")
RUNTIMES = ("threads", *LOOPS)


def run_loop(name: str, work: Callable[[], Coroutine[object, object, None]]) -> None:
    """Run `work` under asyncio or trio."""
    if name == "trio":
        import trio

        trio.run(work)
    else:
        import asyncio

        asyncio.run(work())


@pytest.fixture(autouse=True)
def nothing_left() -> Generator[None]:
    with no_leaks():
        yield


@contextlib.contextmanager
def unix_listener(folder: Path) -> Generator[tuple[str, socket.socket]]:
    path = str(folder / "s")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(path)
        sock.listen(100)
        yield path, sock


# --- What is ours passes ------------------------------------------------------------------------


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_default_backend(runtime: str) -> None:
    if runtime == "threads":
        httpx.testing.check_backend(httpx.NetworkBackend())
    else:
        run_loop(runtime, lambda: ahttpx.testing.check_backend(ahttpx.NetworkBackend()))


def test_the_default_backend_over_ipv6(ipv6: None) -> None:
    httpx.testing.check_backend(httpx.NetworkBackend(), "::1")


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_unix_socket_backend(runtime: str, tmp_path: Path) -> None:
    with unix_listener(tmp_path) as (path, listener):
        if runtime == "threads":
            httpx.testing.check_backend(httpx.backends.UnixSocketBackend(path), listener=listener)
        else:
            backend = ahttpx.backends.UnixSocketBackend(path)
            run_loop(runtime, lambda: ahttpx.testing.check_backend(backend, listener=listener))


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_others_one_upon_another(runtime: str) -> None:
    lines: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        mapping = {"service.example:80": f"cached.example:{port}"}
        if runtime == "threads":
            ours = httpx.backends
            backend = ours.GuardBackend(
                allow=["127.0.0.0/8"],
                backend=ours.RecordingBackend(
                    ours.HostMappingBackend(
                        mapping, ours.DNSCacheBackend(resolve=lambda host: ["127.0.0.1"])
                    ),
                    write=lines.append,
                    keep=False,
                ),
            )
            httpx.testing.check_backend(backend, "service.example", 80, listener=listener)
        else:
            theirs = ahttpx.backends

            async def resolve(host: str) -> list[str]:
                return ["127.0.0.1"]

            their_backend = theirs.GuardBackend(
                allow=["127.0.0.0/8"],
                backend=theirs.RecordingBackend(
                    theirs.HostMappingBackend(mapping, theirs.DNSCacheBackend(resolve=resolve)),
                    write=lines.append,
                    keep=False,
                ),
            )
            run_loop(
                runtime,
                lambda: ahttpx.testing.check_backend(
                    their_backend, "service.example", 80, listener=listener
                ),
            )
    assert "--- connect service.example:80" in lines
    assert "<<< hello" in lines


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_streams_over_a_pair_of_sockets(runtime: str) -> None:
    """Over sockets that exist already; in the async API the loop is found at first use."""
    if runtime == "threads":

        def make_pair() -> httpx.testing.StreamPair:
            ours, theirs = socket.socketpair()
            return httpx.NetworkStream(ours), httpx.NetworkStream(theirs)

        httpx.testing.check_stream(make_pair)
        return

    async def make_async_pair() -> ahttpx.testing.StreamPair:
        ours, theirs = socket.socketpair()
        return ahttpx.NetworkStream(ours), ahttpx.NetworkStream(theirs)

    run_loop(runtime, lambda: ahttpx.testing.check_stream(make_async_pair, seconds=3.0))


# --- TLS, and TLS in TLS ------------------------------------------------------------------------


class TLSServer:
    """Accepts one connection at a time, under one layer of TLS or two."""

    def __init__(self, ctx: ssl.SSLContext, layers: int) -> None:
        self._ctx = ctx
        self._layers = layers
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(10.0)
        self._accepted: list[ssl.SSLSocket] = []
        self._relays: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> TLSServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        for relay in self._relays:
            relay.join(5.0)

    def expect(self) -> int:
        """Begin to accept; returns the port."""
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        port: int = self._listener.getsockname()[1]
        return port

    def accepted(self) -> ssl.SSLSocket:
        """The connection that came of it."""
        self._thread.join(10.0)
        return self._accepted.pop()

    def _accept(self) -> None:
        sock = self._listener.accept()[0]
        sock.settimeout(10.0)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        under_tls = self._ctx.wrap_socket(sock, server_side=True)
        if self._layers == 2:
            near, far = socket.socketpair()
            relay = threading.Thread(target=relay_bytes, args=(under_tls, far), daemon=True)
            self._relays.append(relay)
            relay.start()
            under_tls = self._ctx.wrap_socket(near, server_side=True)
        self._accepted.append(under_tls)


def relay_bytes(outer: ssl.SSLSocket, inner: socket.socket) -> None:
    """Carry bytes between the outer TLS and what is inside of it, until one side ends."""
    outer.setblocking(False)
    inner.setblocking(False)
    to_inner, to_outer = bytearray(), bytearray()
    most = 1 << 18
    inner_ended = False
    with outer, inner:
        while to_outer or not inner_ended:
            reading = [s for s, room in ((outer, to_inner), (inner, to_outer)) if len(room) < most]
            writing = [s for s, data in ((outer, to_outer), (inner, to_inner)) if data]
            select.select(reading if not outer.pending() else [], writing, [], 1.0)
            try:
                with contextlib.suppress(BlockingIOError, ssl.SSLWantReadError):
                    if outer in reading:
                        data = outer.recv(65536)
                        if not data:
                            return
                        to_inner += data
                with contextlib.suppress(BlockingIOError):
                    if inner in reading and not inner_ended:
                        data = inner.recv(65536)
                        inner_ended = not data
                        to_outer += data
                with contextlib.suppress(BlockingIOError, BrokenPipeError):
                    del to_inner[: inner.send(to_inner)]
                with contextlib.suppress(ssl.SSLWantWriteError, ssl.SSLWantReadError):
                    if to_outer:
                        del to_outer[: outer.send(bytes(to_outer[:16384]))]
            except OSError:
                return


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_streams_under_tls(runtime: str, layers: int, certs: Certs) -> None:
    ctx = certs.client()
    with TLSServer(certs.server(), layers) as server:
        if runtime == "threads":

            def make_pair() -> httpx.testing.StreamPair:
                stream = httpx.NetworkBackend().connect("127.0.0.1", server.expect())
                for _ in range(layers):
                    stream.start_tls(ctx, "localhost")
                return stream, server.accepted()

            httpx.testing.check_stream(make_pair)
            return

        async def make_async_pair() -> ahttpx.testing.StreamPair:
            stream = await ahttpx.NetworkBackend().connect("127.0.0.1", server.expect())
            for _ in range(layers):
                await stream.start_tls(ctx, "localhost")
            return stream, server.accepted()

        run_loop(runtime, lambda: ahttpx.testing.check_stream(make_async_pair))


# --- Streams as users write them ------------------------------------------------------------------


class SeedStream(httpx.NetworkStreamInterface):
    """The example of the documentation: prints what passes."""

    def __init__(self, stream: httpx.NetworkStreamInterface, lines: list[str]) -> None:
        self._stream = stream
        self._lines = lines

    def read(self, max_bytes: int | None = None) -> bytes:
        data = self._stream.read(max_bytes)
        self._lines += ["<<<  " + line for line in data.decode("ascii", "replace").splitlines()]
        return data

    def write(self, data: bytes) -> None:
        self._lines += [">>>  " + line for line in data.decode("ascii", "replace").splitlines()]
        self._stream.write(data)

    def start_tls(self, ctx: ssl.SSLContext, hostname: str) -> None:
        self._stream.start_tls(ctx, hostname)

    def get_extra_info(self, key: str) -> object:
        return self._stream.get_extra_info(key)

    def close(self) -> None:
        self._stream.close()


class SeedBackend(httpx.NetworkBackendInterface):
    def __init__(self) -> None:
        self._backend = httpx.NetworkBackend()
        self.lines: list[str] = []

    def connect(self, host: str, port: int) -> SeedStream:
        return SeedStream(self._backend.connect(host, port), self.lines)


class AsyncSeedStream(ahttpx.NetworkStreamInterface):
    def __init__(self, stream: ahttpx.NetworkStreamInterface, lines: list[str]) -> None:
        self._stream = stream
        self._lines = lines

    async def read(self, max_bytes: int | None = None) -> bytes:
        data = await self._stream.read(max_bytes)
        self._lines += ["<<<  " + line for line in data.decode("ascii", "replace").splitlines()]
        return data

    async def write(self, data: bytes) -> None:
        self._lines += [">>>  " + line for line in data.decode("ascii", "replace").splitlines()]
        await self._stream.write(data)

    async def start_tls(self, ctx: ssl.SSLContext, hostname: str) -> None:
        await self._stream.start_tls(ctx, hostname)

    def get_extra_info(self, key: str) -> object:
        return self._stream.get_extra_info(key)

    async def close(self) -> None:
        await self._stream.close()


class AsyncSeedBackend(ahttpx.NetworkBackendInterface):
    def __init__(self) -> None:
        self._backend = ahttpx.NetworkBackend()
        self.lines: list[str] = []

    async def connect(self, host: str, port: int) -> AsyncSeedStream:
        return AsyncSeedStream(await self._backend.connect(host, port), self.lines)


@pytest.mark.parametrize("runtime", ["threads", "asyncio"])
def test_the_documented_example(runtime: str) -> None:
    if runtime == "threads":
        backend = SeedBackend()
        httpx.testing.check_backend(backend)
        assert ">>>  knock" in backend.lines
    else:
        their_backend = AsyncSeedBackend()
        run_loop(runtime, lambda: ahttpx.testing.check_backend(their_backend))
        assert ">>>  knock" in their_backend.lines


# --- Faulty streams fail, by the name of the rule -------------------------------------------------


class Faulty(SeedStream):
    """A stream to plant faults in."""

    def __init__(self, stream: httpx.NetworkStreamInterface) -> None:
        super().__init__(stream, [])
        self.closed = False

    def read(self, max_bytes: int | None = None) -> bytes:
        return self._stream.read(max_bytes)

    def write(self, data: bytes) -> None:
        self._stream.write(data)

    def close(self) -> None:
        self.closed = True
        self._stream.close()


class IgnoresMaxBytes(Faulty):
    def read(self, max_bytes: int | None = None) -> bytes:
        return self._stream.read()


class WaitsForAllItWasAskedFor(Faulty):
    def read(self, max_bytes: int | None = None) -> bytes:
        wanted, got = max_bytes or 65536, b""
        while len(got) < wanted and (data := self._stream.read(wanted - len(got))):
            got += data
        return got


class GivesMoreThanTheDefault(Faulty):
    def read(self, max_bytes: int | None = None) -> bytes:
        return self._stream.read(max_bytes or 1 << 20)


class ReturnsBytearray(Faulty):
    def read(self, max_bytes: int | None = None) -> bytes:
        return bytearray(self._stream.read(max_bytes))  # type: ignore[return-value]  # pyright: ignore


class ReturnsNoneAtTheEnd(Faulty):
    def read(self, max_bytes: int | None = None) -> bytes:
        return self._stream.read(max_bytes) or None  # type: ignore[return-value]  # pyright: ignore


class RaisesAtTheEnd(Faulty):
    def read(self, max_bytes: int | None = None) -> bytes:
        data = self._stream.read(max_bytes)
        if not data:
            raise EOFError("the stream has ended")
        return data


class DropsWhatItReadAhead(Faulty):
    def read(self, max_bytes: int | None = None) -> bytes:
        return self._stream.read()[:max_bytes]


class LosesBytesOfLargeWrites(Faulty):
    def write(self, data: bytes) -> None:
        self._stream.write(data[:100_000])


class SwapsWrites(Faulty):
    def write(self, data: bytes) -> None:
        self._stream.write(data[500_000:] + data[:500_000])


class LocksBothDirections(Faulty):
    def __init__(self, stream: httpx.NetworkStreamInterface) -> None:
        super().__init__(stream)
        self._lock = threading.Lock()

    def read(self, max_bytes: int | None = None) -> bytes:
        with self._lock:
            return self._stream.read(max_bytes)

    def write(self, data: bytes) -> None:
        with self._lock:
            self._stream.write(data)


class KnowsEverything(Faulty):
    def get_extra_info(self, key: str) -> object:
        return self._stream.get_extra_info(key) or f"no {key}"


class RaisesForUnknownKeys(Faulty):
    def get_extra_info(self, key: str) -> object:
        return {"is_readable": None}[key]


class AlwaysReadable(Faulty):
    def get_extra_info(self, key: str) -> object:
        return True if key == "is_readable" else self._stream.get_extra_info(key)


class NeverReadable(Faulty):
    def get_extra_info(self, key: str) -> object:
        return False if key == "is_readable" else self._stream.get_extra_info(key)


class RaisesOnSecondClose(Faulty):
    def close(self) -> None:
        if self.closed:
            raise OSError(9, "Bad file descriptor")
        super().close()


class DoesNotClose(Faulty):
    def close(self) -> None:
        sock = self._stream.get_extra_info("socket")
        if isinstance(sock, socket.socket) and not self.closed:
            KEPT.append(sock.dup())
        super().close()


KEPT: list[socket.socket] = []


class WorksOnAfterClose(Faulty):
    def read(self, max_bytes: int | None = None) -> bytes:
        return b"" if self.closed else self._stream.read(max_bytes)


class RaisesSomethingElseAfterClose(Faulty):
    def write(self, data: bytes) -> None:
        if self.closed:
            raise ValueError("closed")
        self._stream.write(data)


class HeedsNoDeadline(Faulty):
    def read(self, max_bytes: int | None = None) -> bytes:
        sock = self._stream.get_extra_info("socket")
        if self.closed or not isinstance(sock, socket.socket):
            raise RuntimeError("this stream is closed")
        sock.settimeout(20.0)
        return sock.recv(max_bytes or 65536)


class LeaksErrorsOfItsOwn(Faulty):
    def read(self, max_bytes: int | None = None) -> bytes:
        try:
            return self._stream.read(max_bytes)
        except httpx.ReadError as error:
            raise LookupError("who is there?") from error


FAULTS: dict[type[Faulty], tuple[str, str]] = {
    IgnoresMaxBytes: ("reads_at_most_max_bytes", "read(1) returned 100 bytes"),
    WaitsForAllItWasAskedFor: ("reads_what_arrived", "did not come to its end within"),
    GivesMoreThanTheDefault: ("reads_at_most_64_kib_by_default", "read(None) returned"),
    ReturnsBytearray: ("reads_what_arrived", "read(None) returned bytearray, not bytes"),
    ReturnsNoneAtTheEnd: ("reads_nothing_at_the_end", "returned None, not b''"),
    RaisesAtTheEnd: ("reads_nothing_at_the_end", "EOFError"),
    DropsWhatItReadAhead: ("reads_at_most_max_bytes", "did not come to its end within"),
    LosesBytesOfLargeWrites: ("writes_all", "did not come to its end within"),
    SwapsWrites: ("writes_all", "the first difference is at byte"),
    LocksBothDirections: ("reads_while_it_writes", "did not come to its end within"),
    KnowsEverything: ("knows_what_it_does_not_know", "for an unknown key"),
    RaisesForUnknownKeys: ("knows_what_it_does_not_know", "KeyError"),
    AlwaysReadable: ("tells_whether_it_is_readable", "was True before a byte had arrived"),
    NeverReadable: ("tells_whether_it_is_readable", "was not True though a byte had arrived"),
    RaisesOnSecondClose: ("closes_twice", "the second close() raised OSError"),
    DoesNotClose: ("tells_the_peer_that_it_closes", "did not come to its end within"),
    WorksOnAfterClose: ("refuses_use_after_close", "read(10) returned b''"),
    RaisesSomethingElseAfterClose: ("refuses_use_after_close", "raised ValueError"),
    HeedsNoDeadline: ("a_deadline_ends_a_read", "did not come to its end within"),
    LeaksErrorsOfItsOwn: ("tells_of_a_broken_connection", "raised LookupError"),
}


@pytest.mark.parametrize("faulty", FAULTS, ids=lambda cls: cls.__name__)
def test_a_planted_fault_is_found(faulty: type[Faulty]) -> None:
    rule, words = FAULTS[faulty]
    seconds = 0.5 if "did not come to its end" in words else 5.0  # no longer than need be

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def make_pair() -> httpx.testing.StreamPair:
            sock = socket.create_connection(listener.getsockname())
            return faulty(httpx.NetworkStream(sock)), listener.accept()[0]

        try:
            with pytest.raises(AssertionError) as caught:
                httpx.testing.check_stream(make_pair, seconds=seconds)
        finally:
            for sock in KEPT:
                sock.close()
            KEPT.clear()
    message = str(caught.value)
    assert message.startswith(f"check_stream: {faulty.__name__} breaks the rule {rule}: ")
    assert words in message
    assert "\n\nThe rule: " in message


class AsyncFaulty(AsyncSeedStream):
    def __init__(self, stream: ahttpx.NetworkStreamInterface) -> None:
        super().__init__(stream, [])


class AsyncIgnoresMaxBytes(AsyncFaulty):
    async def read(self, max_bytes: int | None = None) -> bytes:
        return await self._stream.read()


class AsyncExtraInfo(AsyncFaulty):
    async def get_extra_info(self, key: str) -> object:  # pyright: ignore
        return None


class AsyncRaisesOnSecondClose(AsyncFaulty):
    closed = False

    async def close(self) -> None:
        if self.closed:
            raise OSError(9, "Bad file descriptor")
        self.closed = True
        await super().close()


class SwallowsCancellation(AsyncFaulty):
    async def read(self, max_bytes: int | None = None) -> bytes:
        try:
            return await self._stream.read(max_bytes)
        except BaseException:  # what a bare `except:` does
            return b""


ASYNC_FAULTS: dict[type[AsyncFaulty], tuple[str, str]] = {
    AsyncIgnoresMaxBytes: ("reads_at_most_max_bytes", "read(1) returned 100 bytes"),
    AsyncRaisesOnSecondClose: ("closes_twice", "the second close() raised OSError"),
    SwallowsCancellation: ("refuses_use_after_close", "returned b''"),
}


@pytest.mark.parametrize("faulty", ASYNC_FAULTS, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("loop", LOOPS)
def test_a_planted_fault_is_found_in_a_loop(loop: str, faulty: type[AsyncFaulty]) -> None:
    rule, words = ASYNC_FAULTS[faulty]
    message = failure_in_a_loop(loop, faulty)
    assert message.startswith(f"check_stream: {faulty.__name__} breaks the rule {rule}: ")
    assert words in message


def failure_in_a_loop(loop: str, wrap: Callable[[ahttpx.NetworkStream], AsyncFaulty]) -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        async def make_pair() -> ahttpx.testing.StreamPair:
            stream = await ahttpx.NetworkBackend().connect(*listener.getsockname())
            return wrap(stream), listener.accept()[0]

        with pytest.raises(AssertionError) as caught:
            run_loop(loop, lambda: ahttpx.testing.check_stream(make_pair, seconds=5.0))
    return str(caught.value)


@pytest.mark.parametrize("loop", LOOPS)
def test_a_cancellation_that_is_swallowed_is_found(loop: str) -> None:
    class Swallows(AsyncFaulty):
        async def read(self, max_bytes: int | None = None) -> bytes:
            if self._stream.get_extra_info("client_addr") is None:
                raise RuntimeError("closed")
            try:
                return await self._stream.read(max_bytes)
            except (httpx.HTTPError, RuntimeError):
                raise
            except BaseException:
                return b"surprise"

    message = failure_in_a_loop(loop, Swallows)
    assert "breaks the rule a_deadline_ends_a_read" in message
    assert "b'surprise'" in message


def test_a_task_left_behind_is_found() -> None:
    import asyncio

    class LeavesATask(AsyncFaulty):
        async def read(self, max_bytes: int | None = None) -> bytes:
            LEFT.append(asyncio.ensure_future(asyncio.sleep(30)))
            return await self._stream.read(max_bytes)

    LEFT: list[asyncio.Task[None]] = []
    message = failure_in_a_loop("asyncio", LeavesATask)
    assert "breaks the rule leaves_no_task_behind: after the rule reads_what_arrived" in message


@pytest.mark.parametrize("loop", LOOPS)
def test_an_asynchronous_get_extra_info_is_found(loop: str) -> None:
    async def work() -> None:
        ours, theirs = socket.socketpair()

        async def make_pair() -> ahttpx.testing.StreamPair:
            return AsyncExtraInfo(ahttpx.NetworkStream(ours)), theirs

        with ours, theirs, pytest.raises(AssertionError) as caught:
            await ahttpx.testing.check_stream(make_pair)
        message = str(caught.value)
        assert message.startswith("AsyncExtraInfo is no network stream: ")
        assert "get_extra_info" in message

    run_loop(loop, work)


# --- Faulty backends ------------------------------------------------------------------------------


class LeakySockets(httpx.NetworkBackendInterface):
    """Opens a socket for each connect, and forgets it."""

    def __init__(self) -> None:
        self.sockets: list[socket.socket] = []

    def connect(self, host: str, port: int) -> httpx.NetworkStream:
        self.sockets.append(socket.socket())
        return httpx.NetworkBackend().connect(host, port)


class LeakyWhenRefused(LeakySockets):
    def connect(self, host: str, port: int) -> httpx.NetworkStream:
        sock = socket.socket()
        try:
            sock.settimeout(0.05)
            sock.connect((host, port))
        except TimeoutError:
            sock.close()
            raise
        except OSError:
            self.sockets.append(sock)
            raise
        return httpx.NetworkStream(sock)


class NeverFails(LeakySockets):
    def connect(self, host: str, port: int) -> httpx.NetworkStream:
        try:
            return httpx.NetworkBackend().connect(host, port)
        except httpx.ConnectError:
            ours, theirs = socket.socketpair()
            self.sockets.append(theirs)
            return httpx.NetworkStream(ours)


class FailsInItsOwnWords(LeakySockets):
    def connect(self, host: str, port: int) -> httpx.NetworkStream:
        try:
            return httpx.NetworkBackend().connect(host, port)
        except httpx.ConnectError as error:
            raise LookupError("nobody there") from error


class WaitsForEver(LeakySockets):
    def connect(self, host: str, port: int) -> httpx.NetworkStream:
        sock = socket.socket()
        sock.settimeout(0.8)
        try:
            sock.connect((host, port))
        except OSError:
            sock.close()
            raise
        return httpx.NetworkStream(sock)


class GivesFaultyStreams(LeakySockets):
    def connect(self, host: str, port: int) -> httpx.NetworkStream:
        return IgnoresMaxBytes(httpx.NetworkBackend().connect(host, port))  # type: ignore[return-value]  # pyright: ignore


@pytest.mark.parametrize(
    ("faulty", "rule", "words"),
    [
        (LeakySockets, "leaves_nothing_of_a_closed_stream", "20 sockets were left"),
        (LeakyWhenRefused, "refused_is_a_connect_error", "1 sockets were left"),
        (NeverFails, "refused_is_a_connect_error", "gave a stream though nobody listened"),
        (FailsInItsOwnWords, "refused_is_a_connect_error", "raised LookupError: nobody there"),
        (WaitsForEver, "a_deadline_ends_a_connect", "did not come to its end within"),
        (GivesFaultyStreams, "reads_at_most_max_bytes", "read(1) returned 100 bytes"),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_a_faulty_backend_is_found(faulty: type[LeakySockets], rule: str, words: str) -> None:
    backend = faulty()
    seconds = 0.5 if faulty is WaitsForEver else 5.0
    try:
        with pytest.raises(AssertionError) as caught:
            httpx.testing.check_backend(backend, seconds=seconds)
    finally:
        for sock in backend.sockets:
            sock.close()
    message = str(caught.value)
    assert f" breaks the rule {rule}: " in message
    assert words in message


def test_what_is_no_backend_is_refused() -> None:
    class NoBackend:
        pass

    with pytest.raises(TypeError, match="connect"):
        httpx.testing.check_backend(NoBackend())  # type: ignore[arg-type]  # pyright: ignore


def test_the_twins_are_equal() -> None:
    import inspect

    assert httpx.testing.__all__ == ahttpx.testing.__all__
    for name in ("check_stream", "check_backend"):
        ours, theirs = getattr(httpx.testing, name), getattr(ahttpx.testing, name)
        assert list(inspect.signature(ours).parameters) == list(
            inspect.signature(theirs).parameters
        )
        assert (ours.__doc__ or "").partition("\n")[0] == (theirs.__doc__ or "").partition("\n")[0]
