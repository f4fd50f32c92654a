"""Bodies as they arrive: pieces, text, lines, undecoded; in both colours."""

from __future__ import annotations

from typing import assert_type

import ahttpx
import httpx


def threaded(response: httpx.Response) -> bytes:
    for line in response.iter_lines():
        assert_type(line, str)
    for text in response.iter_text():
        assert_type(text, str)
    assert_type(response.raw, httpx.ResponseStream)
    stream: httpx.Stream = response.stream
    return b"".join(stream)


async def asynchronous(response: ahttpx.Response) -> bytes:
    async for line in response.iter_lines():
        assert_type(line, str)
    async for text in response.iter_text():
        assert_type(text, str)
    assert_type(response.raw, ahttpx.ResponseStream)
    stream: ahttpx.Stream = response.stream
    return b"".join([piece async for piece in stream])
