"""Headers: of mappings, of pairs, of other headers; changed into copies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_type

import ahttpx
import httpx

headers = httpx.Headers([("Accept", "text/html"), ("Accept", "text/plain")])
assert_type(headers["accept"], str)
assert_type(headers.get("Age", None), str | None)
assert_type(headers.get_all("Accept", comma_delimited=True), list[str])
assert_type(headers.multi_items(), list[tuple[str, str]])
assert_type(headers.copy_append("Via", "1.1 a").copy_remove("Accept"), httpx.Headers)
assert_type(headers.copy_setdefault("Age", "0").copy_update({"Age": "1"}), httpx.Headers)
assert_type("Accept" in headers, bool)
assert_type({**headers}, dict[str, str])
as_mapping: Mapping[str, str] = headers
given_again = ahttpx.Headers(headers)
for pairs in ({"a": "b"}, [("a", "b")], (("a", "b"),), headers, headers.items(), None):
    httpx.Headers(pairs)
    ahttpx.Request("GET", "https://a.test/", pairs)
