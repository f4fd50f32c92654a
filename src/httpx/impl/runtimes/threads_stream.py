"""A TCP stream for threads: one system call where one will do.

Without a `timeout()` block a read blocks, and the system itself bounds it (`SO_RCVTIMEO`, set
once). Python's own way, `socket.settimeout`, is a `poll` before each call, and lets go of the
interpreter twice. A write does not wait at first, as there is nearly always room. Under a deadline,
where there is no room, and in the main thread, which signals interrupt, the wait is a `poll`, and
the call after it does not block.

Where there is no `poll`, and with sockets that do more than carry bytes (`ssl.SSLSocket`), it is
Python's own way.

Rule: a call on the socket is made only while `_reading` or `_writing` is set and `_closed` was
found unset after that. Whoever closes looks at them in the other order, so the descriptor's number
cannot be given to another file meanwhile.
"""

from __future__ import annotations

import socket
from _thread import get_ident
from collections.abc import Callable
from errno import EBADF
from math import inf
from threading import main_thread
from time import monotonic

from ..values.errors import ReadError, Timeout, WriteError
from .addresses import peer_text, socket_info
from .deadlines import ThreadScope, soonest
from .polling import (
    LONGEST,
    READABLE,
    is_readable,
    limit_waits,
    milliseconds,
    wait_readable,
    wait_writable,
    wait_writable_or_readable,
)
from .scopes import innermost

MAIN_THREAD = main_thread().ident

LOOK_EVERY = 0.001
"""Seconds between two looks for an arrival, while there is room for what is pushed. A look costs a
system call, and pieces that do not have to be waited for come fifty times as often."""

NOTHING = memoryview(b"")
"""One for all streams: a view of its own costs an idle connection 310 bytes."""

NEVER = -inf


class ThreadsStream:
    """A connected socket, read and written by blocking the calling thread."""

    __slots__ = (
        "_at_once",
        "_closed",
        "_inactivity",
        "_looked",
        "_patience",
        "_reading",
        "_sock",
        "_unsent",
        "_writing",
        "peer",
    )

    def __init__(self, sock: socket.socket, inactivity: float | None) -> None:
        # The flag by which a call does not block; 0 where Python's own timeout is what there is.
        # Never without one there: a blocking `send` stays until all of its data is taken. Where
        # there is no limit, the socket is waited for before the call, for ever if need be.
        self._at_once = 0
        plain = type(sock) is socket.socket and "recv" not in vars(type(sock))
        if plain and limit_waits(sock, inactivity):
            self._at_once = socket.MSG_DONTWAIT
        else:
            sock.settimeout(LONGEST if inactivity is None else inactivity)
        self._sock = sock
        self._inactivity = inactivity
        endless = inactivity is None or inactivity > LONGEST
        self._patience = -1 if endless else milliseconds(inactivity or 0)
        # Asked now: a closed socket does not know it any more.
        self.peer: str = peer_text(sock)
        self._closed = False
        self._reading = False
        self._writing = False
        self._unsent = NOTHING
        self._looked = NEVER  # when a push looked last whether something has arrived

    _closing = "the stream was closed on this side meanwhile"

    async def read(self, max_bytes: int) -> bytes:
        """Read what has arrived; `b""` at the end."""
        if self._reading or self._closed:
            raise self._misused("read", self._reading)
        self._reading = True
        try:
            if self._closed:
                raise OSError(EBADF, self._closing)
            if innermost.get() is None and (self._at_once or self._inactivity is not None):
                if self._at_once and get_ident() == MAIN_THREAD:
                    self._await_input()
                data = self._sock.recv(max_bytes)
            else:
                data = self._read_in_time(max_bytes)
        except OSError as error:
            raise ReadError(self._failed("reading from", error)) from error
        finally:
            self._reading = False
            if self._closed:
                self._free()
        if self._closed:  # by another thread: the end that was read is of our own making
            raise ReadError(f"reading from {self.peer} failed: {self._closing}")
        return data

    async def read_into(self, buffer: memoryview) -> int:
        """Read what has arrived into `buffer`; how many bytes, 0 at the end."""
        if self._reading or self._closed:
            raise self._misused("read", self._reading)
        self._reading = True
        try:
            if self._closed:
                raise OSError(EBADF, self._closing)
            if innermost.get() is None and (self._at_once or self._inactivity is not None):
                if self._at_once and get_ident() == MAIN_THREAD:
                    self._await_input()
                count = self._sock.recv_into(buffer)
            else:
                count = self._read_into_in_time(buffer)
        except OSError as error:
            raise ReadError(self._failed("reading from", error)) from error
        finally:
            self._reading = False
            if self._closed:
                self._free()
        if self._closed:  # by another thread: the end that was read is of our own making
            raise ReadError(f"reading from {self.peer} failed: {self._closing}")
        return count

    def _await_input(self) -> None:
        """Wait for something to read, in the main thread.

        Python begins a `recv` anew after each signal, and with it the system's limit: a program
        with a timer would wait for a silent peer for ever. A `poll` it gives the rest of the time.
        """
        try:
            if is_readable(self._sock, self._patience):
                return
        except ValueError:  # as in `_wait`
            raise OSError(EBADF, self._closing) from None
        raise TimeoutError

    def _read_in_time(self, max_bytes: int) -> bytes:
        """Read under a deadline, or where there is no limit on inactivity."""
        scope = soonest()
        while True:
            self._wait(wait_readable, scope, "reading from")
            try:
                return self._sock.recv(max_bytes, self._at_once)
            except BlockingIOError:
                continue  # the system changed its mind: a checksum was wrong

    def _read_into_in_time(self, buffer: memoryview) -> int:
        """The same into a buffer."""
        scope = soonest()
        while True:
            self._wait(wait_readable, scope, "reading from")
            try:
                return self._sock.recv_into(buffer, len(buffer), self._at_once)
            except BlockingIOError:
                continue  # as above

    async def write(self, data: bytes) -> None:
        """Write all of `data`; a write that is cut short leaves the stream aborted."""
        if self._writing or self._closed:
            raise self._misused("write", self._writing)
        self._writing = True
        cut_short = True
        try:
            scope = None if innermost.get() is None else soonest()
            if scope is not None and scope.deadline <= monotonic():
                raise scope.expire(f"writing to {self.peer}")
            sent = 0
            if self._closed:
                raise OSError(EBADF, self._closing)
            if self._at_once:
                try:
                    sent = self._sock.send(data, self._at_once)
                except BlockingIOError:
                    pass  # no room: that is waited for below
            if sent != len(data):
                self._send_all(memoryview(data)[sent:], scope)
            cut_short = False
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

    async def push(self, data: bytes) -> bool:
        """Write `data`, but let what arrives come first; see `RawStream.push`."""
        if self._writing or self._closed:
            raise self._misused("write", self._writing)
        self._writing = True
        cut_short = True
        try:
            now = monotonic()
            scope = None if innermost.get() is None else soonest()
            if scope is not None and scope.deadline <= now:
                raise scope.expire(f"writing to {self.peer}")
            if self._closed:
                raise OSError(EBADF, self._closing)
            if data:
                sent = 0
                if self._at_once and (now - self._looked < LOOK_EVERY or self._looks_quiet(now)):
                    try:  # nearly always there is room: no call that waits for it
                        sent = self._sock.send(data, self._at_once)
                    except BlockingIOError:
                        pass  # that is waited for below
                if sent != len(data):
                    self._unsent = memoryview(data)[sent:]
            done = not self._unsent or self._send_unless_arrived(scope)
            cut_short = False
            return done
        except OSError as error:
            failure = WriteError(self._failed("writing to", error))
            cut_short = False  # as in `write`
            raise failure from error
        finally:
            self._writing = False
            if cut_short:
                self.abort()
            if self._closed:
                self._free()

    def _send_all(self, rest: memoryview, scope: ThreadScope | None) -> None:
        """Send `rest`, waiting before each step for the peer to take some."""
        waits = self._at_once or scope is not None or self._inactivity is None
        while rest:
            if waits:
                self._wait(wait_writable, scope, "writing to")
            if self._closed:
                raise OSError(EBADF, self._closing)
            try:
                rest = rest[self._sock.send(rest, self._at_once) :]
            except BlockingIOError:
                continue  # the system changed its mind

    def _looks_quiet(self, now: float) -> bool:
        """Look whether nothing has arrived, and remember when that was."""
        self._looked = now
        return self.is_quiet()

    def _send_unless_arrived(self, scope: ThreadScope | None) -> bool:
        """Send what is unsent, waiting before each step; `False` if something arrives first."""
        while self._unsent:
            if self._wait(wait_writable_or_readable, scope, "writing to") & READABLE:
                return False
            if self._closed:
                raise OSError(EBADF, self._closing)
            try:
                self._unsent = self._unsent[self._sock.send(self._unsent, self._at_once) :]
            except BlockingIOError:
                continue  # the system changed its mind
        self._unsent = NOTHING  # an empty slice would keep all of the data
        return True

    def _wait(
        self, ready: Callable[[socket.socket, float], int], scope: ThreadScope | None, doing: str
    ) -> int:
        """Wait until the socket is ready, under the deadline of `scope`; what `ready` said."""
        while True:
            left = inf if scope is None else scope.deadline - monotonic()
            if left <= 0 and scope is not None:
                raise scope.expire(f"{doing} {self.peer}")
            limit = self._inactivity
            seconds = left if limit is None else min(left, limit)
            try:
                found = ready(self._sock, seconds)
            except ValueError:  # there is no descriptor: another thread closed it just now
                raise OSError(EBADF, self._closing) from None
            if found:
                return found
            if limit is not None and limit < left:
                raise TimeoutError

    def _failed(self, doing: str, error: OSError) -> str:
        """What to say of a system call that failed; raises for the inactivity limit."""
        # The system's limit on waits, or Python's; not the system's own for a peer that is gone.
        if isinstance(error, BlockingIOError) or (
            isinstance(error, TimeoutError) and error.errno is None
        ):
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
            return self._sock.recv(65536, self._at_once)
        except BlockingIOError:
            return None  # the system changed its mind
        except OSError:
            return b""  # an error ends a stream as well

    def is_quiet(self) -> bool:
        """Tell whether nothing has arrived that was not read."""
        if self._closed:
            return False
        try:
            return not is_readable(self._sock)
        except ValueError:
            return False  # closed by another thread just now

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
            self._sock.close()

    def _misused(self, verb: str, busy: bool) -> RuntimeError:
        if self._closed:
            return RuntimeError(f"cannot {verb}: this stream to {self.peer} is closed")
        return RuntimeError(
            f"cannot {verb}: another thread is in the middle of a {verb} on this stream to "
            f"{self.peer}; a stream takes one reader and one writer at a time"
        )
