"""Responses made by hand, for transports and tests, and what they share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_type

import ahttpx
import httpx


def pieces() -> Iterator[bytes]:
    yield b"piece"


response = httpx.Response(200, headers={"a": "b"}, content=pieces())
assert_type(response, httpx.Response)
assert_type(response.reason_phrase, str)
assert_type(response.http_version, str)
assert_type(response.history, tuple[httpx.ResponseHead, ...])
assert_type(response.trailers, httpx.Headers)
assert_type(response.url, httpx.URL)
assert_type(response.raise_for_status().read(), bytes)
assert_type(ahttpx.Response(404, content=ahttpx.HTML("<p>")), ahttpx.Response)
assert_type(httpx.ResponseHead(204, {"a": "b"}).status_code, int)


def succeeded(head: httpx.ResponseHead) -> bool:
    return head.status_code < 400


print(succeeded(response), succeeded(ahttpx.Response(200)))
