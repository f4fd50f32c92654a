"""Auth flows: what they are given, what they yield, what they are sent."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import ahttpx
import httpx
from httpx import Auth, AuthFlow, AuthRequest, AuthResponse

URL = "https://a.test/"


class YieldsWhole:
    def flow(self, request: AuthRequest) -> Generator[httpx.Request, AuthResponse, None]:
        yield httpx.Request("GET", URL)


class YieldsNone:
    def flow(self, request: AuthRequest) -> Generator[AuthRequest | None, AuthResponse, None]:
        yield None


class IsSentWhole:
    def flow(self, request: AuthRequest) -> Generator[AuthRequest, httpx.Response, None]:
        response = yield request
        response.read()


class IsSentNothing:
    def flow(self, request: AuthRequest) -> Iterator[AuthRequest]:
        yield request


class TakesNothing:
    def flow(self) -> AuthFlow:
        yield AuthRequest("GET", URL)


class GivesList:
    def flow(self, request: AuthRequest) -> list[AuthRequest]:
        return [request]


class Mistaken(Auth):
    def flow(self, request: AuthRequest, /) -> AuthFlow:
        response = yield request
        print(response.stream)
        # ^ mypy [attr-defined]: "AuthResponse" has no attribute "stream"
        # ^ pyright [reportUnknownMemberType]: Type of "stream" is unknown
        # ^ pyright [reportUnknownArgumentType]: Argument type is unknown
        # ^ pyright [reportAttributeAccessIssue]: Cannot access attribute "stream" for class
        yield request.headers.copy_set("Authorization", "token")
        # ^ mypy [misc]: Incompatible types in "yield" (actual type "Headers", expected type
        # ^ pyright [reportReturnType]: "Headers" is not assignable to "AuthRequest"


httpx.Client(auth=YieldsWhole())
# ^ mypy [arg-type]: incompatible type "YieldsWhole"; expected "Auth | tuple[str, str] | None"
# ^ pyright [reportArgumentType]: "flow" is an incompatible type
httpx.Client(auth=YieldsNone())
# ^ mypy [arg-type]: incompatible type "YieldsNone"; expected "Auth | tuple[str, str] | None"
# ^ pyright [reportArgumentType]: "flow" is an incompatible type
ahttpx.Client(auth=IsSentWhole())
# ^ mypy [arg-type]: incompatible type "IsSentWhole"; expected "Auth | tuple[str, str] | None"
# ^ pyright [reportArgumentType]: "flow" is an incompatible type
httpx.AuthMiddleware(httpx.ConnectionPool(), IsSentNothing())
# ^ mypy [arg-type]: incompatible type "IsSentNothing"; expected "Auth | tuple[str, str]"
# ^ pyright [reportArgumentType]: "flow" is an incompatible type
httpx.get(URL, auth=TakesNothing())
# ^ mypy [arg-type]: incompatible type "TakesNothing"; expected "Auth | tuple[str, str] |
# ^ pyright [reportArgumentType]: "flow" is an incompatible type
httpx.RequestOptions(auth=GivesList())
# ^ mypy [arg-type]: incompatible type "GivesList"; expected "Auth | Literal[Unset.UNSET] | None"
# ^ pyright [reportArgumentType]: "flow" is an incompatible type
httpx.Client(auth="token")
# ^ mypy [arg-type]: incompatible type "str"; expected "Auth | tuple[str, str] | None"
# ^ pyright [reportArgumentType]: "flow" is not present
httpx.Client(auth=["user", "pass"])
# ^ mypy [arg-type]: incompatible type "list[str]"; expected "Auth | tuple[str, str] | None"
# ^ pyright [reportArgumentType]: "flow" is not present
httpx.Client(auth=("user",))
# ^ mypy [arg-type]: incompatible type "tuple[str]"; expected "Auth | tuple[str, str] | None"
# ^ pyright [reportArgumentType]: "flow" is not present
AuthRequest("POST", URL, content=iter([b""]))
# ^ mypy [arg-type]: incompatible type "Iterator[bytes]"; expected "Known | bytes | str | None"
# ^ pyright [reportArgumentType]: "Iterator[bytes]" is not assignable to "Known"
