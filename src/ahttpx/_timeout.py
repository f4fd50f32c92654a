"""Deadlines for the async API."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from httpx.impl.refusals import AsyncBlock
from httpx.impl.runtimes.detect import running
from httpx.impl.runtimes.scopes import BlockWithDeadline, LoopScope, Scope

if TYPE_CHECKING:
    from typing import Self


class timeout(BlockWithDeadline[Scope], AsyncBlock):
    """A deadline for everything that waits inside an `async with` block.

        >>> async with ahttpx.timeout(3.0) as t:
        ...     response = await client.get("https://www.example.com/")

    It bounds waiting for a free connection, name resolution, connecting, the TLS handshake,
    writing, reading and closing, together. When it passes, whatever waits is broken off and the
    block raises `Timeout` at its exit. Until then what travels is not an `Exception`, so that an
    `except Exception` inside the block does not swallow it. Work that has completed by the end of
    the block does not raise for having taken long. A connection whose exchange was broken off is
    closed.

    Blocks nest: the one whose deadline passed is the one that raises. A block covers the task
    that entered it and what is awaited there, is used once, and is not shared. A cancellation
    that comes from elsewhere wins.

    Parameters:
        seconds: the time allowed, from the entry of the block; zero or less is no time at all,
            `None` is any time.

    Raises:
        TypeError, ValueError: `seconds` is not a number, or NaN.
        Timeout: from the exit of the block.
    """

    __slots__ = ()

    def __init__(self, seconds: float | None) -> None:
        self._scope = Scope(seconds)  # the running loop's own takes its place on entry

    async def __aenter__(self) -> Self:
        self._scope.check_new()
        scope = running().scope(self._scope.seconds)
        self._scope = scope
        await scope.enter()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert isinstance(self._scope, LoopScope)
        await self._scope.leave(error, traceback)
