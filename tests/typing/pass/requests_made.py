"""Requests made by hand and by a client, their options, and copies of them."""

from __future__ import annotations

from typing import assert_type

import ahttpx
import httpx

options = httpx.RequestOptions(follow_redirects=False, max_body_size=10, cookies={"a": "b"})
request = httpx.Request("POST", "/", {"a": "b"}, httpx.JSON({}), options=options)
assert_type(request.method, str)
assert_type(request.url, httpx.URL)
assert_type(request.headers, httpx.Headers)
assert_type(request.options, httpx.RequestOptions)
assert_type(request.options.cookies, tuple[tuple[str, str], ...])
assert_type(request.copy_with(method="PUT", content=None), httpx.Request)
assert_type(httpx.Client("https://a.test/").build_request("GET", "b"), httpx.Request)
assert_type(ahttpx.Client("https://a.test/").build_request("GET", "b"), ahttpx.Request)
assert_type(ahttpx.Request("GET", "/").copy_with(url="/b", content=b""), ahttpx.Request)
assert_type(httpx.RequestHead("GET", "/").copy_with(headers={}), httpx.RequestHead)


class Counted(ahttpx.Request):
    """A request of one's own: copies are of its class."""


assert_type(Counted("GET", "/").copy_with(method="HEAD"), Counted)


def both(head: httpx.RequestHead) -> tuple[str, httpx.URL]:
    return head.method, head.url


print(both(request), both(ahttpx.Request("GET", "/")))
