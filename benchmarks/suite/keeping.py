"""The server for idle connections: it runs in the parent, beside the worker.

The head of each response goes out at once, its body when as many connections as expected wait for
theirs. Requests for `/now` are answered at once.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from collections.abc import Generator

from .holding import NOW

BODY = b"kept"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(BODY)


class Keeper:
    """Accepts connections, and keeps them.

    Parameters:
        expected: bodies are sent when so many requests wait for theirs.
    """

    def __init__(self, expected: int) -> None:
        self._expected = expected
        self._waiting: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._stopping = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.accepted = 0

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def start(self) -> None:
        """Serve, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Close everything."""
        self._stopping = True
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            assert isinstance(key.fileobj, socket.socket)
            key.fileobj.close()
        self._selector.close()

    def _serve(self) -> None:
        while not self._stopping:
            for key, _ in self._selector.select(0.05):
                sock = key.fileobj
                assert isinstance(sock, socket.socket)
                if sock is self._listener:
                    self._accept()
                else:
                    self._answer(sock)

    def _accept(self) -> None:
        sock, _ = self._listener.accept()
        self.accepted += 1
        self._selector.register(sock, selectors.EVENT_READ)

    def _answer(self, sock: socket.socket) -> None:
        # Requests are small, and come whole.
        request = b""
        with contextlib.suppress(ConnectionError):
            request = sock.recv(65536)
        if not request:
            self._selector.unregister(sock)
            sock.close()
        elif request.split(b" ", 2)[1] == NOW.encode():
            sock.sendall(HEAD + BODY)
        else:
            sock.sendall(HEAD)
            self._waiting.append(sock)
            if len(self._waiting) == self._expected:
                for each in self._waiting:
                    each.sendall(BODY)
                self._waiting.clear()


@contextlib.contextmanager
def keeper(expected: int) -> Generator[Keeper]:
    """A server, for as long as the block lasts."""
    server = Keeper(expected)
    server.start()
    try:
        yield server
    finally:
        server.stop()
