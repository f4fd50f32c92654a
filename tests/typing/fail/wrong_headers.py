"""What is no mapping of header fields, or is a body in the place of one."""

from __future__ import annotations

import ahttpx
import httpx

URL = "https://a.test/"

httpx.Headers("Accept: text/html")
# ^ mypy [arg-type]: incompatible type "str"; expected "Headers | Mapping[str, str] |
# ^ pyright [reportArgumentType]: "Literal['Accept: text/html']" is not assignable to "Headers"
httpx.Headers(["Accept: text/html"])
# ^ mypy [list-item]: List item 0 has incompatible type "str"; expected "tuple[str, str]"
# ^ pyright [reportArgumentType]: "list[str]" cannot be assigned to parameter "headers" of type
httpx.Headers({"Age": 1})
# ^ mypy [arg-type]: incompatible type "dict[str, int]"; expected "Headers | Mapping[str, str] |
# ^ pyright [reportArgumentType]: "dict[str, int]" is not assignable to "Headers"
httpx.Headers({b"Accept": b"text/html"})
# ^ mypy [arg-type]: incompatible type "dict[bytes, bytes]"; expected "Headers | Mapping[str, str]
# ^ pyright [reportArgumentType]: "dict[bytes, bytes]" is not assignable to "Headers"
httpx.Headers({"Accept": None})
# ^ mypy [arg-type]: incompatible type "dict[str, None]"; expected "Headers | Mapping[str, str] |
# ^ pyright [reportArgumentType]: "dict[str, None]" is not assignable to "Headers"
httpx.Headers([("Accept", "text/html", "text/plain")])
# ^ mypy [list-item]: List item 0 has incompatible type "tuple[str, str, str]"; expected
# ^ pyright [reportArgumentType]: "list[tuple[Literal['Accept'], Literal['text/html'],
httpx.Headers()[0]
# ^ mypy [index]: Invalid index type "int" for "Headers"; expected type "str"
# ^ pyright [reportArgumentType]: "Literal[0]" is not assignable to "str"
httpx.Headers().copy_set("Age", 1)
# ^ mypy [arg-type]: incompatible type "int"; expected "str"
# ^ pyright [reportArgumentType]: "Literal[1]" is not assignable to "str"
httpx.post(URL, b"body")
# ^ mypy [arg-type]: incompatible type "bytes"; expected "Headers | Mapping[str, str] |
# ^ pyright [reportArgumentType]: "Literal[b"body"]" is not assignable to "Headers"
ahttpx.Request("POST", URL, httpx.JSON({}))
# ^ mypy [arg-type]: incompatible type "JSON"; expected "Headers | Mapping[str, str] |
# ^ pyright [reportArgumentType]: "__iter__" is not present
httpx.post(URL, {"a": {"b": "c"}})
# ^ mypy [arg-type]: incompatible type "dict[str, dict[str, str]]"; expected "Headers |
# ^ pyright [reportArgumentType]: "dict[str, dict[str, str]]" is not assignable to "Headers"
httpx.Client(headers=5)
# ^ mypy [arg-type]: incompatible type "int"; expected "Headers | Mapping[str, str] |
# ^ pyright [reportArgumentType]: "__iter__" is not present
