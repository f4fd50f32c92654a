"""`Pending[T]`: awaited, entered, awaited and entered, handed to what starts tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import assert_type

import trio

import ahttpx

URL = "https://a.test/"


async def by_hand(client: ahttpx.Client) -> None:
    pending = client.stream("GET", URL)
    assert_type(pending, ahttpx.Pending[ahttpx.Response])
    response = await pending
    assert_type(response, ahttpx.Response)
    await response.close()


async def in_blocks(client: ahttpx.Client, pool: ahttpx.ConnectionPool) -> None:
    async with client.stream(URL) as response:
        assert_type(response, ahttpx.Response)
    async with await client.stream("GET", URL) as response:
        assert_type(response, ahttpx.Response)
    async with pool.stream("GET", URL) as response:
        assert_type(response, ahttpx.Response)
    async with pool.send(ahttpx.Request("GET", URL)) as response:
        assert_type(response, ahttpx.Response)
    async with ahttpx.stream(URL) as response:
        assert_type(response, ahttpx.Response)
    async with ahttpx.open_connection(URL) as connection:
        assert_type(connection, ahttpx.Connection)
    async with await ahttpx.open_connection(URL) as connection:
        assert_type(connection, ahttpx.Connection)
    async with ahttpx.NetworkBackend().connect("a.test", 80) as stream:
        assert_type(stream, ahttpx.NetworkStream)


async def as_asyncio_tasks(client: ahttpx.Client) -> None:
    task = asyncio.create_task(client.stream("GET", URL))
    assert_type(task, asyncio.Task[ahttpx.Response])
    async with await task as response:
        assert_type(response, ahttpx.Response)
    async with asyncio.TaskGroup() as group:
        assert_type(group.create_task(client.stream(URL)), asyncio.Task[ahttpx.Response])
    first, second = await asyncio.gather(client.stream(URL), ahttpx.open_connection(URL))
    assert_type(first, ahttpx.Response)
    assert_type(second, ahttpx.Connection)
    assert_type(await asyncio.wait_for(client.stream(URL), 1), ahttpx.Response)
    assert_type(asyncio.run(client.stream(URL)), ahttpx.Response)


async def as_trio_tasks(client: ahttpx.Client, pool: ahttpx.ConnectionPool) -> None:
    request = ahttpx.Request("GET", URL)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(pool.send, request)
        nursery.start_soon(pool.stream, "GET", URL)
        nursery.start_soon(client.send, request)
        nursery.start_soon(client.stream, "GET", URL)
        nursery.start_soon(client.get, URL)
        nursery.start_soon(ahttpx.NetworkBackend().connect, "a.test", 80)
    assert_type(trio.run(client.send, request), ahttpx.Response)


def as_what_it_is(client: ahttpx.Client) -> None:
    coroutine: Coroutine[object, None, ahttpx.Response] = client.stream(URL)
    awaitable: Awaitable[ahttpx.ResponseHead] = client.stream(URL)
    wider: ahttpx.Pending[ahttpx.Response | ahttpx.Connection] = client.stream(URL)
    print(coroutine, awaitable, wider)
