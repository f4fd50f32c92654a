"""Request bodies: known at once, or read piece by piece, and whether they can be sent again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from ..values.content import Known
from ..values.errors import BodyNotReplayable
from ..values.headers import Headers
from ..values.methods import EXPECTS_BODY

if TYPE_CHECKING:
    from ...interfaces.awaitable import Source

READ_SIZE = 65536
"""Bytes read at once, from sources and from channels."""

FRAMING = frozenset(("transfer-encoding", "trailer", "expect"))
"""Fields, beside `Content-*`, that mean nothing without a body."""


class RequestBody:
    """The body of a request.

    Parameters:
        data: all of it, where it is known at once.
        opens: makes a source of it, where it is not.
        size: its length in bytes, `None` if unknown.
        content_type: its media type, `None` if it has none.
        replayable: whether `opens` may be called more than once.
    """

    __slots__ = ("_opened", "_opens", "content_type", "data", "replayable", "size")

    def __init__(
        self,
        data: bytes | None = None,
        *,
        opens: Callable[[], Source] | None = None,
        size: int | None = None,
        content_type: str | None = None,
        replayable: bool = True,
    ) -> None:
        self.data: bytes | None = data
        self.size: int | None = size if data is None else len(data)
        self.content_type: str | None = content_type
        self.replayable: bool = replayable
        self._opens = opens
        self._opened = False

    @property
    def spent(self) -> bool:
        """Whether it cannot be sent (again)."""
        return self._opened and not self.replayable

    def open(self) -> Source:
        """A source of the whole body, from its beginning.

        Raises:
            BodyNotReplayable: it was opened before, and can be read only once.
        """
        if self.data is not None:
            return BytesSource(self.data)
        if self.spent or self._opens is None:
            raise BodyNotReplayable(
                "the request body was read already and cannot be read again: send bytes, or a "
                "Content whose encode() returns a fresh stream each time"
            )
        self._opened = True
        return self._opens()


NO_BODY = RequestBody(b"")
"""What a request without content carries."""


def known_body(content: object) -> RequestBody | None:
    """The body that `content` is, where that is known at once; `None` where it has to be read.

    Raises:
        TypeError: a body cannot be made of this; says what to write.
    """
    if content is None:
        return NO_BODY
    if isinstance(content, bytes):
        return RequestBody(content)
    if isinstance(content, str):
        return RequestBody(content.encode("utf-8"))
    if isinstance(content, Known):
        return RequestBody(content.encode(), content_type=content.content_type())
    if isinstance(content, bytearray):
        return RequestBody(bytes(content))
    if isinstance(content, memoryview):
        return RequestBody(content.tobytes())
    if isinstance(content, Mapping):
        raise TypeError(
            "content is a mapping, which could be meant in two ways: write JSON(...) or Form(...)"
        )
    if isinstance(content, type):
        raise TypeError(f"content is the class {content.__name__}: hand over an instance of it")
    return None


def with_content_headers(method: str, headers: Headers, body: RequestBody) -> Headers:
    """`headers`, and what they do not say yet of the body; what they say stays."""
    if body is NO_BODY:
        if method not in EXPECTS_BODY or "Transfer-Encoding" in headers:
            return headers
        return headers.copy_setdefault("Content-Length", "0")
    if body.content_type is not None:
        headers = headers.copy_setdefault("Content-Type", body.content_type)
    if "Content-Length" in headers or "Transfer-Encoding" in headers:
        return headers
    if body.size is not None:
        return headers.copy_set("Content-Length", str(body.size))
    return headers.copy_set("Transfer-Encoding", "chunked")


def without_body_headers(headers: Headers) -> Headers:
    """`headers` without those that describe a body: `Content-*` and what frames it."""
    for name in list(headers):
        if name.lower().startswith("content-") or name.lower() in FRAMING:
            headers = headers.copy_remove(name)
    return headers


class Slices:
    """Bytes that are handed out in pieces; cut where they are, so that it costs one copy."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes = b"") -> None:
        self._data = data
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def take(self, size: int) -> bytes:
        """The next bytes, at most `size`; `b""` when there are no more."""
        data, at = self._data, self._at
        if at == 0 and len(data) <= size:
            self._data = b""
            return data
        self._at = at + size
        return data[at : at + size]


class BytesSource:
    """Bytes that are all here, as the core reads them piece by piece."""

    __slots__ = ("_slices",)

    def __init__(self, data: bytes) -> None:
        self._slices = Slices(data)

    async def read(self, size: int, /) -> bytes:
        """Take the next piece."""
        return self._slices.take(size)

    async def close(self) -> None:
        """There is nothing to free."""


_END = object()


class IterableSource:
    """A user's iterable of bytes as the core reads it."""

    __slots__ = ("_iterator", "_rest")

    def __init__(self, iterator: Iterator[object]) -> None:
        self._iterator = iterator
        self._rest: Slices | None = None  # of a piece that was too long; most are not

    async def read(self, size: int, /) -> bytes:
        """Take the next piece, at most `size` bytes of it."""
        return self.next_piece(size)

    def next_piece(self, size: int) -> bytes:
        """Take the next piece, at most `size` bytes of it."""
        if self._rest:
            return self._rest.take(size)
        while (found := next(self._iterator, _END)) is not _END:
            piece = found if type(found) is bytes else checked_piece(found)  # a call less
            if len(piece) > size:
                self._rest = Slices(piece)
                return self._rest.take(size)
            if piece:
                return piece
        return b""

    async def close(self) -> None:
        """Close a generator, so that its `finally` blocks run now."""
        close: Callable[[], object] | None = getattr(self._iterator, "close", None)
        if close is not None:
            close()


def checked_piece(piece: object) -> bytes:
    """A piece of a body, which must be bytes.

    Raises:
        TypeError: it is something else.
    """
    if not isinstance(piece, bytes):
        raise TypeError(
            f"a piece of the body is of type {type(piece).__name__}: a stream or iterable handed "
            "over as content gives bytes"
        )
    return piece
