"""Single connections, upgrades, and the streams underneath, in both colours."""

from __future__ import annotations

import socket
import ssl
from typing import assert_type

import ahttpx
import httpx

with httpx.open_connection("https://a.test/", ssl_context=ssl.create_default_context()) as plain:
    assert_type(plain.request("GET", "/"), httpx.Response)
    assert_type(plain.send(httpx.Request("GET", "https://a.test/")), httpx.Response)
    assert_type(plain.upgrade("GET", "/feed", {"Upgrade": "websocket"}), httpx.NetworkStream)
with httpx.NetworkStream(socket.create_connection(("a.test", 80))) as stream:
    stream.write(b"GET / HTTP/1.0\r\n\r\n")
    assert_type(stream.read(), bytes)
    assert_type(stream.get_extra_info("server_addr"), object)
with httpx.ConnectionPool(max_per_host=2, idle_expiry=None) as pool:
    assert_type(pool.connections, list[httpx.Connection])
backend = httpx.NetworkBackend(family=socket.AF_INET, socket_options=[(1, 9, 1)])
assert_type(backend.resolve("a.test"), list[str])


async def main() -> None:
    async with ahttpx.open_connection("https://a.test/") as connection:
        assert_type(await connection.request("GET", "/"), ahttpx.Response)
        async with connection.stream("GET", "/") as response:
            assert_type(response, ahttpx.Response)
        async with connection.upgrade("GET", "/feed") as upgraded:
            assert_type(upgraded, ahttpx.NetworkStream)
            await upgraded.start_tls(ssl.create_default_context(), "a.test")
    async with ahttpx.NetworkBackend().connect("a.test", 80) as stream:
        await stream.write(b"GET / HTTP/1.0\r\n\r\n")
        assert_type(await stream.read(), bytes)
