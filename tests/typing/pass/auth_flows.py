"""Auth flows of one's own: generators without a colour, for both APIs."""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from typing import assert_type

import ahttpx
import httpx
from httpx import Auth, AuthFlow, AuthRequest, AuthResponse


class Signed:
    """By shape alone: one request, changed on its way."""

    def flow(self, request: AuthRequest) -> AuthFlow:
        body = assert_type(request.body, bytes | None)
        digest = hashlib.sha256(body or b"").hexdigest()
        yield request.copy_with(headers=request.headers.copy_set("Digest", digest))


class Token(Auth):
    """By inheritance: a request of its own, and what the response to it says."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.token = ""

    def flow(self, request: AuthRequest, /) -> AuthFlow:
        if not self.token:
            answer = yield AuthRequest("POST", self.url, content=httpx.Form({"a": "b"}))
            assert_type(answer, AuthResponse)
            self.token = answer.json()["access_token"]
        response = yield self.with_token(request)
        if response.status_code == 401:
            self.token = ""

    def with_token(self, request: AuthRequest) -> AuthRequest:
        headers = request.headers.copy_set("Authorization", f"Bearer {self.token}")
        return assert_type(request.copy_with(headers=headers), AuthRequest)


class Spelled:
    """The type of a flow written out, and a parameter named as its author likes."""

    def flow(self, outgoing: AuthRequest) -> Generator[AuthRequest, AuthResponse, None]:
        yield outgoing


def takes(auth: Auth) -> tuple[httpx.Client, ahttpx.Client]:
    return httpx.Client(auth=auth), ahttpx.Client(auth=auth)


for one in (Signed(), Token("https://a.test/"), Spelled(), httpx.BasicAuth("a", "b")):
    takes(one)
httpx.AuthMiddleware(httpx.ConnectionPool(), Signed())
ahttpx.AuthMiddleware(ahttpx.ConnectionPool(), ("user", "pass"))
httpx.get("https://a.test/", auth=None)
httpx.get("https://a.test/", auth=Token("https://a.test/"))


async def asynchronous() -> None:
    assert_type(await ahttpx.get("https://a.test/", auth=Spelled()), ahttpx.Response)


# A flow is tested without a network.
FLOW = Signed().flow(AuthRequest("GET", "https://a.test/", content=httpx.JSON([1])))
assert_type(next(FLOW), AuthRequest)
assert_type(FLOW.send(AuthResponse(200, body=b"{}")), AuthRequest)
