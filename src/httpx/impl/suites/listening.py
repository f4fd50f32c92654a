"""The far end of the backend suite: a listener, and this process's sockets."""

from __future__ import annotations

import os
import socket
import stat

ACCEPT_SECONDS = 5.0
MOST_FILLERS = 300
"""Connections made to fill a listener's queue, before it is believed to have no end."""


class Listener:
    """A listening socket that a backend is pointed at; whoever has it closes it.

    Parameters:
        host: where to listen, if `sock` is not given.
        sock: a listening socket.
    """

    __slots__ = ("_fillers", "_sock")

    def __init__(self, host: str, sock: socket.socket | None) -> None:
        if sock is None:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            sock = socket.create_server((host, 0), family=family)
        self._sock = sock
        self._fillers: list[socket.socket] = []

    @property
    def port(self) -> int:
        """The port listened on; 80 for a listener that has none."""
        if self._sock.family not in (socket.AF_INET, socket.AF_INET6):
            return 80
        return int(self._sock.getsockname()[1])

    @property
    def url(self) -> str:
        """Where a server that listens here answers; where there is no address, it has any name."""
        if self._sock.family not in (socket.AF_INET, socket.AF_INET6):
            return "http://localhost/"
        host = str(self._sock.getsockname()[0])
        return f"http://[{host}]:{self.port}/" if ":" in host else f"http://{host}:{self.port}/"

    def accept(self, seconds: float = ACCEPT_SECONDS) -> socket.socket:
        """The far end of a connection that was made; a `TimeoutError` if none was."""
        self._sock.settimeout(seconds)
        try:
            sock = self._sock.accept()[0]
        except TimeoutError:
            raise TimeoutError("connect() returned, but no connection arrived") from None
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def fill(self) -> bool:
        """Fill the queue, so that nobody else is let in; tell whether that was possible."""
        self._sock.listen(0)
        while len(self._fillers) < MOST_FILLERS:
            sock = socket.socket(self._sock.family, socket.SOCK_STREAM)
            self._fillers.append(sock)
            sock.settimeout(0.05)
            try:
                sock.connect(self._sock.getsockname())
            except (TimeoutError, BlockingIOError):
                return True
        return False

    def drain(self) -> None:
        """Let go of the connections that filled the queue."""
        for sock in self._fillers:
            sock.close()
        self._sock.settimeout(0.02)
        try:
            while self._fillers:
                self._sock.accept()[0].close()
        except OSError:
            self._fillers.clear()  # the queue is empty
        self._sock.listen(100)

    def close(self) -> None:
        """Stop listening: from then on connections are refused."""
        for sock in self._fillers:
            sock.close()
        self._sock.close()


def open_sockets() -> set[int] | None:
    """The inodes of this process's sockets; `None` where the system does not tell."""
    found: set[int] = set()
    try:
        names = os.listdir("/dev/fd")
    except OSError:
        return None
    for name in names:
        try:
            status = os.fstat(int(name))
        except (OSError, ValueError):
            continue  # closed just now
        if stat.S_ISSOCK(status.st_mode):
            found.add(status.st_ino)
    return found


def sockets_left(had: set[int] | None) -> int:
    """How many sockets there are now that were not among `had`."""
    now = open_sockets()
    return 0 if had is None or now is None else len(now - had)
