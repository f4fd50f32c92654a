"""When a request may be sent again: how long to wait, what the server asks for, what is affordable.

Rules of this file:
1. Chance and time are handed in, so that what follows from them can be told to the digit.
2. No text that a server sends raises: what cannot be read counts as not said.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from math import isfinite
from time import monotonic, time
from typing import TYPE_CHECKING, NamedTuple

from .cookie_dates import parse_cookie_date
from .described import described

if TYPE_CHECKING:
    from .errors import TransportError
    from .headers import Headers
    from .messages import RequestHead, ResponseHead

DOUBLINGS = 1000
"""Delays double at most so often: a float ends soon after, and every `max_delay` comes before."""


def random_fraction() -> float:
    """A random number from 0 to 1. Used as `jitter` it is what is called full jitter."""
    from random import random  # costs as much to import as several modules of this library

    return random()


class Backoff:
    """Delays that double from one retry to the next, each shortened by chance.

    Chance matters: clients that failed at the same moment must not all come back at the same
    moment.

    Parameters:
        first: the most seconds before the first retry; twice as much before the second, and so on.
        longest: the most seconds before any.
        jitter: gives, for each delay, the part of it to wait: a number from 0 to 1.

    Raises:
        TypeError: `jitter` cannot be called, or a number of seconds is none.
        ValueError: a number of seconds is negative or not finite.
    """

    __slots__ = ("_first", "_jitter", "longest")

    longest: float
    """The most seconds before any retry."""

    def __init__(self, first: float, longest: float, jitter: Callable[[], float]) -> None:
        self._first = _checked(first, "backoff")
        self.longest = _checked(longest, "max_delay")
        if not callable(jitter):  # pyright: ignore[reportUnnecessaryComparison]
            raise TypeError(f"jitter is a function that gives a number from 0 to 1, not {jitter!r}")
        self._jitter = jitter

    def ceiling(self, retry: int) -> float:
        """The most seconds to wait before retry number `retry`, which counts from 1."""
        return min(self._first * 2.0 ** min(retry - 1, DOUBLINGS), self.longest)

    def delay(self, retry: int, asked: float | None) -> float:
        """Seconds to wait before retry number `retry`.

        Parameters:
            asked: the least seconds that the server asks for, at most `longest`; `None` if it
                does not ask. Chance comes on top, or all would come back when told.

        Raises:
            ValueError: `jitter` gave no number from 0 to 1.
        """
        part = self._jitter()
        if not 0.0 <= part <= 1.0:
            raise ValueError(f"jitter has to give a number from 0 to 1; it gave {part!r}")
        delay = part * self.ceiling(retry)
        return delay if asked is None else min(asked + delay, self.longest)


def asked_delay(headers: Headers, clock: Callable[[], float] = time) -> float | None:
    """Seconds for which `Retry-After` asks to wait (RFC 9110 section 10.2.3).

    A date is compared with the server's own `Date`, where it sent one: the two clocks need not
    agree. `None` if there is no such field, or nothing that can be read.

    Parameters:
        clock: gives the seconds since 1970 UTC.
    """
    values = headers.get_all("Retry-After")
    if not values:
        return None
    text = values[0].strip()
    if text.isascii() and text.isdigit():
        return float(text)  # infinity, if there are more digits than a float can hold
    # The three forms of HTTP-date (section 5.6.7) are among those that cookies come with.
    until = parse_cookie_date(text)
    if until is None:
        return None
    dates = headers.get_all("Date")
    now = parse_cookie_date(dates[0]) if dates else None
    return max(until - (clock() if now is None else now), 0.0)


class RetryBudget:
    """What keeps retries from multiplying an outage: a bucket of tokens, one for each retry.

    While all goes well, a request that fails now and then is sent again as often as wanted. When
    everything fails, the bucket is soon empty, and what is left is a small part of the usual
    traffic on top of it. One budget may be shared by threads, loops and several middlewares.

        >>> budget = httpx.RetryBudget(ratio=0.2)
        >>> budget
        <RetryBudget [10 of 10]>

    Parameters:
        ratio: tokens that come with each request: 0.1 allows one retry for ten requests.
        per_second: tokens that come with each second: the floor, for those who send little.
        burst: the most tokens that are kept, and those to begin with.
        clock: gives seconds, never going back.

    Raises:
        TypeError, ValueError: one of the numbers is none, negative or not finite.
    """

    __slots__ = ("_burst", "_clock", "_lock", "_per_second", "_ratio", "_tokens", "_when")

    def __init__(
        self,
        *,
        ratio: float = 0.1,
        per_second: float = 1.0,
        burst: float = 10.0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._ratio = _checked(ratio, "ratio")
        self._per_second = _checked(per_second, "per_second")
        self._burst = _checked(burst, "burst")
        if not callable(clock):  # pyright: ignore[reportUnnecessaryComparison]
            raise TypeError(f"clock is a function that gives seconds, not {described(clock)}")
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens = self._burst
        self._when = clock()

    @property
    def available(self) -> float:
        """The tokens that are here now."""
        with self._lock:
            self._refill()
            return self._tokens

    def earn(self) -> None:
        """Add what comes with a request."""
        with self._lock:
            self._tokens = min(self._tokens + self._ratio, self._burst)

    def spend(self) -> bool:
        """Take the token for a retry; `False` if there is none, and so there must be no retry."""
        with self._lock:
            self._refill()
            if self._tokens < 1.0:
                return False
            self._tokens -= 1.0
            return True

    def _refill(self) -> None:
        now = self._clock()
        gained = max(now - self._when, 0.0) * self._per_second
        self._when = now
        self._tokens = min(self._tokens + gained, self._burst)

    def __repr__(self) -> str:
        return f"<RetryBudget [{self.available:.3g} of {self._burst:g}]>"


class RetryEvent(NamedTuple):
    """A retry that is about to happen; what `on_retry` is told of."""

    attempt: int
    """The number of the attempt to come: 2 for the first retry."""
    delay: float
    """Seconds that are waited before it."""
    request: RequestHead
    """The request."""
    response: ResponseHead | None
    """The response that is not good enough, without its body; `None` if there is none."""
    error: TransportError | None
    """The error of the attempt before; `None` if there was a response."""


def _checked(value: float, name: str) -> float:
    """`value` as a float: not negative, and finite.

    Raises:
        TypeError, ValueError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"{name} is a number, not {type(value).__name__}")
    if not isfinite(value) or value < 0:
        raise ValueError(f"{name} is a number from 0, and finite; this is {value:g}")
    return float(value)
