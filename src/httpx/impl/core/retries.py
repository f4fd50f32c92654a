"""Sending a request again that failed, where that is safe, and where it may help.

Rules:
1. What may be done twice is sent twice: idempotent methods (RFC 9110 section 9.2.2), or those that
   the caller names. Where no connection came about nothing was sent, so there the method does not
   matter.
2. A body that cannot be read again is not sent again. The caller gets what there is.
3. All is decided before anything is given up: whoever is not to wait gets the response or error at
   hand, its body unread, as without this layer.
4. No wait is begun that cannot end before the deadline around it.
5. The body of a response that is given up is read up to `DRAIN` bytes, for `DRAIN_SECONDS` at most,
   or its connection is closed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Generic

from ..values.backoff import Backoff, RetryBudget, RetryEvent, asked_delay
from ..values.described import described
from ..values.errors import (
    ConnectError,
    HTTPError,
    NetworkError,
    ProxyError,
    RemoteProtocolError,
    Timeout,
    TransportError,
)
from ..values.messages import ResponseHead, shown
from ..values.methods import checked_method
from .messages import Q, R, request_body, response_body

if TYPE_CHECKING:
    from ...interfaces.awaitable import AwaitableTransport, Runtime
    from .response_body import ResponseBody

BUSY = frozenset((429, 502, 503, 504))
"""Statuses that speak of the moment: too many requests, or a server behind that is not there."""

DRAIN = 65536
"""Bytes worth reading to keep a connection; a longer body costs more than a new one."""

DRAIN_SECONDS = 1.0
"""How long reading them may take: a server in trouble may send nothing more."""


class RetryCore(Generic[Q, R]):
    """A transport that sends requests again.

    Parameters:
        transport: what sends each request.
        new_runtime: finds the runtime of whoever asks.
        attempts: the most times that a request is sent, the first one included.
        methods: the methods that may be sent twice.
        statuses: the statuses after which they are.
        backoff: how long to wait.
        respect_retry_after: whether the server is asked how long to wait.
        budget: what all retries of all requests together may cost; `None` for any number.
        on_retry: told of each retry before it is waited for.
    """

    def __init__(
        self,
        transport: AwaitableTransport[Q, R],
        *,
        new_runtime: Callable[[], Runtime],
        attempts: int,
        methods: Iterable[str],
        statuses: Iterable[int],
        backoff: Backoff,
        respect_retry_after: bool,
        budget: RetryBudget | None,
        on_retry: Callable[[RetryEvent], object] | None,
    ) -> None:
        self._transport = transport
        self._new_runtime = new_runtime
        self._attempts = _checked_attempts(attempts)
        self._methods = _checked_methods(methods)
        self._statuses = _checked_statuses(statuses)
        self._backoff = backoff
        self._respect_retry_after = respect_retry_after
        self._budget = _checked_budget(budget)
        self._on_retry = _checked_callback(on_retry)

    async def send(self, request: Q, /) -> R:
        """Send `request`, again if need be; return or raise what comes of the last attempt."""
        if self._budget is not None:
            self._budget.earn()
        past: list[str] = []
        while True:
            try:
                response = await self._transport.send(request)
            except TransportError as error:
                if not self._may_help(error, request):
                    _tell(error, past)
                    raise
                delay = self._plan(request, error, past)
                if delay is None:
                    raise
                past.append(f"{type(error).__name__}: {error}")
            else:
                if response.request is None:
                    response.request = request  # a transport of the user's own need not say
                if (
                    response.status_code not in self._statuses
                    or request.method not in self._methods
                ):
                    return response
                body = response_body(response)
                try:
                    delay = self._plan(request, response, past)
                except BaseException:
                    await body.close()
                    raise
                if delay is None:
                    return response
                past.append(f"{response.status_code} {response.reason_phrase}".rstrip())
                await self._drain(body, delay)
            await self._wait(request, delay, len(past) + 1)

    def _may_help(self, error: TransportError, request: Q) -> bool:
        """Tell whether a request that failed with `error` may be sent again, and with any hope."""
        if isinstance(error, ConnectError):
            return not _is_distrust(error)
        if request.method not in self._methods:
            return False
        if isinstance(error, ProxyError):
            return error.response is None or error.response.status_code in self._statuses
        return isinstance(error, (NetworkError, RemoteProtocolError, Timeout))

    def _plan(
        self, request: Q, outcome: ResponseHead | TransportError, past: list[str]
    ) -> float | None:
        """Seconds to wait before the next attempt; `None` if there is to be none."""
        if self._attempts == 1:
            return None
        attempt = len(past) + 1
        response, error = (
            (outcome, None) if isinstance(outcome, ResponseHead) else (outcome.response, outcome)
        )
        asked = asked_delay(response.headers) if response and self._respect_retry_after else None
        delay = 0.0
        objection = self._objection(request, attempt, asked)
        if objection is None:
            delay = self._backoff.delay(attempt, asked)
            objection = self._objection_to_waiting(delay)
        if objection is not None:
            if error is not None:
                _tell(error, past, f"not sent again: {objection}")
            return None
        if self._on_retry is not None:
            self._on_retry(RetryEvent(attempt + 1, delay, request, response, error))
        return delay

    def _objection(self, request: Q, attempt: int, asked: float | None) -> str | None:
        if attempt >= self._attempts:
            return f"that was attempt {attempt} of {self._attempts}"
        if request_body(request).spent:
            return "its body was read already and cannot be read again"
        if asked is not None and asked > self._backoff.longest:
            return f"the server asks for {asked:g} s, max_delay is {self._backoff.longest:g} s"
        return None

    def _objection_to_waiting(self, delay: float) -> str | None:
        left = self._new_runtime().remaining()
        if delay >= left:
            return f"a delay of {delay:.3g} s would outlast the deadline, in {left:.3g} s"
        if self._budget is not None and not self._budget.spend():
            return "the retry budget is spent, as too many requests have failed"
        return None

    async def _drain(self, body: ResponseBody, delay: float) -> None:
        """Free what a response holds: its connection for other requests, if that takes no time."""
        runtime = self._new_runtime()
        spare = (runtime.remaining() - delay) / 2  # the other half is for the next attempt
        limit = min(DRAIN_SECONDS, max(spare, 0.0))
        try:
            async with runtime.limit(limit, "the limit on draining"):
                await body.drain(DRAIN)
        except Timeout:
            return  # the body is closed, and its connection with it: the next attempt opens another
        except BaseException:
            await body.close()  # it may not have come to draining
            raise

    async def _wait(self, request: Q, delay: float, attempt: int) -> None:
        runtime = self._new_runtime()
        what = (
            f"waiting {delay:.3g} s before attempt {attempt} of {self._attempts} to send "
            f"{request.method} {shown(request.url)}"
        )
        try:
            await runtime.event().wait(what, delay)
        except BaseException:
            runtime.note(request)
            raise

    async def close(self) -> None:
        """Close the transport."""
        await self._transport.close()


def _is_distrust(error: ConnectError) -> bool:
    """Whether a certificate was refused: the next one will be, too."""
    ssl = sys.modules.get("ssl")  # without it there was no TLS
    cause = error.__cause__
    while ssl is not None and cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__
    return False


def _tell(error: HTTPError, past: list[str], *more: str) -> None:
    """Note on `error`, which is the caller's, what the attempts before it came to, and `more`."""
    lines = [f"attempt {number}: {text}" for number, text in enumerate(past, 1)]
    if past:
        lines.append(f"attempt {len(past) + 1}: this error")
    if lines or more:
        error.add_note("\n".join([*lines, *more]))


def _checked_attempts(attempts: int) -> int:
    if isinstance(attempts, bool) or not isinstance(attempts, int):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"attempts is a whole number, not {type(attempts).__name__}")
    if attempts < 1:
        raise ValueError(f"attempts counts the first one too, so it is 1 or more, not {attempts}")
    return attempts


def _checked_methods(methods: Iterable[str]) -> frozenset[str]:
    if isinstance(methods, str):
        raise TypeError(f"methods is a set of methods: write {{{methods!r}}}, not {methods!r}")
    if not isinstance(methods, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f'methods is a set of methods such as {{"GET"}}, not {described(methods)}')
    return frozenset(checked_method(method) for method in methods)


def _checked_statuses(statuses: Iterable[int]) -> frozenset[int]:
    if isinstance(statuses, int):
        raise TypeError(f"statuses is a set of status codes: write {{{statuses}}}, not {statuses}")
    if not isinstance(statuses, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(
            f"statuses is a set of status codes such as {{503}}, not {described(statuses)}"
        )
    checked = list(statuses)
    for status in checked:
        if not isinstance(status, int) or not 100 <= status <= 999:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ValueError(f"statuses is a set of status codes such as 503; {status!r} is none")
    return frozenset(checked)


def _checked_budget(budget: RetryBudget | None) -> RetryBudget | None:
    if budget is not None and not isinstance(budget, RetryBudget):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"budget is a RetryBudget or None, not {type(budget).__name__}")
    return budget


def _checked_callback(
    callback: Callable[[RetryEvent], object] | None,
) -> Callable[[RetryEvent], object] | None:
    if callback is None:
        return None
    from inspect import iscoroutinefunction

    if not callable(callback):  # pyright: ignore[reportUnnecessaryComparison]
        raise TypeError(f"on_retry is a function that takes a RetryEvent, not {callback!r}")
    if iscoroutinefunction(callback):
        raise TypeError("on_retry is called, not awaited, also in ahttpx: write `def`")
    return callback
