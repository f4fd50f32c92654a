"""Asking the system which sockets are ready."""

from __future__ import annotations

import select
from collections.abc import Sequence
from socket import SO_RCVTIMEO, SOL_SOCKET
from struct import calcsize, pack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

LONGEST = 86_400.0
"""A day: the longest single wait asked of the system, whose own limits are hard to know."""

HAS_POLL = hasattr(select, "poll")
"""Windows has none; `select` there serves as well, having no limit on descriptor numbers."""

READABLE = 1
WRITABLE = 2


def limit_waits(sock: socket.socket, seconds: float | None) -> bool:
    """Have calls on `sock` block, and the system bound reads by `seconds`; `None` for no limit.

    A read that reaches the limit fails with `BlockingIOError`. Returns `False`, and nothing is
    changed, where the system cannot, or is not known to.
    """
    # A `timeval` is two longs where they have 64 bits. Elsewhere its layout depends on the C
    # library; there is Python's own timeout.
    if not HAS_POLL or calcsize("l") != 8:
        return False
    if seconds is None or seconds > LONGEST:
        limit = pack("ll", 0, 0)
    else:
        microseconds = max(1, int(seconds * 1_000_000))  # 0 would be no limit at all
        limit = pack("ll", *divmod(microseconds, 1_000_000))
    sock.settimeout(None)
    sock.setsockopt(SOL_SOCKET, SO_RCVTIMEO, limit)
    return True


def milliseconds(seconds: float) -> int:
    """`seconds` for a `poll`; rounded up, or an early return would be asked again and again."""
    return int(min(seconds, LONGEST) * 1000) + 1 if seconds > 0 else 0


def wait_readable(sock: socket.socket, seconds: float) -> bool:
    """Wait until a read would not block; tell whether it is so."""
    if not HAS_POLL:
        return bool(select.select([sock], [], [], min(seconds, LONGEST))[0])
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(milliseconds(seconds)))


def is_readable(sock: socket.socket, wait: int = 0) -> bool:
    """Tell whether a read would not block. Asked before each use of a kept connection.

    Parameters:
        wait: for how long to wait for that, in milliseconds; below 0 for ever.

    Raises `ValueError` if the socket was closed.
    """
    if not HAS_POLL:
        return bool(select.select([sock], [], [], wait / 1000 if wait >= 0 else None)[0])
    # `select` would cost 0.3 microseconds more, and a `recv` that fails 0.6. A poll object that
    # is kept would save 0.2, and cost each idle connection 290 bytes.
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(wait))


def wait_writable(sock: socket.socket, seconds: float) -> bool:
    """Wait until a write would not block; tell whether it is so."""
    return bool(settled([sock], seconds))


def wait_writable_or_readable(sock: socket.socket, seconds: float) -> int:
    """Wait until a write or a read would not block; `WRITABLE`, `READABLE` or both, 0 if neither.

    A socket that has failed is writable: a write tells how.
    """
    if not HAS_POLL:
        readable, writable, _ = select.select([sock], [sock], [], min(seconds, LONGEST))
        return (WRITABLE if writable else 0) | (READABLE if readable else 0)
    poll = select.poll()
    poll.register(sock, select.POLLIN | select.POLLOUT)
    for _, events in poll.poll(milliseconds(seconds)):
        return (WRITABLE if events & ~select.POLLIN else 0) | (
            READABLE if events & select.POLLIN else 0
        )
    return 0


def settled(pending: Sequence[socket.socket], seconds: float) -> list[socket.socket]:
    """Those of the sockets that can be written to, or that have failed, after `seconds`."""
    if not HAS_POLL:  # a failed connect is told as an exceptional condition there
        _, writable, failed = select.select([], pending, pending, min(seconds, LONGEST))
        return [*writable, *failed]
    poll = select.poll()
    by_descriptor = {sock.fileno(): sock for sock in pending}
    for descriptor in by_descriptor:
        poll.register(descriptor, select.POLLOUT)
    return [by_descriptor[ready] for ready, _ in poll.poll(milliseconds(seconds))]
