"""Methods that return something else than the interface says."""

from __future__ import annotations

import ahttpx
import httpx


class ReturnsBytes(httpx.Transport):
    def send(self, request: httpx.Request) -> bytes:
        # ^ mypy [override]: Return type "bytes" of "send" incompatible with return type "Response"
        # ^ pyright [reportIncompatibleMethodOverride]: "bytes" is not assignable to "Response"
        return b""

    def close(self) -> None:
        pass


class ReturnsHead:
    async def send(self, request: ahttpx.Request) -> ahttpx.ResponseHead:
        return ahttpx.ResponseHead(200)

    async def close(self) -> None:
        pass


class MayReturnNone:
    def connect(self, host: str, port: int) -> httpx.NetworkStream | None:
        return None


class ReturnsText:
    def encode(self) -> str:
        return "text"

    def content_type(self) -> str:
        return "text/plain"


ahttpx.RedirectMiddleware(ReturnsHead())
# ^ mypy [arg-type]: incompatible type "ReturnsHead"; expected "Transport"
# ^ pyright [reportArgumentType]: is not assignable to "Awaitable[Response]"
httpx.open_connection("https://a.test/", backend=MayReturnNone())
# ^ mypy [arg-type]: incompatible type "MayReturnNone"; expected "NetworkBackendInterface | None"
# ^ pyright [reportArgumentType]: "connect" is an incompatible type
httpx.post("https://a.test/", content=ReturnsText())
# ^ mypy [arg-type]: incompatible type "ReturnsText"; expected "bytes | str | Content | Stream
# ^ pyright [reportArgumentType]: "encode" is an incompatible type
