"""Each function of the modules, in both colours."""

from __future__ import annotations

from typing import assert_type

import ahttpx
import httpx

URL = "https://a.test/"

assert_type(httpx.get(URL, {"a": "b"}, auth=("a", "b"), cookies={"a": "b"}), httpx.Response)
assert_type(httpx.post(URL, content=httpx.JSON({"a": 1})), httpx.Response)
assert_type(httpx.put(URL, content="text"), httpx.Response)
assert_type(httpx.patch(URL, content=b"bytes"), httpx.Response)
assert_type(httpx.delete(httpx.URL(URL)), httpx.Response)
assert_type(httpx.head(URL, follow_redirects=False), httpx.Response)
assert_type(httpx.options(URL, max_body_size=None), httpx.Response)
assert_type(httpx.request("QUERY", URL, None, b"a=b"), httpx.Response)
with httpx.stream(URL) as threaded, httpx.stream("POST", URL, content=[b"piece"]):
    assert_type(threaded, httpx.Response)


async def main() -> None:
    assert_type(await ahttpx.get(URL, {"a": "b"}, auth=ahttpx.UNSET), ahttpx.Response)
    assert_type(await ahttpx.post(URL, content=ahttpx.Form({"a": 1})), ahttpx.Response)
    assert_type(await ahttpx.put(URL, content="text"), ahttpx.Response)
    assert_type(await ahttpx.patch(URL, content=b"bytes"), ahttpx.Response)
    assert_type(await ahttpx.delete(ahttpx.URL(URL)), ahttpx.Response)
    assert_type(await ahttpx.head(URL), ahttpx.Response)
    assert_type(await ahttpx.options(URL), ahttpx.Response)
    assert_type(await ahttpx.request("QUERY", URL), ahttpx.Response)
    async with ahttpx.stream(URL) as response, ahttpx.stream("POST", URL, content=b""):
        assert_type(response, ahttpx.Response)


print(httpx.__version__, ahttpx.__version__)
