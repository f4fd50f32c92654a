"""`with` where it must be `async with`, the reverse, and an entered thing that was not awaited."""

from __future__ import annotations

import ahttpx
import httpx

URL = "https://a.test/"


async def plain_with(pool: ahttpx.ConnectionPool) -> None:
    with ahttpx.Client():
        # ^ mypy [attr-defined]: "Client" has no attribute "__enter__"
        # ^ mypy [attr-defined]: "Client" has no attribute "__exit__"
        # ^ pyright [reportGeneralTypeIssues]: does not correctly implement __enter__
        # ^ pyright [reportGeneralTypeIssues]: does not correctly implement __exit__
        pass
    with pool.stream("GET", URL):
        # ^ mypy [attr-defined]: "Pending[Response]" has no attribute "__enter__"
        # ^ mypy [attr-defined]: "Pending[Response]" has no attribute "__exit__"
        # ^ pyright [reportGeneralTypeIssues]: does not correctly implement __enter__
        # ^ pyright [reportGeneralTypeIssues]: does not correctly implement __exit__
        pass
    with ahttpx.timeout(1.0):
        # ^ mypy [attr-defined]: "timeout" has no attribute "__enter__"
        # ^ mypy [attr-defined]: "timeout" has no attribute "__exit__"
        # ^ pyright [reportGeneralTypeIssues]: does not correctly implement __enter__
        # ^ pyright [reportGeneralTypeIssues]: does not correctly implement __exit__
        pass


async def async_with(pool: httpx.ConnectionPool) -> None:
    async with pool.stream("GET", URL):
        # ^ mypy [attr-defined]: "Response" has no attribute "__aenter__"
        # ^ mypy [attr-defined]: "Response" has no attribute "__aexit__"
        # ^ pyright [reportGeneralTypeIssues]: does not correctly implement __aenter__
        # ^ pyright [reportGeneralTypeIssues]: does not correctly implement __aexit__
        pass


async def never_awaited(client: ahttpx.Client) -> None:
    async with client.get(URL):
        # ^ mypy [attr-defined]: "Coroutine[Any, Any, Response]" has no attribute "__aenter__"
        # ^ mypy [attr-defined]: "Coroutine[Any, Any, Response]" has no attribute "__aexit__"
        # ^ pyright [reportGeneralTypeIssues]: does not correctly implement __aenter__
        # ^ pyright [reportGeneralTypeIssues]: does not correctly implement __aexit__
        pass
    async with client.stream(URL) as response:
        wrong: ahttpx.Connection = response
        # ^ mypy [assignment]: expression has type "Response", variable has type "Connection"
        # ^ pyright [reportAssignmentType]: "Response" is not assignable to "Connection"
        print(wrong)
