"""What each call gives, in both colours, and what the two packages share."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, assert_type

import ahttpx
import httpx

BASE = "https://a.test/"

# Without colour: the same objects.
shared: ahttpx.URL = httpx.URL(BASE)
fields: httpx.Headers = ahttpx.Headers({"a": "b"})
jar: ahttpx.Cookies = httpx.Cookies()

assert_type(shared.host, str)
assert_type(shared.port, int | None)
assert_type(shared.join("b").copy_with(path="/"), httpx.URL)
assert_type(shared.params, httpx.QueryParams)
assert_type(fields["a"], str)
assert_type(fields.get("a"), str | None)
assert_type(fields.get("a", 1), str | int)
assert_type(fields.get_all("a"), list[str])
assert_type(fields.copy_set("a", "b"), httpx.Headers)
assert_type({httpx.URL(BASE): 1, httpx.URL(): 2}[shared], int)


def threaded(client: httpx.Client) -> None:
    response = client.get("/", {"a": "b"}, follow_redirects=False, max_body_size=1000)
    assert_type(response, httpx.Response)
    assert_type(response.status_code, int)
    assert_type(response.read(), bytes)
    assert_type(response.body, bytes)
    assert_type(response.text, str)
    assert_type(response.json(), Any)
    assert_type(response.elapsed, timedelta)
    assert_type(response.request, httpx.RequestHead | None)
    assert_type(response.raise_for_status(), httpx.Response)
    assert_type(client.send(client.build_request("GET", "/")), httpx.Response)
    assert_type(httpx.post(BASE, content=b""), httpx.Response)
    with httpx.timeout(1.5) as deadline, client.stream("/") as streamed:
        assert_type(deadline, httpx.timeout)
        assert_type(streamed, httpx.Response)
        assert_type(streamed.stream.read(10), bytes)
        for piece in streamed.stream:
            assert_type(piece, bytes)
    with client.stream(httpx.URL(BASE)) as streamed, httpx.ConnectionPool() as pool:
        assert_type(streamed, httpx.Response)
        assert_type(pool.connections, list[httpx.Connection])


async def asynchronous(client: ahttpx.Client) -> None:
    response = await client.get("/", {"a": "b"}, follow_redirects=False, max_body_size=1000)
    assert_type(response, ahttpx.Response)
    assert_type(response.status_code, int)
    assert_type(await response.read(), bytes)
    assert_type(response.body, bytes)
    assert_type(response.text, str)
    assert_type(response.json(), Any)
    assert_type(response.elapsed, timedelta)
    assert_type(response.request, ahttpx.RequestHead | None)
    assert_type(response.raise_for_status(), ahttpx.Response)
    assert_type(await client.send(client.build_request("GET", "/")), ahttpx.Response)
    assert_type(await ahttpx.post(BASE, content=b""), ahttpx.Response)
    async with ahttpx.timeout(1.5) as deadline, client.stream("/") as streamed:
        assert_type(deadline, ahttpx.timeout)
        assert_type(streamed, ahttpx.Response)
        assert_type(await streamed.stream.read(10), bytes)
        async for piece in streamed.stream:
            assert_type(piece, bytes)
    async with client.stream(httpx.URL(BASE)) as streamed, ahttpx.ConnectionPool() as pool:
        assert_type(streamed, ahttpx.Response)
        assert_type(pool.connections, list[ahttpx.Connection])


def heads(request: httpx.Request, response: ahttpx.Response) -> None:
    both: list[httpx.RequestHead | httpx.ResponseHead] = [request, response]
    print(both)
