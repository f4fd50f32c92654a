"""What a worker is told: a client, and what it is to do."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from .adapters.base import Setup


@dataclass(frozen=True)
class Task:
    """The work of one worker, for all rounds of a row."""

    label: str
    """How the client is called in the table."""
    client: str
    """`ours`, or what an adapter is registered as."""
    runtime: str
    """`threads`, `asyncio`, `uvloop` or `trio`."""
    operation: str
    """`get`, `stream`, `upload`, `upload-pieces`, or `hold`."""
    urls: list[str]
    """Asked for in turn."""
    least: int
    """The length that must come ..."""
    most: int
    """... or at most this, where a server counts the framing of a request."""
    setup: Setup
    many: int = 1
    """So many threads or tasks at once."""
    seconds: float = 0.5
    """About how long a round should last."""
    core: int | None = None
    """Where the worker is to run."""
    profile: str | None = None
    """A file for the profile of one round."""

    def dumps(self) -> str:
        """One line of text."""
        return json.dumps(asdict(self))


def loads(text: str) -> Task:
    """The task of a line of text."""
    values = json.loads(text)
    values["setup"] = Setup(**values["setup"])
    return Task(**values)
