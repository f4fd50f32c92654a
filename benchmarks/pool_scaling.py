"""What a request costs beside many idle connections, origins or waiters.

    python benchmarks/pool_scaling.py [--requests 2000]

The backend is made up and answers at once, in this process: what is measured is the library alone.
Printed are the microseconds for a request and the ratio to the smallest case of the same row; a
pool whose work grows with what it holds would show ratios that grow with it.

    idle       so many idle connections to one origin
    origins    so many origins, with an idle connection each
    waiters    so many requests wait in the queue while others come and go
"""

from __future__ import annotations

import argparse
import asyncio
import ssl
from collections.abc import Awaitable, Callable
from time import perf_counter

import ahttpx

SIZES = (10, 1_000, 5_000)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
ROUNDS = 5


class MadeUpStream:
    """Answers every request at once, or when it is let."""

    def __init__(self) -> None:
        self._answer = b""

    async def read(self, max_bytes: int | None = None) -> bytes:
        await asyncio.sleep(0)  # as a network does: otherwise nobody would ever have to wait
        data, self._answer = self._answer, b""
        return data

    async def write(self, data: bytes) -> None:
        self._answer += ANSWER

    async def start_tls(self, ctx: ssl.SSLContext, hostname: str) -> None:
        raise NotImplementedError("there is no TLS in this benchmark")

    def get_extra_info(self, key: str) -> object:
        return False if key == "is_readable" else None

    async def close(self) -> None:
        """There is nothing to free."""


class MadeUpBackend:
    """Opens streams to nowhere."""

    async def connect(self, host: str, port: int) -> MadeUpStream:
        return MadeUpStream()


def new_pool(size: int | None) -> ahttpx.ConnectionPool:
    return ahttpx.ConnectionPool(
        backend=MadeUpBackend(), max_connections=size, max_idle=None, idle_expiry=None
    )


async def timed(requests: int, work: Callable[[], Awaitable[object]]) -> float:
    """Microseconds for one `work`: the best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = perf_counter()
        for _ in range(requests // ROUNDS):
            await work()
        best = min(best, perf_counter() - began)
    return best / (requests // ROUNDS) * 1e6


async def beside_idle(size: int, requests: int) -> float:
    """One origin with `size` idle connections."""
    async with new_pool(None) as pool:
        held = [await pool.send(unread("http://one.example/")) for _ in range(size)]
        for response in held:
            await response.read()
        return await timed(requests, lambda: pool.request("GET", "http://one.example/"))


async def beside_origins(size: int, requests: int) -> float:
    """`size` origins with an idle connection each; requests go to all of them in turn."""
    async with new_pool(None) as pool:
        urls = [ahttpx.URL(f"http://host-{number}.example/") for number in range(size)]
        for url in urls:
            await pool.request("GET", url)
        turn = 0

        async def one() -> None:
            nonlocal turn
            turn = (turn + 1) % size
            await pool.request("GET", urls[turn])

        return await timed(requests, one)


async def beside_waiters(size: int, requests: int) -> float:
    """A pool of one connection and `size` tasks that queue for it, again as soon as served."""
    done = 0
    ended = 0.0
    async with new_pool(1) as pool:

        async def client() -> None:
            nonlocal done, ended
            while done < requests:
                await pool.request("GET", "http://one.example/")
                done += 1
                if done == requests:
                    ended = perf_counter()

        tasks = [asyncio.create_task(client()) for _ in range(size + 1)]
        while pool.stats().waiting < size:  # noqa: ASYNC110  (there is no event to wait for)
            await asyncio.sleep(0)
        done = 0
        began = perf_counter()
        await asyncio.gather(*tasks)
        return (ended - began) / requests * 1e6


def unread(url: str) -> ahttpx.Request:
    """A request whose response keeps its connection until it is read: it is not read ahead."""
    return ahttpx.Request("GET", url)


ROWS: dict[str, Callable[[int, int], Awaitable[float]]] = {
    "idle": beside_idle,
    "origins": beside_origins,
    "waiters": beside_waiters,
}


async def measure(requests: int) -> None:
    print(f"{'':10}" + "".join(f"{size:>22,}" for size in SIZES))
    for name, row in ROWS.items():
        cells: list[str] = []
        first = 0.0
        for size in SIZES:
            cost = await row(size, requests)
            first = first or cost
            cells.append(f"{cost:9.1f} us  x {cost / first:5.2f}")
        print(f"{name:10}" + "".join(f"{cell:>22}" for cell in cells))


def main() -> None:
    parser = argparse.ArgumentParser(description="What a request costs beside many others.")
    parser.add_argument("--requests", type=int, default=5_000, help="requests for each figure")
    asyncio.run(measure(parser.parse_args().requests))


if __name__ == "__main__":
    main()
