"""Results of `ahttpx` that were used, or dropped, before they were there."""

from __future__ import annotations

import ahttpx

URL = "https://a.test/"


async def used(client: ahttpx.Client, pool: ahttpx.ConnectionPool) -> None:
    print(client.get(URL).status_code)
    # ^ mypy [attr-defined]: "Coroutine[Any, Any, Response]" has no attribute "status_code"
    # ^ pyright [reportAttributeAccessIssue]: Cannot access attribute "status_code"
    # ^ pyright [reportUnknownMemberType]: Type of "status_code" is unknown
    # ^ pyright [reportUnknownArgumentType]: Argument type is unknown
    print(client.stream(URL).headers)
    # ^ mypy [attr-defined]: "Pending[Response]" has no attribute "headers"
    # ^ pyright [reportAttributeAccessIssue]: attribute "headers" for class "Pending[Response]"
    # ^ pyright [reportUnknownMemberType]: Type of "headers" is unknown
    # ^ pyright [reportUnknownArgumentType]: Argument type is unknown
    print(pool.send(ahttpx.Request("GET", URL)).text)
    # ^ mypy [attr-defined]: "Pending[Response]" has no attribute "text"
    # ^ pyright [reportAttributeAccessIssue]: Cannot access attribute "text"
    # ^ pyright [reportUnknownMemberType]: Type of "text" is unknown
    # ^ pyright [reportUnknownArgumentType]: Argument type is unknown
    response: ahttpx.Response = ahttpx.get(URL)
    # ^ mypy [assignment]: expression has type "Coroutine[Any, Any, Response]", variable has type
    # ^ pyright [reportAssignmentType]: is not assignable to "Response"
    body: bytes = response.read()
    # ^ mypy [assignment]: expression has type "Coroutine[Any, Any, bytes]", variable has type
    # ^ pyright [reportAssignmentType]: is not assignable to "bytes"
    print(body)


async def dropped(client: ahttpx.Client, response: ahttpx.Response) -> None:
    client.get(URL)
    # ^ mypy [unused-coroutine]: Value of type "Coroutine[Any, Any, Response]" must be used
    # ^ pyright [reportUnusedCoroutine]: Result of async function call is not used
    response.read()
    # ^ mypy [unused-coroutine]: Value of type "Coroutine[Any, Any, bytes]" must be used
    # ^ pyright [reportUnusedCoroutine]: Result of async function call is not used
    client.close()
    # ^ mypy [unused-coroutine]: Value of type "Coroutine[Any, Any, None]" must be used
    # ^ pyright [reportUnusedCoroutine]: Result of async function call is not used


async def not_to_be_awaited(response: ahttpx.Response) -> str:
    return await response.text
    # ^ mypy [misc]: Incompatible types in "await" (actual type "str"
    # ^ mypy [no-any-return]: Returning Any from function declared to return "str"
    # ^ pyright [reportGeneralTypeIssues]: "str" is not awaitable
    # ^ pyright [reportUnknownVariableType]: Return type is unknown
