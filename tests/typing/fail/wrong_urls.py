"""What is no URL, no part of one, and no query parameter."""

from __future__ import annotations

from pathlib import Path

import httpx

httpx.URL(b"https://a.test/")
# ^ mypy [arg-type]: Argument 1 to "URL" has incompatible type "bytes"; expected "URL | str"
# ^ pyright [reportArgumentType]: "Literal[b"https://a.test/"]" is not assignable to "URL"
httpx.URL(None)
# ^ mypy [arg-type]: Argument 1 to "URL" has incompatible type "None"; expected "URL | str"
# ^ pyright [reportArgumentType]: Type "None" is not assignable to type "URL | str"
httpx.URL(Path("/path"))
# ^ mypy [arg-type]: Argument 1 to "URL" has incompatible type "Path"; expected "URL | str"
# ^ pyright [reportArgumentType]: Type "Path" is not assignable to type "URL | str"
httpx.URL("https://a.test/", port="443")
# ^ mypy [arg-type]: incompatible type "Literal['443']"; expected "int | Literal[Keep.KEEP] | None"
# ^ pyright [reportArgumentType]: "Literal['443']" is not assignable to "int"
httpx.URL("https://a.test/", query={"a": "b"})
# ^ mypy [arg-type]: incompatible type "dict[str, str]"; expected "str | Literal[Keep.KEEP] | None"
# ^ pyright [reportArgumentType]: "dict[str, str]" is not assignable to "str"
httpx.URL("https://a.test/").copy_with(hostname="b.test")
# ^ mypy [call-arg]: Unexpected keyword argument "hostname" for "copy_with" of "URL"
# ^ pyright [reportCallIssue]: No parameter named "hostname"
httpx.URL("https://a.test/") / "path"
# ^ mypy [operator]: Unsupported left operand type for / ("URL")
# ^ pyright [reportOperatorIssue]: Operator "/" not supported for types "URL" and "Literal['path']"
# ^ pyright [reportUnusedExpression]: Expression value is unused
httpx.URL("https://a.test/").join(["path"])
# ^ mypy [arg-type]: incompatible type "list[str]"; expected "URL | str"
# ^ pyright [reportArgumentType]: Type "list[str]" is not assignable to type "URL | str"
httpx.URL("https://a.test/").startswith("https")
# ^ mypy [attr-defined]: "URL" has no attribute "startswith"
# ^ pyright [reportUnknownMemberType]: Type of "startswith" is unknown
# ^ pyright [reportAttributeAccessIssue]: Cannot access attribute "startswith" for class "URL"
httpx.QueryParams({"a": object()})
# ^ mypy [dict-item]: Dict entry 0 has incompatible type "str": "object"; expected "str": "int |
# ^ pyright [reportArgumentType]: "dict[str, object]" is not assignable to "str"
httpx.QueryParams({"a": {"b": "c"}})
# ^ mypy [dict-item]: Dict entry 0 has incompatible type "str": "dict[str, str]"; expected "str":
# ^ pyright [reportArgumentType]: "dict[str, dict[str, str]]" is not assignable to "str"
httpx.QueryParams({1: "a"})
# ^ mypy [dict-item]: Dict entry 0 has incompatible type "int": "str"; expected "str": "int | float
# ^ pyright [reportArgumentType]: "__next__" is not present
httpx.QueryParams([("a", "b", "c")])
# ^ mypy [list-item]: List item 0 has incompatible type "tuple[str, str, str]"; expected
# ^ pyright [reportArgumentType]: "list[tuple[Literal['a'], Literal['b'], Literal['c']]]" cannot be
httpx.QueryParams(7)
# ^ mypy [arg-type]: incompatible type "int"; expected "str | Mapping[str, str | int | float | bool
# ^ pyright [reportArgumentType]: "__next__" is not present
