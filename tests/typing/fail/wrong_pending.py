"""`Pending[T]` is generic in what it gives, and gives only what can be closed."""

from __future__ import annotations

import asyncio

import trio

import ahttpx

URL = "https://a.test/"

text: ahttpx.Pending[str]
# ^ mypy [type-var]: Type argument "str" of "Pending" must be a subtype of "Closable"
# ^ pyright [reportInvalidTypeArguments]: "str"


async def results(client: ahttpx.Client) -> None:
    other: ahttpx.Pending[ahttpx.Connection] = client.stream(URL)
    # ^ mypy [assignment]: expression has type "Pending[Response]", variable has type
    # ^ pyright [reportAssignmentType]: "Response" is not assignable to "Connection"
    task: asyncio.Task[ahttpx.Connection] = asyncio.create_task(client.stream(URL))
    # ^ mypy [arg-type]: incompatible type "Pending[Response]"; expected
    # ^ pyright [reportAssignmentType]: "Response" is not assignable to "Connection"
    print(other, task)


async def arguments(pool: ahttpx.ConnectionPool) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(pool.send, URL)
        # ^ mypy [arg-type]: Argument 1 to "start_soon" of "Nursery" has incompatible type
        # ^ pyright [reportArgumentType]: is not assignable to "Request"
