"""Backends whose streams are none, and streams that are no network streams."""

from __future__ import annotations

import asyncio
import socket
import ssl

import ahttpx
import httpx


class Plain:
    def read(self, max_bytes: int | None = None) -> bytes:
        return b""

    def write(self, data: bytes) -> None:
        pass

    def start_tls(self, ctx: ssl.SSLContext, hostname: str) -> None:
        pass

    def get_extra_info(self, key: str) -> object:
        return None

    def close(self) -> None:
        pass


class ReadsText(Plain):
    def read(self, max_bytes: int | None = None) -> str:
        # ^ mypy [override]: Return type "str" of "read" incompatible with return type "bytes" in
        # ^ pyright [reportIncompatibleMethodOverride]: "str" is not assignable to "bytes"
        return ""


class WritesSome(httpx.NetworkStreamInterface):
    def write(self, data: bytes) -> int:
        # ^ mypy [override]: Return type "int" of "write" incompatible with return type "None" in
        # ^ pyright [reportIncompatibleMethodOverride]: "int" is not assignable to "None"
        return len(data)


class GivesSocket:
    def connect(self, host: str, port: int) -> socket.socket:
        return socket.create_connection((host, port))


class GivesReader:
    async def connect(self, host: str, port: int) -> asyncio.StreamReader:
        return asyncio.StreamReader()


class GivesPlain:
    async def connect(self, host: str, port: int) -> Plain:
        return Plain()


class TakesAddress:
    def connect(self, address: tuple[str, int]) -> Plain:
        return Plain()


httpx.ConnectionPool(backend=GivesSocket())
# ^ mypy [arg-type]: incompatible type "GivesSocket"; expected "NetworkBackendInterface | None"
# ^ pyright [reportArgumentType]: "connect" is an incompatible type
ahttpx.ConnectionPool(backend=GivesReader())
# ^ mypy [arg-type]: incompatible type "GivesReader"; expected "NetworkBackendInterface | None"
# ^ pyright [reportArgumentType]: "connect" is an incompatible type
ahttpx.open_connection("https://a.test/", backend=GivesPlain())
# ^ mypy [arg-type]: incompatible type "GivesPlain"; expected "NetworkBackendInterface | None"
# ^ pyright [reportArgumentType]: "connect" is an incompatible type
httpx.ConnectionPool(backend=TakesAddress())
# ^ mypy [arg-type]: incompatible type "TakesAddress"; expected "NetworkBackendInterface | None"
# ^ pyright [reportArgumentType]: "connect" is an incompatible type
ahttpx.Connection(Plain(), "https://a.test/")
# ^ mypy [arg-type]: incompatible type "Plain"; expected "NetworkStreamInterface"
# ^ pyright [reportArgumentType]: "read" is an incompatible type
httpx.Connection(socket.socket(), "https://a.test/")
# ^ mypy [arg-type]: incompatible type "socket"; expected "NetworkStreamInterface"
# ^ pyright [reportArgumentType]: "read" is not present
httpx.Connection("https://a.test/", Plain())
# ^ mypy [arg-type]: incompatible type "str"; expected "NetworkStreamInterface"
# ^ mypy [arg-type]: Argument 2 to "Connection" has incompatible type "Plain"; expected "URL | str"
# ^ pyright [reportArgumentType]: "read" is not present
# ^ pyright [reportArgumentType]: Type "Plain" is not assignable to type "URL | str"
httpx.Connection(ReadsText(), "https://a.test/")
# ^ mypy [arg-type]: incompatible type "ReadsText"; expected "NetworkStreamInterface"
# ^ pyright [reportArgumentType]: "read" is an incompatible type
httpx.NetworkStream(("a.test", 80))
# ^ mypy [arg-type]: incompatible type "tuple[str, int]"; expected "socket"
# ^ pyright [reportArgumentType]: "tuple[Literal['a.test'], Literal[80]]" cannot be assigned to
