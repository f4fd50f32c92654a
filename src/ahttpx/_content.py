"""What `content=` takes, made into a body that the core can send."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from typing import TypeAlias, TypeGuard

from httpx.impl.check import (
    AHTTPX_CONTENT,
    AHTTPX_STREAM,
    ON_PROGRESS,
    check_callback,
    check_interface,
)
from httpx.impl.core.bodies import (
    NO_BODY,
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
from httpx.impl.refusals import (
    check_pieces,
    check_size,
    checked_content_type,
    is_of_other,
    wrong_content,
    wrong_encoded,
)
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
    if content is None:
        return NO_BODY
    known = known_body(content)
    if known is not None:
        return known
    if is_of_other(content, "ahttpx"):
        raise wrong_content(content, "ahttpx")
    if isinstance(content, Content):
        check_interface(content, AHTTPX_CONTENT, given_as="content=...")
        return _body_of_encoder(content)
    if is_open_file(content):
        lent = Lending(content)
        return RequestBody(
            opens=lambda: lent.source(runtime),
            size=lent.size,
            replayable=lent.start is not None,
        )
    if isinstance(content, Stream):
        check_interface(content, AHTTPX_STREAM, given_as="content=...")
        return RequestBody(opens=lambda: StreamSource(content), replayable=False)
    _check_half_written(content)
    if isinstance(content, AsyncIterable):
        later: AsyncIterable[object] = content
        return RequestBody(opens=lambda: AsyncIterableSource(aiter(later)), replayable=False)
    if isinstance(content, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
        # A list can be gone through again; of anything else that cannot be known.
        pieces: Iterable[object] = content
        check_pieces(pieces)
        return RequestBody(
            opens=lambda: IterableSource(iter(pieces)),
            replayable=isinstance(content, (list, tuple)),
        )
    raise wrong_content(content, "ahttpx")


def _check_half_written(content: object) -> None:
    """Refuse what was meant to be a `Content` or a `Stream`, and lacks a part; say which."""
    kind = type(content)
    if hasattr(kind, "encode") or hasattr(kind, "content_type"):
        check_interface(content, AHTTPX_CONTENT, given_as="content=...")
    elif hasattr(kind, "read") and not hasattr(kind, "__iter__") and kind.__module__ != "ahttpx":
        check_interface(content, AHTTPX_STREAM, given_as="content=...")


def _body_of_encoder(content: Content) -> RequestBody:
    encoded = _encoded(content)
    kind = checked_content_type(content)
    if isinstance(encoded, bytes):
        return RequestBody(encoded, content_type=kind)
    first: list[Stream] = [encoded]

    def opens() -> Source:
        stream = first.pop() if first else _encoded(content)
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


def _encoded(content: Content) -> bytes | Stream:
    """What `content` gives as the body.

    Raises:
        TypeError: it is neither bytes nor a `Stream`; says what to write.
    """
    encoded: object = content.encode()
    if isinstance(encoded, bytes):
        return encoded
    if _is_stream(encoded):
        check_interface(encoded, AHTTPX_STREAM, given_as=f"{type(content).__name__}.encode()")
        return encoded
    raise wrong_encoded(encoded, content, "ahttpx")


def _is_stream(encoded: object) -> TypeGuard[Stream]:
    return isinstance(encoded, Stream) and not isinstance(encoded, type)


class ContentStream(MeasuredStream):
    """A body as a `Stream` that knows its size, and how far it was read."""

    __slots__ = ()

    async def read(self, size: int | None = None, /) -> bytes:
        """Read at most `size` bytes, 65,536 for `None`, and at least one; `b""` at the end.

        Raises:
            OSError: a file cannot be opened or read.
            RuntimeError: the stream is closed, or is being read already.
        """
        if size is None:
            size = READ_SIZE
        elif type(size) is not int or size < 0:
            check_size(size, "read(size)")
        return await self._source.read(size)

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
        TypeError: `on_progress` is no plain function of one parameter; or a body cannot be made
            of `content`, which is raised when the request is made.
    """

    __slots__ = ("_content", "_on_progress")

    def __init__(self, content: ContentTypes, on_progress: OnProgress) -> None:
        check_callback(on_progress, ON_PROGRESS, given_as="Watched(on_progress)")
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
