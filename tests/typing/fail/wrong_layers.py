"""Auth flows that do not flow, and middleware over what is no transport of its colour."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import ahttpx
import httpx
from httpx import AuthFlow, AuthRequest, AuthResponse


class Asynchronous:
    """A flow has no colour, so it is no async generator."""

    async def flow(self, request: AuthRequest) -> AsyncGenerator[AuthRequest, AuthResponse]:
        yield request


class GivesOne:
    def flow(self, request: AuthRequest) -> AuthRequest:
        return request


class YieldsHeaders:
    def flow(self, request: AuthRequest) -> AuthFlow:
        yield request.headers
        # ^ mypy [misc]: actual type "Headers", expected type "AuthRequest"
        # ^ pyright [reportReturnType]: "Headers" is not assignable to "AuthRequest"


class Misnamed:
    def auth_flow(self, request: AuthRequest) -> AuthFlow:
        yield request


class Stamped:
    def send(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200)

    def close(self) -> None:
        pass


ahttpx.Client(auth=Asynchronous())
# ^ mypy [arg-type]: incompatible type "Asynchronous"; expected "Auth | tuple[str, str] | None"
# ^ pyright [reportArgumentType]: AuthResponse]" is incompatible with type "AuthFlow"
httpx.Client(auth=GivesOne())
# ^ mypy [arg-type]: incompatible type "GivesOne"; expected "Auth | tuple[str, str] | None"
# ^ pyright [reportArgumentType]: return type "AuthRequest" is incompatible with type "AuthFlow"
httpx.get("https://a.test/", auth=Misnamed())
# ^ mypy [arg-type]: incompatible type "Misnamed"; expected "Auth | tuple[str, str]
# ^ pyright [reportArgumentType]: "flow" is not present
httpx.Client(auth=httpx.BasicAuth)
# ^ mypy [arg-type]: incompatible type "type[BasicAuth]"; expected "Auth
# ^ pyright [reportArgumentType]: "type[BasicAuth]" is not assignable to type "BasicAuth"
httpx.AuthMiddleware(httpx.ConnectionPool())
# ^ mypy [call-arg]: Missing positional argument "auth" in call to "AuthMiddleware"
# ^ pyright [reportCallIssue]: Argument missing for parameter "auth"
ahttpx.RedirectMiddleware(Stamped())
# ^ mypy [arg-type]: incompatible type "Stamped"; expected "Transport"
# ^ pyright [reportArgumentType]: "Response" is incompatible with protocol "Awaitable[Response]"
httpx.RetryMiddleware(ahttpx.ConnectionPool())
# ^ mypy [arg-type]: incompatible type "ConnectionPool"; expected "Transport"
# ^ pyright [reportArgumentType]: "ConnectionPool" is incompatible with protocol "Transport"
httpx.CookieMiddleware(Stamped)
# ^ mypy [arg-type]: incompatible type "type[Stamped]"; expected "Transport"
# ^ pyright [reportArgumentType]: "send" is an incompatible type
