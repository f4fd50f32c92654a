"""Classes that lack a method: a half-written subclass and a half-written shape."""

from __future__ import annotations

import ahttpx
import httpx


class NoClose(httpx.Transport):
    def send(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200)


class AsyncNoSend(ahttpx.Transport):
    async def close(self) -> None:
        pass


class Nothing(httpx.NetworkBackendInterface):
    pass


class OnlyReads(ahttpx.NetworkStreamInterface):
    async def read(self, max_bytes: int | None = None) -> bytes:
        return b""


NoClose()
# ^ mypy [abstract]: Cannot instantiate abstract class "NoClose" with abstract attribute "close"
# ^ pyright [reportAbstractUsage]: "Transport.close" is not implemented
AsyncNoSend()
# ^ mypy [abstract]: Cannot instantiate abstract class "AsyncNoSend" with abstract attribute "send"
# ^ pyright [reportAbstractUsage]: "Transport.send" is not implemented
Nothing()
# ^ mypy [abstract]: abstract class "Nothing" with abstract attribute "connect"
# ^ pyright [reportAbstractUsage]: "NetworkBackendInterface.connect" is not implemented
OnlyReads()
# ^ mypy [abstract]: "close", "get_extra_info", "start_tls" and "write"
# ^ pyright [reportAbstractUsage]: "NetworkStreamInterface.write" is not implemented


class ShapeWithoutClose:
    def send(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200)


class AsyncShapeWithoutClose:
    async def send(self, request: ahttpx.Request) -> ahttpx.Response:
        return ahttpx.Response(200)


class Misspelt:
    def conect(self, host: str, port: int) -> httpx.NetworkStream:
        return httpx.NetworkBackend().connect(host, port)


httpx.Client(transport=ShapeWithoutClose())
# ^ mypy [arg-type]: incompatible type "ShapeWithoutClose"; expected "Transport | None"
# ^ pyright [reportArgumentType]: "close" is not present
ahttpx.Client(transport=AsyncShapeWithoutClose())
# ^ mypy [arg-type]: incompatible type "AsyncShapeWithoutClose"; expected "Transport | None"
# ^ pyright [reportArgumentType]: "close" is not present
httpx.ConnectionPool(backend=Misspelt())
# ^ mypy [arg-type]: incompatible type "Misspelt"; expected "NetworkBackendInterface | None"
# ^ pyright [reportArgumentType]: "connect" is not present
