"""Retries: limits of one's own, a budget that is shared, and what is told of them."""

from __future__ import annotations

from typing import assert_type

import ahttpx
import httpx

budget = httpx.RetryBudget()
assert_type(budget.available, float)


def tell(event: httpx.RetryEvent) -> None:
    print(event)


threaded = httpx.RetryMiddleware(
    httpx.ConnectionPool(),
    attempts=5,
    methods={"GET", "QUERY"},
    statuses=frozenset((429, 503)),
    backoff=0.1,
    max_delay=10,
    jitter=lambda: 1.0,
    budget=budget,
    on_retry=tell,
)
asynchronous = ahttpx.RetryMiddleware(ahttpx.ConnectionPool(), budget=budget, on_retry=print)
assert_type(threaded.budget, httpx.RetryBudget | None)
httpx.Client(transport=threaded)
ahttpx.Client(transport=asynchronous)
httpx.RetryMiddleware(threaded, budget=None)
ahttpx.RetryMiddleware(asynchronous, budget=ahttpx.UNSET)
