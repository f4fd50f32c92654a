"""The synchronous driver: runs core code, which is `async def`, for the threaded API.

Core code of the threaded colour awaits only coroutines that block instead of suspending. So one
`send` runs it to its end. A coroutine that does suspend has met something of the async colour.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")


def run(coroutine: Coroutine[object, None, T]) -> T:
    """Run `coroutine` to its end in this thread and return its result.

    Raises:
        RuntimeError: it suspended, as only code made for an event loop does.
    """
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    name = getattr(coroutine, "__qualname__", repr(coroutine))
    coroutine.close()
    raise RuntimeError(
        f"{name} waited for an event loop inside the threaded API: something handed to httpx is "
        "asynchronous; hand over its threaded twin, or use ahttpx"
    )
