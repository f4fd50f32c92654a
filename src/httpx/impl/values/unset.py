"""The default of parameters for which `None` has a meaning of its own."""

from __future__ import annotations

import enum
from typing import Literal, TypeAlias


class Unset(enum.Enum):
    """The type of `UNSET`."""

    UNSET = "unset"

    def __repr__(self) -> str:
        return "UNSET"

    def __str__(self) -> str:
        return "UNSET"


UNSET = Unset.UNSET
"""Nothing was said: the client's own setting holds. (`None` says "none".)"""

UnsetType: TypeAlias = Literal[Unset.UNSET]
