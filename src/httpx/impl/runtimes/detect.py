"""Which event loop is running: asked at the moment of use, never at import or construction."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .on_asyncio import AsyncioRuntime
    from .on_trio import TrioRuntime


def running() -> AsyncioRuntime | TrioRuntime:
    """The runtime of the code that calls this.

    Raises:
        RuntimeError: neither an asyncio nor a trio loop is running here.
    """
    # trio code runs only where trio was imported, so others never import it. `in_trio_task`
    # rather than `in_trio_run`: in guest mode both kinds of task run in one thread.
    if "trio" in sys.modules:
        import trio

        if trio.lowlevel.in_trio_task():
            from .on_trio import RUNTIME as TRIO

            return TRIO
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise RuntimeError(
            "ahttpx must be used inside a running event loop, with asyncio.run(...) or "
            "trio.run(...); for code without one there is httpx"
        ) from None
    from .on_asyncio import RUNTIME as ASYNCIO

    return ASYNCIO


def running_name() -> str:
    """`"trio"` inside trio, else `"asyncio"`."""
    try:
        return running().name
    except RuntimeError:
        return "asyncio"
