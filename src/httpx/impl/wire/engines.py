"""Which engine a connection gets.

Rule: doors ask here and nowhere else, so that one entry changed changes them all. The tests do
that, to run everything on h11 alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, TypeAlias

from .fast_engine import FastEngine
from .h11_engine import H11Engine

if TYPE_CHECKING:
    from .engine import HTTPEngine

EngineName: TypeAlias = Literal["h11"] | None
"""What an `engine=` parameter takes."""

ENGINES: dict[str | None, Callable[[], HTTPEngine]] = {None: FastEngine, "h11": H11Engine}
"""What makes engines, by name; `None` is the one for who has no wish."""


def engine_for(name: EngineName) -> Callable[[], HTTPEngine]:
    """What makes engines of this name.

    Raises:
        ValueError: there is none.
    """
    try:
        return ENGINES[name]
    except (KeyError, TypeError):
        raise ValueError(
            f'there is no engine {name!r}: leave engine= out, or write engine="h11" to have h11 '
            "parse every response head"
        ) from None


def new_engine() -> HTTPEngine:
    """An engine for a connection whose owner has no wish."""
    return ENGINES[None]()
