"""Responses that come before the request was sent whole, and `Expect: 100-continue`."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator

import pytest

from support.api import Api
from support.certs import Certs
from support.runtimes import behaviour
from support.scripted import (
    Close,
    Expect,
    Receive,
    Script,
    Send,
    Sleep,
    Stall,
    Tell,
    WaitFor,
    answer,
    keep_answering,
    serve,
)

REFUSAL = answer(b"too large", "413 Content Too Large")
LARGE = b"x" * (50 << 20)


# A user's stream is asked between pieces only: in the middle of a write it cannot tell.
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@behaviour(only=("threads", "asyncio", "trio"))
async def test_a_server_that_answers_and_stops_reading(api: Api, certs: Certs, tls: bool) -> None:
    refusing: Script = [Expect(body=False), REFUSAL, Stall(read=False)]
    context = certs.server() if tls else None
    with serve(refusing, keep_answering(b"fine"), tls=context) as server:
        async with api.ConnectionPool(ssl_context=certs.client()) as pool:
            async with api.timeout(10):
                response = await pool.request("POST", server.url, content=LARGE)
            assert (response.status_code, response.body) == (413, b"too large")
            assert repr(pool) == "<ConnectionPool [0 active]>"
            assert (await pool.request("GET", server.url)).body == b"fine"


@behaviour
async def test_a_body_in_pieces_is_not_read_on(api: Api) -> None:
    told = threading.Event()
    with serve([Expect(body=False), REFUSAL, Tell(told), Stall()]) as server:
        pieces = 0

        async def body() -> AsyncIterator[bytes]:
            nonlocal pieces
            for pieces in range(1, 1000):
                yield b"piece"
                if pieces == 3:
                    assert await api.until(told.is_set)
                    await api.sleep(0.05)

        async with api.ConnectionPool() as pool:
            response = await pool.request("POST", server.url, content=body())
            assert response.status_code == 413
            assert pieces < 10
            assert repr(pool) == "<ConnectionPool [0 active]>"


@behaviour
async def test_interim_responses_do_not_stop_an_upload(api: Api) -> None:
    early = Send(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n")
    with serve([Expect(body=False), early, Receive(5 << 20), answer(b"all of it")]) as server:
        async with api.ConnectionPool() as pool:
            response = await pool.request("POST", server.url, content=b"x" * (5 << 20))
            assert response.body == b"all of it"
            assert repr(pool) == "<ConnectionPool [1 idle]>"


CONTINUE = {"Expect": "100-continue"}


@behaviour
async def test_a_body_waits_for_the_go_ahead(api: Api) -> None:
    go = threading.Event()
    told = threading.Event()
    script: Script = [
        Expect(body=False),
        Tell(told),
        WaitFor(go),
        Send(b"HTTP/1.1 100 Continue\r\n\r\n"),
        Receive(4),
        answer(b"thanks"),
    ]
    with serve(script) as server:
        async with api.ConnectionPool() as pool:

            async def post() -> bytes:
                return (await pool.request("POST", server.url, CONTINUE, b"data")).body

            async with api.spawn(post) as job:
                assert await api.until(told.is_set)
                await api.sleep(0.05)
                assert server.received[0].endswith(b"\r\n\r\n")
                go.set()
                assert await job.result() == b"thanks"
            assert repr(pool) == "<ConnectionPool [1 idle]>"


@behaviour
async def test_a_refusal_in_place_of_the_go_ahead(api: Api) -> None:
    with serve([Expect(body=False), REFUSAL, Stall()], keep_answering()) as server:
        async with api.ConnectionPool() as pool:
            response = await pool.request("PUT", server.url, CONTINUE, [b"da", b"ta"])
            assert response.status_code == 413
            assert server.received[0].endswith(b"\r\n\r\n")
            assert repr(pool) == "<ConnectionPool [0 active]>"


@behaviour
async def test_a_server_that_knows_no_go_ahead_gets_the_body(api: Api) -> None:
    with serve([Expect(body=False), Receive(4), answer(b"thanks")]) as server:
        async with api.ConnectionPool() as pool:
            began = time.monotonic()
            response = await pool.request("POST", server.url, CONTINUE, b"data")
            assert response.body == b"thanks"
            assert 0.9 < time.monotonic() - began < 3


@behaviour
async def test_a_server_that_hangs_up_in_the_middle(api: Api) -> None:
    with serve([Expect(body=False), Sleep(0.02), Close()], keep_answering(b"fine")) as server:
        async with api.ConnectionPool() as pool:
            with pytest.raises(api.NetworkError):
                await pool.request("POST", server.url, content=LARGE)
            assert repr(pool) == "<ConnectionPool [0 active]>"
            assert (await pool.request("GET", server.url)).body == b"fine"
