"""Subclasses of the library's own classes that are no such thing any more."""

from __future__ import annotations

import ahttpx
import httpx


class AsyncGet(httpx.Client):
    async def get(self, url: str) -> httpx.Response:
        # ^ mypy [override]: Signature of "get" incompatible with supertype "httpx._client.Client"
        # ^ pyright [reportIncompatibleMethodOverride]: Method "get" overrides class "Client" in an
        return httpx.Response(200)


class PlainSend(ahttpx.Client):
    def send(self, request: ahttpx.Request) -> ahttpx.Response:
        # ^ mypy [override]: Return type "Response" of "send" incompatible with return type
        # ^ pyright [reportIncompatibleMethodOverride]: Method "send" overrides class "Client" in
        return ahttpx.Response(200)


class PlainRead(ahttpx.Response):
    def read(self) -> bytes:
        # ^ mypy [override]: Return type "bytes" of "read" incompatible with return type
        # ^ pyright [reportIncompatibleMethodOverride]: Method "read" overrides class "Response" in
        return b""


class Narrow(httpx.ConnectionPool):
    def stream(self, url: str) -> httpx.Response:
        # ^ mypy [override]: Signature of "stream" incompatible with supertype
        # ^ pyright [reportIncompatibleMethodOverride]: Method "stream" overrides class
        return super().stream("GET", url)


class OtherURL(httpx.URL):
    # ^ mypy [misc]: Cannot inherit from final class "URL"
    # ^ pyright [reportGeneralTypeIssues]: Base class "URL" is marked final and cannot be subclassed
    pass
