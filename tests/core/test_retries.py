"""When a request is sent again, and when not: delays, `Retry-After`, the budget and the decisions.

Time is a clock that only waiting moves, so delays are exact.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

import httpx
from httpx.impl.core.messages import request_body
from httpx.impl.core.retries import BUSY, RetryCore
from httpx.impl.drive import run
from httpx.impl.runtimes.threads import ThreadsEvent, ThreadsRuntime
from httpx.impl.values.backoff import Backoff, RetryBudget, asked_delay, random_fraction
from httpx.impl.values.methods import IDEMPOTENT

URL = "https://www.example.com/"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class StillEvent(ThreadsEvent):
    """Waits without taking time: it moves the clock."""

    def __init__(self, runtime: StillRuntime) -> None:
        super().__init__()
        self._runtime = runtime

    async def wait(self, what: object, seconds: float | None = None) -> bool:
        assert seconds is not None
        self._runtime.waits.append(seconds)
        self._runtime.whats.append(str(what))
        self._runtime.clock.now += seconds
        return False


class StillRuntime(ThreadsRuntime):
    """Threads in which no time passes but that which is waited for."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.deadline = math.inf
        self.waits: list[float] = []
        self.whats: list[str] = []

    def event(self) -> StillEvent:
        return StillEvent(self)

    def remaining(self) -> float:
        return max(self.deadline - self.clock.now, 0.0)


Outcome = httpx.Response | Exception


class Scripted:
    """A transport that answers, or raises, in order; the last outcome stays."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = outcomes
        self.sent: list[httpx.Request] = []
        self.reads = False

    async def send(self, request: httpx.Request, /) -> httpx.Response:
        self.sent.append(request)
        if self.reads:
            await request_body(request).open().read(65536)
        outcome = self.outcomes[min(len(self.sent), len(self.outcomes)) - 1]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def close(self) -> None:
        """Nothing is open."""


def make(
    transport: Scripted,
    *,
    runtime: StillRuntime | None = None,
    attempts: int = 3,
    methods: Iterable[str] = IDEMPOTENT,
    statuses: Iterable[int] = BUSY,
    jitter: Callable[[], float] = lambda: 1.0,
    max_delay: float = 30.0,
    respect_retry_after: bool = True,
    budget: RetryBudget | None = None,
    on_retry: Callable[[httpx.RetryEvent], object] | None = None,
) -> RetryCore[httpx.Request, httpx.Response]:
    still = StillRuntime() if runtime is None else runtime
    return RetryCore(
        transport,
        new_runtime=lambda: still,
        attempts=attempts,
        methods=methods,
        statuses=statuses,
        backoff=Backoff(0.5, max_delay, jitter),
        respect_retry_after=respect_retry_after,
        budget=budget,
        on_retry=on_retry,
    )


def busy(retry_after: str | None = None, status: int = 503) -> httpx.Response:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return httpx.Response(status, headers=headers, content="busy")


def fine() -> httpx.Response:
    return httpx.Response(200, content="fine")


# Delays


@pytest.mark.parametrize(
    ("retry", "ceiling"), [(1, 0.5), (2, 1), (3, 2), (6, 16), (7, 30), (99, 30)]
)
def test_delays_double_up_to_the_longest(retry: int, ceiling: float) -> None:
    assert Backoff(0.5, 30.0, lambda: 1.0).ceiling(retry) == ceiling
    assert Backoff(0.5, 30.0, lambda: 0.25).delay(retry, None) == ceiling / 4


FINITE = st.floats(min_value=0, max_value=1e308)


@given(
    first=FINITE,
    longest=FINITE,
    part=st.floats(min_value=0, max_value=1),
    retry=st.integers(min_value=1, max_value=10**9),
    asked=st.none() | FINITE,
)
def test_delays_stay_within_their_bounds(
    first: float, longest: float, part: float, retry: int, asked: float | None
) -> None:
    """Never longer than allowed, never shorter than the server asked for, never not a number."""
    backoff = Backoff(first, longest, lambda: part)
    ceiling = backoff.ceiling(retry)
    assert 0 <= ceiling <= longest
    assert ceiling <= backoff.ceiling(retry + 1)
    if retry == 1:
        assert ceiling == min(first, longest)
    least = None if asked is None else min(asked, longest)
    delay = backoff.delay(retry, least)
    assert (least or 0) <= delay <= longest
    if least is None:
        assert delay <= ceiling


def test_the_jitter_is_random() -> None:
    fractions = [random_fraction() for _ in range(50)]
    assert len(set(fractions)) > 40
    assert all(0 <= fraction <= 1 for fraction in fractions)


@pytest.mark.parametrize("part", [-0.1, 1.1, math.nan, math.inf])
def test_a_jitter_that_is_no_fraction_is_refused(part: float) -> None:
    with pytest.raises(ValueError, match="jitter"):
        Backoff(0.5, 30.0, lambda: part).delay(1, None)


# Retry-After

NOW = 784_111_777.0  # Sun, 06 Nov 1994 08:49:37 GMT
IN_A_MINUTE = [
    "Sun, 06 Nov 1994 08:50:37 GMT",
    "Sunday, 06-Nov-94 08:50:37 GMT",
    "Sun Nov  6 08:50:37 1994",
]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("9" * 5000, math.inf),
        *((date, 60.0) for date in IN_A_MINUTE),
        ("Sun, 06 Nov 1994 08:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("1.5", None),
        ("-1", None),
        ("+1", None),
        ("\xb2", None),
        ("1_0", None),
        ("Sun, 99 Nov 1994 08:49:37 GMT", None),
    ],
)
def test_retry_after(text: str, seconds: float | None) -> None:
    headers = httpx.Headers({"Retry-After": text})
    assert asked_delay(headers, lambda: NOW) == seconds


def test_retry_after_is_told_by_the_servers_own_clock() -> None:
    headers = httpx.Headers(
        {"Retry-After": IN_A_MINUTE[0], "Date": "Sun, 06 Nov 1994 08:50:07 GMT"}
    )
    assert asked_delay(headers, lambda: NOW + 86400) == 30.0
    headers = headers.copy_set("Date", "today")
    assert asked_delay(headers, lambda: NOW) == 60.0
    assert asked_delay(httpx.Headers(), lambda: NOW) is None


@given(st.integers(min_value=0, max_value=4_000_000_000), st.integers(-10_000, 10_000))
def test_any_date(now: int, later: int) -> None:
    headers = httpx.Headers({"Retry-After": formatdate(max(now + later, 0), usegmt=True)})
    assert asked_delay(headers, lambda: now) == max(max(now + later, 0) - now, 0)


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f")))
def test_any_text_is_a_delay_or_nothing(text: str) -> None:
    delay = asked_delay(httpx.Headers({"Retry-After": text, "Date": text}))
    assert delay is None or delay >= 0


def test_the_first_of_several_counts() -> None:
    headers = httpx.Headers([("Retry-After", "5"), ("Retry-After", "9")])
    assert asked_delay(headers) == 5.0


# The budget


def test_a_budget_by_hand() -> None:
    clock = Clock()
    budget = RetryBudget(ratio=0.5, per_second=0.25, burst=2, clock=clock)
    assert repr(budget) == "<RetryBudget [2 of 2]>"
    assert [budget.spend() for _ in range(4)] == [True, True, False, False]
    budget.earn()
    assert not budget.spend()
    budget.earn()
    assert budget.spend()
    clock.now += 3.0
    assert budget.available == 0.75
    clock.now += 1.0
    assert budget.spend()
    clock.now += 1000.0
    assert budget.available == 2.0
    budget.earn()
    assert budget.available == 2.0
    clock.now -= 50.0  # not that it should
    assert budget.available == 2.0


@given(
    ratio=st.sampled_from([0.0, 0.125, 0.25, 1.0]),
    per_second=st.sampled_from([0.0, 0.5, 4.0]),
    burst=st.integers(0, 8),
    steps=st.lists(st.sampled_from(["request", "retry", "second"]), max_size=200),
)
def test_no_more_retries_than_were_paid_for(
    ratio: float, per_second: float, burst: int, steps: list[str]
) -> None:
    clock = Clock()
    budget = RetryBudget(ratio=ratio, per_second=per_second, burst=burst, clock=clock)
    granted = requests = 0
    for step in steps:
        if step == "request":
            budget.earn()
            requests += 1
        elif step == "second":
            clock.now += 1.0
        else:
            granted += budget.spend()
        assert 0 <= budget.available <= burst
    assert granted <= burst + ratio * requests + per_second * (clock.now - 1000.0)


def test_a_budget_is_shared_by_threads() -> None:
    budget = RetryBudget(ratio=0, per_second=0, burst=500)
    granted: list[int] = []

    def work() -> None:
        granted.append(sum(budget.spend() for _ in range(200)))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(granted) == 500


@pytest.mark.parametrize("name", ["ratio", "per_second", "burst"])
@pytest.mark.parametrize(
    ("value", "error"),
    [(-1, ValueError), (math.nan, ValueError), (math.inf, ValueError), ("1", TypeError)],
)
def test_a_budget_of_nonsense(name: str, value: object, error: type[Exception]) -> None:
    with pytest.raises(error, match=name):
        RetryBudget(**{name: value})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_an_outage_is_not_multiplied() -> None:
    """A thousand requests that all fail: a tenth more, and the burst."""
    budget = RetryBudget(per_second=0)
    transport = Scripted(busy())
    core = make(transport, budget=budget)
    for _ in range(1000):
        assert run(core.send(httpx.Request("GET", URL))).status_code == 503
    assert 1000 + 100 <= len(transport.sent) <= 1000 + 100 + 10


# Decisions


def test_exact_delays() -> None:
    runtime = StillRuntime()
    events: list[httpx.RetryEvent] = []
    transport = Scripted(busy(), httpx.ReadError("reset"), busy("4"), busy("4"), fine())
    core = make(transport, runtime=runtime, attempts=9, on_retry=events.append)
    request = httpx.Request("GET", URL)
    assert run(core.send(request)).text == "fine"
    assert runtime.waits == [0.5, 1.0, 6.0, 8.0]
    assert [event.delay for event in events] == runtime.waits
    assert [event.attempt for event in events] == [2, 3, 4, 5]
    assert [event.response is None for event in events] == [False, True, False, False]
    assert [type(event.error) for event in events][:2] == [type(None), httpx.ReadError]
    assert all(event.request is request for event in events)
    assert runtime.whats[0] == f"waiting 0.5 s before attempt 2 of 9 to send GET {URL}"


@pytest.mark.parametrize("status", [200, 204, 400, 404, 408, 500, 501])
def test_other_statuses_are_answers(status: int) -> None:
    transport = Scripted(httpx.Response(status))
    assert run(make(transport).send(httpx.Request("GET", URL))).status_code == status
    assert len(transport.sent) == 1


METHODS = ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "POST", "PATCH", "get", "LOCK"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("status", sorted(BUSY))
def test_only_idempotent_methods_after_an_answer(method: str, status: int) -> None:
    transport = Scripted(busy(status=status))
    response = run(make(transport).send(httpx.Request(method, URL)))
    assert response.status_code == status
    assert len(transport.sent) == (3 if method in IDEMPOTENT else 1)


ERRORS: list[tuple[httpx.TransportError, bool, bool]] = [
    # the error; is a GET sent again; is a POST
    (httpx.ConnectError("refused"), True, True),
    (httpx.ReadError("reset"), True, False),
    (httpx.WriteError("reset"), True, False),
    (httpx.RemoteProtocolError("gone without an answer"), True, False),
    (httpx.Timeout("inactivity"), True, False),
    (httpx.ProxyError("gone"), True, False),
    (httpx.ProxyError("busy", response=busy()), True, False),
    (httpx.ProxyError("who?", response=busy(status=407)), False, False),
    (httpx.LocalProtocolError("two lengths"), False, False),
    (httpx.UpgradeRefused("no"), False, False),
]


@pytest.mark.parametrize(("error", "gets", "posts"), ERRORS)
def test_which_errors(error: httpx.TransportError, gets: bool, posts: bool) -> None:
    for method, again in (("GET", gets), ("POST", posts)):
        transport = Scripted(error)
        with pytest.raises(type(error)) as caught:
            run(make(transport).send(httpx.Request(method, URL)))
        assert caught.value is error
        assert len(transport.sent) == (3 if again else 1)


@pytest.mark.parametrize("error", [OSError("odd"), ValueError("odd"), httpx.InvalidURL("odd")])
def test_errors_of_another_kind_pass(error: Exception) -> None:
    transport = Scripted(error)
    with pytest.raises(type(error)):
        run(make(transport).send(httpx.Request("GET", URL)))
    assert len(transport.sent) == 1


def test_a_refused_certificate_stays_refused() -> None:
    import ssl

    error = httpx.ConnectError("the certificate has expired")
    error.__cause__ = OSError("wrapped")
    error.__cause__.__cause__ = ssl.SSLCertVerificationError("expired")
    transport = Scripted(error)
    with pytest.raises(httpx.ConnectError):
        run(make(transport).send(httpx.Request("GET", URL)))
    assert len(transport.sent) == 1
    error.__cause__.__cause__ = ssl.SSLEOFError("ended in the handshake")
    with pytest.raises(httpx.ConnectError):
        run(make(transport).send(httpx.Request("GET", URL)))
    assert len(transport.sent) == 4


def test_errors_tell_of_the_attempts_before() -> None:
    transport = Scripted(httpx.ReadError("reset"), busy(), httpx.ConnectError("refused"))
    with pytest.raises(httpx.ConnectError) as caught:
        run(make(transport).send(httpx.Request("GET", URL)))
    assert caught.value.__notes__ == [
        "attempt 1: ReadError: reset\n"
        "attempt 2: 503 Service Unavailable\n"
        "attempt 3: this error\n"
        "not sent again: that was attempt 3 of 3"
    ]
    transport = Scripted(busy(), httpx.LocalProtocolError("two lengths"))
    with pytest.raises(httpx.LocalProtocolError) as other:
        run(make(transport).send(httpx.Request("GET", URL)))
    assert other.value.__notes__ == [
        "attempt 1: 503 Service Unavailable\nattempt 2: this error",
    ]
    assert str(caught.value) == "refused"


def test_an_error_that_is_not_for_us_gets_no_notes() -> None:
    for method, attempts in (("POST", 3), ("GET", 1)):
        transport = Scripted(httpx.ReadError("reset"))
        with pytest.raises(httpx.ReadError) as caught:
            run(make(transport, attempts=attempts).send(httpx.Request(method, URL)))
        assert not hasattr(caught.value, "__notes__")


def test_retry_after_that_is_too_long_is_the_callers() -> None:
    runtime = StillRuntime()
    transport = Scripted(busy("31"), fine())
    response = run(make(transport, runtime=runtime).send(httpx.Request("GET", URL)))
    assert (response.status_code, response.read(), runtime.waits) == (503, b"busy", [])
    transport = Scripted(busy("30"), fine())
    response = run(make(transport, runtime=runtime).send(httpx.Request("GET", URL)))
    assert (response.status_code, runtime.waits) == (200, [30.0])


def test_retry_after_can_be_passed_over() -> None:
    runtime = StillRuntime()
    transport = Scripted(busy("3600"), fine())
    core = make(transport, runtime=runtime, respect_retry_after=False)
    assert run(core.send(httpx.Request("GET", URL))).status_code == 200
    assert runtime.waits == [0.5]


@pytest.mark.parametrize(("left", "waits"), [(0.0, 0), (0.5, 0), (0.6, 1), (1.5, 1), (1.6, 2)])
def test_no_wait_beyond_the_deadline(left: float, waits: int) -> None:
    for outcome in (busy(), httpx.ReadError("reset")):
        runtime = StillRuntime()
        runtime.deadline = runtime.clock.now + left
        transport = Scripted(outcome)
        core = make(transport, runtime=runtime)
        if isinstance(outcome, Exception):
            with pytest.raises(httpx.ReadError) as caught:
                run(core.send(httpx.Request("GET", URL)))
            if waits < 2:
                assert "would outlast the deadline" in caught.value.__notes__[0]
        else:
            assert run(core.send(httpx.Request("GET", URL))).read() == b"busy"
        assert len(runtime.waits) == waits == len(transport.sent) - 1


def pieces() -> Iterator[bytes]:
    yield b"once"


def test_a_body_that_was_read_is_not_sent_again() -> None:
    transport = Scripted(busy())
    transport.reads = True
    response = run(make(transport).send(httpx.Request("PUT", URL, content=pieces())))
    assert (response.status_code, len(transport.sent)) == (503, 1)
    transport = Scripted(httpx.ReadError("reset"))
    transport.reads = True
    with pytest.raises(httpx.ReadError) as caught:
        run(make(transport).send(httpx.Request("PUT", URL, content=pieces())))
    assert caught.value.__notes__ == [
        "not sent again: its body was read already and cannot be read again"
    ]
    assert len(transport.sent) == 1


def test_a_body_that_was_not_read_is_sent_again() -> None:
    transport = Scripted(httpx.ConnectError("refused"), httpx.ConnectError("refused"), fine())
    response = run(make(transport).send(httpx.Request("POST", URL, content=pieces())))
    assert response.status_code == 200
    assert len(transport.sent) == 3


def test_the_spent_budget_is_told() -> None:
    budget = RetryBudget(burst=0)
    transport = Scripted(httpx.ReadError("reset"))
    with pytest.raises(httpx.ReadError) as caught:
        run(make(transport, budget=budget).send(httpx.Request("GET", URL)))
    assert caught.value.__notes__ == [
        "not sent again: the retry budget is spent, as too many requests have failed"
    ]


def test_a_retry_that_is_not_made_costs_nothing() -> None:
    budget = RetryBudget(ratio=0, per_second=0)
    runtime = StillRuntime()
    runtime.deadline = runtime.clock.now
    run(make(Scripted(busy()), runtime=runtime, budget=budget).send(httpx.Request("GET", URL)))
    run(make(Scripted(busy("60")), budget=budget).send(httpx.Request("GET", URL)))
    run(make(Scripted(busy()), budget=budget, attempts=1).send(httpx.Request("GET", URL)))
    assert budget.available == 10.0


def test_what_on_retry_raises_ends_the_request() -> None:
    def refuse(event: httpx.RetryEvent) -> None:
        raise LookupError(event.attempt)

    for outcome in (busy(), httpx.ReadError("reset")):
        transport = Scripted(outcome)
        with pytest.raises(LookupError):
            run(make(transport, on_retry=refuse).send(httpx.Request("GET", URL)))
        assert len(transport.sent) == 1


def test_history_is_that_of_redirects() -> None:
    response = run(make(Scripted(busy(), fine())).send(httpx.Request("GET", URL)))
    assert response.history == ()
    assert response.request is not None


# Parameters


@pytest.mark.parametrize(
    ("parameters", "error", "words"),
    [
        ({"attempts": 0}, ValueError, "attempts counts the first one"),
        ({"attempts": 1.5}, TypeError, "attempts"),
        ({"attempts": True}, TypeError, "attempts"),
        ({"methods": "GET"}, TypeError, r"write \{'GET'\}"),
        ({"methods": {"G T"}}, ValueError, "not a method"),
        ({"statuses": {1000}}, ValueError, "1000"),
        ({"statuses": {"503"}}, ValueError, "'503'"),
        ({"backoff": -1}, ValueError, "backoff"),
        ({"backoff": "1"}, TypeError, "backoff"),
        ({"max_delay": math.inf}, ValueError, "max_delay"),
        ({"jitter": 0.5}, TypeError, "jitter"),
        ({"budget": 0.1}, TypeError, "RetryBudget"),
        ({"on_retry": "log"}, TypeError, "on_retry"),
    ],
)
def test_parameters_are_checked(
    parameters: dict[str, object], error: type[Exception], words: str
) -> None:
    with httpx.ConnectionPool() as pool, pytest.raises(error, match=words):
        httpx.RetryMiddleware(pool, **parameters)  # type: ignore[arg-type]


def test_on_retry_is_not_awaited() -> None:
    async def log(event: httpx.RetryEvent) -> None:
        raise AssertionError(event)

    with httpx.ConnectionPool() as pool, pytest.raises(TypeError, match="write `def`"):
        httpx.RetryMiddleware(pool, on_retry=log)


def test_a_budget_of_its_own() -> None:
    with httpx.ConnectionPool() as pool:
        one, other = httpx.RetryMiddleware(pool), httpx.RetryMiddleware(pool)
        assert one.budget is not None
        assert one.budget is not other.budget
        assert httpx.RetryMiddleware(pool, budget=None).budget is None
        assert httpx.RetryMiddleware(pool, budget=one.budget).budget is one.budget


def test_remaining_in_threads() -> None:
    runtime = ThreadsRuntime()
    assert runtime.remaining() == math.inf
    with httpx.timeout(60), httpx.timeout(5), httpx.timeout(None):
        assert 4 < runtime.remaining() <= 5
    with httpx.timeout(0):
        assert runtime.remaining() == 0
    start = time.monotonic()
    assert runtime.remaining() == math.inf
    assert time.monotonic() - start < 1


def test_statuses_may_come_from_an_iterator() -> None:
    transport = Scripted(httpx.Response(418), fine())
    core = make(transport, statuses=iter([418]))
    assert run(core.send(httpx.Request("GET", URL))).text == "fine"
