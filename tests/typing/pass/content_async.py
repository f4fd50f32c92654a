"""Everything that `content=` of the async API takes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import ahttpx
import httpx


class StreamInherited(ahttpx.Stream):
    async def read(self, size: int | None = None, /) -> bytes:
        return b""

    async def close(self) -> None:
        pass

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b""


class StreamByShape:
    async def read(self, amount: int | None = None) -> bytes:
        return b""

    async def close(self) -> None:
        pass

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b""


class ContentInherited(ahttpx.Content):
    def encode(self) -> ahttpx.Stream:
        return StreamByShape()

    def content_type(self) -> None:
        return None


class ContentByShape:
    def encode(self) -> bytes:
        return b"a,b"

    def content_type(self) -> str:
        return "text/csv"


async def pieces() -> AsyncIterator[bytes]:
    yield b"one"


def plain_pieces() -> Iterator[bytes]:
    yield b"one"


def takes(content: ahttpx.Content) -> None:
    ahttpx.Request("POST", "https://a.test/", content=content)


for each in (ahttpx.JSON({"a": 1}), httpx.Form({"a": "1"}), ahttpx.Text("a"), httpx.HTML("<p>")):
    takes(each)


async def main() -> None:
    async with ahttpx.Client("https://a.test/") as client:
        await client.post("/", content=None)
        await client.post("/", content=b"bytes")
        await client.post("/", content="text")
        await client.post("/", content=ahttpx.JSON([1, None]))
        await client.post("/", content=StreamInherited())
        await client.post("/", content=StreamByShape())
        await client.put("/", content=ContentInherited())
        await client.put("/", content=ContentByShape())
        await client.patch("/", content=pieces())
        await client.patch("/", content=plain_pieces())
        await client.patch("/", content=[b"one", b"two"])
        async with client.stream("GET", "/") as response:
            await client.post("/copy", content=response.stream)
