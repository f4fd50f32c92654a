"""What users hand over by mistake, in words; and what they meant."""

from __future__ import annotations

from types import FunctionType, MethodType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os


def described(value: object) -> str:
    """`value` in words, by its type: "`None`", "the class `URL`", "a `str` object"."""
    cls = type(value)
    if value is None or value is NotImplemented or value is Ellipsis:
        return f"`{value!r}`"
    if isinstance(value, type):
        return f"the class `{_public(value)}`"
    if cls is FunctionType or cls is MethodType:
        name = getattr(value, "__name__", "")
        return "a lambda" if name == "<lambda>" else f"the function `{name}`"
    return f"{_article(cls)} `{_public(cls)}` object"


def check_text(value: object, what: str) -> None:
    """Refuse what is no text.

    Parameters:
        what: what it is to be, to open the message: "the name of a header".

    Raises:
        TypeError: `value` is no str.
    """
    if not isinstance(value, str):
        raise TypeError(f"{what} is a str, not {described(value)}")


IN_PLACE = {
    "add": "copy_append(name, value)",
    "append": "copy_append(name, value)",
    "clear": "copy_remove(name)",
    "extend": "copy_update(more)",
    "pop": "copy_remove(name)",
    "setdefault": "copy_setdefault(name, value)",
    "update": "copy_update(more)",
}
"""What changes a mapping in its place, and what an immutable multi-dict has instead."""


def file_name(path: str | os.PathLike[str]) -> str:
    """The name of a file; a number would be taken for an open descriptor.

    Raises:
        TypeError: `path` is no path.
    """
    if isinstance(path, str):
        return path
    if not hasattr(path, "__fspath__"):
        raise TypeError(f"a file is named by a str or a path, not by {described(path)}")
    return path.__fspath__()


def _public(cls: type) -> str:
    """The name of a class, with the package for those of this library, which come in twos."""
    module = cls.__module__
    return f"{module}.{cls.__name__}" if module in ("httpx", "ahttpx") else cls.__name__


def _article(cls: type) -> str:
    name = _public(cls)
    return "an" if name[0] in "AEIOUaeiou" or name.startswith("httpx.") else "a"
