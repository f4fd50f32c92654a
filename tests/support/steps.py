"""The steps that a scripted server's scripts are made of; see `scripted.py`."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol


class PeerGone(Exception):
    """The peer closed or broke the connection, or the server is being stopped."""


@dataclass(frozen=True)
class Received:
    """One request as it arrived."""

    method: str
    target: str
    version: str
    headers: tuple[tuple[str, str], ...]
    """Names in the case received, in order."""
    body: bytes
    """The payload: chunked framing is undone."""
    connection: int
    """The number of the connection that it came on, from 0."""

    def header(self, name: str) -> str | None:
        """The first value of header `name`, whatever its case; `None` if there is none."""
        return next((v for k, v in self.headers if k.lower() == name.lower()), None)


class Server(Protocol):
    """What steps know of the server."""

    requests: list[Received]
    received: list[bytearray]
    stopping: threading.Event

    def run_script(self, conn: Conn, script: Script) -> None: ...

    def handshake(self, conn: Conn, ctx: ssl.SSLContext) -> None: ...


class Step(Protocol):
    """One step of a script."""

    def run(self, conn: Conn) -> None: ...


Script = Sequence[Step]


class Conn:
    """One accepted connection: what steps work on."""

    number: int
    server: Server
    sock: socket.socket
    ended: bool

    def __init__(self, server: Server, sock: socket.socket, number: int) -> None:
        self.server = server
        self.sock = sock
        self.number = number
        self.ended = False
        self._buffer = b""

    def read(self) -> bytes:
        """Some bytes from the peer, those read too far first."""
        if self._buffer:
            data, self._buffer = self._buffer, b""
            return data
        try:
            data = self.sock.recv(65536)
        except OSError as exc:
            raise PeerGone("reading failed") from exc
        if not data:
            raise PeerGone("the peer ended the stream")
        self.server.received[self.number] += data
        return data

    def read_until(self, mark: bytes) -> bytes:
        """All bytes up to and with `mark`."""
        data = b""
        while mark not in data:
            data += self.read()
        found, _, self._buffer = data.partition(mark)
        return found + mark

    def read_exactly(self, size: int) -> bytes:
        """Exactly `size` bytes."""
        data = b""
        while len(data) < size:
            data += self.read()
        data, self._buffer = data[:size], data[size:]
        return data

    def write(self, data: bytes) -> None:
        """Write all of `data`."""
        try:
            self.sock.sendall(data)
        except OSError as exc:
            raise PeerGone("writing failed") from exc

    def sleep(self, seconds: float) -> None:
        """Wait, but not longer than the server lives."""
        if self.server.stopping.wait(seconds):
            raise PeerGone("the server is being stopped")

    def close(self, *, orderly: bool) -> None:
        """Close; `orderly` sends what is due before: a `close_notify` under TLS."""
        self.ended = True
        if orderly and isinstance(self.sock, ssl.SSLSocket):
            self.sock.settimeout(0.2)
            # The peer may be gone, or may not answer the notification: both are its right.
            with contextlib.suppress(OSError, ValueError):
                self.sock.unwrap()
        with contextlib.suppress(OSError):
            # A reset drops what the peer has not read yet; the end of writing does not.
            self.sock.shutdown(socket.SHUT_WR)
        self.sock.close()


@dataclass(frozen=True)
class Expect:
    """Read one request, by default with its body, and record it."""

    body: bool = True

    def run(self, conn: Conn) -> None:
        lines = conn.read_until(b"\r\n\r\n").decode("latin-1").split("\r\n")[:-2]
        method, target, version = lines[0].split(" ", 2)
        headers: list[tuple[str, str]] = []
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers.append((name, value.strip()))
        lowered = {name.lower(): value for name, value in headers}
        body = b""
        if self.body and lowered.get("transfer-encoding", "").lower() == "chunked":
            body = _read_chunked(conn)
        elif self.body and method != "CONNECT":
            body = conn.read_exactly(int(lowered.get("content-length", "0")))
        received = Received(method, target, version, tuple(headers), body, conn.number)
        conn.server.requests.append(received)


@dataclass(frozen=True)
class Receive:
    """Read exactly `size` bytes (recorded in `server.received` only)."""

    size: int

    def run(self, conn: Conn) -> None:
        conn.read_exactly(self.size)


@dataclass(frozen=True)
class Send:
    """Write `data` in one piece, or every byte `times` over."""

    data: bytes
    times: int = 1

    def run(self, conn: Conn) -> None:
        for _ in range(self.times):
            conn.write(self.data)


@dataclass(frozen=True)
class Drip:
    """Write `data` in pieces of `size` bytes, `interval` seconds apart."""

    data: bytes
    interval: float
    size: int = 1

    def run(self, conn: Conn) -> None:
        for start in range(0, len(self.data), self.size):
            if start:
                conn.sleep(self.interval)
            conn.write(self.data[start : start + self.size])


@dataclass(frozen=True)
class Sleep:
    """Wait for `seconds`."""

    seconds: float

    def run(self, conn: Conn) -> None:
        conn.sleep(self.seconds)


@dataclass(frozen=True)
class WaitFor:
    """Wait until the test sets `event`: to bring about one order of things and no other."""

    event: threading.Event
    seconds: float = 10.0

    def run(self, conn: Conn) -> None:
        end = time.monotonic() + self.seconds
        while not self.event.is_set() and time.monotonic() < end:
            conn.sleep(0.005)


@dataclass(frozen=True)
class Tell:
    """Set `event`: the script has come to this point."""

    event: threading.Event

    def run(self, conn: Conn) -> None:
        self.event.set()


@dataclass(frozen=True)
class Call:
    """Run any function on the connection: for what has no step of its own."""

    function: Callable[[Conn], None]

    def run(self, conn: Conn) -> None:
        self.function(conn)


@dataclass(frozen=True)
class Loop:
    """Run `steps` over and over, until the peer goes away or one of them closes."""

    steps: Sequence[Step]

    def run(self, conn: Conn) -> None:
        while not conn.ended:
            conn.server.run_script(conn, self.steps)


@dataclass(frozen=True)
class Stall:
    """Never answer: hold the connection until the peer goes away.

    `read=False` takes nothing from the socket either, so that the peer's writes block in the end.
    """

    read: bool = True

    def run(self, conn: Conn) -> None:
        if self.read:
            while True:
                conn.read()
        poll = select.poll()
        poll.register(conn.sock, select.POLLRDHUP)
        while not poll.poll(20):
            conn.sleep(0)


@dataclass(frozen=True)
class StartTLS:
    """Go on under TLS, as a proxy's far end does. A failure is recorded and ends the script."""

    ctx: ssl.SSLContext

    def run(self, conn: Conn) -> None:
        conn.server.handshake(conn, self.ctx)


@dataclass(frozen=True)
class Close:
    """Close in an orderly way (the same as the end of the script)."""

    def run(self, conn: Conn) -> None:
        conn.close(orderly=True)


@dataclass(frozen=True)
class CloseWithoutNotify:
    """End the TCP stream with no TLS `close_notify` before it: what an attacker can do."""

    def run(self, conn: Conn) -> None:
        conn.close(orderly=False)


@dataclass(frozen=True)
class Reset:
    """Break the connection: the peer's next call fails with "connection reset"."""

    def run(self, conn: Conn) -> None:
        conn.ended = True
        linger = struct.pack("ii", 1, 0)
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        conn.sock.close()


@dataclass(frozen=True)
class HalfClose:
    """End the writing side only and go on reading."""

    def run(self, conn: Conn) -> None:
        conn.sock.shutdown(socket.SHUT_WR)


def _read_chunked(conn: Conn) -> bytes:
    body = b""
    while size := int(conn.read_until(b"\r\n").split(b";")[0], 16):
        body += conn.read_exactly(size + 2)[:-2]
    while conn.read_until(b"\r\n") != b"\r\n":
        pass  # trailers
    return body
