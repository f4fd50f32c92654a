"""`frozen`: what type checkers are told of a class whose instances cannot be changed.

At run time such a class has a `__setattr__` that refuses. A checker does not read what that does,
but it knows frozen dataclasses, and takes a class with this decorator for one.
"""

from __future__ import annotations

from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def frozen(kind: type[T]) -> type[T]:
    """Mark `kind` as frozen; nothing is added to it, and it has an `__init__` of its own."""
    return kind
