"""Network streams used as they must not be: each is told so in words."""

from __future__ import annotations

import asyncio
import socket

import pytest
import trio

import ahttpx
from support.api import Api
from support.certs import Certs
from support.runtimes import behaviour
from support.scripted import Expect, Loop, Receive, Send, Stall, answer, serve

NATIVE = ("threads", "asyncio", "trio")


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@behaviour(only=NATIVE)
async def test_two_readers_at_once(api: Api, certs: Certs, tls: bool) -> None:
    with serve([Stall()], tls=certs.server() if tls else None) as server:
        async with await api.NetworkBackend().connect(server.host, server.port) as stream:
            if tls:
                await stream.start_tls(certs.client(), "localhost")
            async with api.spawn(stream.read) as job:
                await api.sleep(0.1)
                with pytest.raises(RuntimeError, match="one reader and one writer at a time"):
                    await stream.read()
                await stream.close()
            assert isinstance(job.error, ahttpx.ReadError)


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@behaviour(only=NATIVE)
async def test_two_writers_at_once(api: Api, certs: Certs, tls: bool) -> None:
    with serve([Stall(read=False)], tls=certs.server() if tls else None) as server:
        async with await api.NetworkBackend().connect(server.host, server.port) as stream:
            if tls:
                await stream.start_tls(certs.client(), "localhost")
            async with api.spawn(lambda: stream.write(b"x" * (50 << 20))) as job:
                await api.sleep(0.3)
                with pytest.raises(RuntimeError, match="one reader and one writer at a time"):
                    await stream.write(b"y")
                await stream.close()
            assert isinstance(job.error, ahttpx.WriteError)


@behaviour(only=NATIVE)
async def test_a_reader_and_a_writer_at_once(api: Api) -> None:
    with serve([Loop([Receive(4), Send(b"pong")])]) as server:
        stream = await api.NetworkBackend().connect(server.host, server.port)
        async with api.spawn(stream.read) as job:
            await api.sleep(0.02)
            await stream.write(b"ping")
            assert await job.result() == b"pong"
        await stream.close()


@behaviour(only=NATIVE)
async def test_use_after_close(api: Api) -> None:
    with serve([Stall()]) as server:
        stream = await api.NetworkBackend().connect(server.host, server.port)
        await stream.close()
        await stream.close()
        address = f"{server.host}:{server.port}"
        with pytest.raises(RuntimeError, match=f"cannot read: this stream to {address} is closed"):
            await stream.read()
        with pytest.raises(RuntimeError, match=f"cannot write: this stream to {address} is closed"):
            await stream.write(b"x")
        assert repr(stream) == f'<NetworkStream ["{address}" CLOSED]>'


def test_use_from_a_foreign_loop() -> None:
    async def connect() -> ahttpx.NetworkStream:
        return await ahttpx.NetworkBackend().connect(server.host, server.port)

    async def use(stream: ahttpx.NetworkStream) -> None:
        with pytest.raises(RuntimeError, match="belongs to another event loop; use it there"):
            await stream.read()
        with pytest.raises(RuntimeError, match="belongs to another event loop; use it there"):
            await stream.write(b"x")
        await stream.close()

    with serve([Stall()]) as server:
        loop = asyncio.new_event_loop()
        stream = loop.run_until_complete(connect())
        asyncio.run(use(stream))
        loop.run_until_complete(asyncio.sleep(0.01))
        loop.close()
        trio.run(use, trio.run(connect))
        assert server.wait_closed()


def test_without_any_loop() -> None:
    pending = ahttpx.get("http://127.0.0.1/")
    with pytest.raises(RuntimeError, match=r"inside a running event loop.*there is httpx"):
        pending.send(None)


@behaviour(only=NATIVE)
async def test_a_stream_over_a_users_socket(api: Api) -> None:
    with serve([Expect(), answer(b"hello")]) as server:
        sock = socket.create_connection((server.host, server.port))
        async with api.NetworkStream(sock) as stream:
            await stream.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await stream.read(12)) == b"HTTP/1.1 200"
            assert stream.get_extra_info("socket") is sock
            assert stream.get_extra_info("server_addr") == (server.host, server.port)
            assert stream.get_extra_info("no such key") is None
        assert sock.fileno() == -1
