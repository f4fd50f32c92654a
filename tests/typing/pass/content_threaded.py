"""Everything that `content=` of the threaded API takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx


class StreamInherited(httpx.Stream):
    def read(self, size: int | None = None, /) -> bytes:
        return b""

    def close(self) -> None:
        pass

    def __iter__(self) -> Iterator[bytes]:
        yield b""


class StreamByShape:
    def read(self, amount: int | None = None) -> bytes:
        return b""

    def close(self) -> None:
        pass

    def __iter__(self) -> Iterator[bytes]:
        yield b""


class ContentInherited(httpx.Content):
    def encode(self) -> httpx.Stream:
        return StreamByShape()

    def content_type(self) -> None:
        return None


class ContentByShape:
    def encode(self) -> bytes:
        return b"a,b"

    def content_type(self) -> str:
        return "text/csv"


def pieces() -> Iterator[bytes]:
    yield b"one"


def takes(content: httpx.Content) -> None:
    httpx.Request("POST", "https://a.test/", content=content)


for each in (httpx.JSON({"a": 1}), httpx.Form({"a": "1"}), httpx.Text("a"), httpx.HTML("<p>")):
    takes(each)

with httpx.Client("https://a.test/") as client, Path("data").open("rb") as file:
    client.post("/", content=None)
    client.post("/", content=b"bytes")
    client.post("/", content="text")
    client.post("/", content=httpx.JSON([1, None]))
    client.post("/", content=StreamInherited())
    client.post("/", content=StreamByShape())
    client.put("/", content=ContentInherited())
    client.put("/", content=ContentByShape())
    client.patch("/", content=pieces())
    client.patch("/", content=[b"one", b"two"])
    client.request("QUERY", "/", None, file)
    with client.stream("GET", "/") as response:
        client.post("/copy", content=response.stream)
