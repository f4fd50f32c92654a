# ruff: noqa: ASYNC212  (what blocks the loop here is a mistake to be found)
"""Tasks started with what cannot be one: a result, a function, the wrong colour."""

from __future__ import annotations

import asyncio

import trio

import ahttpx
import httpx

URL = "https://a.test/"


async def with_asyncio(client: ahttpx.Client, threaded: httpx.Client) -> None:
    await threaded.get(URL)
    # ^ mypy [misc]: Incompatible types in "await" (actual type "Response", expected type
    # ^ pyright [reportGeneralTypeIssues]: "Response" is not awaitable
    await asyncio.gather(threaded.get(URL))
    # ^ mypy [call-overload]: No overload variant of "gather" matches argument type "Response"
    # ^ pyright [reportCallIssue]: No overloads for "gather" match the provided arguments
    # ^ pyright [reportArgumentType]: "__await__" is not present
    async with asyncio.TaskGroup() as group:
        group.create_task(client.get)
        # ^ mypy [arg-type]: incompatible type "def get(self, url: URL | str, headers: Headers |
        # ^ pyright [reportArgumentType]: "__next__" is not present
        group.create_task(threaded.stream(URL))
        # ^ mypy [arg-type]: incompatible type "Response"; expected "Generator[Any, None, Never] |
        # ^ pyright [reportArgumentType]: "__next__" is not present
    await asyncio.wait_for(threaded.get(URL), 5)
    # ^ mypy [arg-type]: incompatible type "Response"; expected "Future[Never] | Generator[Any,
    # ^ pyright [reportArgumentType]: "__await__" is not present


async def with_trio(client: ahttpx.Client, threaded: httpx.Client) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(client.get(URL))
        # ^ mypy [arg-type]: incompatible type "Coroutine[Any, Any, Response]"; expected
        # ^ pyright [reportArgumentType]: "CoroutineType[Any, Any, Response]" cannot be assigned to
        nursery.start_soon(threaded.get, URL)
        # ^ mypy [arg-type]: incompatible type "def get(self, url: URL | str, headers: Headers |
        # ^ pyright [reportArgumentType]: "__await__" is not present
        nursery.start_soon(client.get)
        # ^ mypy [arg-type]: incompatible type "def get(self, url: URL | str, headers: Headers |
        # ^ pyright [reportArgumentType]: "tuple[()]" cannot be assigned to parameter "args" of
    await trio.to_thread.run_sync(client.get, URL, 5)
    # ^ mypy [unused-coroutine]: Value of type "Coroutine[Any, Any, Response]" must be used
    # ^ mypy [arg-type]: incompatible type "def get(self, url: URL | str, headers: Headers |
    # ^ pyright [reportArgumentType]: "Literal[5]" is not assignable to "Headers"


asyncio.run(httpx.get(URL))
# ^ mypy [arg-type]: incompatible type "Response"; expected "Coroutine[Any, Any, Never]"
# ^ pyright [reportArgumentType]: "Response" is not assignable to "Coroutine[Any, Any, _T@run]"
asyncio.run(ahttpx.get)
# ^ mypy [arg-type]: incompatible type "def get(url: URL | str, headers: Headers | Mapping[str,
# ^ pyright [reportArgumentType]: "FunctionType" is not assignable to "Coroutine[Any, Any, _T@run]"
