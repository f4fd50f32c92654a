"""What the annotations of a function say of its result: whether it is to be awaited.

Nothing is evaluated, for annotations may need names that exist for type checkers only, and no
code of users runs. What cannot be told is `None`.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Mapping
from types import FunctionType, ModuleType, UnionType
from typing import Annotated, Final, Union, get_args, get_origin  # pyright: ignore[reportDeprecated]

_MISSING: Final = object()
_NAMES_OF_AWAITABLES: Final = ("Awaitable", "Coroutine", "Pending")
_NAMES_OF_FUTURES: Final = ("Future", "Task", "Deferred")  # those of some libraries are plain

# `re` compiles and keeps these when they are first used.
_SUBSCRIPT: Final = r"\[[^\[\]]*\]"
_DOTTED_NAME: Final = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"


def annotated_awaitable(function: FunctionType) -> bool | None:
    """Tell whether the return annotation names something awaitable.

    `False` if there is none or it names something else, `None` if it cannot be told.
    """
    try:
        annotation: object = function.__annotations__.get("return", _MISSING)
    except Exception:  # evaluated only now (Python 3.14), it may raise anything
        return None
    if annotation is _MISSING:
        return False
    if type(annotation) is str:
        return _text_names_awaitable(annotation, function.__globals__)
    return _names_awaitable(annotation)


def _names_awaitable(annotation: object) -> bool | None:
    if annotation is None:
        return False
    origin: object = get_origin(annotation)
    parts: tuple[object, ...] = get_args(annotation)
    if origin is Union or origin is UnionType:  # pyright: ignore[reportDeprecated]
        return _agreed([_names_awaitable(part) for part in parts])
    if origin is Annotated:
        return _names_awaitable(parts[0])
    named = annotation if origin is None else origin
    if isinstance(named, type):
        return any("__await__" in base.__dict__ for base in named.__mro__)
    return None  # a string or `ForwardRef` within, a `TypeVar`, an alias evaluated late


def _text_names_awaitable(text: str, namespace: Mapping[str, object]) -> bool | None:
    bare = text.replace('"', "").replace("'", "")
    while (shorter := re.sub(_SUBSCRIPT, "", bare)) != bare:
        bare = shorter
    return _agreed([_name_is_awaitable(name.strip(), namespace) for name in bare.split("|")])


def _name_is_awaitable(name: str, namespace: Mapping[str, object]) -> bool | None:
    if name == "None":
        return False
    if re.fullmatch(_DOTTED_NAME, name) is None:
        return None
    first, *rest = name.split(".")
    named: object = namespace.get(first, _MISSING)
    if named is _MISSING:
        named = builtins.__dict__.get(first, _MISSING)
    for part in rest:
        named = named.__dict__.get(part, _MISSING) if type(named) is ModuleType else _MISSING
    if named is _MISSING:
        # Imported for type checkers only, so the name itself has to tell.
        if name.endswith(_NAMES_OF_AWAITABLES):
            return True
        return None if name.endswith(_NAMES_OF_FUTURES) else False
    return _names_awaitable(named)


def _agreed(verdicts: list[bool | None]) -> bool | None:
    return verdicts[0] if len(set(verdicts)) == 1 else None
