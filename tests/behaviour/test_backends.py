"""The ready-made backends: what each is for, in both colours, and against evil."""

from __future__ import annotations

import contextlib
import inspect
import socket
import time
from collections.abc import Callable, Coroutine, Generator, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ahttpx
import ahttpx.backends
import httpx
import httpx.backends
from httpx.backends import PRIVATE, AddressRule
from httpx.impl.values.address_rules import AddressRules
from httpx.impl.values.endpoints import HostMap, plain_host, split_endpoint
from httpx.impl.values.name_cache import MAX_NAMES, NameCache
from support.certs import Certs
from support.leaks import no_leaks
from support.scripted import Expect, Loop, answer, keep_answering, serve, unused_port

LOOPS = ("asyncio", "trio")


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


# --- UNIX sockets -----------------------------------------------------------------------------


@contextlib.contextmanager
def unix_listener(folder: Path, backlog: int = 100) -> Generator[tuple[str, socket.socket]]:
    path = str(folder / "s")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(path)
        sock.listen(backlog)
        yield path, sock


@contextlib.contextmanager
def full_listener(folder: Path) -> Generator[str]:
    """A UNIX socket whose queue is full."""
    with contextlib.ExitStack() as stack:
        path, _ = stack.enter_context(unix_listener(folder, 0))
        for _ in range(10):
            sock = stack.enter_context(socket.socket(socket.AF_UNIX))
            sock.setblocking(False)
            if sock.connect_ex(path):
                yield path
                return
        raise AssertionError("the queue does not fill")


def test_a_unix_socket(tmp_path: Path) -> None:
    with unix_listener(tmp_path) as (path, listener):
        backend = httpx.backends.UnixSocketBackend(tmp_path / "s")
        assert repr(backend) == f'<UnixSocketBackend ["{path}"]>'
        with backend.connect("localhost", 80) as stream:
            far = listener.accept()[0]
            with far:
                stream.write(b"hello")
                assert far.recv(10) == b"hello"
                far.sendall(b"world")
                assert stream.read() == b"world"
                assert stream.get_extra_info("server_addr") == path


def test_a_request_over_a_unix_socket(tmp_path: Path) -> None:
    import threading

    with unix_listener(tmp_path) as (path, listener):

        def answer_one() -> None:
            with listener.accept()[0] as sock:
                heads.append(sock.recv(65536))
                sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

        heads: list[bytes] = []
        thread = threading.Thread(target=answer_one)
        thread.start()
        with httpx.ConnectionPool(backend=httpx.backends.UnixSocketBackend(path)) as pool:
            assert pool.request("GET", "http://docker/version").body == b"ok"
        thread.join()
        assert b"\r\nHost: docker\r\n" in heads[0]


def test_nobody_listens_on_a_unix_socket(tmp_path: Path) -> None:
    backend = httpx.backends.UnixSocketBackend(tmp_path / "nothing")
    with pytest.raises(httpx.ConnectError, match=r"UNIX socket .*nothing.* failed: .*No such"):
        backend.connect("localhost", 80)


def test_a_full_unix_socket_is_waited_for(tmp_path: Path) -> None:
    with full_listener(tmp_path) as path:
        backend = httpx.backends.UnixSocketBackend(path)
        started = time.monotonic()
        with pytest.raises(httpx.Timeout, match="while connecting to"), httpx.timeout(0.1):
            backend.connect("localhost", 80)
        assert 0.09 < time.monotonic() - started < 1.0
        with pytest.raises(httpx.Timeout, match="while connecting to the UNIX socket"):
            httpx.backends.UnixSocketBackend(path, connect_timeout=0.05).connect("localhost", 80)


@pytest.mark.parametrize("loop", LOOPS)
def test_a_full_unix_socket_does_not_hold_up_the_loop(loop: str, tmp_path: Path) -> None:
    with full_listener(tmp_path) as path:
        backend = ahttpx.backends.UnixSocketBackend(path)

        async def work() -> None:
            started = time.monotonic()
            with pytest.raises(ahttpx.Timeout, match="while connecting to the UNIX socket"):
                async with ahttpx.timeout(0.1):
                    await backend.connect("localhost", 80)
            assert 0.09 < time.monotonic() - started < 1.0

        run_loop(loop, work)


def test_a_cancelled_unix_connect_leaves_nothing(tmp_path: Path) -> None:
    import asyncio

    async def work() -> None:
        with full_listener(tmp_path) as path:
            backend = ahttpx.backends.UnixSocketBackend(path)
            ticks = 0
            task = asyncio.create_task(backend.connect("localhost", 80))
            while ticks < 10:
                await asyncio.sleep(0.005)
                ticks += 1
            assert not task.done()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(work())


# --- Host mapping -----------------------------------------------------------------------------


def test_a_mapped_host_keeps_its_name(certs: Certs) -> None:
    with serve(keep_answering(b"fine"), tls=certs.server_for("www.example.com")) as server:
        backend = httpx.backends.HostMappingBackend({"www.example.com": server.authority})
        with httpx.ConnectionPool(backend=backend, ssl_context=certs.client()) as pool:
            assert pool.request("GET", "https://www.example.com/").body == b"fine"
        assert dict(server.requests[0].headers)["Host"] == "www.example.com"
        assert repr(backend) == "<HostMappingBackend [1 mapped] over <NetworkBackend [threaded]>>"


@pytest.mark.parametrize("loop", LOOPS)
def test_a_mapped_host_in_a_loop(loop: str) -> None:
    with serve(keep_answering(b"fine")) as server:
        backend = ahttpx.backends.HostMappingBackend({"www.example.com:80": server.authority})

        async def work() -> None:
            async with ahttpx.ConnectionPool(backend=backend) as pool:
                response = await pool.request("GET", "http://www.example.com/")
                assert response.body == b"fine"

        run_loop(loop, work)


MAPPED = {
    "a.example": "b.example",
    "A.example.:443": "127.0.0.1:8443",
    "bücher.example": "[::1]:81",
    "[2001:db8::1]:80": "c.example",
    "2001:db8:0:0::2": "::1",
}


@pytest.mark.parametrize(
    ("asked", "given_"),
    [
        (("a.example", 80), ("b.example", 80)),
        (("A.EXAMPLE", 80), ("b.example", 80)),
        (("a.example.", 443), ("127.0.0.1", 8443)),
        (("xn--bcher-kva.example", 80), ("::1", 81)),
        (("2001:db8::1", 80), ("c.example", 80)),
        (("2001:db8::1", 81), ("2001:db8::1", 81)),
        (("2001:db8::2", 81), ("::1", 81)),
        (("other.example", 80), ("other.example", 80)),
    ],
)
def test_what_maps_to_what(asked: tuple[str, int], given_: tuple[str, int]) -> None:
    assert HostMap(MAPPED).target(*asked) == given_


@pytest.mark.parametrize(
    "text", ["", ":80", "a:", "a:0", "a:65536", "a:b", "[::1", "[::1]80", "a:²"]
)
def test_what_is_no_endpoint(text: str) -> None:
    with pytest.raises(ValueError, match="is no endpoint: "):
        httpx.backends.HostMappingBackend({text: "b.example"})
    with pytest.raises(ValueError, match="is no endpoint: "):
        httpx.backends.HostMappingBackend({"a.example": text})


@given(st.ip_addresses(v=6), st.integers(1, 65535))
def test_endpoints_of_ipv6(address: object, port: int) -> None:
    assert split_endpoint(f"[{address}]:{port}") == (str(address), port)
    assert split_endpoint(f"[{address}]") == (str(address), None)
    assert split_endpoint(str(address)) == (str(address), None)


@given(st.ip_addresses())
def test_addresses_have_one_spelling(address: object) -> None:
    plain = plain_host(str(address))
    assert plain_host(plain) == plain == plain_host(str(address).upper())


# --- The DNS cache ----------------------------------------------------------------------------


class Names:
    """A resolver that counts."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = list(addresses)
        self.asked: list[str] = []

    def __call__(self, host: str) -> list[str]:
        self.asked.append(host)
        return self.addresses

    async def later(self, host: str) -> list[str]:
        return self(host)


def test_a_name_is_looked_up_once() -> None:
    names = Names("127.0.0.1")
    backend = httpx.backends.DNSCacheBackend(resolve=names)
    with serve(keep_answering()) as server:
        for host in ("service.example", "SERVICE.example"):
            for _ in range(3):
                backend.connect(host, server.port).close()
    assert names.asked == ["service.example"]
    assert repr(backend) == ("<DNSCacheBackend [1 names, 60 s] over <NetworkBackend [threaded]>>")


@pytest.mark.parametrize("loop", LOOPS)
def test_a_name_is_looked_up_once_in_a_loop(loop: str) -> None:
    names = Names("127.0.0.1")
    backend = ahttpx.backends.DNSCacheBackend(resolve=names.later)
    with serve(keep_answering()) as server:

        async def work() -> None:
            for _ in range(3):
                await (await backend.connect("service.example", server.port)).close()

        run_loop(loop, work)
    assert names.asked == ["service.example"]


def of_text(host: str) -> str:
    return "127.0.0.1"


def of_nothing(host: str) -> None:
    pass


async def of_text_later(host: str) -> str:
    return "127.0.0.1"


@pytest.mark.parametrize(
    ("resolve", "said"),
    [
        (of_text, "returned a `str` object: return a list"),
        (of_text_later, "returned a `coroutine` object, which waits .* write `def resolve"),
        (of_nothing, "returned `None`: return a list"),
    ],
)
def test_a_resolver_that_returns_no_addresses(
    resolve: Callable[[str], Sequence[str]], said: str
) -> None:
    backend = httpx.backends.DNSCacheBackend(resolve=resolve)
    with pytest.raises(TypeError, match=said):
        backend.resolve("a.test")


@pytest.mark.parametrize("loop", LOOPS)
def test_a_resolver_that_returns_no_addresses_later(loop: str) -> None:
    wrong: list[tuple[Any, str]] = [
        (of_text_later, "returned a `str` object: return a list"),
        (of_text, "which cannot be awaited: write `async def resolve"),
    ]

    async def work() -> None:
        for resolve, said in wrong:
            backend = ahttpx.backends.DNSCacheBackend(resolve=resolve)
            with pytest.raises(TypeError, match=said):
                await backend.resolve("a.test")

    run_loop(loop, work)


def test_the_systems_resolver_is_the_default() -> None:
    assert "127.0.0.1" in httpx.backends.DNSCacheBackend().resolve("localhost") or (
        "::1" in httpx.NetworkBackend().resolve("localhost")
    )


@pytest.mark.parametrize("loop", LOOPS)
def test_resolving(loop: str) -> None:
    assert httpx.NetworkBackend().resolve("127.0.0.1") == ["127.0.0.1"]
    with pytest.raises(httpx.ConnectError, match="does not resolve"):
        httpx.NetworkBackend().resolve("no.such.name.invalid")

    async def work() -> None:
        backend = ahttpx.NetworkBackend()
        assert await backend.resolve("::1") == ["::1"]
        assert set(await backend.resolve("localhost")) <= {"127.0.0.1", "::1"}
        with pytest.raises(ahttpx.ConnectError, match="does not resolve"):
            await backend.resolve("no.such.name.invalid")

    run_loop(loop, work)


def test_a_lifetime_ends() -> None:
    now = 100.0
    cache = NameCache(60.0, lambda: now)
    cache.put("a", ["1", "2"])
    now = 159.9
    assert cache.get("a") == ("1", "2")
    cache.prefer("a", "2")
    assert cache.get("a") == ("2", "1")
    cache.prefer("a", "3")
    assert cache.get("a") == ("2", "1")
    now = 160.0
    assert cache.get("a") is None
    cache.put("a", ["4"])
    assert cache.get("a") == ("4",)
    cache.drop("a")
    assert cache.get("a") is None
    with pytest.raises(ValueError, match="ttl="):
        NameCache(0)


def test_a_cache_has_a_limit() -> None:
    cache = NameCache(60.0)
    for number in range(MAX_NAMES + 10):
        cache.put(str(number), ["1"])
        cache.put("kept young", ["1"])
    assert len(cache) == MAX_NAMES
    assert cache.get("kept young") is not None
    assert cache.get("0") is None


def test_addresses_are_tried_in_turn_and_the_good_one_first() -> None:
    names = Names("127.0.0.2", "127.0.0.1")
    recorder = httpx.backends.RecordingBackend(write=None)
    backend = httpx.backends.DNSCacheBackend(backend=recorder, resolve=names)
    with serve(keep_answering()) as server:  # listens on 127.0.0.1 alone
        backend.connect("service.example", server.port).close()
        backend.connect("service.example", server.port).close()
    tried = [event.detail for event in recorder.events if event.kind in ("connect", "error")]
    assert tried[0].startswith("connect: ConnectError")
    assert tried[1:] == [f"127.0.0.1:{server.port}"] * 2


@pytest.mark.parametrize("loop", LOOPS)
def test_a_black_hole_is_left_for_the_next_address(loop: str) -> None:
    class Hole(ahttpx.NetworkBackendInterface):
        async def connect(self, host: str, port: int) -> ahttpx.NetworkStreamInterface:
            if host == "127.0.0.2":
                ours, theirs = socket.socketpair()
                with theirs:
                    async with ahttpx.NetworkStream(ours) as stream:
                        await stream.read()
            return await ahttpx.NetworkBackend().connect(host, port)

    names = Names("127.0.0.2", "127.0.0.1")
    backend = ahttpx.backends.DNSCacheBackend(
        backend=Hole(), resolve=names.later, attempt_timeout=0.05
    )
    with serve(keep_answering()) as server:

        async def work() -> None:
            for _ in range(2):
                await (await backend.connect("service.example", server.port)).close()

        started = time.monotonic()
        run_loop(loop, work)
        assert time.monotonic() - started < 2.0


def test_addresses_that_are_no_good_are_forgotten() -> None:
    names = Names("127.0.0.2", "127.0.0.3")
    backend = httpx.backends.DNSCacheBackend(resolve=names)
    with unused_port("127.0.0.2") as port:
        for _ in range(2):
            with pytest.raises(httpx.ConnectError, match=r"127\.0\.0\.2 \(.*127\.0\.0\.3 \("):
                backend.connect("service.example", port)
    assert len(names.asked) == 2


def test_a_name_without_an_address() -> None:
    backend = httpx.backends.DNSCacheBackend(resolve=Names())
    with pytest.raises(httpx.ConnectError, match="it has no address"):
        backend.connect("service.example", 80)


# --- Recording --------------------------------------------------------------------------------


def test_a_recording() -> None:
    lines: list[str] = []
    backend = httpx.backends.RecordingBackend(write=lines.append)
    with serve([Loop([Expect(), answer(b"hello")])]) as server:
        with httpx.ConnectionPool(backend=backend) as pool:
            assert pool.request("GET", server.url + "/a").body == b"hello"
        port = server.port
    assert [event.kind for event in backend.events] == ["connect", "write", "read", "close"]
    assert {event.connection for event in backend.events} == {1}
    assert backend.events[1].data.startswith(b"GET /a HTTP/1.1\r\n")
    assert backend.events[2].data.endswith(b"\r\n\r\nhello")
    times = [event.time for event in backend.events]
    assert times == sorted(times)
    assert lines[0] == f"--- connect 127.0.0.1:{port}"
    assert lines[1] == ">>> GET /a HTTP/1.1"
    assert lines[-3:] == ["<<< ", "<<< hello", "--- close"]
    assert repr(backend) == "<RecordingBackend [4 events] over <NetworkBackend [threaded]>>"


def test_a_recording_is_printed_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    backend = httpx.backends.RecordingBackend(keep=False)
    with serve(keep_answering()) as server:
        backend.connect("127.0.0.1", server.port).close()
        assert capsys.readouterr().out == f"--- connect 127.0.0.1:{server.port}\n--- close\n"
    assert backend.events == []


@pytest.mark.parametrize("loop", LOOPS)
def test_a_recording_under_tls(loop: str, certs: Certs) -> None:
    backend = ahttpx.backends.RecordingBackend(write=None)
    with serve(keep_answering(b"secret"), tls=certs.server()) as server:

        async def work() -> None:
            context = certs.client()
            async with ahttpx.ConnectionPool(backend=backend, ssl_context=context) as pool:
                assert (await pool.request("GET", server.url)).body == b"secret"

        run_loop(loop, work)
    kinds = [event.kind for event in backend.events]
    assert kinds[:3] == ["connect", "start_tls", "write"]
    assert kinds[-1] == "close"
    assert backend.events[1].detail == "127.0.0.1"
    assert any(event.data.endswith(b"secret") for event in backend.events)


def test_a_recording_of_failures(certs: Certs) -> None:
    backend = httpx.backends.RecordingBackend(write=None)
    with unused_port() as port, pytest.raises(httpx.ConnectError):
        backend.connect("127.0.0.1", port)
    with serve(keep_answering(), tls=certs.untrusted()) as server:
        stream = backend.connect("127.0.0.1", server.port)
        with pytest.raises(httpx.ConnectError):
            stream.start_tls(certs.client(), "127.0.0.1")
        stream.close()
    told = [(event.connection, event.kind, event.detail[:8]) for event in backend.events]
    assert told[0] == (1, "error", "connect:")
    assert told[2] == (2, "error", "start_tl")


# --- The guard --------------------------------------------------------------------------------

REFUSED = [
    *("127.0.0.1", "127.255.0.9", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
    *("169.254.169.254", "0.0.0.0", "0.1.2.3", "100.64.0.1", "224.0.0.1", "255.255.255.255"),
    *("192.0.0.8", "198.18.0.1", "203.0.113.9", "240.0.0.1"),
    *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1", "fec0::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::127.0.0.1", "::10.0.0.1"),
    *(
        "64:ff9b::10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::8.8.8.8",
        "2002:7f00:1::",
        "2002:808:808::",
    ),
    *("2001:0:1234::1", "2001:db8::1", "100::1", "3fff::1"),
    *("127.1", "0x7f.1", "2130706433", "017700000001", "①②⑦.0.0.1", "localhost"),
]
ALLOWED = [
    *("8.8.8.8", "1.1.1.1", "172.32.0.1", "192.169.0.1", "100.128.0.1", "11.0.0.1", "223.255.0.1"),
    *("2606:4700::1111", "2a00:1450:4001::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"),
]


class NoConnects(httpx.NetworkBackend):
    """Resolves, but must not be asked to connect."""

    __slots__ = ()

    def connect(self, host: str, port: int) -> httpx.NetworkStream:
        raise AssertionError(f"connected to {host}")


@pytest.mark.parametrize("host", REFUSED)
def test_a_private_host_is_refused_before_connecting(host: str) -> None:
    backend = httpx.backends.GuardBackend(backend=NoConnects())
    with pytest.raises(
        httpx.ConnectError, match=r"was refused by GuardBackend: .* which is denied"
    ):
        backend.connect(host, 80)


@pytest.mark.parametrize("address", ALLOWED)
def test_a_public_address_is_not(address: str) -> None:
    assert AddressRules((), PRIVATE).why_not_address(address) is None
    with pytest.raises(AssertionError, match="connected to"):
        httpx.backends.GuardBackend(backend=NoConnects()).connect(address, 80)


@given(st.ip_addresses())
def test_all_that_python_calls_not_global_is_refused(address: IPv4Address | IPv6Address) -> None:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    if not (mapped or address).is_global:
        assert AddressRules((), PRIVATE).why_not_address(str(address)) is not None


@given(st.ip_addresses(v=4))
def test_every_form_of_an_ipv4_address_is_judged_alike(address: IPv4Address) -> None:
    rules = AddressRules((), PRIVATE)
    refused = rules.why_not_address(str(address)) is not None
    for form in (f"::ffff:{address}", f"64:ff9b::{address}", f"::FFFF:{address}"):
        assert (rules.why_not_address(form) is not None) == refused


class Liar(httpx.NetworkBackendInterface):
    """Says yes to any host, and connects to one address: a name that is rebound."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)

    def connect(self, host: str, port: int) -> httpx.NetworkStream:
        return httpx.NetworkBackend().connect(*self._address)


class AsyncLiar(ahttpx.NetworkBackendInterface):
    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)

    async def connect(self, host: str, port: int) -> ahttpx.NetworkStream:
        return await ahttpx.NetworkBackend().connect(*self._address)


def test_the_address_in_fact_connected_to_is_judged() -> None:
    with serve(keep_answering()) as server:
        guard = httpx.backends.GuardBackend(backend=Liar("127.0.0.1", server.port))
        refused = pytest.raises(httpx.ConnectError, match=r"127\.0\.0\.1 is in 127\.0\.0\.0/8")
        with httpx.ConnectionPool(backend=guard) as pool, refused:
            pool.request("GET", "http://public.example/")
        assert server.wait_until(lambda: server.connections_total == 1)
        assert server.wait_closed()
        assert server.received == [bytearray()]


@pytest.mark.parametrize("loop", LOOPS)
def test_the_address_in_fact_connected_to_is_judged_in_a_loop(loop: str) -> None:
    with serve(keep_answering()) as server:
        guard = ahttpx.backends.GuardBackend(backend=AsyncLiar("127.0.0.1", server.port))

        async def work() -> None:
            with pytest.raises(ahttpx.ConnectError, match=r"127\.0\.0\.1 is in 127\.0\.0\.0/8"):
                await guard.connect("public.example", 80)
            with pytest.raises(ahttpx.ConnectError, match="refused by GuardBackend"):
                await ahttpx.backends.GuardBackend().connect("localhost", server.port)

        run_loop(loop, work)
        assert server.wait_until(lambda: server.connections_total == 1)
        assert server.wait_closed()
        assert server.received == [bytearray()]


def test_a_redirect_into_the_private_network_is_refused() -> None:
    inside = keep_answering(b"the crown jewels")
    with (
        serve(inside) as secret,
        serve([Expect(), answer(status="302 Found", headers=[("Location", secret.url)])]) as public,
    ):
        guard = httpx.backends.GuardBackend(
            allow=["public.example"],
            backend=httpx.backends.HostMappingBackend({"public.example": public.authority}),
        )
        refused = pytest.raises(httpx.ConnectError, match="refused by GuardBackend")
        with httpx.Client(transport=httpx.ConnectionPool(backend=guard)) as client, refused:
            client.get("http://public.example/")
        assert secret.connections_total == 0


@pytest.mark.parametrize(
    "allow",
    [
        ["localhost"],
        ["LOCALHOST."],
        ["127.0.0.1", "::1"],
        [ip_network("127.0.0.0/8"), "::1"],
        [IPv4Address("127.0.0.1"), "::1"],
        ["::ffff:127.0.0.0/104", "::1"],
        ["127.1", "::1"],
    ],
    ids=str,
)
def test_what_is_allowed_passes(allow: Sequence[AddressRule]) -> None:
    guard = httpx.backends.GuardBackend(allow=allow)
    with serve(keep_answering()) as server:
        guard.connect("localhost", server.port).close()


def test_a_denied_name_is_refused_however_it_is_written() -> None:
    guard = httpx.backends.GuardBackend(deny=["metadata.internal"], backend=NoConnects())
    for host in ("metadata.internal", "METADATA.internal.", "metadata。internal"):
        with pytest.raises(httpx.ConnectError, match=r"the name 'metadata\.internal' is denied"):
            guard.connect(host, 80)


def test_a_list_of_what_is_allowed_and_nothing_else() -> None:
    rules = AddressRules(["8.8.8.0/24"], ["0.0.0.0/0", "::/0"])
    assert rules.why_not_address("8.8.8.8") is None
    assert rules.why_not_address("8.8.4.4") == "8.8.4.4 is in 0.0.0.0/0, which is denied"
    assert rules.why_not_address("2606:4700::1111") is not None


def test_what_cannot_be_judged_is_refused(tmp_path: Path) -> None:
    with unix_listener(tmp_path) as (path, _):
        unix = httpx.backends.UnixSocketBackend(path)
        with pytest.raises(
            httpx.ConnectError, match="is not an IP address, so it cannot be judged"
        ):
            httpx.backends.GuardBackend(backend=unix).connect("public.example", 80)
        httpx.backends.GuardBackend(["public.example"], backend=unix).connect(
            "public.example", 80
        ).close()


def test_the_guard_over_a_cache_connects_to_what_it_judged() -> None:
    names = Names("127.0.0.1")
    cache = httpx.backends.DNSCacheBackend(backend=NoConnects(), resolve=names)
    guard = httpx.backends.GuardBackend(backend=cache)
    with pytest.raises(httpx.ConnectError, match="refused by GuardBackend"):
        guard.connect("rebound.example", 80)
    assert names.asked == ["rebound.example"]
    assert repr(guard).startswith("<GuardBackend over <DNSCacheBackend [1 names")


@pytest.mark.parametrize("rule", ["10.0.0.1/8", "10.0.0.0/33", "a/b"])
def test_a_rule_that_is_none(rule: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        httpx.backends.GuardBackend(allow=[rule])
    with pytest.raises(TypeError, match="takes a collection"):
        httpx.backends.GuardBackend(allow=rule)


# --- Both colours -----------------------------------------------------------------------------


def test_the_twins_are_equal() -> None:
    assert httpx.backends.__all__ == ahttpx.backends.__all__
    for name in httpx.backends.__all__:
        ours: object = getattr(httpx.backends, name)
        theirs: object = getattr(ahttpx.backends, name)
        if ours is theirs:
            continue
        assert isinstance(ours, type)
        assert isinstance(theirs, type)
        public = [member for member in dir(ours) if not member.startswith("_")]
        for member in ("__init__", *public):
            one, other = getattr(ours, member), getattr(theirs, member)
            assert first_line(one) == first_line(other), (name, member)
            assert shape(one) == shape(other), (name, member)
        assert first_line(ours) == first_line(theirs)
        assert (ours.__module__, theirs.__module__) == ("httpx.backends", "ahttpx.backends")


def first_line(thing: object) -> str:
    return (inspect.getdoc(thing) or "").partition("\n")[0]


def shape(function: Callable[..., object]) -> list[tuple[str, object, str]]:
    parameters = inspect.signature(function).parameters.values()
    return [(p.name, p.kind, repr(p.default)) for p in parameters]


def test_importing_the_package_does_not_load_them() -> None:
    import subprocess
    import sys

    program = (
        "import sys, httpx, ahttpx; "
        "assert not [m for m in sys.modules if 'backends' in m or 'suites' in m]"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=20).returncode == 0
