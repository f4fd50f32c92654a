"""The life of connections: shared, kept, noticed stale, retried, given up, and left by all."""

from __future__ import annotations

import gc
import random
import threading
import warnings
from contextlib import AsyncExitStack
from functools import partial

import pytest

import ahttpx
from support.api import Api
from support.asgi import ASGIServer
from support.nginx import Nginx
from support.runtimes import behaviour
from support.scripted import (
    Close,
    Expect,
    Loop,
    Reset,
    Send,
    Sleep,
    Stall,
    Step,
    Tell,
    WaitFor,
    answer,
    keep_answering,
    serve,
)

TASKS = ("asyncio", "trio", "asyncio-backend")
PARTIAL = Send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart")


@behaviour
async def test_a_pool_closed_while_requests_wait(api: Api) -> None:
    with serve([Expect(), Stall()]) as server:
        pool = api.ConnectionPool(max_connections=1)

        async def get() -> None:
            await pool.request("GET", server.url)

        async def close() -> None:
            assert await api.until(lambda: len(server.requests) == 1)
            await api.sleep(0.05)
            await pool.close()

        *outcomes, closed = await api.gather_outcomes(get, get, get, close)
        assert closed is None
        kinds = sorted(type(outcome).__name__ for outcome in outcomes)
        assert kinds == ["ReadError", "RuntimeError", "RuntimeError"]
        assert all("closed" in str(outcome) for outcome in outcomes)
        assert repr(pool) == "<ConnectionPool [0 active]>"
        assert await api.until(lambda: server.connections_open == 0)
        await pool.close()
        with pytest.raises(RuntimeError, match="closed"):
            await pool.request("GET", server.url)
        assert server.connections_total == 1


@behaviour
async def test_a_pool_closed_under_a_streamed_response(api: Api) -> None:
    with serve([Expect(), PARTIAL, Stall()]) as server:
        async with api.ConnectionPool() as pool, pool.stream("GET", server.url) as response:
            assert await response.stream.read(4) == b"part"
            await pool.close()
            assert repr(pool) == "<ConnectionPool [0 active]>"
            with pytest.raises(api.ReadError, match="closed"):
                await response.stream.read(4)
        assert await api.until(lambda: server.connections_open == 0)


@behaviour
async def test_a_client_does_not_reopen(api: Api) -> None:
    with serve(keep_answering()) as server:
        client = api.Client(transport=api.ConnectionPool())
        await client.get(server.url)
        await client.close()
        await client.close()
        with pytest.raises(RuntimeError, match="closed"):
            await client.get(server.url)
        assert await api.until(lambda: server.connections_open == 0)


async def forget(pool: ahttpx.ConnectionPool, url: str) -> None:
    """Send a request, and drop the response."""
    await pool.stream("GET", url + "/forgotten")
    gc.collect()


@behaviour
async def test_a_forgotten_response_gives_its_place_back(api: Api) -> None:
    with serve([Expect(), PARTIAL, Stall()], keep_answering(b"fine")) as server:
        async with api.ConnectionPool(max_connections=1) as pool:
            with pytest.warns(ResourceWarning, match="neither read to its end nor closed"):
                await forget(pool, server.url)
            async with api.timeout(5):
                assert (await pool.request("GET", server.url)).body == b"fine"
            assert repr(pool) == "<ConnectionPool [1 idle]>"
        assert await api.until(lambda: server.connections_open == 0)


@behaviour
async def test_a_waiting_request_gets_the_place_of_a_forgotten_response(api: Api) -> None:
    with serve([Expect(), PARTIAL, Stall()], keep_answering(b"fine")) as server:
        async with api.ConnectionPool(max_connections=1) as pool:
            kept = [await pool.stream("GET", server.url + "/forgotten")]

            async def get() -> bytes:
                return (await pool.request("GET", server.url)).body

            async with api.spawn(get) as job:
                await api.sleep(0.05)
                assert not job.done
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", ResourceWarning)
                    kept.clear()
                    gc.collect()
                assert await job.result() == b"fine"


@behaviour(only=TASKS)
async def test_two_that_stop_waiting_leave_a_third_who_looks_for_forgotten_responses(
    api: Api,
) -> None:
    with serve([Expect(), PARTIAL, Stall()], keep_answering(b"fine")) as server:
        async with api.ConnectionPool(max_connections=1) as pool:
            kept = [await pool.stream("GET", server.url + "/forgotten")]

            async def get() -> bytes:
                return (await pool.request("GET", server.url)).body

            async with api.spawn(get) as first:
                await api.sleep(0.02)
                async with api.spawn(get) as second:
                    await api.sleep(0.02)
                    async with api.spawn(get) as third:
                        await api.sleep(0.02)
                        first.cancel()  # who has looked so far, and who would be the next to
                        third.cancel()
                        await first.wait()
                        await third.wait()
                        with warnings.catch_warnings():
                            warnings.simplefilter("ignore", ResourceWarning)
                            kept.clear()
                            gc.collect()
                        async with api.timeout(5):
                            assert await second.result() == b"fine"


@behaviour
async def test_a_read_response_may_be_forgotten(api: Api) -> None:
    empty = Send(b"HTTP/1.1 204 No Content\r\n\r\n")
    with serve([Expect(), answer(b"fine"), Expect(), empty, Expect()]) as server:
        async with api.ConnectionPool() as pool:
            response = await pool.stream("GET", server.url)
            await response.read()
            del response
            await pool.stream("GET", server.url)  # has no body, so there is nothing to close
            gc.collect()
            assert repr(pool) == "<ConnectionPool [1 idle]>"


@pytest.mark.parametrize("end", [Close(), Reset(), Send(b"HTTP/1.1 408 Request Timeout\r\n\r\n")])
@behaviour
async def test_a_stale_connection_is_noticed_when_it_is_handed_out(
    api: Api, end: Close | Reset | Send
) -> None:
    told = threading.Event()
    script: list[Step] = [Expect(), answer(b"one"), Sleep(0.01), Tell(told), end, Expect()]
    with serve(script, keep_answering(b"two")) as server:
        async with api.ConnectionPool(max_connections=1) as pool:
            assert (await pool.request("GET", server.url)).body == b"one"
            assert await api.until(told.is_set)
            await api.sleep(0.03)
            # Not idempotent: it would not be sent twice, so it was never sent on the old one.
            assert (await pool.request("POST", server.url, content=b"x")).body == b"two"
            assert repr(pool) == "<ConnectionPool [1 idle]>"
        assert [request.connection for request in server.requests] == [0, 1]


@behaviour
async def test_a_safe_request_is_retried_once(api: Api) -> None:
    """The server takes the second request and hangs up without a byte: a lost race."""
    script: list[Step] = [Expect(), answer(b"one"), Expect(), Close()]
    with serve(script, keep_answering(b"two")) as server:
        async with api.ConnectionPool() as pool:
            await pool.request("GET", server.url + "/1")
            assert (await pool.request("GET", server.url + "/2")).body == b"two"
        came = [(request.target, request.connection) for request in server.requests]
        assert came == [("/1", 0), ("/2", 0), ("/2", 1)]


@behaviour
async def test_it_is_not_retried_twice(api: Api) -> None:
    script: list[Step] = [Expect(), answer(b"one"), Expect(), Close()]
    with serve(script, [Expect(), Close()]) as server:
        async with api.ConnectionPool() as pool:
            await pool.request("GET", server.url)
            with pytest.raises(api.TransportError):
                await pool.request("GET", server.url)
        assert len(server.requests) == 3


@pytest.mark.parametrize("case", ["POST", "fresh", "a byte came", "one-shot body", "switched off"])
@behaviour
async def test_what_is_not_retried(api: Api, case: str) -> None:
    rest = [Send(b"H"), Close()] if case == "a byte came" else [Close()]
    script: list[Step] = [Expect(), answer(b"one"), Expect(), *rest]
    with serve(script if case != "fresh" else [Expect(), Close()], keep_answering()) as server:
        async with api.ConnectionPool(retry_stale=case != "switched off") as pool:
            if case != "fresh":
                await pool.request("GET", server.url)
            method, content = "GET", None
            if case == "POST":
                method = "POST"
            if case == "one-shot body":
                method, content = "PUT", iter([b"once"])
            with pytest.raises(api.TransportError):
                await pool.request(method, server.url, content=content)
            assert repr(pool) == "<ConnectionPool [0 active]>"
            sent = len(server.requests)
            assert (await pool.request("GET", server.url)).body == b"hello"
        assert sent == (1 if case == "fresh" else 2)


@behaviour
async def test_a_retry_sends_the_body_again(api: Api) -> None:
    script: list[Step] = [Expect(), answer(b"one"), Expect(), Close()]
    with serve(script, keep_answering(b"two")) as server:
        async with api.ConnectionPool() as pool:
            await pool.request("GET", server.url)
            response = await pool.request("PUT", server.url, content=[b"once ", b"more"])
            assert response.body == b"two"
        assert [request.body for request in server.requests] == [b"", b"once more", b"once more"]


@pytest.mark.parametrize("most", [1, 2, 5])
@behaviour
async def test_never_more_connections_than_allowed(api: Api, asgi: ASGIServer, most: int) -> None:
    chance = random.Random(most)
    seen: list[int] = []
    async with api.ConnectionPool(max_connections=most) as pool:

        async def get() -> int:
            await api.sleep(chance.random() * 0.02)
            url = f"{asgi.url}/stream?n=2&size={chance.randrange(1, 5000)}"
            async with pool.stream("GET", url) as response:
                seen.append(len(pool.connections))
                if chance.random() < 0.3:  # leave it unread
                    return 0
                return len(await response.read())

        sizes = await api.gather(*[get] * 30)
        assert any(sizes)
        assert max(seen) <= most
        assert len(pool.connections) <= most
        assert "active" not in repr(pool) or repr(pool) == "<ConnectionPool [0 active]>"


@behaviour
async def test_the_limit_per_host(api: Api) -> None:
    with (
        serve([Loop([Expect(), Sleep(0.01), answer(b"a")])]) as one,
        serve(keep_answering()) as two,
    ):
        most: list[int] = []
        async with api.ConnectionPool(max_per_host=2) as pool:

            async def get() -> None:
                await pool.request("GET", one.url)
                most.append(one.connections_open)

            async def other() -> None:
                await pool.request("GET", two.url)

            await api.gather(*[get] * 8, other)
            assert max(most) <= 2
            assert one.connections_total <= 2


@behaviour
async def test_idle_connections_of_one_host_give_way_to_another(api: Api) -> None:
    with serve(keep_answering(b"a")) as one, serve(keep_answering(b"b")) as two:
        async with api.ConnectionPool(max_connections=1) as pool:
            for _ in range(3):
                assert (await pool.request("GET", one.url)).body == b"a"
                assert (await pool.request("GET", two.url)).body == b"b"
                assert repr(pool.connections) == f'[<Connection "{two.url}/" IDLE>]'
        assert one.connections_total == two.connections_total == 3


@behaviour
async def test_first_come_first_served(api: Api) -> None:
    go = threading.Event()
    with serve([Expect(), WaitFor(go), answer(b""), *keep_answering()]) as server:
        async with api.ConnectionPool(max_connections=1) as pool, AsyncExitStack() as stack:
            for number in range(5):
                target = f"{server.url}/{number}"
                await stack.enter_async_context(api.spawn(partial(pool.request, "GET", target)))
                await api.sleep(0.05)
            go.set()
        assert [request.target for request in server.requests] == [f"/{n}" for n in range(5)]


@behaviour
async def test_idle_expiry_and_limit(api: Api) -> None:
    with serve(keep_answering()) as server:
        async with api.ConnectionPool(idle_expiry=0.05) as pool:
            await pool.request("GET", server.url)
            await api.sleep(0.1)
            await pool.request("GET", server.url)
            assert len(pool.connections) == 1
            assert server.connections_total == 2
        async with api.ConnectionPool(max_idle=1) as pool:

            async def get() -> None:
                async with pool.stream("GET", server.url) as response:
                    await api.sleep(0.03)
                    await response.read()

            await api.gather(*[get] * 4)
            assert repr(pool) in ("<ConnectionPool [1 idle]>", "<ConnectionPool [0 active]>")
        async with api.ConnectionPool(max_idle=0) as pool:
            await pool.request("GET", server.url)
            assert repr(pool) == "<ConnectionPool [0 active]>"


@behaviour
async def test_a_timeout_at_any_moment_leaves_a_clean_pool(api: Api, asgi: ASGIServer) -> None:
    chance = random.Random(7)
    async with api.ConnectionPool(max_connections=3) as pool:

        async def get() -> str:
            try:
                async with api.timeout(chance.random() * 0.015):
                    await pool.request("GET", asgi.url + "/drip?n=3&interval=0.003")
            except api.Timeout:
                return "timeout"
            return "done"

        outcomes: list[str] = []
        for _ in range(5):
            outcomes += await api.gather(*[get] * 8)
        assert "timeout" in outcomes
        await assert_clean(api, pool, asgi.url, 3)


async def assert_clean(api: Api, pool: ahttpx.ConnectionPool, url: str, limit: int) -> None:
    """`pool` holds nothing but idle connections, and its every place can be used."""
    assert "active" not in repr(pool) or repr(pool) == "<ConnectionPool [0 active]>"
    assert "connecting" not in repr(pool)

    async def get() -> str:
        async with pool.stream("GET", url + "/stream?n=1") as response:
            await api.sleep(0.01)
            return str(len(await response.read()))

    async with api.timeout(10):
        assert await api.gather(*[get] * (2 * limit)) == ["1000"] * (2 * limit)
    assert len(pool.connections) <= limit


@pytest.mark.parametrize("seed", range(3))
@behaviour(only=TASKS)
async def test_cancelling_at_random_leaves_a_clean_pool(
    api: Api, asgi: ASGIServer, seed: int
) -> None:
    chance = random.Random(seed)
    paths = ["/drip?n=3&interval=0.002", "/stream?n=3&size=50000", "/lines", "/slow?seconds=0.01"]
    async with api.ConnectionPool(max_connections=3) as pool:
        cancelled = 0
        for _ in range(40):

            async def get() -> None:
                await pool.request("GET", asgi.url + chance.choice(paths))

            async with AsyncExitStack() as stack:
                jobs = [await stack.enter_async_context(api.spawn(get)) for _ in range(5)]
                chance.shuffle(jobs)
                for job in jobs[: chance.randrange(1, 6)]:
                    await api.sleep(chance.random() * 0.006)
                    job.cancel()
            cancelled += sum(job.error is not None for job in jobs)
            for job in jobs:
                if job.error is not None:
                    assert type(job.error).__name__ in ("CancelledError", "Cancelled"), job.error
        assert cancelled > 20
        await assert_clean(api, pool, asgi.url, 3)


@behaviour(only=TASKS)
async def test_a_burst_cancelled_at_once(api: Api, asgi: ASGIServer) -> None:
    async with api.ConnectionPool(max_connections=2) as pool:

        async def get() -> None:
            await pool.request("GET", asgi.url + "/slow?seconds=5")

        async def burst() -> None:
            await api.gather(*[get] * 12)

        for pause in (0.0, 0.001, 0.01, 0.05):
            async with api.spawn(burst) as job:
                await api.sleep(pause)
                job.cancel()
        await assert_clean(api, pool, asgi.url, 2)


@behaviour(only=TASKS)
async def test_cancelled_while_connecting_over_tls(api: Api) -> None:
    """The server takes the connection and never answers the handshake."""
    with serve([Stall()]) as server:
        async with api.ConnectionPool(max_connections=1) as pool:

            async def get() -> None:
                await pool.request("GET", f"https://{server.authority}/")

            async with api.spawn(get) as job:
                assert await api.until(lambda: server.connections_total == 1)
                assert repr(pool) == "<ConnectionPool [1 connecting]>"
                await api.sleep(0.02)
                job.cancel()
            assert repr(pool) == "<ConnectionPool [0 active]>"
            assert await api.until(lambda: server.connections_open == 0)


@behaviour(only=TASKS)
async def test_a_cancelled_waiter_passes_its_place_on(api: Api) -> None:
    go = threading.Event()
    with serve([Expect(), WaitFor(go), answer(b""), *keep_answering(b"next")]) as server:
        async with api.ConnectionPool(max_connections=1) as pool:

            async def get() -> bytes:
                return (await pool.request("GET", server.url)).body

            async with api.spawn(get):
                assert await api.until(lambda: len(server.requests) == 1)
                async with api.spawn(get) as second:
                    await api.sleep(0.02)
                    async with api.spawn(get) as third:
                        await api.sleep(0.02)
                        go.set()
                        second.cancel()
                        assert await third.result() == b"next"
            assert repr(pool) == "<ConnectionPool [1 idle]>"


@behaviour
async def test_an_unread_response_closed_gives_its_connection_up(api: Api, nginx: Nginx) -> None:
    async with api.ConnectionPool() as pool:
        async with pool.stream("GET", nginx.url + "/10M") as response:
            assert response.status_code == 200
        assert repr(pool) == "<ConnectionPool [0 active]>"
        async with pool.stream("GET", nginx.url + "/small") as response:
            await api.sleep(0.02)
        await pool.request("GET", nginx.url + "/small")
        assert repr(pool) == "<ConnectionPool [1 idle]>"


@behaviour
async def test_a_reset_between_the_head_and_the_reading(api: Api) -> None:
    told = threading.Event()
    with serve([Expect(), PARTIAL, Sleep(0.05), Tell(told), Reset()]) as server:
        async with api.ConnectionPool() as pool:
            async with pool.stream("GET", server.url) as response:
                assert await api.until(told.is_set)
                await api.sleep(0.05)
                with pytest.raises(api.ReadError):
                    await response.read()
            assert repr(pool) == "<ConnectionPool [0 active]>"


@behaviour(only=("threads", "trio", "threads-backend"))
async def test_a_pool_that_is_never_closed_frees_its_sockets(api: Api) -> None:
    with serve(keep_answering()) as server:
        pool = api.ConnectionPool()
        await pool.request("GET", server.url)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            del pool
            api.backends.clear()
            gc.collect()
            assert await api.until(lambda: server.connections_open == 0)
