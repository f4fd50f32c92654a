"""`send` takes a request of its colour, whole and made: no URL, no head, no class."""

from __future__ import annotations

import ahttpx
import httpx

URL = "https://a.test/"


def threaded(client: httpx.Client, pool: httpx.ConnectionPool, link: httpx.Connection) -> None:
    client.send(URL)
    # ^ mypy [arg-type]: incompatible type "str"; expected "Request"
    # ^ pyright [reportArgumentType]: "Literal['https://a.test/']" is not assignable to "Request"
    client.send(httpx.URL(URL))
    # ^ mypy [arg-type]: incompatible type "URL"; expected "Request"
    # ^ pyright [reportArgumentType]: "URL" is not assignable to "Request"
    client.send(httpx.RequestHead("GET", URL))
    # ^ mypy [arg-type]: incompatible type "RequestHead"; expected "Request"
    # ^ pyright [reportArgumentType]: "RequestHead" is not assignable to "Request"
    client.send(httpx.AuthRequest("GET", URL))
    # ^ mypy [arg-type]: incompatible type "AuthRequest"; expected "Request"
    # ^ pyright [reportArgumentType]: "AuthRequest" is not assignable to "Request"
    pool.send(ahttpx.Request("GET", URL))
    # ^ mypy [arg-type]: incompatible type "ahttpx._messages.Request"; expected
    # ^ pyright [reportArgumentType]: "Request" cannot be assigned to parameter "request" of type
    link.send(httpx.Request)
    # ^ mypy [arg-type]: incompatible type "type[Request]"; expected "Request"
    # ^ pyright [reportArgumentType]: Type "type[Request]" is not assignable to type "Request"
    httpx.CookieMiddleware(pool).send(None)
    # ^ mypy [arg-type]: incompatible type "None"; expected "Request"
    # ^ pyright [reportArgumentType]: "None" is not assignable to "Request"
    httpx.MockTransport(lambda request: httpx.Response(200)).send("GET", URL)
    # ^ mypy [call-arg]: Too many arguments for "send" of "MockTransport"
    # ^ mypy [arg-type]: incompatible type "str"; expected "Request"
    # ^ pyright [reportCallIssue]: Expected 1 positional argument
    client.get(httpx.Request("GET", URL))
    # ^ mypy [arg-type]: incompatible type "Request"; expected "URL | str"
    # ^ pyright [reportArgumentType]: Type "Request" is not assignable to type "URL | str"


async def asynchronous(client: ahttpx.Client, pool: ahttpx.ConnectionPool) -> None:
    await client.send(URL)
    # ^ mypy [arg-type]: incompatible type "str"; expected "Request"
    # ^ pyright [reportArgumentType]: "Literal['https://a.test/']" is not assignable to "Request"
    await client.send(httpx.Request("GET", URL))
    # ^ mypy [arg-type]: incompatible type "httpx._messages.Request"; expected
    # ^ pyright [reportArgumentType]: "Request" cannot be assigned to parameter "request" of type
    await pool.send(client.build_request)
    # ^ mypy [arg-type]: incompatible type "def build_request(self, method: str, url: URL | str,
    # ^ pyright [reportArgumentType]: "MethodType" is not assignable to "Request"
