"""Makes the client that a task names. Imports what it needs, and nothing of the others."""

from __future__ import annotations

from .adapters.base import Blocking, Waiting
from .tasks import Task

LIMITS = ("raw", "h11", "httptools")


def new_blocking(task: Task) -> Blocking:
    """The client of a task on threads."""
    if task.client == "ours":
        from .adapters import ours

        return ours.new(task.setup)
    if task.client in LIMITS:
        from .adapters.limits import Limit

        return Limit(task.setup, task.client)
    from .adapters.peers import NEW

    return NEW[task.client](task.setup)


def new_waiting(task: Task) -> Waiting:
    """The client of a task on an event loop."""
    if task.client == "ours":
        from .adapters import ours_async

        return ours_async.new(task.setup)
    if task.client in LIMITS and task.runtime == "trio":
        from .adapters.limits_trio import TrioLimit

        return TrioLimit(task.setup, task.client)
    if task.client in LIMITS:
        from .adapters.limits_asyncio import AsyncioLimit

        return AsyncioLimit(task.setup, task.client)
    from .adapters.peers_async import NEW

    return NEW[task.client](task.setup)
