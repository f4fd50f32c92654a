"""What the waiting calls that give something closable return."""

from __future__ import annotations

from collections.abc import Awaitable, Coroutine, Generator
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn, Protocol, TypeVar

from httpx.impl.refusals import AsyncBlock


class Closable(Protocol):
    """Something that is closed at the end of an `async with` block."""

    def close(self) -> Awaitable[None]: ...


T_co = TypeVar("T_co", bound=Closable, covariant=True)


class Pending(Coroutine[object, None, T_co], AsyncBlock):
    """A call that has not begun: await it, or enter it.

        >>> response = await client.stream("GET", url)
        >>> async with client.stream("GET", url) as response: ...
        >>> async with await client.stream("GET", url) as response: ...

    Nothing happens before it is awaited or entered, and it is used once. It is a coroutine, so
    whatever starts tasks takes it.
    """

    __slots__ = ("_coroutine", "_entered")

    def __init__(self, coroutine: Coroutine[object, None, T_co]) -> None:
        self._coroutine = coroutine
        self._entered: Closable | None = None

    def __await__(self) -> Generator[object, None, T_co]:
        return self._coroutine.__await__()

    def send(self, value: None) -> object:
        """Resume the call: for event loops."""
        return self._coroutine.send(value)

    def throw(
        self,
        typ: type[BaseException] | BaseException,
        val: BaseException | object = None,
        tb: TracebackType | None = None,
    ) -> object:
        """Raise something inside the call: for event loops; see `collections.abc.Coroutine`."""
        if isinstance(typ, BaseException):
            return self._coroutine.throw(typ)
        return self._coroutine.throw(typ, val, tb)

    def close(self) -> None:
        """Give the call up without making it."""
        self._coroutine.close()

    async def __aenter__(self) -> T_co:
        entered = await self._coroutine
        self._entered = entered
        return entered

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._entered is not None:
            await self._entered.close()

    if not TYPE_CHECKING:  # a type checker shall go on refusing these

        def __getattr__(self, name: str) -> NoReturn:
            raise AttributeError(
                f"'Pending' object has no attribute {name!r}: the call was not made yet: write "
                "`await` in front of it, or enter it by `async with`"
            )

    def __repr__(self) -> str:
        name = getattr(self._coroutine, "__qualname__", "call")
        return f"<Pending {name}>"
