# What is used of `trio`, for a check where it is not installed.

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import NoReturn, TypeVarTuple, final

from . import lowlevel as lowlevel

_Arguments = TypeVarTuple("_Arguments")

@final
class Cancelled(BaseException): ...

class BusyResourceError(Exception): ...
class ClosedResourceError(Exception): ...
class RunFinishedError(RuntimeError): ...

@final
class CancelScope:
    deadline: float
    shield: bool
    cancelled_caught: bool
    def __init__(
        self, *, relative_deadline: float = ..., deadline: float = ..., shield: bool = False
    ) -> None: ...
    def __enter__(self) -> CancelScope: ...
    def __exit__(
        self,
        etype: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> bool: ...
    def cancel(self, reason: str | None = None) -> None: ...
    @property
    def cancel_called(self) -> bool: ...

@final
class Event:
    def is_set(self) -> bool: ...
    def set(self) -> None: ...
    async def wait(self) -> None: ...

@final
class Nursery:
    cancel_scope: CancelScope
    def start_soon(
        self,
        async_fn: Callable[[*_Arguments], Awaitable[object]],
        *args: *_Arguments,
        name: object = None,
    ) -> None: ...

def current_effective_deadline() -> float: ...
def current_time() -> float: ...
def move_on_after(seconds: float, *, shield: bool = False) -> CancelScope: ...
def open_nursery(
    strict_exception_groups: bool | None = None,
) -> AbstractAsyncContextManager[Nursery]: ...
async def sleep_forever() -> NoReturn: ...
