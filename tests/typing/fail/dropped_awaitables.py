"""A forgotten `await` on an interface, or on a `Pending`, with no use made of the result.

mypy tells with one more error code, switched on here as an application would. pyright has no such
rule for what is no plain coroutine: only the last mistake is one that it sees.
"""

# mypy: enable-error-code="unused-awaitable"

from __future__ import annotations

import ahttpx

URL = "https://a.test/"


async def dropped(transport: ahttpx.Transport, client: ahttpx.Client) -> None:
    transport.send(ahttpx.Request("GET", URL))
    # ^ mypy [unused-awaitable]: Value of type "Awaitable[Response]" must be used
    transport.close()
    # ^ mypy [unused-awaitable]: Value of type "Awaitable[None]" must be used
    client.stream(URL)
    # ^ mypy [unused-awaitable]: Value of type "Pending[Response]" must be used
    ahttpx.ConnectionPool().close()
    # ^ mypy [unused-coroutine]: Value of type "Coroutine[Any, Any, None]" must be used
    # ^ pyright [reportUnusedCoroutine]: Result of async function call is not used
