"""Fetch pages over http and https: in threads, on asyncio and on trio.

python examples/quickstart.py                               a site that it starts itself
python examples/quickstart.py https://www.example.com/      and then this one
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from collections.abc import Sequence

import trio

import ahttpx
import httpx
from local_site import local_site


def fetch(urls: Sequence[str], ssl_context: ssl.SSLContext | None) -> None:
    """Fetch each URL with the threaded API; show the responses, then the connections."""
    with (
        httpx.ConnectionPool(ssl_context=ssl_context) as pool,
        httpx.Client(transport=pool) as client,
    ):
        for url in urls:
            with httpx.timeout(10.0):
                response = client.get(url)
                print(f"  {response} {len(response.body)} bytes from {response.url}")
        print(f"  {pool}")
        for connection in pool.connections:
            print(f"  {connection}")


async def fetch_async(urls: Sequence[str], ssl_context: ssl.SSLContext | None) -> None:
    """The same with the async API, on whichever loop runs it."""
    async with (
        ahttpx.ConnectionPool(ssl_context=ssl_context) as pool,
        ahttpx.Client(transport=pool) as client,
    ):
        for url in urls:
            async with ahttpx.timeout(10.0):
                response = await client.get(url)
                print(f"  {response} {len(response.body)} bytes from {response.url}")
        print(f"  {pool}")
        for connection in pool.connections:
            print(f"  {connection}")


def fetch_three_times(urls: Sequence[str], ssl_context: ssl.SSLContext | None = None) -> None:
    """Fetch with httpx, then with ahttpx on asyncio and on trio."""
    print("httpx")
    fetch(urls, ssl_context)
    print("ahttpx on asyncio")
    asyncio.run(fetch_async(urls, ssl_context))
    print("ahttpx on trio")
    trio.run(fetch_async, urls, ssl_context)


def main() -> None:
    """Fetch from the local site, then from the URLs on the command line."""
    with local_site() as site:
        # The last one finds the connection of the first still open.
        fetch_three_times([site.http_url, site.https_url, site.http_url], site.ssl_context)
    if len(sys.argv) > 1:
        try:
            fetch_three_times(sys.argv[1:])
        except httpx.HTTPError as error:
            sys.exit(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
