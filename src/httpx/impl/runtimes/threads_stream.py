"""A TCP stream for threads: one system call where one will do.

Without a `timeout()` block the socket's own timeout, set once, bounds each call. Under a deadline
the wait is a `poll` before the call, because a socket's timeout is one for all threads, and a
reader and a writer may stand under different deadlines.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from math import inf
from time import monotonic

from ..values.errors import ReadError, Timeout, WriteError
from .addresses import peer_text, socket_info
from .deadlines import ThreadScope, soonest
from .polling import HAS_POLL, LONGEST, wait_readable, wait_writable, wait_writable_or_readable


class ThreadsStream:
    """A connected socket, read and written by blocking the calling thread."""

    __slots__ = (
        "_closed",
        "_inactivity",
        "_poll",
        "_reading",
        "_sock",
        "_unsent",
        "_writing",
        "peer",
    )

    def __init__(self, sock: socket.socket, inactivity: float | None) -> None:
        # Never without one: a blocking `send` stays until the system has taken all of its data.
        # Where there is no limit, the socket is waited for before the call, for ever if need be.
        sock.settimeout(LONGEST if inactivity is None else inactivity)
        self._sock = sock
        self._inactivity = inactivity
        # Asked now: a closed socket does not know it any more.
        self.peer: str = peer_text(sock)
        self._poll: select.poll | None = None
        self._closed = False
        self._reading = False
        self._writing = False
        self._unsent = memoryview(b"")

    _closing = "the stream was closed on this side meanwhile"

    async def read(self, max_bytes: int) -> bytes:
        """Read what has arrived; `b""` at the end."""
        if self._reading or self._closed:
            raise self._misused("read", self._reading)
        self._reading = True
        try:
            scope = soonest()
            if scope is not None or self._inactivity is None:
                self._wait(wait_readable, scope, "reading from")
            data = self._sock.recv(max_bytes)
        except OSError as error:
            raise ReadError(self._failed("reading from", error)) from error
        finally:
            self._reading = False
            if self._closed:
                self._free()
        if self._closed:  # by another thread: the end that was read is of our own making
            raise ReadError(f"reading from {self.peer} failed: {self._closing}")
        return data

    async def write(self, data: bytes) -> None:
        """Write all of `data`; a write that is cut short leaves the stream aborted."""
        self._write(data, self._send_all)

    async def push(self, data: bytes) -> bool:
        """Write `data`, but let what arrives come first; see `RawStream.push`."""
        return self._write(data, self._send_unless_arrived)

    def _write(self, data: bytes, send: Callable[[bytes], bool]) -> bool:
        if self._writing or self._closed:
            raise self._misused("write", self._writing)
        self._writing = True
        cut_short = True
        try:
            done = send(data)
            cut_short = False
            return done
        except OSError as error:
            failure = WriteError(self._failed("writing to", error))
            cut_short = False  # it broke: what the peer has sent before can still be read
            raise failure from error
        finally:
            self._writing = False
            if cut_short:
                self.abort()
            if self._closed:
                self._free()

    def _send_all(self, data: bytes) -> bool:
        sent = self._send(data)
        if sent != len(data):
            rest = memoryview(data)[sent:]
            while rest:
                rest = rest[self._send(rest) :]
        return True

    def _send_unless_arrived(self, data: bytes) -> bool:
        if data:
            self._unsent = memoryview(data)
        readable = False

        def ready(sock: socket.socket, seconds: float) -> bool:
            nonlocal readable
            writable, readable = wait_writable_or_readable(sock, seconds)
            return writable or readable

        while self._unsent:
            self._wait(ready, soonest(), "writing to")
            if readable:
                return False
            self._unsent = self._unsent[self._sock.send(self._unsent) :]
        return True

    def _send(self, data: bytes | memoryview) -> int:
        scope = soonest()
        if scope is not None or self._inactivity is None:
            self._wait(wait_writable, scope, "writing to")
        return self._sock.send(data)

    def _wait(
        self, ready: Callable[[socket.socket, float], bool], scope: ThreadScope | None, doing: str
    ) -> None:
        """Wait until the socket is ready, under the deadline of `scope`."""
        while True:
            left = inf if scope is None else scope.deadline - monotonic()
            if left <= 0 and scope is not None:
                raise scope.expire(f"{doing} {self.peer}")
            limit = self._inactivity
            seconds = left if limit is None else min(left, limit)
            if ready(self._sock, seconds):
                return
            if limit is not None and limit < left:
                raise TimeoutError

    def _failed(self, doing: str, error: OSError) -> str:
        """What to say of a system call that failed; raises for the inactivity limit."""
        if isinstance(error, TimeoutError) and error.errno is None:  # Python's, not the system's
            raise Timeout(
                f"inactivity_timeout of the network backend ({self._inactivity:g} s) passed while "
                f"{doing} {self.peer}"
            ) from error
        return f"{doing} {self.peer} failed: {self._closing if self._closed else error}"

    def get_extra_info(self, key: str) -> object:
        """What is known of the socket."""
        return socket_info(self._sock, key)

    def take(self) -> bytes | None:
        """What has arrived, without waiting: `None` if there is nothing, `b""` at the end."""
        if self._closed:
            return b""
        if self.is_quiet():
            return None
        try:
            return self._sock.recv(65536)
        except OSError:
            return b""  # an error ends a stream as well

    def is_quiet(self) -> bool:
        """Tell whether nothing has arrived that was not read."""
        if self._closed:
            return False
        if not HAS_POLL:
            return not wait_readable(self._sock, 0)
        poll = self._poll  # another thread may close this stream, and drop it
        if poll is None:
            poll = select.poll()
            try:
                poll.register(self._sock, select.POLLIN)
            except ValueError:
                return False  # closed by another thread just now
            # Kept: making one each time costs more than asking it.
            self._poll = poll
        return not poll.poll(0)

    def abort(self) -> None:
        """Close at once; a thread that is reading or writing gets its error now."""
        if self._closed:
            return
        self._closed = True
        try:
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # not connected any more: there is nobody to wake
        if not self._reading and not self._writing:
            self._free()

    def drop(self) -> None:
        """Close this process's copy of the descriptor and tell nobody: after a fork."""
        self._closed = True
        self._sock.close()

    async def close(self) -> None:
        """Close, leaving what was written to the system to deliver."""
        self._closed = True
        if self._reading or self._writing:
            self._closed = False
            self.abort()
        else:
            self._free()

    def _free(self) -> None:
        # Not while another thread is inside a system call on the descriptor: the number could be
        # given to another file under that call. The call's own end frees it then.
        if not self._reading and not self._writing:
            self._poll = None
            self._sock.close()

    def _misused(self, verb: str, busy: bool) -> RuntimeError:
        if self._closed:
            return RuntimeError(f"cannot {verb}: this stream to {self.peer} is closed")
        return RuntimeError(
            f"cannot {verb}: another thread is in the middle of a {verb} on this stream to "
            f"{self.peer}; a stream takes one reader and one writer at a time"
        )
