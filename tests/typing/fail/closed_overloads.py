"""`stream(url)` and `stream(method, url)`, and nothing between or beyond."""

from __future__ import annotations

import ahttpx
import httpx

URL = httpx.URL("https://a.test/")


def threaded(client: httpx.Client) -> None:
    client.stream(URL, URL)
    # ^ mypy [call-overload]: No overload variant of "stream" of "Client" matches
    # ^ pyright [reportArgumentType]: "URL" is not assignable to "str"
    client.stream()
    # ^ mypy [call-overload]: All overload variants of "stream" of "Client" require at least one
    # ^ pyright [reportCallIssue]: Argument types: ()
    client.stream("GET", URL, {}, b"", {})
    # ^ mypy [call-overload]: No overload variant of "stream" of "Client" matches
    # ^ pyright [reportCallIssue]: No overloads for "stream" match
    client.stream(url=URL)
    # ^ mypy [call-overload]: No overload variant of "stream" of "Client" matches
    # ^ pyright [reportCallIssue]: Argument types: (URL)
    client.stream(URL, method="POST")
    # ^ mypy [call-overload]: No overload variant of "stream" of "Client" matches
    # ^ pyright [reportCallIssue]: No overloads for "stream" match
    client.stream("GET", None)
    # ^ mypy [call-overload]: No overload variant of "stream" of "Client" matches
    # ^ pyright [reportArgumentType]: "None" is not assignable to "URL"
    httpx.stream(URL, URL)
    # ^ mypy [call-overload]: No overload variant of "stream" matches argument types "URL", "URL"
    # ^ pyright [reportArgumentType]: "URL" is not assignable to "str"


async def asynchronous(client: ahttpx.Client) -> None:
    async with client.stream(URL, URL):
        # ^ mypy [call-overload]: No overload variant of "stream" of "Client" matches
        # ^ pyright [reportArgumentType]: "URL" is not assignable to "str"
        pass
    await client.stream()
    # ^ mypy [call-overload]: All overload variants of "stream" of "Client" require at least one
    # ^ pyright [reportCallIssue]: Argument types: ()
    await ahttpx.stream(URL, json={})
    # ^ mypy [call-overload]: Unexpected keyword argument "json" for overloaded function
    # ^ mypy [call-overload]: No overload variant of "stream" matches argument types
    # ^ pyright [reportCallIssue]: No overloads for "stream" match
