"""A cache of names and their addresses, with a lifetime. Whoever uses it does the looking up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic

from .described import described

MAX_NAMES = 1000
"""Names kept at most: as many hosts as one process talks to in earnest, in some 200 KB."""


class NameCache:
    """Addresses by name; shared by threads without a lock: each step is one dict operation.

    Parameters:
        ttl: seconds for which an answer is good.
        clock: tells the time in seconds.

    Raises:
        TypeError: `ttl` is no number.
        ValueError: `ttl` is not more than zero.
    """

    __slots__ = ("_clock", "_entries", "ttl")

    ttl: float
    _entries: dict[str, tuple[float, tuple[str, ...]]]

    def __init__(self, ttl: float, clock: Callable[[], float] = monotonic) -> None:
        if isinstance(ttl, bool) or not isinstance(ttl, int | float):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"ttl is a number of seconds, not {described(ttl)}")
        if not ttl > 0:
            raise ValueError(f"ttl= must be more than 0 seconds, not {ttl!r}")
        self.ttl = ttl
        self._clock = clock
        self._entries = {}

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, name: str) -> tuple[str, ...] | None:
        """The addresses of `name`, `None` if they are not known or too old."""
        entry = self._entries.get(name)
        if entry is None or self._clock() >= entry[0]:
            return None
        return entry[1]

    def put(self, name: str, addresses: Sequence[str]) -> tuple[str, ...]:
        """Keep the addresses of `name`; the oldest entries make room."""
        kept = tuple(addresses)
        self._entries.pop(name, None)  # a renewed name is the youngest
        self._entries[name] = (self._clock() + self.ttl, kept)
        while len(self._entries) > MAX_NAMES:
            try:
                self._entries.pop(next(iter(self._entries)), None)
            except (StopIteration, RuntimeError):
                break  # another thread is making room at this moment
        return kept

    def prefer(self, name: str, address: str) -> None:
        """Put `address`, which was reached, first for the rest of the lifetime of `name`."""
        entry = self._entries.get(name)
        if entry is not None and entry[1][:1] != (address,) and address in entry[1]:
            others = tuple(other for other in entry[1] if other != address)
            self._entries[name] = (entry[0], (address, *others))

    def drop(self, name: str) -> None:
        """Forget `name`: none of its addresses was any good."""
        self._entries.pop(name, None)
