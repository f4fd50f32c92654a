"""What `content=` takes, made into a body that the core can send."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from typing import TypeAlias

from httpx.impl.core.bodies import IterableSource, RequestBody, checked_piece, known_body
from httpx.interfaces.awaitable import Source

from .interfaces import Content, Stream

ContentTypes: TypeAlias = bytes | str | Content | Stream | AsyncIterable[bytes] | Iterable[bytes]
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
        return checked_piece(await self._stream.read(size))

    async def close(self) -> None:
        """Close the stream."""
        await self._stream.close()


class AsyncIterableSource:
    """A user's async iterable of bytes as the core reads it."""

    __slots__ = ("_iterator", "_rest")

    def __init__(self, iterator: AsyncIterator[object]) -> None:
        self._iterator = iterator
        self._rest = b""

    async def read(self, size: int, /) -> bytes:
        """Take the next piece, at most `size` bytes of it."""
        data = self._rest
        while not data:
            try:
                piece = await anext(self._iterator)
            except StopAsyncIteration:
                return b""
            data = checked_piece(piece)
        self._rest = data[size:]
        return data[:size] if self._rest else data

    async def close(self) -> None:
        """Close an async generator, so that its `finally` blocks run now."""
        close: Callable[[], Awaitable[None]] | None = getattr(self._iterator, "aclose", None)
        if close is not None:
            await close()
