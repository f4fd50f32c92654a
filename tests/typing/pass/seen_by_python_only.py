"""Mistakes that types cannot express: Python alone refuses each of these statements."""

from __future__ import annotations

import ahttpx
import ahttpx.backends
import httpx
import httpx.backends
from httpx.events import PoolEvent


async def later(event: PoolEvent) -> None:
    print(event)


async def text_later(line: str) -> None:
    print(line)


async def progress_later(progress: httpx.Progress) -> None:
    print(progress)


httpx.ConnectionPool(on_event=later)
ahttpx.ConnectionPool(on_event=later)
ahttpx.Watched(b"data", progress_later)
httpx.post("https://a.test/", content={b"a": b"b"})
ahttpx.Request("POST", "https://a.test/", content=httpx.Response(200).stream)
httpx.QueryParams({"a": b"b"})
httpx.timeout(True)
httpx.ConnectionPool(max_connections=True)
httpx.JSON({1, 2})
httpx.NetworkBackend(family=5)
httpx.backends.GuardBackend("10.0.0.0/8")
ahttpx.backends.RecordingBackend(write=text_later)
httpx.Response(200, content=b"data").stream.read(-1)
