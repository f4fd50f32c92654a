"""How many sockets this process has open to certain ports, counted where they are opened.

A server's own count is no proof of a client's limit: under load the kernel may deliver the end of
one connection after the beginning of the next, in whatever order the client made them. Here a
socket counts from before it is connected until it was shut down for both directions or closed.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest


class OpenSockets:
    """Sockets to the ports of `urls`."""

    def __init__(self, *urls: str) -> None:
        self.ports: set[object] = {urlsplit(url).port for url in urls}
        self.most = 0
        self._open: set[int] = set()
        self._lock = threading.Lock()

    def enter(self, sock: socket.socket, address: object) -> None:
        """Count `sock` if it is about to be connected to one of the ports."""
        if isinstance(address, tuple) and address[1] in self.ports:
            with self._lock:
                self._open.add(id(sock))
                self.most = max(self.most, len(self._open))

    def leave(self, sock: socket.socket) -> None:
        """Count `sock` no more."""
        with self._lock:
            self._open.discard(id(sock))


@contextmanager
def counting_sockets(*urls: str) -> Generator[OpenSockets]:
    """Count the sockets that are connected to the ports of `urls` in this block."""
    counted = OpenSockets(*urls)
    real = socket.socket

    def connect(sock: socket.socket, address: tuple[object, ...]) -> None:
        counted.enter(sock, address)
        super(real, sock).connect(address)

    def connect_ex(sock: socket.socket, address: tuple[object, ...]) -> int:
        counted.enter(sock, address)
        return super(real, sock).connect_ex(address)

    def shutdown(sock: socket.socket, how: int) -> None:
        try:
            super(real, sock).shutdown(how)
        finally:
            if how == socket.SHUT_RDWR:
                counted.leave(sock)

    real_close = real.close

    def close(sock: socket.socket) -> None:
        real_close(sock)
        counted.leave(sock)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(real, "connect", connect, raising=False)
        patch.setattr(real, "connect_ex", connect_ex, raising=False)
        patch.setattr(real, "shutdown", shutdown, raising=False)
        patch.setattr(real, "close", close)
        yield counted
