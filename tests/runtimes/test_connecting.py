"""Connecting: happy eyeballs, on all runtimes, and no socket left behind on any outcome."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import time
from collections.abc import Callable, Generator, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httpx.impl.runtimes.connecting import ATTEMPT_DELAY, alternate
from httpx.impl.runtimes.resolver import Address
from support.api import Api
from support.leaks import open_sockets
from support.runtimes import behaviour
from support.scripted import Send, Stall, has_ipv6, serve, unused_port

NATIVE = ("threads", "asyncio", "trio")
V4, V6 = socket.AF_INET, socket.AF_INET6

needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="no IPv6 on this machine")


@contextlib.contextmanager
def listening(*hosts: str) -> Generator[tuple[int, list[socket.socket]]]:
    """Listeners on several addresses with one port."""
    with contextlib.ExitStack() as stack:
        for _ in range(50):
            found: list[socket.socket] = []
            port = 0
            try:
                for host in hosts:
                    sock = socket.socket(V6 if ":" in host else V4)
                    found.append(sock)
                    if ":" in host:
                        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                    sock.bind((host, port))
                    sock.listen(16)
                    port = sock.getsockname()[1]
            except OSError as error:
                for sock in found:
                    sock.close()
                if error.errno != errno.EADDRINUSE:
                    raise
                continue
            for sock in found:
                stack.enter_context(sock)
            yield port, found
            return
        raise AssertionError("no port is free in both families")


@contextlib.contextmanager
def filled(listener: socket.socket) -> Generator[None]:
    """A block in which `listener` takes no connection and refuses none."""
    listener.listen(0)
    with contextlib.ExitStack() as stack:
        for _ in range(4):
            filler = stack.enter_context(socket.socket(listener.family))
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        time.sleep(0.02)
        yield


def answers(*hosts: str) -> Callable[..., list[object]]:
    """A `getaddrinfo` that gives these addresses, whatever it is asked."""

    def getaddrinfo(host: str, port: object, family: int, kind: int) -> list[object]:
        found: list[object] = []
        for one in hosts:
            if ":" in one:
                found.append((V6, kind, 6, "", (one, 0, 0, 0)))
            else:
                found.append((V4, kind, 6, "", (one, 0)))
        return found

    return getaddrinfo


async def connected(api: Api, port: int, *, sockets: int | None = 1) -> tuple[str, float]:
    """Connect; the address that won, and how long it took. Only so many sockets are opened."""
    before = len(open_sockets())
    began = time.monotonic()
    async with api.NetworkBackend().connect("both.example", port) as stream:
        took = time.monotonic() - began
        if sockets is not None:
            assert len(open_sockets()) == before + sockets
        sock = stream.get_extra_info("socket")
        assert isinstance(sock, socket.socket)
        return str(sock.getpeername()[0]), took


@needs_ipv6
@behaviour(only=NATIVE)
async def test_the_first_family_wins_if_it_can(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening("::1", "127.0.0.1") as (port, _):
        for hosts in (("::1", "127.0.0.1"), ("127.0.0.1", "::1")):
            monkeypatch.setattr(socket, "getaddrinfo", answers(*hosts))
            host, took = await connected(api, port)
            assert host == hosts[0]
            assert took < 0.1


@needs_ipv6
@behaviour(only=NATIVE)
async def test_a_family_that_is_refused_costs_no_time(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    for there, absent in (("127.0.0.1", "::1"), ("::1", "127.0.0.1")):
        monkeypatch.setattr(socket, "getaddrinfo", answers(absent, there))
        with listening(there) as (port, _):
            host, took = await connected(api, port)
            assert host == there
            assert took < 0.1


@needs_ipv6
@behaviour(only=NATIVE)
async def test_a_family_that_is_a_black_hole_costs_one_delay(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    for hosts in (("::1", "127.0.0.1"), ("127.0.0.1", "::1")):
        monkeypatch.setattr(socket, "getaddrinfo", answers(*hosts))
        with listening(*hosts) as (port, listeners), filled(listeners[0]):
            host, took = await connected(api, port)
            assert host == hosts[1]
            assert ATTEMPT_DELAY * 0.95 <= took < ATTEMPT_DELAY + 0.1


@needs_ipv6
@behaviour(only=NATIVE)
async def test_what_fails_at_once_does_not_make_the_next_one_wait(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After one black hole, ten addresses that cannot even be tried, then the one that works."""
    unreachable = [f"fe80::{number:x}" for number in range(1, 11)]  # there is no zone: EINVAL
    hosts = ("127.0.0.2", *unreachable, "127.0.0.1")
    monkeypatch.setattr(socket, "getaddrinfo", answers(*hosts))
    with listening("127.0.0.2", "127.0.0.1") as (port, listeners), filled(listeners[0]):
        host, took = await connected(api, port)
        assert host == "127.0.0.1"
        assert took < ATTEMPT_DELAY + 0.15


@behaviour(only=NATIVE)
async def test_a_late_winner_is_taken_while_others_are_being_tried(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first address answers after the second was begun, which never does."""
    hosts = ("127.0.0.2", "127.0.0.3")
    monkeypatch.setattr(socket, "getaddrinfo", answers(*hosts))
    winners: list[str] = []
    with listening(*hosts) as (port, listeners), filled(listeners[0]), filled(listeners[1]):

        async def connect() -> None:
            winners.append((await connected(api, port, sockets=None))[0])

        async def make_room() -> None:
            await api.sleep(ATTEMPT_DELAY + 0.1)
            listeners[0].setblocking(False)
            while not winners:  # the system knocks again after a second
                with contextlib.suppress(BlockingIOError):
                    listeners[0].accept()[0].close()
                await api.sleep(0.005)

        async with api.timeout(5):
            await api.gather(connect, make_room)
    assert winners == ["127.0.0.2"]


@behaviour(only=NATIVE)
async def test_the_error_names_every_address_and_why(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = os.strerror(errno.ECONNREFUSED)
    with unused_port() as port:
        with pytest.raises(api.ConnectError) as caught:
            await api.NetworkBackend().connect("127.0.0.1", port)
        assert str(caught.value) == (
            f"connecting to 127.0.0.1:{port} failed; tried 127.0.0.1 ({refused})"
        )
        hosts = ("127.0.0.1", "fe80::1", "127.0.0.2", "127.0.0.3")
        monkeypatch.setattr(socket, "getaddrinfo", answers(*hosts))
        before = len(open_sockets())
        with pytest.raises(api.ConnectError) as caught:
            await api.NetworkBackend().connect("both.example", port)
        assert len(open_sockets()) == before
        told = str(caught.value)
        assert told.startswith(f"connecting to both.example:{port} failed; tried ")
        for host in hosts[:1] + hosts[2:]:
            assert f"{host} ({refused})" in told
        assert "fe80::1 (" in told
        monkeypatch.setattr(socket, "getaddrinfo", answers())
        with pytest.raises(api.ConnectError, match="tried no address"):
            await api.NetworkBackend().connect("both.example", port)


@needs_ipv6
@behaviour(only=NATIVE)
async def test_an_ipv6_address_is_told_apart_from_its_port(api: Api) -> None:
    with unused_port("::1") as port, pytest.raises(api.ConnectError) as caught:
        await api.NetworkBackend().connect("::1", port)
    assert str(caught.value).startswith(f"connecting to [::1]:{port} failed; tried ::1 (")


@behaviour(only=NATIVE)
async def test_a_deadline_in_the_middle_of_a_race_leaves_no_socket(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With two addresses under way, and words about it; on trio, no group of cancellations."""
    hosts = ("127.0.0.2", "127.0.0.3")
    monkeypatch.setattr(socket, "getaddrinfo", answers(*hosts))
    with listening(*hosts) as (port, listeners), filled(listeners[0]), filled(listeners[1]):
        before = len(open_sockets())
        travelling: list[type[BaseException]] = []

        async def connect() -> None:
            try:
                await api.NetworkBackend().connect("both.example", port)
            except BaseException as error:
                travelling.append(type(error))
                raise

        for seconds in (0.1, ATTEMPT_DELAY + 0.1):
            with pytest.raises(api.Timeout, match=f"while connecting to both.example:{port}$"):
                async with api.timeout(seconds):
                    await connect()
            assert len(open_sockets()) == before
        assert not any(issubclass(kind, BaseExceptionGroup) for kind in travelling)
        backend = api.NetworkBackend(connect_timeout=ATTEMPT_DELAY + 0.1)
        with pytest.raises(api.Timeout, match=r"^connect_timeout of the network .* passed"):
            await backend.connect("both.example", port)
        assert len(open_sockets()) == before


@behaviour(only=("asyncio", "trio"))
async def test_a_cancellation_in_the_middle_of_a_race_leaves_no_socket(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts = ("127.0.0.2", "127.0.0.3")
    monkeypatch.setattr(socket, "getaddrinfo", answers(*hosts))
    with listening(*hosts) as (port, listeners), filled(listeners[0]), filled(listeners[1]):
        before = len(open_sockets())
        for seconds in (0, 0.05, ATTEMPT_DELAY + 0.05):
            async with api.spawn(lambda: api.NetworkBackend().connect("both.example", port)) as job:
                await api.sleep(seconds)
                job.cancel()
            assert job.error is not None
            assert not isinstance(job.error, Exception)
            assert not isinstance(job.error, BaseExceptionGroup)
            assert len(open_sockets()) == before


@behaviour(only=NATIVE)
async def test_options_of_the_socket(api: Api) -> None:
    with serve([Send(b"hello"), Stall()]) as server:
        backend = api.NetworkBackend(
            local_address="127.0.0.9",
            socket_options=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 15)],
        )
        async with backend.connect("127.0.0.1", server.port) as stream:
            sock = stream.get_extra_info("socket")
            assert isinstance(sock, socket.socket)
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) <= 1 << 16
            assert sock.getsockname()[0] == "127.0.0.9"
        assert await api.until(lambda: server.connections_total == 1)
        assert await api.until(lambda: server.connections_open == 0)
        before = len(open_sockets())
        for wrong in (
            api.NetworkBackend(local_address="192.0.2.1"),
            api.NetworkBackend(socket_options=[(socket.SOL_SOCKET, 9999, 1)]),
        ):
            with pytest.raises(api.ConnectError, match=r"tried 127\.0\.0\.1 \("):
                await wrong.connect("127.0.0.1", server.port)
        assert len(open_sockets()) == before


@needs_ipv6
@behaviour(only=NATIVE)
async def test_one_family_only(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    both = answers("::1", "127.0.0.1")

    def getaddrinfo(host: str, port: object, family: int, kind: int) -> list[object]:
        return both(host, port, family, kind)[family == V4 :][:1]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with listening("::1", "127.0.0.1") as (port, _):
        for family, host in ((V4, "127.0.0.1"), (V6, "::1")):
            async with api.NetworkBackend(family=family).connect("both.example", port) as stream:
                sock = stream.get_extra_info("socket")
                assert isinstance(sock, socket.socket)
                assert sock.family == family
                assert sock.getpeername()[0] == host


addresses = st.lists(
    st.one_of(
        st.integers(0, 9).map(lambda n: (V4, f"192.0.2.{n}", ())),
        st.integers(0, 9).map(lambda n: (V6, f"2001:db8::{n}", (0, 0))),
    )
)


@given(addresses)
def test_families_take_turns(found: Sequence[Address]) -> None:
    turns = list(alternate(found))
    assert sorted(turns) == sorted(set(found))
    for family in (V4, V6):  # each keeps the order of the system
        assert [a for a in turns if a[0] == family] == list(
            dict.fromkeys(a for a in found if a[0] == family)
        )
    if turns:
        assert turns[0] == found[0]
    both = min(sum(a[0] == family for a in turns) for family in (V4, V6))
    mixed = [a[0] for a in turns[: 2 * both]]
    assert all(one != other for one, other in pairwise(mixed))
