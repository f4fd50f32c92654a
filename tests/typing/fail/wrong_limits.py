"""Numbers that are none, in the places of limits and deadlines."""

from __future__ import annotations

from datetime import timedelta

import ahttpx
import httpx

POOL = httpx.ConnectionPool()

httpx.ConnectionPool(max_connections="100")
# ^ mypy [arg-type]: incompatible type "str"; expected "int | None"
# ^ pyright [reportArgumentType]: Type "Literal['100']" is not assignable to type "int | None"
ahttpx.ConnectionPool(max_idle=2.5)
# ^ mypy [arg-type]: incompatible type "float"; expected "int | None"
# ^ pyright [reportArgumentType]: Type "float" is not assignable to type "int | None"
httpx.ConnectionPool(idle_expiry=timedelta(seconds=5))
# ^ mypy [arg-type]: incompatible type "timedelta"; expected "float | None"
# ^ pyright [reportArgumentType]: Type "timedelta" is not assignable to type "float | None"
httpx.ConnectionPool(100)
# ^ mypy [call-arg]: Too many positional arguments for "ConnectionPool"
# ^ mypy [arg-type]: incompatible type "int"; expected "NetworkBackendInterface | None"
# ^ pyright [reportCallIssue]: Expected 0 positional arguments
httpx.Client(max_redirects=None)
# ^ mypy [arg-type]: incompatible type "None"; expected "int"
# ^ pyright [reportArgumentType]: "None" is not assignable to "int"
httpx.Client(max_body_size="10 MB")
# ^ mypy [arg-type]: incompatible type "str"; expected "int | None"
# ^ pyright [reportArgumentType]: Type "Literal['10 MB']" is not assignable to type "int | None"
httpx.get("https://a.test/", max_body_size="10 MB")
# ^ mypy [arg-type]: incompatible type "str"; expected "int | None"
# ^ pyright [reportArgumentType]: Type "Literal['10 MB']" is not assignable to type "int | None"
ahttpx.timeout(timedelta(seconds=5))
# ^ mypy [arg-type]: incompatible type "timedelta"; expected "float | None"
# ^ pyright [reportArgumentType]: Type "timedelta" is not assignable to type "float | None"
httpx.timeout()
# ^ mypy [call-arg]: Missing positional argument "seconds" in call to "timeout"
# ^ pyright [reportCallIssue]: Argument missing for parameter "seconds"
httpx.timeout(5).reschedule("5")
# ^ mypy [arg-type]: incompatible type "str"; expected "float | None"
# ^ pyright [reportArgumentType]: Type "Literal['5']" is not assignable to type "float | None"
httpx.NetworkBackend(connect_timeout="5")
# ^ mypy [arg-type]: incompatible type "str"; expected "float | None"
# ^ pyright [reportArgumentType]: Type "Literal['5']" is not assignable to type "float | None"
httpx.RetryMiddleware(POOL, attempts="3")
# ^ mypy [arg-type]: incompatible type "str"; expected "int"
# ^ pyright [reportArgumentType]: "Literal['3']" is not assignable to "int"
httpx.RetryMiddleware(POOL, methods="GET")
# ^ mypy [arg-type]: incompatible type "str"; expected "AbstractSet[str]"
# ^ pyright [reportArgumentType]: "Literal['GET']" is not assignable to "AbstractSet[str]"
httpx.RetryMiddleware(POOL, statuses=503)
# ^ mypy [arg-type]: incompatible type "int"; expected "AbstractSet[int]"
# ^ pyright [reportArgumentType]: "Literal[503]" is not assignable to "AbstractSet[int]"
httpx.RetryMiddleware(POOL, statuses={"503"})
# ^ mypy [arg-type]: Argument 1 to <set> has incompatible type "str"; expected "int"
# ^ pyright [reportArgumentType]: "Literal['503']" is not assignable to "int"
httpx.RetryMiddleware(POOL, jitter=0.5)
# ^ mypy [arg-type]: incompatible type "float"; expected "Callable[[], float]"
# ^ pyright [reportArgumentType]: Type "float" is not assignable to type "() -> float"
httpx.RetryMiddleware(POOL, max_delay=None)
# ^ mypy [arg-type]: incompatible type "None"; expected "float"
# ^ pyright [reportArgumentType]: "None" is not assignable to "float"
