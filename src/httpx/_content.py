"""What `content=` takes, made into a body that the core can send."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from .impl.core.bodies import IterableSource, RequestBody, checked_piece, known_body
from .impl.runtimes.deadlines import check_deadline
from .interfaces.awaitable import Source
from .interfaces.content import Content, Stream

ContentTypes: TypeAlias = bytes | str | Content | Stream | Iterable[bytes]
"""What `content=` takes."""


def body_of_content(content: ContentTypes | None) -> RequestBody:
    """The body that `content` stands for.

    Raises:
        TypeError: a body cannot be made of this.
    """
    known = known_body(content)
    if known is not None:
        return known
    if isinstance(content, Content):
        return _body_of_encoder(content)
    if isinstance(content, Stream):
        return RequestBody(opens=lambda: StreamSource(content), replayable=False)
    if hasattr(content, "__aiter__"):
        raise TypeError(
            f"content of type {type(content).__name__} is asynchronous: hand over an ordinary "
            "iterable of bytes, or use ahttpx"
        )
    if isinstance(content, Iterable):
        pieces: Iterable[object] = content
        # A list can be gone through again; of anything else that cannot be known.
        return RequestBody(
            opens=lambda: IterableSource(iter(pieces)),
            replayable=isinstance(content, (list, tuple)),
        )
    raise TypeError(
        f"content of type {type(content).__name__} cannot be sent: use bytes, str, JSON(...), "
        "Form(...), a stream with read(size), or an iterable of bytes"
    )


def _body_of_encoder(content: Content) -> RequestBody:
    encoded = content.encode()
    kind = content.content_type()
    if isinstance(encoded, bytes):
        return RequestBody(encoded, content_type=kind)
    first: list[Stream] = [encoded]

    def opens() -> Source:
        stream = first.pop() if first else content.encode()
        if isinstance(stream, bytes):
            return IterableSource(iter((stream,)))
        return StreamSource(stream)

    return RequestBody(opens=opens, content_type=kind)


class StreamSource:
    """A user's stream as the core reads it."""

    __slots__ = ("_stream",)

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    async def read(self, size: int, /) -> bytes:
        """Read the next piece."""
        check_deadline("reading the request body")
        return checked_piece(self._stream.read(size))

    async def close(self) -> None:
        """Close the stream."""
        self._stream.close()
