"""Name resolution on daemon threads.

`getaddrinfo` cannot be interrupted, so it never runs in a thread whose owner may have to leave.

Rules:
1. At most `MAX_THREADS` threads, each a daemon; a thread that finds no more work ends.
2. One flight per name and family: those who ask while it is under way share its answer.
3. Whoever stops waiting just leaves; the flight goes on for the others, or for nobody.
"""

from __future__ import annotations

import os
import socket
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from ..values.errors import ConnectError

if TYPE_CHECKING:
    from ...interfaces.awaitable import Runtime

Address: TypeAlias = tuple[int, str, tuple[int, ...]]
"""A family, an IP address, and what follows the port in a socket address of that family."""

MAX_THREADS = 16
"""As many names as may be looked up at once; a browser uses 6 to 64, glibc's own limit is none."""


class Flight:
    """One call of `getaddrinfo` and those who wait for it."""

    __slots__ = ("addresses", "error", "family", "host", "wake")

    def __init__(self, host: str, family: int) -> None:
        self.host: str = host
        self.family: int = family
        self.wake: list[Callable[[], None]] = []
        self.addresses: Sequence[Address] = ()
        self.error: Exception | None = None

    def run(self) -> None:
        """Ask the system; what it says, and what goes wrong, is kept."""
        try:
            found = socket.getaddrinfo(self.host, None, self.family, socket.SOCK_STREAM)
            self.addresses = [
                (family, str(address[0]), (int(address[2]), int(address[3])))
                if len(address) == 4
                else (family, str(address[0]), ())
                for family, _, _, _, address in found
            ]
        except Exception as error:  # whatever it is, those who wait are to learn of it
            self.error = error


class Resolver:
    """The process-wide set of flights and the threads that make them."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[tuple[str, int], Flight] = {}
        self._queue: deque[Flight] = deque()
        self._threads = 0

    def join(self, host: str, family: int, wake: Callable[[], None]) -> Flight:
        """Get on the flight for `host`, starting it if there is none; `wake` when it is done."""
        key = (host, family)
        with self._lock:
            flight = self._flights.get(key)
            if flight is not None:
                flight.wake.append(wake)
                return flight
            flight = self._flights[key] = Flight(host, family)
            flight.wake.append(wake)
            self._queue.append(flight)
            start = self._threads < MAX_THREADS
            self._threads += start
        if start:
            self._start_thread()
        return flight

    def _start_thread(self) -> None:
        thread = threading.Thread(target=self._work, name="httpx-resolver", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # the system has no more threads to give
            with self._lock:
                self._threads -= 1
                stranded = [] if self._threads else list(self._queue)
                if stranded:
                    self._queue.clear()
            for flight in stranded:
                flight.error = error
                self._land(flight)

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._queue:
                    self._threads -= 1
                    return
                flight = self._queue.popleft()
            flight.run()
            self._land(flight)

    def _land(self, flight: Flight) -> None:
        with self._lock:
            del self._flights[flight.host, flight.family]
            wake, flight.wake = flight.wake, []
        for call in wake:
            call()

    def leave(self, flight: Flight, wake: Callable[[], None]) -> None:
        """Stop waiting for `flight`."""
        with self._lock:
            if wake in flight.wake:
                flight.wake.remove(wake)
            if not flight.wake and flight in self._queue:  # nobody wants it, and it has not begun
                self._queue.remove(flight)
                del self._flights[flight.host, flight.family]


_RESOLVER = Resolver()
if hasattr(os, "register_at_fork"):  # a child has none of the threads, and maybe a held lock
    os.register_at_fork(after_in_child=_RESOLVER._reset)  # pyright: ignore[reportPrivateUsage]


async def resolve(runtime: Runtime, host: str, family: int) -> Sequence[Address]:
    """The addresses of `host`, in the system's order (RFC 6724). Raises `ConnectError`."""
    literal = _literal(host, family)
    if literal is not None:
        return [literal]
    event = runtime.event()
    wake = event.set
    flight = _RESOLVER.join(host, family, wake)
    try:
        await event.wait(f"resolving the name {host!r}")
    except BaseException:
        _RESOLVER.leave(flight, wake)
        raise
    if flight.error is not None:
        reason = getattr(flight.error, "strerror", None) or str(flight.error)
        raise ConnectError(f"the name {host!r} does not resolve: {reason}") from flight.error
    return flight.addresses


def _literal(host: str, family: int) -> Address | None:
    """The address that `host` already is, `None` if it is a name. Spares a thread."""
    if ":" in host:
        if "%" in host or family == socket.AF_INET:
            return None  # a zone has to be looked up; a wrong family is told by the system
        literal: Address = (socket.AF_INET6, host, (0, 0))
    elif host[-1:].isdigit() and family != socket.AF_INET6:
        literal = (socket.AF_INET, host, ())
    else:
        return None
    try:
        socket.inet_pton(literal[0], host)
    except (OSError, ValueError):
        return None
    return literal
