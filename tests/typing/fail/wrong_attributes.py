"""Attributes of responses that have other names here, or are no methods, or are methods."""

from __future__ import annotations

import ahttpx
import httpx


def threaded(response: httpx.Response) -> None:
    print(response.text())
    # ^ mypy [operator]: "str" not callable
    # ^ pyright [reportCallIssue]: Object of type "str" is not callable
    # ^ pyright [reportUnknownArgumentType]: Argument type is unknown
    print(response.status)
    # ^ mypy [attr-defined]: "Response" has no attribute "status"
    # ^ pyright [reportUnknownMemberType]: Type of "status" is unknown
    # ^ pyright [reportUnknownArgumentType]: Argument type is unknown
    # ^ pyright [reportAttributeAccessIssue]: Cannot access attribute "status" for class "Response"
    print(response.content)
    # ^ mypy [attr-defined]: "Response" has no attribute "content"
    # ^ pyright [reportUnknownMemberType]: Type of "content" is unknown
    # ^ pyright [reportUnknownArgumentType]: Argument type is unknown
    # ^ pyright [reportAttributeAccessIssue]: Cannot access attribute "content" for class "Response"
    print(response.ok)
    # ^ mypy [attr-defined]: "Response" has no attribute "ok"
    # ^ pyright [reportUnknownMemberType]: Type of "ok" is unknown
    # ^ pyright [reportUnknownArgumentType]: Argument type is unknown
    # ^ pyright [reportAttributeAccessIssue]: Cannot access attribute "ok" for class "Response"
    print(response.json["a"])
    # ^ mypy [index]: Value of type "Callable[[], Any]" is not indexable
    # ^ pyright [reportIndexIssue]: Object of type "() -> Any" is not subscriptable
    # ^ pyright [reportUnknownArgumentType]: Argument type is unknown
    print(response.headers.a)
    # ^ mypy [attr-defined]: "Headers" has no attribute "a"
    # ^ pyright [reportUnknownMemberType]: Type of "a" is unknown
    # ^ pyright [reportUnknownArgumentType]: Argument type is unknown
    # ^ pyright [reportAttributeAccessIssue]: Cannot access attribute "a" for class "Headers"
    print(response.stream.decode())
    # ^ mypy [attr-defined]: "ResponseStream" has no attribute "decode"
    # ^ pyright [reportUnknownMemberType]: Type of "decode" is unknown
    # ^ pyright [reportUnknownArgumentType]: Argument type is unknown
    # ^ pyright [reportAttributeAccessIssue]: Cannot access attribute "decode" for class
    print(response.request.url)
    # ^ mypy [union-attr]: Item "None" of "RequestHead | None" has no attribute "url"
    # ^ pyright [reportOptionalMemberAccess]: "url" is not a known attribute of "None"


async def asynchronous(response: ahttpx.Response) -> None:
    print(await response.aread())
    # ^ mypy [attr-defined]: "Response" has no attribute "aread"; maybe "read"?
    # ^ pyright [reportUnknownArgumentType]: Argument type is unknown
    # ^ pyright [reportUnknownMemberType]: Type of "aread" is unknown
    # ^ pyright [reportAttributeAccessIssue]: Cannot access attribute "aread" for class "Response"
    print(response.is_success)
    # ^ mypy [attr-defined]: "Response" has no attribute "is_success"
    # ^ pyright [reportUnknownMemberType]: Type of "is_success" is unknown
    # ^ pyright [reportUnknownArgumentType]: Argument type is unknown
    # ^ pyright [reportAttributeAccessIssue]: Cannot access attribute "is_success" for class
    print(response.read().decode())
    # ^ mypy [attr-defined]: "Coroutine[Any, Any, bytes]" has no attribute "decode"
    # ^ pyright [reportUnknownMemberType]: Type of "decode" is unknown
    # ^ pyright [reportUnknownArgumentType]: Argument type is unknown
    # ^ pyright [reportAttributeAccessIssue]: Cannot access attribute "decode" for class
    print(response.raise_for_status().cookies)
    # ^ mypy [attr-defined]: "Response" has no attribute "cookies"
    # ^ pyright [reportUnknownMemberType]: Type of "cookies" is unknown
    # ^ pyright [reportUnknownArgumentType]: Argument type is unknown
    # ^ pyright [reportAttributeAccessIssue]: Cannot access attribute "cookies" for class "Response"
