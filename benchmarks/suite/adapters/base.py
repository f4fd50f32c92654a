"""What an adapter is: one client, made to do what the rows of the table ask for.

An adapter uses its client as the client's own documentation would have it: one session, the
shortest call, default headers. It says for each operation what came: the status, and the number of
bytes of the decoded body; for uploads the number that the server counted. The worker compares.
"""

from __future__ import annotations

import importlib
import ssl
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Literal

Outcome = tuple[int, int]
"""Status and length."""

PIECE = bytes(65536)
"""What uploads from a generator yield, and what streamed downloads are read by if one may say."""


@dataclass(frozen=True)
class Setup:
    """What a row demands of a client."""

    url: str
    """The server's base URL."""
    ca_file: str
    connections: int = 100
    """The most connections at any moment; so many may be kept idle."""
    fresh: bool = False
    """Whether every request is to make a connection of its own."""
    gzip: bool = False
    """Whether gzip is to be asked for, by those who do not do so of their own accord."""
    layer: str = "client"
    """Which of this library's: `client` or `pool`."""
    engine: Literal["h11"] | None = None
    """What parses heads in this library: `None` for its default."""
    traced: bool = False
    """Whether memory is counted on Python's heap, not in the process."""


class Blocking:
    """A client on threads. What an adapter does not override it cannot do."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup

    def get(self, url: str) -> Outcome:
        """GET, the body read whole."""
        raise NotImplementedError

    def stream(self, url: str) -> Outcome:
        """GET, the body read in pieces, none of which is kept."""
        raise NotImplementedError

    def upload(self, url: str, body: bytes) -> Outcome:
        """POST of bytes."""
        raise NotImplementedError

    def upload_pieces(self, url: str, count: int) -> Outcome:
        """POST from a generator that yields `PIECE` so many times."""
        raise NotImplementedError

    def hold(self, url: str) -> Callable[[], Outcome]:
        """GET as far as the head; what is returned reads the rest."""
        raise NotImplementedError

    def in_thread(self) -> Blocking:
        """What another thread should use: the same object, if it may be shared."""
        return self

    def close(self) -> None:
        """Close all connections."""


class Waiting:
    """A client on an event loop; made and used inside of it."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup

    async def get(self, url: str) -> Outcome:
        """GET, the body read whole."""
        raise NotImplementedError

    async def stream(self, url: str) -> Outcome:
        """GET, the body read in pieces, none of which is kept."""
        raise NotImplementedError

    async def upload(self, url: str, body: bytes) -> Outcome:
        """POST of bytes."""
        raise NotImplementedError

    async def upload_pieces(self, url: str, count: int) -> Outcome:
        """POST from an async generator that yields `PIECE` so many times."""
        raise NotImplementedError

    async def hold(self, url: str) -> Callable[[], Awaitable[Outcome]]:
        """GET as far as the head; what is returned reads the rest."""
        raise NotImplementedError

    def in_task(self) -> Waiting:
        """What another task should use: the same object, if it may be shared."""
        return self

    async def close(self) -> None:
        """Close all connections."""


def load(name: str) -> ModuleType:
    """Import a peer. It is in no environment but its own, so type checkers do not see it."""
    return importlib.import_module(name)


def trusting(setup: Setup) -> ssl.SSLContext:
    """A context that trusts the benchmarks' authority."""
    return ssl.create_default_context(cafile=setup.ca_file)


def pieces(count: int) -> Iterator[bytes]:
    """`PIECE` so many times."""
    for _ in range(count):
        yield PIECE
