"""Reading a chunked body (RFC 9112 section 7.1).

A chunk is a body of known length, so like one it is counted and not parsed; only the lines between
the chunks are looked at. The trailer section is left to the parser of heads.

Rules of this file:
1. A size is 1 to 16 hexadecimal digits and nothing else: no sign, no underscore, no prefix.
2. Lines end with CRLF, and so does the data of each chunk: anything else is damage, and damage is
   where two readers of one stream begin to disagree about where a message ends.
3. Extensions are skipped unread, but not without measure: a peer that wraps few bytes of data in
   many of extension only costs time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..values.errors import RemoteProtocolError

if TYPE_CHECKING:
    from .buffer import ReceiveBuffer

MAX_CHUNK_LINE = 4096
"""The longest chunk-size line, extensions included: the limit that Go and nginx hold to as well."""

MAX_OVERHEAD = 16 * 1024
"""How far the extensions of a body may outweigh its data before it is refused."""

_FREE_OVERHEAD = 24
"""What a chunk may spend on its lines without being charged for it: digits, a short extension."""

# Blanks after the size are outside the grammar, but old servers pad the size to a fixed width
# with them, and they leave no room for two readings.
_LINE_END = rb"(;[\t\x20-\x7e\x80-\xff]*)?[ \t]*\r\n"
_FIRST_LINE = re.compile(rb"([0-9A-Fa-f]{1,16})" + _LINE_END)
_NEXT_LINE = re.compile(rb"\r\n([0-9A-Fa-f]{1,16})" + _LINE_END)


class ChunkedReader:
    """Takes the data out of a chunked body, piece by piece."""

    __slots__ = ("_data_left", "_in_first_line", "_overhead", "_searched", "ended")

    ended: bool
    """The last chunk was read: what follows in the buffer is the trailer section."""
    _data_left: int
    _in_first_line: bool
    _overhead: int
    _searched: int

    def __init__(self) -> None:
        self.ended = False
        self._data_left = 0
        self._in_first_line = True
        self._overhead = 0
        self._searched = 0

    def read(self, buffer: ReceiveBuffer, max_bytes: int) -> bytes:
        """Give up to `max_bytes` of data, from as many chunks as are there; `b""` when none is.

        Reads on past the data to a last chunk that is there already, so that `ended` is known as
        early as it can be.

        Raises:
            RemoteProtocolError: a chunk is damaged.
        """
        pieces: list[bytes] = []
        room = max_bytes
        while True:
            if self._data_left:
                if not room:
                    break
                piece = buffer.take(self._data_left if self._data_left < room else room)
                if not piece:
                    break
                pieces.append(piece)
                room -= len(piece)
                self._data_left -= len(piece)
            if self._data_left or self.ended or not self._read_line(buffer):
                break
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def where(self) -> str:
        """Say what is being waited for, for an error message."""
        if self._data_left:
            return f"{self._data_left} bytes before the end of a chunk"
        return "before the last chunk"

    def _read_line(self, buffer: ReceiveBuffer) -> bool:
        """Read the end of a chunk and the size of the next; whether they were there."""
        line = _FIRST_LINE if self._in_first_line else _NEXT_LINE
        # A line that came in part is not tried again from its start for every byte that follows.
        if self._searched and buffer.data.find(b"\n", buffer.start + self._searched) < 0:
            self._check_incomplete(buffer)
            return False
        match = line.match(buffer.data, buffer.start)
        if match is None:
            self._check_incomplete(buffer)
            return False
        length = match.end() - buffer.start
        if length > MAX_CHUNK_LINE:
            raise _too_long()
        self._in_first_line = False
        self._searched = 0
        buffer.skip(length)
        self._data_left = size = int(match[1], 16)
        self.ended = not size
        if self._overhead or length > _FREE_OVERHEAD:
            self._charge(length, size)
        return True

    def _charge(self, length: int, size: int) -> None:
        self._overhead = max(0, self._overhead + length - _FREE_OVERHEAD - size)
        if self._overhead > MAX_OVERHEAD:
            raise RemoteProtocolError(
                "The chunked response body carries far more chunk extensions than data "
                f"({MAX_OVERHEAD} bytes more); refusing to read on."
            )

    def _check_incomplete(self, buffer: ReceiveBuffer) -> None:
        """Tell a line that is not all there yet from a damaged one."""
        held = len(buffer)
        begin = buffer.start
        if not self._in_first_line:
            end_of_data = bytes(buffer.data[begin : begin + 2])
            if not b"\r\n".startswith(end_of_data):
                raise RemoteProtocolError(
                    "The data of a chunk in the response body is not followed by CRLF but by "
                    f"{end_of_data!r}."
                )
            begin += 2
        newline = buffer.data.find(b"\n", max(begin, buffer.start + self._searched))
        if newline >= 0:
            shown = bytes(buffer.data[begin : min(newline + 1, begin + 40)])
            raise RemoteProtocolError(
                f"A chunk-size line of the response body is malformed: {shown!r}."
            )
        if held > MAX_CHUNK_LINE:
            raise _too_long()
        # The two bytes that end the data may hold the only newline there is.
        self._searched = max(held, begin - buffer.start)


def _too_long() -> RemoteProtocolError:
    return RemoteProtocolError(
        f"A chunk-size line of the response body is longer than {MAX_CHUNK_LINE} bytes."
    )
