"""What cannot be a body."""

from __future__ import annotations

from collections.abc import AsyncIterator

import ahttpx
import httpx

URL = "https://a.test/"


async def texts() -> AsyncIterator[str]:
    yield ""


httpx.post(URL, content=1)
# ^ mypy [arg-type]: "post" has incompatible type "int"; expected "bytes | str | Content | Stream
# ^ pyright [reportArgumentType]: "Literal[1]" cannot be assigned to parameter "content"
httpx.post(URL, content={"a": 1})
# ^ mypy [dict-item]: Dict entry 0 has incompatible type "str": "int"
# ^ pyright [reportArgumentType]: "dict[str, int]" cannot be assigned to parameter "content"
httpx.post(URL, content=["a", "b"])
# ^ mypy [list-item]: List item 0 has incompatible type "str"; expected "bytes"
# ^ mypy [list-item]: List item 1 has incompatible type "str"; expected "bytes"
# ^ pyright [reportArgumentType]: "list[str]" cannot be assigned to parameter "content"
httpx.Request("POST", URL, content=httpx.JSON)
# ^ mypy [arg-type]: "Request" has incompatible type "type[JSON]"; expected
# ^ pyright [reportArgumentType]: "type[JSON]" cannot be assigned to parameter "content"
ahttpx.Request("POST", URL, content=texts())
# ^ mypy [arg-type]: "Request" has incompatible type "AsyncIterator[str]"; expected
# ^ pyright [reportArgumentType]: "AsyncIterator[str]" cannot be assigned to parameter "content"
ahttpx.Response(200, content=object())
# ^ mypy [arg-type]: "Response" has incompatible type "object"; expected
# ^ pyright [reportArgumentType]: "object" cannot be assigned to parameter "content"
httpx.Form({"a": object()})
# ^ mypy [dict-item]: Dict entry 0 has incompatible type "str": "object"
# ^ pyright [reportArgumentType]: "dict[str, object]" cannot be assigned to parameter "fields"
httpx.Text(b"bytes")
# ^ mypy [arg-type]: Argument 1 to "Text" has incompatible type "bytes"; expected "str"
# ^ pyright [reportArgumentType]: parameter "text" of type "str"
