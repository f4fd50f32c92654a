"""Deadlines for the threaded API."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from .impl.refusals import PlainBlock
from .impl.runtimes.deadlines import ThreadScope
from .impl.runtimes.scopes import BlockWithDeadline

if TYPE_CHECKING:
    from typing import Self


class timeout(BlockWithDeadline[ThreadScope], PlainBlock):
    """A deadline for everything that waits inside a `with` block.

        >>> with httpx.timeout(3.0) as t:
        ...     response = client.get("https://www.example.com/")

    It bounds waiting for a free connection, name resolution, connecting, the TLS handshake,
    writing, reading and closing, together. When it passes, whatever waits is broken off and the
    block raises `Timeout` at its exit. Until then what travels is not an `Exception`, so that an
    `except Exception` inside the block does not swallow it. Work that has completed by the end of
    the block does not raise for having taken long. A connection whose exchange was broken off is
    closed.

    Blocks nest: the one whose deadline passed is the one that raises. A block covers the thread
    that entered it, is used once, and is not shared.

    Parameters:
        seconds: the time allowed, from the entry of the block; zero or less is no time at all,
            `None` is any time.

    Raises:
        TypeError, ValueError: `seconds` is not a number, or NaN.
        Timeout: from the exit of the block.
    """

    __slots__ = ()

    def __init__(self, seconds: float | None) -> None:
        self._scope = ThreadScope(seconds)

    def __enter__(self) -> Self:
        self._scope.enter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._scope.leave(error)
