"""What `content=` takes, made into a body that the core can send."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from .impl.core.bodies import (
    READ_SIZE,
    BytesSource,
    IterableSource,
    RequestBody,
    checked_piece,
    known_body,
)
from .impl.core.files import Lending, is_open_file
from .impl.core.measured import MeasuredStream, OnProgress, WatchedSource, measured_source
from .impl.drive import run
from .impl.runtimes.deadlines import check_deadline
from .impl.runtimes.threads import RUNTIME
from .interfaces.awaitable import Runtime, Source
from .interfaces.content import Content, Stream

ContentTypes: TypeAlias = bytes | str | Content | Stream | Iterable[bytes]
"""What `content=` takes."""


def runtime() -> Runtime:
    """The runtime that reads files here: threads."""
    return RUNTIME


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
    if is_open_file(content):
        lent = Lending(content)
        return RequestBody(
            opens=lambda: lent.source(runtime),
            size=lent.size,
            replayable=lent.start is not None,
        )
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
            return BytesSource(stream)
        if isinstance(stream, MeasuredStream):
            return measured_source(stream)
        return StreamSource(stream)

    if not isinstance(encoded, MeasuredStream):
        return RequestBody(opens=opens, content_type=kind)
    source = measured_source(encoded)
    return RequestBody(
        opens=opens, size=source.size, content_type=kind, replayable=source.replayable
    )


class ContentStream(MeasuredStream):
    """A body as a `Stream` that knows its size, and how far it was read."""

    __slots__ = ()

    def read(self, size: int | None = None, /) -> bytes:
        """Read at most `size` bytes, 65,536 for `None`, and at least one; `b""` at the end.

        Raises:
            OSError: a file cannot be opened or read.
            RuntimeError: the stream is closed, or is being read already.
        """
        return run(self._source.read(READ_SIZE if size is None else size))

    def close(self) -> None:
        """Close the stream, and what was opened for it. Closing twice is no error."""
        run(self._source.close())

    def __iter__(self) -> Iterator[bytes]:
        """Iterate over the pieces, up to the end."""
        while piece := self.read():
            yield piece


class Watched:
    """Content of any kind that tells how far it has been sent.

    Parameters:
        content: what is sent.
        on_progress: called with a `Progress` after each piece (of 64 KiB or less) that the network
            has taken; for the last one `done` is the size. It must not block, and what it raises
            ends the request. Sent again, after a redirect, the content begins at zero again.

    Raises:
        TypeError: a body cannot be made of `content`; raised when the request is made.
    """

    __slots__ = ("_content", "_on_progress")

    def __init__(self, content: ContentTypes, on_progress: OnProgress) -> None:
        self._content = content
        self._on_progress = on_progress

    def encode(self) -> Stream:
        """A stream of the content."""
        return ContentStream(WatchedSource(body_of_content(self._content), self._on_progress))

    def content_type(self) -> str | None:
        """The media type of the content."""
        return self._content.content_type() if isinstance(self._content, Content) else None

    def __repr__(self) -> str:
        return f"<Watched {self._content!r}>"


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
