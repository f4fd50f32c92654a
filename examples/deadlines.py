"""Deadlines: around a whole exchange, around its beginning only, and one inside another.

python examples/deadlines.py
"""

from __future__ import annotations

import asyncio

import trio

import ahttpx
import httpx
from local_site import LocalSite, local_site


def with_deadlines(site: LocalSite) -> None:
    """Deadlines with the threaded API."""
    with httpx.Client(site.http_url) as client:
        # One deadline for all that waits inside: connecting, sending, receiving.
        try:
            with httpx.timeout(0.2):
                client.get("/slow")
        except httpx.Timeout as error:
            print(f"  {error}")

        # A deadline for the head of the response; its body may take any time.
        with httpx.timeout(1.0) as deadline, client.stream("GET", "/count") as response:
            deadline.cancel()
            print(f"  {response} {response.read()!r}")

        # The block whose time has passed is the one that raises: here, the inner one.
        with httpx.timeout(5.0) as outer:
            try:
                with httpx.timeout(0.1):
                    client.get("/slow")
            except httpx.Timeout:
                print(f"  the inner deadline passed; {outer.remaining:.0f} s are left outside")
            print(f"  {client.get('/')}")


async def with_deadlines_async(site: LocalSite) -> None:
    """The same with the async API."""
    async with ahttpx.Client(site.http_url) as client:
        try:
            async with ahttpx.timeout(0.2):
                await client.get("/slow")
        except ahttpx.Timeout as error:
            print(f"  {error}")

        async with (
            ahttpx.timeout(1.0) as deadline,
            client.stream("GET", "/count") as response,
        ):
            deadline.cancel()
            print(f"  {response} {await response.read()!r}")

        async with ahttpx.timeout(5.0) as outer:
            try:
                async with ahttpx.timeout(0.1):
                    await client.get("/slow")
            except ahttpx.Timeout:
                print(f"  the inner deadline passed; {outer.remaining:.0f} s are left outside")
            print(f"  {await client.get('/')}")


def main() -> None:
    """Do it with each API, and on both loops."""
    with local_site() as site:
        print("httpx")
        with_deadlines(site)
        print("ahttpx on asyncio")
        asyncio.run(with_deadlines_async(site))
        print("ahttpx on trio")
        trio.run(with_deadlines_async, site)


if __name__ == "__main__":
    main()
