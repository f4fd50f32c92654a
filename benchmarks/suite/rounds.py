"""What a round gave."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Round:
    """What one round of one client took, in seconds."""

    operations: int
    wall: float
    cpu: float
    """Of all threads of the process."""
