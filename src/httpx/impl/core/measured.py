"""Sources that know how far they are, and the callbacks that are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeAlias

from ..values.progress import Progress

if TYPE_CHECKING:
    from .bodies import RequestBody

OnProgress: TypeAlias = Callable[[Progress], object]
"""What is called as a transfer goes on; it must not block. What it raises ends the transfer."""


class MeasuredSource(Protocol):
    """A `Source` that knows how far it is."""

    async def read(self, size: int, /) -> bytes:
        """Read at most `size` bytes, at least one; `b""` at the end."""
        ...

    async def close(self) -> None:
        """Free what the source holds."""
        ...

    @property
    def size(self) -> int | None:
        """The bytes that there are in all, `None` if unknown."""
        ...

    @property
    def position(self) -> int:
        """The bytes that were read."""
        ...

    @property
    def replayable(self) -> bool:
        """Whether another source can be had that gives the same bytes."""
        ...


class MeasuredStream:
    """What the streams of both colours have in common that know how far they are."""

    __slots__ = ("_source",)

    def __init__(self, source: MeasuredSource) -> None:
        self._source = source

    @property
    def size(self) -> int | None:
        """The bytes that there are in all; `None` if that is not known beforehand."""
        return self._source.size

    @property
    def position(self) -> int:
        """The bytes that were read so far."""
        return self._source.position

    def __repr__(self) -> str:
        source = self._source
        return f"<{type(self).__name__} [{Progress(source.position, source.size)}]>"


def measured_source(stream: MeasuredStream) -> MeasuredSource:
    """What `stream` reads: the core reads that itself, without the stream in between."""
    return stream._source  # pyright: ignore[reportPrivateUsage]


class WatchedSource:
    """A body that tells how much of it has left.

    A piece is told of when the next one is asked for: only then was it taken by the network.

    Parameters:
        body: what is read.
        on_progress: what is told.
    """

    __slots__ = ("_on_progress", "_source", "_untold", "position", "replayable", "size")

    def __init__(self, body: RequestBody, on_progress: OnProgress) -> None:
        self._source = body.open()
        self._on_progress = on_progress
        self._untold = False
        self.size: int | None = body.size
        self.position: int = 0
        self.replayable: bool = body.replayable

    async def read(self, size: int, /) -> bytes:
        """Read the next piece."""
        if self._untold:
            self._untold = False
            tell(self._on_progress, self.position, self.size)
        piece = await self._source.read(size)
        self._untold = bool(piece)
        self.position += len(piece)
        return piece

    async def close(self) -> None:
        """Free what the body holds."""
        await self._source.close()


def tell(on_progress: OnProgress, done: int, total: int | None) -> None:
    """Call `on_progress`.

    Raises:
        TypeError: it is a coroutine function: nothing would wait for it.
    """
    outcome = on_progress(Progress(done, total))
    if outcome is not None and hasattr(outcome, "__await__"):
        close: Callable[[], None] | None = getattr(outcome, "close", None)
        if close is not None:
            close()  # a coroutine: without this, Python would warn that nobody awaited it
        raise TypeError("on_progress is a plain function, in ahttpx too: write `def`")
