"""What `content=` takes, made into a body that the core can send."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from typing import TypeAlias

from httpx.impl.core.bodies import (
    READ_SIZE,
    BytesSource,
    IterableSource,
    RequestBody,
    Slices,
    checked_piece,
    known_body,
)
from httpx.impl.core.files import Lending, is_open_file
from httpx.impl.core.measured import MeasuredStream, OnProgress, WatchedSource, measured_source
from httpx.impl.runtimes.detect import running
from httpx.interfaces.awaitable import Runtime, Source

from ._pieces import Pieces
from .interfaces import Content, Stream

ContentTypes: TypeAlias = bytes | str | Content | Stream | AsyncIterable[bytes] | Iterable[bytes]
"""What `content=` takes."""


def runtime() -> Runtime:
    """The runtime that reads files here: that of the running event loop."""
    return running()


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
    if isinstance(content, AsyncIterable):
        later: AsyncIterable[object] = content
        return RequestBody(opens=lambda: AsyncIterableSource(aiter(later)), replayable=False)
    if isinstance(content, Iterable):
        # A list can be gone through again; of anything else that cannot be known.
        pieces: Iterable[object] = content
        return RequestBody(
            opens=lambda: IterableSource(iter(pieces)),
            replayable=isinstance(content, (list, tuple)),
        )
    raise TypeError(
        f"content of type {type(content).__name__} cannot be sent: use bytes, str, JSON(...), "
        "Form(...), a stream with `async def read(size)`, or an iterable of bytes, async or not"
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

    async def read(self, size: int | None = None, /) -> bytes:
        """Read at most `size` bytes, 65,536 for `None`, and at least one; `b""` at the end.

        Raises:
            OSError: a file cannot be opened or read.
            RuntimeError: the stream is closed, or is being read already.
        """
        return await self._source.read(READ_SIZE if size is None else size)

    async def close(self) -> None:
        """Close the stream, and what was opened for it. Closing twice is no error."""
        await self._source.close()

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Iterate over the pieces, up to the end."""
        return Pieces(self.read)


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
        return checked_piece(await self._stream.read(size))

    async def close(self) -> None:
        """Close the stream."""
        await self._stream.close()


class AsyncIterableSource:
    """A user's async iterable of bytes as the core reads it."""

    __slots__ = ("_iterator", "_slices")

    def __init__(self, iterator: AsyncIterator[object]) -> None:
        self._iterator = iterator
        self._slices = Slices()

    async def read(self, size: int, /) -> bytes:
        """Take the next piece, at most `size` bytes of it."""
        while not self._slices:
            try:
                piece = await anext(self._iterator)
            except StopAsyncIteration:
                return b""
            self._slices = Slices(checked_piece(piece))
        return self._slices.take(size)

    async def close(self) -> None:
        """Close an async generator, so that its `finally` blocks run now."""
        close: Callable[[], Awaitable[None]] | None = getattr(self._iterator, "aclose", None)
        if close is not None:
            await close()
