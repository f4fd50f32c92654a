"""The HTTP/1.1 engine that is used unless h11 is asked for: it takes plain response heads itself.

Rule: a head that `fast_head` declines, or one whose framing is not plain, is left in the buffer
and goes to h11 from its first byte. Everything but response heads is the other engine's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .engine import Framing
from .fast_heads import fast_head
from .h11_engine import H11Engine
from .heads import MAX_HEAD

if TYPE_CHECKING:
    from .engine import ResponseStart

_LENGTH: Final = Framing.LENGTH
_EMPTY_LINE: Final = 4
"""The length of what ends a head: the CRLF of its last line, and the empty line."""


class FastEngine(H11Engine):
    """An `H11Engine` with a short cut in front; see `HTTPEngine` for what its members mean."""

    __slots__ = ()

    response_done: bool
    started: bool

    def receive(self, data: bytes) -> None:
        """Take bytes from the peer; `b""` means that its stream ended."""
        buffer = self._buffer
        if data and not buffer.data and not self._ended:  # nearly always
            self.started = True
            buffer.data = data
            buffer.start = 0
        else:
            super().receive(data)

    def next_start(self) -> ResponseStart | None:
        """Give the next response head, or `None` when it is incomplete."""
        if not self._awaits_head:
            return super().next_start()
        buffer = self._buffer
        data = buffer.data
        begin = buffer.start
        searched = self._searched
        end = data.find(b"\r\n\r\n", begin + searched - 3 if searched > 3 else begin)
        method = self._method
        if not 0 < end - begin <= MAX_HEAD - _EMPTY_LINE or method == b"CONNECT":
            return super().next_start()
        taken = fast_head(bytes(data[begin:end]))
        if taken is None:
            return super().next_start()
        start, length = taken
        status = start[0]
        if method == b"HEAD" or status == 204 or status == 304:
            self.response_done = True
        elif length is None:
            return super().next_start()
        else:
            self.framing = _LENGTH
            self._content_left = length
            self.response_done = not length
        self._awaits_head = False
        end += _EMPTY_LINE
        if end == len(data):
            buffer.data = b""
            end = 0
        buffer.start = end
        return start
