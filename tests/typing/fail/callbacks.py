"""What is called on an occasion takes what is told of it. (That it is no `async def` is seen by
Python only: what it returns does not matter, so a coroutine fits its type.)
"""

from __future__ import annotations

import ahttpx
import httpx
from httpx.events import ConnectionClosed, PoolEvent


def of_one_event(event: ConnectionClosed) -> None:
    print(event.reason)


def of_two(event: PoolEvent, pool: httpx.ConnectionPool) -> None:
    print(event, pool)


def of_nothing() -> None:
    print("something happened")


def of_numbers(done: int, total: int) -> None:
    print(done, total)


httpx.ConnectionPool(on_event=of_one_event)
# ^ mypy [arg-type]: incompatible type "Callable[[ConnectionClosed], None]"; expected
# ^ pyright [reportArgumentType]: Type "PoolEvent" is not assignable to type "ConnectionClosed"
ahttpx.ConnectionPool(on_event=of_two)
# ^ mypy [arg-type]: incompatible type "Callable[[ConnectionOpening | ConnectionOpened | TLSDone |
# ^ pyright [reportArgumentType]: Extra parameter "pool"
httpx.ConnectionPool(on_event=of_nothing)
# ^ mypy [arg-type]: incompatible type "Callable[[], None]"; expected "Callable[[ConnectionOpening
# ^ pyright [reportArgumentType]: Type "() -> None" is not assignable to type "EventHandler | None"
httpx.ConnectionPool(on_event="print")
# ^ mypy [arg-type]: incompatible type "str"; expected "Callable[[ConnectionOpening |
# ^ pyright [reportArgumentType]: Type "Literal['print']" is not assignable to type "EventHandler"
httpx.RetryMiddleware(httpx.ConnectionPool(), on_retry=of_one_event)
# ^ mypy [arg-type]: incompatible type "Callable[[ConnectionClosed], None]"; expected
# ^ pyright [reportArgumentType]: "RetryEvent" is not assignable to "ConnectionClosed"
httpx.Watched(b"data", of_numbers)
# ^ mypy [arg-type]: incompatible type "Callable[[int, int], None]"; expected "Callable[[Progress],
# ^ pyright [reportArgumentType]: Extra parameter "total"
ahttpx.Watched(b"data", of_nothing())
# ^ mypy [func-returns-value]: "of_nothing" does not return a value (it only ever returns None)
# ^ mypy [arg-type]: incompatible type "None"; expected "Callable[[Progress], object]"
# ^ pyright [reportArgumentType]: Type "None" is not assignable to type "OnProgress"
httpx.Response(200).watch(5)
# ^ mypy [arg-type]: incompatible type "int"; expected "Callable[[Progress], object]"
# ^ pyright [reportArgumentType]: Type "Literal[5]" is not assignable to type "OnProgress"
httpx.MockTransport(of_nothing)
# ^ mypy [arg-type]: incompatible type "Callable[[], None]"; expected "Callable[[Request],
# ^ pyright [reportArgumentType]: Type "() -> None" is not assignable to type "Handler"
ahttpx.MockTransport(of_numbers)
# ^ mypy [arg-type]: incompatible type "Callable[[int, int], None]"; expected "Callable[[Request],
# ^ pyright [reportArgumentType]: Extra parameter "total"
