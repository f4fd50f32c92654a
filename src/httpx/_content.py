"""What `content=` takes, made into a body that the core can send."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias, TypeGuard

from .impl.check import HTTPX_CONTENT, HTTPX_STREAM, ON_PROGRESS, check_callback, check_interface
from .impl.core.bodies import (
    NO_BODY,
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
from .impl.refusals import (
    check_pieces,
    check_size,
    checked_content_type,
    is_of_other,
    wrong_content,
    wrong_encoded,
)
from .impl.runtimes.deadlines import check_deadline
from .impl.runtimes.scopes import innermost
from .impl.runtimes.threads import RUNTIME
from .impl.values.described import described
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
    if content is None:
        return NO_BODY
    known = known_body(content)
    if known is not None:
        return known
    if is_of_other(content, "httpx"):
        raise wrong_content(content, "httpx")
    if isinstance(content, Content):
        check_interface(content, HTTPX_CONTENT, given_as="content=...")
        return _body_of_encoder(content)
    if is_open_file(content):
        lent = Lending(content)
        return RequestBody(
            opens=lambda: lent.source(runtime),
            size=lent.size,
            replayable=lent.start is not None,
        )
    if isinstance(content, Stream):
        check_interface(content, HTTPX_STREAM, given_as="content=...")
        return RequestBody(opens=lambda: StreamSource(content), replayable=False)
    if hasattr(content, "__aiter__"):
        raise TypeError(
            f"content=... is {described(content)}, which is asynchronous: write an ordinary "
            "iterable of bytes, or use `ahttpx`"
        )
    _check_half_written(content)
    if isinstance(content, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
        pieces: Iterable[object] = content
        check_pieces(pieces)
        # A list can be gone through again; of anything else that cannot be known.
        return RequestBody(
            opens=lambda: PiecesSource(iter(pieces)),
            replayable=isinstance(content, (list, tuple)),
        )
    raise wrong_content(content, "httpx")


def _check_half_written(content: object) -> None:
    """Refuse what was meant to be a `Content` or a `Stream`, and lacks a part; say which."""
    kind = type(content)
    if hasattr(kind, "encode") or hasattr(kind, "content_type"):
        check_interface(content, HTTPX_CONTENT, given_as="content=...")
    elif hasattr(kind, "read") and not hasattr(kind, "__iter__") and kind.__module__ != "httpx":
        check_interface(content, HTTPX_STREAM, given_as="content=...")


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
        check_interface(encoded, HTTPX_STREAM, given_as=f"{type(content).__name__}.encode()")
        return encoded
    raise wrong_encoded(encoded, content, "httpx")


def _is_stream(encoded: object) -> TypeGuard[Stream]:
    return isinstance(encoded, Stream) and not isinstance(encoded, type)


class ContentStream(MeasuredStream):
    """A body as a `Stream` that knows its size, and how far it was read."""

    __slots__ = ()

    def read(self, size: int | None = None, /) -> bytes:
        """Read at most `size` bytes, 65,536 for `None`, and at least one; `b""` at the end.

        Raises:
            OSError: a file cannot be opened or read.
            RuntimeError: the stream is closed, or is being read already.
        """
        if size is None:
            size = READ_SIZE
        elif type(size) is not int or size < 0:
            check_size(size, "read(size)")
        return run(self._source.read(size))

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


class PiecesSource(IterableSource):
    """A user's iterable as the core reads it: what makes the pieces may know of no deadline."""

    __slots__ = ()

    async def read(self, size: int, /) -> bytes:
        """Take the next piece."""
        if innermost.get() is not None:
            check_deadline("reading the request body")
        return self.next_piece(size)


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
