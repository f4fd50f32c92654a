"""Transports of your own: one that answers by itself, and one that wraps another.

A transport is anything with `send(request)` and `close()`; no base class is needed. The first one
here stands in for a server, as tests like it. The second counts what passes through.

    python examples/custom_transport.py
"""

from __future__ import annotations

import asyncio
from collections import Counter

import ahttpx
import httpx

PAGES = {"/": "Welcome!", "/news": "Nothing new."}


class Shelf:
    """Answers from a dictionary of pages; no network involved."""

    def send(self, request: httpx.Request) -> httpx.Response:
        """Answer `request`."""
        page = PAGES.get(request.url.path)
        if page is None:
            return httpx.Response(404, content=httpx.Text("No such page."))
        return httpx.Response(200, content=httpx.Text(page))

    def close(self) -> None:
        """There is nothing to free."""


class Counting:
    """Counts the responses of another transport by status code."""

    def __init__(self, transport: httpx.Transport) -> None:
        self._transport = transport
        self.counts: Counter[int] = Counter()

    def send(self, request: httpx.Request) -> httpx.Response:
        """Pass `request` on, and count the response to it."""
        response = self._transport.send(request)
        self.counts[response.status_code] += 1
        return response

    def close(self) -> None:
        """Close the transport underneath."""
        self._transport.close()


class AsyncShelf:
    """`Shelf` for the async API."""

    async def send(self, request: ahttpx.Request) -> ahttpx.Response:
        """Answer `request`."""
        page = PAGES.get(request.url.path)
        if page is None:
            return ahttpx.Response(404, content=ahttpx.Text("No such page."))
        return ahttpx.Response(200, content=ahttpx.Text(page))

    async def close(self) -> None:
        """There is nothing to free."""


class AsyncCounting:
    """`Counting` for the async API."""

    def __init__(self, transport: ahttpx.Transport) -> None:
        self._transport = transport
        self.counts: Counter[int] = Counter()

    async def send(self, request: ahttpx.Request) -> ahttpx.Response:
        """Pass `request` on, and count the response to it."""
        response = await self._transport.send(request)
        self.counts[response.status_code] += 1
        return response

    async def close(self) -> None:
        """Close the transport underneath."""
        await self._transport.close()


def fetch() -> None:
    """Ask for three pages with the threaded API."""
    counting = Counting(Shelf())
    with httpx.Client("https://shelf.example/", transport=counting) as client:
        for path in ("/", "/news", "/sports"):
            response = client.get(path)
            print(f"  {path:8} {response} {response.text}")
    print(f"  {dict(counting.counts)}")


async def fetch_async() -> None:
    """The same with the async API."""
    counting = AsyncCounting(AsyncShelf())
    async with ahttpx.Client("https://shelf.example/", transport=counting) as client:
        for path in ("/", "/news", "/sports"):
            response = await client.get(path)
            print(f"  {path:8} {response} {response.text}")
    print(f"  {dict(counting.counts)}")


def main() -> None:
    """Do it with each API."""
    print("httpx")
    fetch()
    print("ahttpx")
    asyncio.run(fetch_async())


if __name__ == "__main__":
    main()
