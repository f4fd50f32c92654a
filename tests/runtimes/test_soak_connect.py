"""Two thousand connects that are cancelled, time out, fail or succeed at random leave nothing."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Generator

import pytest

from httpx.impl.runtimes.resolver import MAX_THREADS
from httpx.impl.runtimes.scopes import innermost
from support.api import Api
from support.leaks import open_sockets
from support.runtimes import behaviour
from support.scripted import unused_port

CONNECTS = 2000
AT_ONCE = 25
LONGEST = 0.012
"""Seconds; within it names resolve, connections come about and fail, and many do not."""


class Listener:
    """Accepts and closes, until it is told to stop."""

    def __init__(self, host: str, port: int = 0) -> None:
        self.sock = socket.create_server((host, port), backlog=256)
        self.port: int = self.sock.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, name="scripted-server")
        self._thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self.sock.accept()[0].close()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self.sock.close()


@contextlib.contextmanager
def places() -> Generator[tuple[list[tuple[str, int]], threading.Event]]:
    """Where to connect to, good and bad, and what ends the lookups that hang."""
    with contextlib.ExitStack() as stack:
        there = stack.enter_context(contextlib.closing(Listener("127.0.0.1")))
        absent = stack.enter_context(unused_port())
        hole = stack.enter_context(socket.socket())
        hole.bind(("127.0.0.2", there.port))
        hole.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.2", there.port))
        yield (
            [
                ("127.0.0.1", there.port),
                ("there.example", there.port),
                ("refused-first.example", there.port),
                ("hole.example", there.port),
                ("127.0.0.1", absent),
                ("127.0.0.2", there.port),
                ("absent.example", absent),
                ("unknown.example", 80),
                ("slow.example", there.port),
                *((f"hangs{number}.example", 80) for number in range(3)),
            ],
            threading.Event(),
        )


def make_resolver(released: threading.Event) -> Callable[..., list[object]]:
    """A `getaddrinfo` for the names above."""

    def getaddrinfo(host: str, port: object, family: int, kind: int) -> list[object]:
        if host.startswith("hangs"):
            released.wait(60)
        if host.startswith("slow"):
            time.sleep(0.004)
        if host.startswith("unknown"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        first = {"refused-first": ["127.0.0.3"], "hole": ["127.0.0.2"]}.get(host.split(".")[0], [])
        return [(socket.AF_INET, kind, 6, "", (ip, 0)) for ip in [*first, "127.0.0.1"]]

    return getaddrinfo


def resolver_threads() -> int:
    return sum(thread.name == "httpx-resolver" for thread in threading.enumerate())


class Soak:
    """The connects, and what came of them."""

    def __init__(self, api: Api, places: list[tuple[str, int]]) -> None:
        self.api = api
        self.places = places
        self.backend = api.NetworkBackend(connect_timeout=LONGEST)
        self.counts: dict[str, int] = {}
        self.most_threads = 0

    async def one(self, dice: random.Random) -> str:
        host, port = dice.choice(self.places)
        seconds = dice.choice([0, None, None, dice.uniform(0, LONGEST)])
        try:
            async with self.api.timeout(seconds):
                stream = await self.backend.connect(host, port)
        except self.api.Timeout as error:
            return "limit" if str(error).startswith("connect_timeout") else "deadline"
        except self.api.ConnectError:
            return "failed"
        await stream.close()
        return "connected"

    async def one_cancelled(self, dice: random.Random) -> str:
        """One of those that somebody else may cancel."""
        words: list[str] = []

        async def work() -> None:
            words.append(await self.one(dice))

        async with self.api.spawn(work) as job:
            await self.api.sleep(dice.choice([0, dice.uniform(0, LONGEST)]))
            job.cancel()
        if job.error is None:
            return words[0]
        kind = type(job.error)
        assert not issubclass(kind, (Exception, BaseExceptionGroup)), kind
        return "cancelled"

    async def some(self, seed: int, times: int) -> None:
        dice = random.Random(seed)
        for _ in range(times):
            cancels = not self.api.is_threads and dice.random() < 0.5
            word = await (self.one_cancelled(dice) if cancels else self.one(dice))
            self.counts[word] = self.counts.get(word, 0) + 1
            self.most_threads = max(self.most_threads, resolver_threads())
        assert innermost.get() is None


@behaviour(only=("threads", "asyncio", "trio"), seconds=40)
async def test_nothing_is_left(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    with places() as (targets, released), monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", make_resolver(released))
        before = open_sockets().keys()
        soak = Soak(api, targets)

        def share(seed: int) -> Callable[[], Awaitable[None]]:
            return lambda: soak.some(seed, CONNECTS // AT_ONCE)

        try:
            began = time.monotonic()
            await api.gather(*[share(seed) for seed in range(AT_ONCE)])
            assert time.monotonic() - began < 20
            assert await api.until(lambda: not (open_sockets().keys() - before), 2.0)
            assert await api.until(lambda: resolver_threads() <= 3, 2.0)  # those that hang
        finally:
            released.set()
        assert await api.until(lambda: resolver_threads() == 0)
    assert sum(soak.counts.values()) >= CONNECTS - AT_ONCE
    wanted = {"connected", "failed", "deadline", "limit"}
    assert set(soak.counts) == (wanted if api.is_threads else {*wanted, "cancelled"}), soak.counts
    assert all(count > 20 for count in soak.counts.values()), soak.counts
    assert soak.most_threads <= MAX_THREADS
