"""Time limits in tests that must hold under coverage measurement too."""

from __future__ import annotations

import sys

TRACED_FACTOR = 6.0
"""How much slower byte-by-byte Python code runs while each branch of it is recorded."""


def allowed(seconds: float) -> float:
    """A limit of `seconds`, made longer while the interpreter is being traced."""
    monitored = sys.version_info >= (3, 12) and any(map(sys.monitoring.get_tool, range(6)))
    return seconds * TRACED_FACTOR if monitored or sys.gettrace() is not None else seconds
