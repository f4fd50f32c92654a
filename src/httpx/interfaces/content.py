"""What the body of a message of the threaded API can be made of."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Protocol, runtime_checkable


@runtime_checkable
class Stream(Protocol):
    """Bytes that come piece by piece. A file opened in binary mode is one, by shape."""

    @abstractmethod
    def read(self, size: int | None = None, /) -> bytes:
        """Read at most `size` bytes and at least one, waiting if need be; `b""` at the end.

        `None` leaves the amount to the stream. The library always passes a size.
        """
        ...

    @abstractmethod
    def close(self) -> None:
        """Free what the stream holds. Closing twice is no error."""
        ...

    @abstractmethod
    def __iter__(self) -> Iterator[bytes]:
        """Iterate over the pieces up to the end of the stream."""
        ...


@runtime_checkable
class Content(Protocol):
    """Something that knows how to be a message body: `JSON`, `Form`, or a class of yours."""

    @abstractmethod
    def encode(self) -> bytes | Stream:
        """Return the body: all of it at once, or a `Stream` of it.

        Called once when the message is made, and once more for each time that a redirect or a
        retry sends the body again: a fresh stream each time makes the body replayable.
        """
        ...

    @abstractmethod
    def content_type(self) -> str | None:
        """Return the media type for the `Content-Type` header, `None` for no such header."""
        ...
