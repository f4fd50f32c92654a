"""Iteration over what comes piece by piece.

Rule: what is iterated over is no async generator. One that is left in the middle, by a `break`, has
to be closed: trio warns where nobody did, and asyncio starts a task for it. These hold nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from typing import Self

T = TypeVar("T")


class Pieces(Generic[T]):
    """What `read()` gives, again and again, until that is empty."""

    __slots__ = ("_read",)

    def __init__(self, read: Callable[[], Awaitable[T]]) -> None:
        self._read = read

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        piece = await self._read()
        if not piece:
            raise StopAsyncIteration
        return piece


class Members(Generic[T]):
    """The members of what `read()` gives, again and again, until there are none."""

    __slots__ = ("_left", "_read")

    def __init__(self, read: Callable[[], Awaitable[Sequence[T]]]) -> None:
        self._read = read
        self._left: Iterator[T] = iter(())

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        while True:
            for member in self._left:
                return member
            members = await self._read()
            if not members:
                raise StopAsyncIteration
            self._left = iter(members)
