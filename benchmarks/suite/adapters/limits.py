"""What a client on threads might reach: a blocking socket, and a parser or none."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from .base import Blocking, Outcome, Setup, trusting
from .parsers import PARSERS

READ_SIZE = 65536


class Limit(Blocking):
    """One socket, sent to and received from; a new one for each request if that is asked for."""

    def __init__(self, setup: Setup, parser: str) -> None:
        super().__init__(setup)
        parts = urlsplit(setup.url)
        assert parts.hostname is not None
        self._name = parser
        self._address = parts.hostname, parts.port
        self._context = trusting(setup) if parts.scheme == "https" else None
        self._parser = PARSERS[parser](parts.netloc)
        self._socket = self._connect()

    def _connect(self) -> socket.socket:
        sock = socket.create_connection(self._address)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._context is None:
            return sock
        return self._context.wrap_socket(sock, server_hostname=self._address[0])

    def get(self, url: str) -> Outcome:
        if self.setup.fresh:
            self._socket.close()
            self._socket = self._connect()
        sock, feed = self._socket, self._parser.feed
        sock.sendall(self._parser.request(url))
        while (outcome := feed(sock.recv(READ_SIZE))) is None:
            pass
        return outcome

    stream = get

    def in_thread(self) -> Blocking:
        return Limit(self.setup, self._name)

    def close(self) -> None:
        self._socket.close()
