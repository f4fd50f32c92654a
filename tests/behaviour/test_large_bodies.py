"""Bodies that are read whole: past the engine, into one piece of memory."""

from __future__ import annotations

import hashlib
import time

import pytest

from support.api import Api
from support.backends import AsyncBackend, AsyncStream, ThreadedBackend, ThreadedStream
from support.certs import Certs
from support.runtimes import behaviour
from support.scripted import Close, Expect, Send, Sleep, Stall, StartTLS, Step, serve
from support.timing import allowed

BODY = bytes(range(256)) * 12_000
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY)


def cut(*positions: int) -> list[Step]:
    """The response, sent in pieces that end at `positions`."""
    data, steps, start = HEAD + BODY, list[Step](), 0
    for end in (*positions, len(data)):
        steps += [Send(data[start:end]), Sleep(0.01)]
        start = end
    return steps


@pytest.mark.parametrize("at", [(), (20,), (len(HEAD),), (len(HEAD) + 1,), (5, 70_000, 2_000_000)])
@behaviour
async def test_it_arrives_whole_however_it_was_cut(api: Api, at: tuple[int, ...]) -> None:
    steps: list[Step] = [Expect(), *cut(*at), Expect(), *cut(*at)]
    with serve(steps) as server:
        async with api.ConnectionPool() as pool:
            for _ in range(2):  # the second on the same connection
                response = await pool.request("GET", server.url)
                assert hashlib.sha256(response.body).digest() == hashlib.sha256(BODY).digest()
                assert type(response.body) is bytes
            assert server.connections_total == 1
            assert repr(pool) == "<ConnectionPool [1 idle]>"


@behaviour
async def test_over_tls(api: Api, certs: Certs) -> None:
    steps: list[Step] = [StartTLS(certs.server()), Expect(), *cut(70_000), Expect(), *cut(3)]
    with serve(steps) as server:
        url = f"https://localhost:{server.port}/"
        async with api.ConnectionPool(ssl_context=certs.client()) as pool:
            for _ in range(2):
                assert (await pool.request("GET", url)).body == BODY


@behaviour
async def test_one_that_is_cut_short_is_an_error(api: Api) -> None:
    with serve([Expect(), Send(HEAD + BODY[:-1]), Close()]) as server:
        async with api.ConnectionPool() as pool:
            with pytest.raises(api.RemoteProtocolError, match="1 bytes of its Content-Length"):
                await pool.request("GET", server.url)
            assert pool.connections == []


@behaviour
async def test_what_comes_behind_it_makes_the_connection_unfit(api: Api) -> None:
    surplus: list[Step] = [Expect(), Send(HEAD + BODY + b"surplus"), Sleep(0.05), Expect()]
    with serve(surplus, [Expect(), Send(HEAD + BODY)]) as server:
        async with api.ConnectionPool() as pool:
            for _ in range(2):
                assert (await pool.request("GET", server.url)).body == BODY
                await api.sleep(0.02)
        assert server.connections_total == 2


@pytest.mark.parametrize("length", [(1 << 30) + 1, 1 << 50, 10**19])
@behaviour
async def test_no_memory_is_taken_on_a_servers_word(api: Api, length: int) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length
    with serve([Expect(), Send(head + BODY), Close()]) as server:
        async with api.ConnectionPool() as pool:
            with pytest.raises(api.RemoteProtocolError, match="of its Content-Length are missing"):
                await pool.request("GET", server.url)


@behaviour
async def test_a_deadline_in_the_middle(api: Api) -> None:
    with serve([Expect(), Send(HEAD + BODY[:200_000]), Stall()]) as server:
        async with api.ConnectionPool() as pool:
            began = time.monotonic()
            with pytest.raises(api.Timeout, match="reading from"):
                async with api.timeout(0.2):
                    await pool.request("GET", server.url)
            assert time.monotonic() - began < allowed(0.5)
            assert pool.connections == []


@behaviour
async def test_closed_in_the_middle(api: Api) -> None:
    with serve([Expect(), Send(HEAD + BODY[:200_000]), Stall()]) as server:
        pool = api.ConnectionPool()
        async with api.spawn(lambda: pool.request("GET", server.url)) as job:
            assert await api.until(lambda: len(server.requests) == 1)
            await api.sleep(0.05)
            await pool.close()
            with pytest.raises(api.ReadError, match="closed on this side"):
                await job.result()


class GreedyThreadedStream(ThreadedStream):
    def read(self, max_bytes: int | None = None) -> bytes:
        return super().read(None if max_bytes is None else max_bytes + 1)


class GreedyThreadedBackend(ThreadedBackend):
    def connect(self, host: str, port: int) -> ThreadedStream:
        return GreedyThreadedStream(super().connect(host, port))


class GreedyAsyncStream(AsyncStream):
    async def read(self, max_bytes: int | None = None) -> bytes:
        return await super().read(None if max_bytes is None else max_bytes + 1)


class GreedyAsyncBackend(AsyncBackend):
    async def connect(self, host: str, port: int) -> AsyncStream:
        return GreedyAsyncStream(await super().connect(host, port))


@behaviour(only=("threads", "asyncio", "trio"))
async def test_a_stream_of_the_users_that_gives_more_than_was_asked_for(api: Api) -> None:
    import ahttpx
    import httpx

    with serve([Expect(), Send(HEAD + BODY)]) as server:
        if api.is_threads:
            backend = GreedyThreadedBackend(httpx.NetworkBackend())
            with (
                httpx.ConnectionPool(backend=backend) as pool,
                pytest.raises(ValueError, match=r"GreedyThreadedStream.read\(\d+\) returned"),
            ):
                pool.request("GET", server.url)
        else:
            async_backend = GreedyAsyncBackend(ahttpx.NetworkBackend())
            async with ahttpx.ConnectionPool(backend=async_backend) as async_pool:
                with pytest.raises(ValueError, match=r"GreedyAsyncStream.read\(\d+\) returned"):
                    await async_pool.request("GET", server.url)
