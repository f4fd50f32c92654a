"""Content classes: half-written ones, and ones that give something else than a body."""

from __future__ import annotations

from collections.abc import Iterator

import ahttpx
import httpx

URL = "https://a.test/"


class Untyped:
    def encode(self) -> bytes:
        return b"a,b"


class TypeIsNoMethod:
    content_type: str = "text/csv"

    def encode(self) -> bytes:
        return b"a,b"


class EncodesLater:
    async def encode(self) -> bytes:
        return b"a,b"

    def content_type(self) -> str:
        return "text/csv"


class EncodesPieces:
    def encode(self) -> Iterator[bytes]:
        yield b"a,b"

    def content_type(self) -> str:
        return "text/csv"


class OnlyReads:
    def read(self, size: int | None = None) -> bytes:
        return b""


class OfOtherColour:
    def encode(self) -> httpx.Stream:
        return httpx.File("a.csv").encode()

    def content_type(self) -> None:
        return None


httpx.post(URL, content=Untyped())
# ^ mypy [arg-type]: incompatible type "Untyped"; expected "bytes | str | Content | Stream |
# ^ pyright [reportArgumentType]: "content_type" is not present
httpx.post(URL, content=TypeIsNoMethod())
# ^ mypy [arg-type]: incompatible type "TypeIsNoMethod"; expected "bytes | str | Content | Stream |
# ^ pyright [reportArgumentType]: "read" is not present
ahttpx.Request("POST", URL, content=EncodesLater())
# ^ mypy [arg-type]: incompatible type "EncodesLater"; expected "bytes | str | Content | Stream |
# ^ pyright [reportArgumentType]: "encode" is an incompatible type
httpx.post(URL, content=EncodesPieces())
# ^ mypy [arg-type]: incompatible type "EncodesPieces"; expected "bytes | str | Content | Stream |
# ^ pyright [reportArgumentType]: "encode" is an incompatible type
httpx.post(URL, content=OnlyReads())
# ^ mypy [arg-type]: incompatible type "OnlyReads"; expected "bytes | str | Content | Stream |
# ^ pyright [reportArgumentType]: "encode" is not present
ahttpx.Request("POST", URL, content=OfOtherColour())
# ^ mypy [arg-type]: incompatible type "OfOtherColour"; expected "bytes | str | Content | Stream |
# ^ pyright [reportArgumentType]: "encode" is an incompatible type
