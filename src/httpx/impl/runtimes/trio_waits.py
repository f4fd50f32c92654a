"""Waiting for the first of several things under trio."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import trio

from .scopes import note_expiry


async def first_of(waits: Sequence[Callable[[], Awaitable[object]]], what: str) -> None:
    """Wait until one of `waits` is over; the others are given up.

    A nursery raises what its children raised as a group, a `Cancelled` for each child included. No
    group of ours is to travel through other code, so what comes out of here is single.
    """

    async def wait(until: Callable[[], Awaitable[object]]) -> None:
        await until()
        nursery.cancel_scope.cancel()

    try:
        if len(waits) == 1:
            await waits[0]()
            return
        async with trio.open_nursery() as nursery:
            for until in waits:
                nursery.start_soon(wait, until)
    except trio.Cancelled:
        note_expiry(what)
        raise
    except BaseExceptionGroup as group:
        note_expiry(what)
        _, others = group.split(trio.Cancelled)
        if others is not None:
            raise others.exceptions[0] from None
        await trio.lowlevel.checkpoint_if_cancelled()
