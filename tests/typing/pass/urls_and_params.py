"""URLs and query parameters: taken apart, changed into copies, compared."""

from __future__ import annotations

from typing import assert_type

import ahttpx
import httpx

url = httpx.URL("https://a.test/path?q=1", params={"a": [1, 2], "b": None})
assert_type(url.scheme, str)
assert_type(url.host, str)
assert_type(url.port, int | None)
assert_type(url.query, str)
assert_type(url.params["a"], str)
assert_type(url.params.get_all("a"), list[str])
assert_type(url.params.multi_items(), list[tuple[str, str]])
assert_type(url.params.multi_dict(), dict[str, list[str]])
assert_type(url.join(httpx.URL("/other")), httpx.URL)
assert_type(url.copy_with(host="b.test", port=None), httpx.URL)
assert_type(url.copy_set_param("a", 3).copy_remove_param("b"), httpx.URL)
assert_type(url == "https://a.test/", bool)
assert_type(httpx.QueryParams([("a", "1"), ("a", 2.5)]).copy_append("a", True), httpx.QueryParams)
assert_type(ahttpx.QueryParams("a=1&b=2").copy_update({"a": "3"}), ahttpx.QueryParams)
visited: set[ahttpx.URL] = {url, ahttpx.URL("https://a.test/")}
cached: dict[httpx.QueryParams, bytes] = {url.params: b""}
