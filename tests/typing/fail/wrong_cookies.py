"""What is no cookie, and no jar."""

from __future__ import annotations

import httpx

httpx.Client(cookies="a=b")
# ^ mypy [arg-type]: incompatible type "str"; expected "Cookies | Mapping[str, str] |
# ^ pyright [reportArgumentType]: "Literal['a=b']" is not assignable to "Cookies"
httpx.Client(cookies={"a": 1})
# ^ mypy [arg-type]: incompatible type "dict[str, int]"; expected "Cookies | Mapping[str, str] |
# ^ pyright [reportArgumentType]: "dict[str, int]" is not assignable to "Cookies"
httpx.Cookies([("a", "b", "c")])
# ^ mypy [list-item]: List item 0 has incompatible type "tuple[str, str, str]"; expected
# ^ pyright [reportArgumentType]: "list[tuple[Literal['a'], Literal['b'], Literal['c']]]" cannot be
httpx.Cookies()["a"] = 1
# ^ mypy [assignment]: Incompatible types in assignment (expression has type "int", target has type
# ^ pyright [reportArgumentType]: "Literal[1]" is not assignable to "str"
httpx.Cookies().set("a")
# ^ mypy [call-arg]: Missing positional argument "value" in call to "set" of "Cookies"
# ^ pyright [reportCallIssue]: Argument missing for parameter "value"
httpx.Cookies().set("a", "b", same_site="lax")
# ^ mypy [arg-type]: incompatible type "Literal['lax']"; expected "Literal['Strict', 'Lax', 'None']
# ^ pyright [reportArgumentType]: Type "Literal['lax']" is not assignable to type "SameSite | None"
httpx.Cookies().set("a", "b", httponly=True)
# ^ mypy [call-arg]: Unexpected keyword argument "httponly" for "set" of "Cookies"; did you mean
# ^ pyright [reportCallIssue]: No parameter named "httponly"
httpx.Cookies().update_from_response(httpx.URL("https://a.test/"), 5)
# ^ mypy [arg-type]: incompatible type "int"; expected "Iterable[str]"
# ^ pyright [reportArgumentType]: "__iter__" is not present
httpx.Cookies.load(5)
# ^ mypy [arg-type]: incompatible type "int"; expected "str | PathLike[str]"
# ^ pyright [reportArgumentType]: "__fspath__" is not present
httpx.Cookies().save("jar.txt", format="mozilla")
# ^ mypy [arg-type]: incompatible type "Literal['mozilla']"; expected "Literal['json', 'netscape']"
# ^ pyright [reportArgumentType]: "Literal['mozilla']" is not assignable to type "Literal['json']"
httpx.get("https://a.test/", cookies=["a=b"])
# ^ mypy [list-item]: List item 0 has incompatible type "str"; expected "tuple[str, str]"
# ^ pyright [reportArgumentType]: "Literal['a=b']" is not assignable to "tuple[str, str]"
