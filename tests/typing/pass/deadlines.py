"""Deadlines: blocks, what is left of them, what they raise."""

from __future__ import annotations

from typing import assert_type

import ahttpx
import httpx


def threaded() -> httpx.Response | None:
    try:
        with httpx.timeout(5) as outer, httpx.timeout(None):
            outer.reschedule(1.5)
            assert_type(outer.remaining, float)
            return httpx.get("https://a.test/")
    except httpx.Timeout as error:
        assert_type(error.request, httpx.RequestHead | None)
        as_builtin: TimeoutError = error
        print(as_builtin)
    return None


async def asynchronous() -> ahttpx.Response | None:
    try:
        async with ahttpx.timeout(5.0) as deadline:
            deadline.cancel()
            assert_type(deadline.expired, bool)
            return await ahttpx.get("https://a.test/")
    except TimeoutError:
        return None
