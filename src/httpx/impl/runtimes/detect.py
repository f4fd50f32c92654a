"""Which event loop is running: asked at the moment of use, never at import or construction.

It is asked several times in each request, so what an answer needs is imported once and kept here.
With import statements in the function, which find everything loaded already, asking under asyncio
costs 1.0 microseconds in place of 0.2, under trio 0.9 in place of 0.1.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .on_asyncio import AsyncioRuntime
    from .on_trio import TrioRuntime

_in_trio_task: Callable[[], bool] | None = None
_asyncio_loop: Callable[[], object] | None = None
_trio: TrioRuntime | None = None
_asyncio: AsyncioRuntime


def running() -> AsyncioRuntime | TrioRuntime:
    """The runtime of the code that calls this.

    Raises:
        RuntimeError: neither an asyncio nor a trio loop is running here.
    """
    # trio code runs only where trio was imported, so others never import it. It is asked first:
    # in guest mode both kinds of task run in one thread.
    if _in_trio_task is not None:
        if _in_trio_task():
            return _trio or _load_trio()
    elif "trio" in sys.modules and _may_be_trio():
        return _trio or _load_trio()
    try:
        (_asyncio_loop or _load_asyncio())()
    except RuntimeError:
        raise RuntimeError(
            "ahttpx must be used inside a running event loop, with asyncio.run(...) or "
            "trio.run(...); for code without one there is httpx"
        ) from None
    return _asyncio


def _may_be_trio() -> bool:
    """Remember how to ask trio; tell whether it is a trio task that calls this."""
    global _in_trio_task
    # Looked up, not imported: another thread may be in the middle of importing trio.
    _in_trio_task = getattr(sys.modules.get("trio.lowlevel"), "in_trio_task", None)
    return _in_trio_task is not None and _in_trio_task()


def _load_trio() -> TrioRuntime:
    """Remember the trio runtime."""
    global _trio
    from .on_trio import RUNTIME

    _trio = RUNTIME
    return RUNTIME


def _load_asyncio() -> Callable[[], object]:
    """Remember the asyncio runtime; give what raises `RuntimeError` where no loop runs."""
    global _asyncio_loop, _asyncio
    import asyncio

    from .on_asyncio import RUNTIME

    _asyncio = RUNTIME
    _asyncio_loop = asyncio.get_running_loop
    return _asyncio_loop


def running_name() -> str:
    """`"trio"` inside trio, else `"asyncio"`."""
    try:
        return running().name
    except RuntimeError:
        return "asyncio"
