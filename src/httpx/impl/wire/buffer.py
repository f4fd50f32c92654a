"""The bytes that were received and not consumed yet.

Rules of this file:
1. A piece that meets an empty buffer is kept as it is, so that a body which is read as it comes is
   never copied. Only what is left over when more arrives moves to a `bytearray`.
2. Every operation is linear in the bytes it adds or gives, however small the pieces are (CPython
   drops the front of a `bytearray` without moving the rest).
3. `data` is empty if, and only if, nothing is held.
"""

from __future__ import annotations


class ReceiveBuffer:
    """A queue of bytes; readers look at `data` from `start` on and then `take` or `skip`."""

    __slots__ = ("data", "start")

    data: bytes | bytearray
    """What is held; the part before `start` was consumed."""
    start: int
    """Where in `data` the unconsumed bytes begin."""

    def __init__(self) -> None:
        self.data = b""
        self.start = 0

    def __len__(self) -> int:
        return len(self.data) - self.start

    def append(self, piece: bytes) -> None:
        """Add what was received."""
        data = self.data
        if self.start == len(data):
            self.data = piece
            self.start = 0
        elif isinstance(data, bytearray):
            if self.start:
                del data[: self.start]
                self.start = 0
            data += piece
        else:
            fresh = bytearray(memoryview(data)[self.start :])
            fresh += piece
            self.data = fresh
            self.start = 0

    def peek(self, count: int) -> bytes:
        """Give a copy of the first `count` bytes, or of as many as there are."""
        return bytes(self.data[self.start : self.start + count])

    def take(self, count: int) -> bytes:
        """Remove and give the first `count` bytes, or as many as there are."""
        data = self.data
        start = self.start
        if count >= len(data) - start:
            self.data = b""
            self.start = 0
            if isinstance(data, bytes):
                return data[start:]  # the same object, if it is all of it
            return bytes(memoryview(data)[start:])
        self.start = start + count
        if isinstance(data, bytes):
            return data[start : self.start]
        return bytes(memoryview(data)[start : self.start])

    def skip(self, count: int) -> None:
        """Remove the first `count` bytes."""
        self.start += count
        if self.start == len(self.data):
            self.data = b""
            self.start = 0
