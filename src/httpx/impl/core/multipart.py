"""A `multipart/form-data` body as a source: the values, one after the other, and what is between.

Rules:
1. A value is opened when its turn comes and closed before the next one is opened.
2. What is short goes together: a part's head travels with the beginning of its value.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..values.multipart import PART_END, closing
from .bodies import RequestBody, Slices

if TYPE_CHECKING:
    from ...interfaces.awaitable import Source


class MultiPartSource:
    """The body of a form.

    Parameters:
        parts: the head and the value of each part.
        boundary: the boundary that is in the heads.
    """

    __slots__ = ("_closed", "_current", "_ready", "_waiting", "position", "replayable", "size")

    def __init__(self, parts: Sequence[tuple[bytes, RequestBody]], boundary: str) -> None:
        waiting: deque[bytes | RequestBody] = deque()
        for head, value in parts:
            waiting += (head, value if value.data is None else value.data, PART_END)
        waiting.append(closing(boundary))
        self._waiting = waiting
        self._ready = Slices()
        self._current: Source | None = None
        self._closed = False
        self.size: int | None = total_size(waiting)
        self.position: int = 0
        self.replayable: bool = all(value.replayable for _, value in parts)

    async def read(self, size: int, /) -> bytes:
        """Read the next piece."""
        if self._closed:
            raise RuntimeError("reading the form is not possible: the stream is closed")
        pieces: list[bytes] = []
        room = size
        while room:
            piece = await self._next(room)
            if not piece:
                break
            pieces.append(piece)
            room -= len(piece)
            if self._current is not None:
                break  # more of this value may have to be waited for: send what is here
        self.position += size - room
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def _next(self, size: int) -> bytes:
        """The next bytes of whatever it is the turn of; `b""` at the end of everything."""
        while True:
            if self._current is not None:
                piece = await self._current.read(size)
                if piece:
                    return piece
                await self._close_current()
            elif self._ready:
                return self._ready.take(size)
            elif not self._waiting:
                return b""
            else:
                following = self._waiting.popleft()
                if isinstance(following, bytes):
                    self._ready = Slices(following)
                else:
                    self._current = following.open()

    async def _close_current(self) -> None:
        current, self._current = self._current, None
        if current is not None:
            await current.close()

    async def close(self) -> None:
        """Close the value that is being read; the others are not open."""
        self._closed = True
        await self._close_current()


def total_size(pieces: Sequence[bytes | RequestBody]) -> int | None:
    """The bytes in all, `None` if that is not known of one."""
    total = 0
    for piece in pieces:
        size = len(piece) if isinstance(piece, bytes) else piece.size
        if size is None:
            return None
        total += size
    return total
