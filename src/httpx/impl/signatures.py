"""Methods as interfaces describe them, and as their authors wrote them: for messages."""

from __future__ import annotations

from types import FunctionType
from typing import Final

# Of `inspect`, which is slow to import.
CO_VARARGS: Final = 0x04
CO_VARKEYWORDS: Final = 0x08
CO_GENERATOR: Final = 0x20
CO_AWAITABLE: Final = 0x80 | 0x100  # `async def`, or a generator under `types.coroutine`
CO_ASYNC_GENERATOR: Final = 0x200


class Method:
    """One method of an interface, as the library calls it: positionally, with all parameters."""

    __slots__ = ("any_kind", "name", "optional", "parameters", "waits")

    name: str
    parameters: tuple[str, ...]
    """The names of the parameters, `self` left out, for the line that a message proposes."""
    optional: int
    """How many of the parameters, from the last, have a default in the interface."""
    waits: bool
    """Whether it is awaited in the async colour; `False`: it is a plain `def` in both."""
    any_kind: bool
    """Whether any kind of function will do: plain, coroutine function, generator function."""

    def __init__(
        self,
        name: str,
        parameters: tuple[str, ...],
        optional: int = 0,
        *,
        waits: bool = True,
        any_kind: bool = False,
    ) -> None:
        self.name = name
        self.parameters = parameters
        self.optional = optional
        self.waits = waits
        self.any_kind = any_kind


def line(method: Method, receiver: str, *, awaitable: bool) -> str:
    """The line to write for `method`, in the colour that is `awaitable` or not."""
    first_optional = len(method.parameters) - method.optional
    parameters = [receiver] if receiver else []
    for index, name in enumerate(method.parameters):
        parameters.append(name if index < first_optional else f"{name}=None")
    keyword = "async def" if awaitable and method.waits else "def"
    return f"{keyword} {method.name}({', '.join(parameters)})"


def binds(function: FunctionType, arguments: int) -> bool:
    """Whether `function` can be called with so many positional arguments, and no others."""
    code = function.__code__
    most, defaults = code.co_argcount, len(function.__defaults__ or ())
    if arguments < most - defaults or (arguments > most and not code.co_flags & CO_VARARGS):
        return False
    return code.co_kwonlyargcount <= len(function.__kwdefaults__ or ())


def written(function: FunctionType, name: str) -> str:
    """The first line of `function` as its author wrote it, annotations left out."""
    code = function.__code__
    names = code.co_varnames
    with_default = code.co_argcount - len(function.__defaults__ or ())
    parameters: list[str] = []
    for index in range(code.co_argcount):
        parameters.append(names[index] + ("=..." if index >= with_default else ""))
        if index + 1 == code.co_posonlyargcount:
            parameters.append("/")
    following = code.co_argcount + code.co_kwonlyargcount
    if code.co_flags & CO_VARARGS:
        parameters.append(f"*{names[following]}")
        following += 1
    elif code.co_kwonlyargcount:
        parameters.append("*")
    for keyword in names[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]:
        default = "=..." if keyword in (function.__kwdefaults__ or {}) else ""
        parameters.append(keyword + default)
    if code.co_flags & CO_VARKEYWORDS:
        parameters.append(f"**{names[following]}")
    awaited = code.co_flags & (CO_AWAITABLE | CO_ASYNC_GENERATOR)
    return f"{'async def' if awaited else 'def'} {name}({', '.join(parameters)})"
