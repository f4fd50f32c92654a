"""Connecting: happy eyeballs (RFC 8305), written once over non-blocking sockets.

A runtime adds two things: how to wait until one of some connecting sockets has settled, and how
to make a stream of the one that won.

Rules:
1. The first address gets `ATTEMPT_DELAY` alone; then, or as soon as it fails, the next joins the
   race. Families alternate, beginning with the one that the system put first.
2. Whatever happens, each socket but the winner is closed before this returns or raises.
"""

from __future__ import annotations

import errno
import os
import socket
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from time import monotonic
from typing import Protocol, TypeAlias

from ...interfaces.awaitable import RawStream, Runtime
from ..refusals import check_port
from ..values.described import check_text, described
from ..values.errors import ConnectError
from .addresses import address_text
from .resolver import Address, resolve

SocketOption: TypeAlias = tuple[int, int, int | bytes]
"""The arguments of `socket.setsockopt`: level, name, value."""

ATTEMPT_DELAY = 0.25
"""Seconds between attempts: the value RFC 8305 section 5 recommends."""

INACTIVITY_TIMEOUT = 300.0
"""Seconds: nothing hangs for ever, and nobody who waits for an answer this long still wants it."""

LONGEST_LIMIT = 86_400.0
"""Seconds: a day. A longer limit is as good as none, and the system's own limits are not far."""

IN_PROGRESS = (0, errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EAGAIN)


class SocketRuntime(Runtime, Protocol):
    """A runtime that can connect sockets."""

    async def wait_connected(
        self, pending: Sequence[socket.socket], what: str, seconds: float | None
    ) -> Sequence[socket.socket]:
        """Wait until some of these have succeeded or failed, for `seconds`; give those."""
        ...

    async def stream(self, sock: socket.socket, inactivity: float | None) -> RawStream:
        """A stream over a connected socket; it owns the socket from then on."""
        ...


class SocketBackend:
    """Opens TCP streams; the backend of all three runtimes."""

    __slots__ = (
        "_new_runtime",
        "connect_timeout",
        "family",
        "inactivity_timeout",
        "local_address",
        "socket_options",
    )

    def __init__(
        self,
        new_runtime: Callable[[], SocketRuntime],
        *,
        local_address: str | None,
        socket_options: Iterable[SocketOption],
        family: int,
        connect_timeout: float | None,
        inactivity_timeout: float | None,
    ) -> None:
        self._new_runtime = new_runtime
        if local_address is not None:
            check_text(local_address, "local_address")
        self.local_address: str | None = local_address
        self.socket_options: tuple[SocketOption, ...] = _checked_options(socket_options)
        self.family: int = _checked_family(family)
        self.connect_timeout: float | None = _limit("connect_timeout", connect_timeout)
        self.inactivity_timeout: float | None = _limit("inactivity_timeout", inactivity_timeout)

    async def connect(self, host: str, port: int) -> RawStream:
        """Open a stream to `host`, a name or an IP address. Raises `ConnectError`, `Timeout`."""
        check_text(host, "the host to connect to")
        check_port(port)
        runtime = self._new_runtime()
        limit = runtime.limit(self.connect_timeout, "connect_timeout of the network backend")
        stream: RawStream | None = None
        try:
            async with limit:
                addresses = await resolve(runtime, host, self.family)
                sock = await self._race(runtime, host, port, alternate(addresses))
                try:
                    stream = await runtime.stream(sock, self.inactivity_timeout)
                except BaseException:
                    sock.close()
                    raise
        except BaseException:
            if stream is not None:  # a cancellation came at the very end
                stream.abort()
            raise
        return stream

    async def resolve(self, host: str) -> list[str]:
        """The addresses of `host` in the order of `connect`. Raises `ConnectError`, `Timeout`."""
        check_text(host, "the host to look up")
        runtime = self._new_runtime()
        limit = runtime.limit(self.connect_timeout, "connect_timeout of the network backend")
        async with limit:
            addresses = await resolve(runtime, host, self.family)
        return [address_with_zone(address) for address in alternate(addresses)]

    async def _race(
        self, runtime: SocketRuntime, host: str, port: int, addresses: deque[Address]
    ) -> socket.socket:
        what = "connecting to " + address_text((host, port))
        pending: dict[socket.socket, str] = {}
        failed: list[str] = []
        next_attempt = 0.0
        try:
            while addresses or pending:
                if addresses and (not pending or monotonic() >= next_attempt):
                    if not self._attempt(addresses.popleft(), port, pending, failed):
                        continue
                    next_attempt = monotonic() + ATTEMPT_DELAY
                wait = max(next_attempt - monotonic(), 0.0) if addresses else None
                for sock in await runtime.wait_connected([*pending], what, wait):
                    error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                    ip = pending.pop(sock)
                    if not error:
                        return sock
                    sock.close()
                    failed.append(f"{ip} ({os.strerror(error)})")
                    next_attempt = 0.0
        finally:
            for sock in pending:
                sock.close()
        raise ConnectError(f"{what} failed; tried " + ", ".join(failed or ["no address"]))

    def _attempt(
        self, address: Address, port: int, pending: dict[socket.socket, str], failed: list[str]
    ) -> bool:
        """Start connecting to one address; what fails at once is noted. Tells if it is pending."""
        family, ip, rest = address
        try:
            sock = socket.socket(family, socket.SOCK_STREAM)
        except OSError as error:  # no such family on this machine, or no descriptor left
            failed.append(f"{ip} ({error.strerror})")
            return False
        pending[sock] = ip
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for level, name, value in self.socket_options:
                sock.setsockopt(level, name, value)
            if self.local_address is not None:
                sock.bind((self.local_address, 0))
            code = sock.connect_ex((ip, port, *rest))
            if code not in IN_PROGRESS:
                raise OSError(code, os.strerror(code))
        except OSError as error:
            del pending[sock]
            sock.close()
            failed.append(f"{ip} ({error.strerror or error})")
            return False
        return True


def address_with_zone(address: Address) -> str:
    """An address as text that says all of it: `"fe80::1%2"` for one that has a zone."""
    _, ip, rest = address
    return f"{ip}%{rest[1]}" if rest[1:] and rest[1] else ip


def alternate(addresses: Iterable[Address]) -> deque[Address]:
    """The addresses with their families taking turns (RFC 8305 section 4)."""
    first: deque[Address] = deque()
    second: deque[Address] = deque()
    for address in dict.fromkeys(addresses):
        (first if not first or address[0] == first[0][0] else second).append(address)
    turns: deque[Address] = deque()
    while first or second:
        if first:
            turns.append(first.popleft())
        if second:
            turns.append(second.popleft())
    return turns


def _checked_family(family: int) -> int:
    """`family` if it is one that TCP runs over."""
    if isinstance(family, bool) or not isinstance(family, int):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(
            f"family is `socket.AF_INET`, `socket.AF_INET6` or 0, not {described(family)}"
        )
    if family not in (0, socket.AF_INET, socket.AF_INET6):
        raise ValueError(f"family is `socket.AF_INET`, `socket.AF_INET6` or 0, not {family!r}")
    return family


def _checked_options(options: Iterable[SocketOption]) -> tuple[SocketOption, ...]:
    """The arguments of `setsockopt`, each as a tuple of three."""
    right = "`[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]`"
    if not isinstance(options, Iterable) or isinstance(options, str | bytes):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"socket_options is a list such as {right}, not {described(options)}")
    checked = tuple(options)
    for option in checked:
        if not isinstance(option, tuple | list) or len(option) != 3:  # pyright: ignore[reportUnnecessaryIsInstance, reportUnnecessaryComparison]
            raise TypeError(
                f"socket_options is a list such as {right}: level, name, value; one of its items "
                f"is {described(option)}"
            )
    return checked


def _limit(name: str, seconds: float | None) -> float | None:
    """`seconds` as a limit of the backend; `None` for none."""
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(
            f"{name} is a number of seconds, or None for any time, not {type(seconds).__name__}"
        )
    if not seconds > 0:  # so is NaN
        raise ValueError(f"{name} is a number of seconds above zero, or None for any time")
    return None if seconds > LONGEST_LIMIT else float(seconds)
