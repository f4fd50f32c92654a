"""What a suite needs of a colour, and how one rule after the other is run and told of."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeAlias, TypeVar

CLEAN_UP_SECONDS = 5.0
"""For closing both ends after a rule: more than a closing handshake of TLS may take."""

SETTLE_SECONDS = 0.3
"""For tasks and sockets that are on their way out, and bytes on their way in."""


class Stream(Protocol):
    """The stream under test, its methods awaitable."""

    def read(self, max_bytes: int | None = None, /) -> Awaitable[bytes]: ...

    def write(self, data: bytes, /) -> Awaitable[None]: ...

    def get_extra_info(self, key: str, /) -> object: ...

    def close(self) -> Awaitable[None]: ...


class Peer(Protocol):
    """The other end of the stream under test."""

    def read(self, max_bytes: int, /) -> Awaitable[bytes]: ...

    def write(self, data: bytes, /) -> Awaitable[None]: ...

    def close(self) -> Awaitable[None]: ...


Work: TypeAlias = Callable[[], Awaitable[None]]


class Colour(Protocol):
    """Threads, or a running event loop."""

    def timeout(self, seconds: float) -> AbstractAsyncContextManager[object]:
        """The colour's public deadline."""
        ...

    def sleep(self, seconds: float) -> Awaitable[None]:
        """Wait."""
        ...

    def together(self, *works: Work) -> Awaitable[None]:
        """Do several things at the same time; raises the first error."""
        ...

    def ends(self, work: Work, seconds: float) -> Awaitable[bool]:
        """Do `work`; tell whether it came to its end within `seconds`."""
        ...

    def cancelled(self, work: Work, seconds: float) -> Awaitable[bool | None]:
        """Cancel `work` after `seconds`; tell whether that ended it, `None` if nothing can."""
        ...

    def tasks(self) -> Collection[object]:
        """What runs beside the caller in this loop."""
        ...


class Broken(Exception):
    """A rule is broken; says how."""


class Bench:
    """A stream under test with its other end.

    Parameters:
        name: what to call the stream under test.
        stream: the stream under test.
        peer: its other end.
        colour: what the rules run in.
    """

    __slots__ = ("colour", "name", "peer", "stream")

    def __init__(self, name: str, stream: Stream, peer: Peer, colour: Colour) -> None:
        self.name: str = name
        self.stream: Stream = stream
        self.peer: Peer = peer
        self.colour: Colour = colour

    async def clean_up(self) -> None:
        """Close both ends; the peer first, so that nobody waits for its goodbye."""
        for close in (self.peer.close, self.stream.close):
            try:
                await self.colour.ends(close, CLEAN_UP_SECONDS)
            except Exception:
                continue  # there is a rule of its own for a close that fails


Rule: TypeAlias = Callable[[Bench], Awaitable[None]]


class Subject(Protocol):
    """What a rule is held against, with all that belongs to it."""

    @property
    def name(self) -> str:
        """What to call it."""
        ...

    def clean_up(self) -> Awaitable[None]:
        """Close it, and all that belongs to it."""
        ...


S = TypeVar("S", bound=Subject)


async def run_rules(
    suite: str,
    colour: Colour,
    make: Callable[[], Awaitable[S]],
    rules: Sequence[Callable[[S], Awaitable[None]]],
    seconds: float,
) -> None:
    """Hold what `make` gives, anew for each rule, to each of `rules`.

    Raises:
        AssertionError: a rule is broken; the message names it and says how.
    """
    for rule in rules:
        bench = await make()
        had = {*colour.tasks()}

        async def work(rule: Callable[[S], Awaitable[None]] = rule, bench: S = bench) -> None:
            await rule(bench)

        name = getattr(rule, "__name__", "")
        try:
            await run_one(suite, bench.name, name, rule.__doc__, work, colour, seconds)
        finally:
            await bench.clean_up()
        left = await _tasks_left(colour, had)
        if left:
            raise AssertionError(
                f"{suite}: {bench.name} breaks the rule leaves_no_task_behind: after the rule "
                f"{name}, with everything closed, there was still {left[0]!r}"
            )


async def run_one(
    suite: str,
    subject: str,
    rule: str,
    text: str | None,
    work: Work,
    colour: Colour,
    seconds: float,
) -> None:
    """Run one rule, and make what goes wrong an `AssertionError` that names it."""
    cause: BaseException | None = None
    try:
        ended = await colour.ends(work, seconds)
        said = f"it did not come to its end within {seconds:g} s"
    except Broken as broken:
        ended, said, cause = False, str(broken), broken.__cause__
    except Exception as error:
        ended, said, cause = False, f"it raised {type(error).__name__}: {error}", error
    if not ended:
        meaning = inspect.cleandoc(text or "")
        raise AssertionError(
            f"{suite}: {subject} breaks the rule {rule}: {said}\n\nThe rule: {meaning}"
        ) from cause


async def _tasks_left(colour: Colour, had: set[object]) -> list[object]:
    left: list[object] = []
    for _ in range(20):
        left = [task for task in colour.tasks() if task not in had]
        if not left:
            break
        await colour.sleep(SETTLE_SECONDS / 20)
    return left
