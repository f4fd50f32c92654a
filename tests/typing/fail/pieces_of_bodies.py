"""Bodies that come piece by piece, of the wrong kind of pieces, or not called, or whole."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import ahttpx
import httpx

URL = "https://a.test/"


def texts() -> Iterator[str]:
    yield "piece"


def pieces() -> Iterator[bytes]:
    yield b"piece"


async def later() -> AsyncIterator[bytes]:
    yield b"piece"


httpx.post(URL, content=texts())
# ^ mypy [arg-type]: incompatible type "Iterator[str]"; expected "bytes | str | Content | Stream |
# ^ pyright [reportArgumentType]: "encode" is not present
httpx.post(URL, content=pieces)
# ^ mypy [arg-type]: incompatible type "Callable[[], Iterator[bytes]]"; expected "bytes | str |
# ^ pyright [reportArgumentType]: "encode" is not present
ahttpx.Request("POST", URL, content=later)
# ^ mypy [arg-type]: incompatible type "Callable[[], AsyncIterator[bytes]]"; expected "bytes | str
# ^ pyright [reportArgumentType]: "encode" is not present
httpx.post(URL, content=[("a", "b")])
# ^ mypy [list-item]: List item 0 has incompatible type "tuple[str, str]"; expected "bytes"
# ^ pyright [reportArgumentType]: "tuple[str, str]" is not assignable to "bytes"
httpx.post(URL, content=later())
# ^ mypy [arg-type]: incompatible type "AsyncIterator[bytes]"; expected "bytes | str | Content |
# ^ pyright [reportArgumentType]: "encode" is not present
httpx.post(URL, content=httpx.get(URL))
# ^ mypy [arg-type]: incompatible type "Response"; expected "bytes | str | Content | Stream |
# ^ pyright [reportArgumentType]: "encode" is not present
httpx.post(URL, content=httpx.URL(URL))
# ^ mypy [arg-type]: incompatible type "URL"; expected "bytes | str | Content | Stream |
# ^ pyright [reportArgumentType]: "encode" is not present
ahttpx.Request("POST", URL, content=ahttpx.Response(200))
# ^ mypy [arg-type]: incompatible type "Response"; expected "bytes | str | Content | Stream |
# ^ pyright [reportArgumentType]: "encode" is not present
httpx.Response(200, content=ahttpx.Response(200).stream)
# ^ mypy [arg-type]: incompatible type "ResponseStream"; expected "bytes | str | Content | Stream |
# ^ pyright [reportArgumentType]: "encode" is not present
