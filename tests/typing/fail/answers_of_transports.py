"""Transports and handlers that answer with something else than a response of their colour."""

from __future__ import annotations

import ahttpx
import httpx


class AnswersAsync:
    def send(self, request: httpx.Request) -> ahttpx.Response:
        return ahttpx.Response(200)

    def close(self) -> None:
        pass


class AnswersThreaded:
    async def send(self, request: ahttpx.Request) -> httpx.Response:
        return httpx.Response(200)

    async def close(self) -> None:
        pass


class AnswersNothing:
    def send(self, request: httpx.Request) -> None:
        print(request.url)

    def close(self) -> None:
        pass


class AnswersText:
    async def send(self, request: ahttpx.Request) -> str:
        return "Hello"

    async def close(self) -> None:
        pass


httpx.Client(transport=AnswersAsync())
# ^ mypy [arg-type]: incompatible type "AnswersAsync"; expected "Transport | None"
# ^ pyright [reportArgumentType]: "send" is an incompatible type
ahttpx.Client(transport=AnswersThreaded())
# ^ mypy [arg-type]: incompatible type "AnswersThreaded"; expected "Transport | None"
# ^ pyright [reportArgumentType]: "send" is an incompatible type
httpx.RedirectMiddleware(AnswersNothing())
# ^ mypy [arg-type]: incompatible type "AnswersNothing"; expected "Transport"
# ^ pyright [reportArgumentType]: "send" is an incompatible type
ahttpx.CookieMiddleware(AnswersText())
# ^ mypy [arg-type]: incompatible type "AnswersText"; expected "Transport"
# ^ pyright [reportArgumentType]: "send" is an incompatible type
httpx.MockTransport(lambda request: ahttpx.Response(200))
# ^ mypy [arg-type]: incompatible type "Callable[[Request], ahttpx._messages.Response]"; expected
# ^ mypy [return-value]: Incompatible return value type (got "ahttpx._messages.Response", expected
# ^ pyright [reportArgumentType]: "(request: Request) -> Response" cannot be assigned to parameter
httpx.MockTransport(lambda request: 200)
# ^ mypy [arg-type]: incompatible type "Callable[[Request], int]"; expected "Callable[[Request],
# ^ mypy [return-value]: Incompatible return value type (got "int", expected "Response")
# ^ pyright [reportArgumentType]: "Literal[200]" is not assignable to "Response"
ahttpx.MockTransport(lambda request: httpx.Response(200))
# ^ mypy [arg-type]: incompatible type "Callable[[Request], httpx._messages.Response]"; expected
# ^ mypy [return-value]: Incompatible return value type (got "httpx._messages.Response", expected
# ^ pyright [reportArgumentType]: "__await__" is not present
httpx.MockTransport(httpx.Response(200))
# ^ mypy [arg-type]: incompatible type "Response"; expected "Callable[[Request], Response]"
# ^ pyright [reportArgumentType]: Type "Response" is not assignable to type "Handler"
