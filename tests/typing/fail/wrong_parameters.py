"""Methods that cannot be called the way the library calls them."""

from __future__ import annotations

import ssl

import ahttpx
import httpx


class NoRequest:
    def send(self) -> httpx.Response:
        return httpx.Response(200)

    def close(self) -> None:
        pass


class AsksForMore:
    async def send(self, request: ahttpx.Request, retries: int) -> ahttpx.Response:
        return ahttpx.Response(200 + retries)

    async def close(self) -> None:
        pass


class KeywordOnly:
    def connect(self, *, host: str, port: int) -> httpx.NetworkStream:
        return httpx.NetworkBackend().connect(host, port)


class PortAsText(ahttpx.NetworkBackendInterface):
    async def connect(self, host: str, port: str) -> ahttpx.NetworkStream:
        # ^ mypy [override]: Argument 2 of "connect" is incompatible with supertype
        # ^ pyright [reportIncompatibleMethodOverride]: parameter is type "int"
        return await ahttpx.NetworkBackend().connect(host, int(port))


class WithoutDefault(httpx.NetworkStreamInterface):
    def read(self, max_bytes: int) -> bytes:
        # ^ mypy [override]: Signature of "read" incompatible with supertype
        # ^ pyright [reportIncompatibleMethodOverride]: base parameter has default argument value
        return bytes(max_bytes)

    def write(self, data: bytes) -> None:
        pass

    def start_tls(self, ctx: ssl.SSLContext) -> None:
        # ^ mypy [override]: Signature of "start_tls" incompatible with supertype
        # ^ pyright [reportIncompatibleMethodOverride]: Positional parameter count mismatch
        pass

    def get_extra_info(self, key: str) -> object:
        return None

    def close(self) -> None:
        pass


httpx.Client(transport=NoRequest())
# ^ mypy [arg-type]: incompatible type "NoRequest"; expected "Transport | None"
# ^ pyright [reportArgumentType]: accepts too few positional parameters; expected 1
ahttpx.Client(transport=AsksForMore())
# ^ mypy [arg-type]: incompatible type "AsksForMore"; expected "Transport | None"
# ^ pyright [reportArgumentType]: "retries"
httpx.ConnectionPool(backend=KeywordOnly())
# ^ mypy [arg-type]: incompatible type "KeywordOnly"; expected "NetworkBackendInterface | None"
# ^ pyright [reportArgumentType]: accepts too few positional parameters; expected 2
