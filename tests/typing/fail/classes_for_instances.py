"""A class where an instance of it is wanted: the parentheses are missing."""

from __future__ import annotations

import ahttpx
import httpx


class Stamping:
    def send(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200)

    def close(self) -> None:
        pass


httpx.Client(transport=Stamping)
# ^ mypy [arg-type]: incompatible type "type[Stamping]"; expected "Transport | None"
# ^ pyright [reportArgumentType]: Extra parameter "request"
httpx.Client(transport=httpx.ConnectionPool)
# ^ mypy [arg-type]: incompatible type "type[ConnectionPool]"; expected "Transport | None"
# ^ pyright [reportArgumentType]: Extra parameter "request"
ahttpx.Client(transport=ahttpx.ConnectionPool)
# ^ mypy [arg-type]: incompatible type "type[ConnectionPool]"; expected "Transport | None"
# ^ pyright [reportArgumentType]: Extra parameter "request"
httpx.ConnectionPool(backend=httpx.NetworkBackend)
# ^ mypy [arg-type]: incompatible type "type[NetworkBackend]"; expected "NetworkBackendInterface |
# ^ pyright [reportArgumentType]: "connect" is an incompatible type
ahttpx.ConnectionPool(backend=ahttpx.NetworkBackend)
# ^ mypy [arg-type]: incompatible type "type[NetworkBackend]"; expected "NetworkBackendInterface |
# ^ pyright [reportArgumentType]: "connect" is an incompatible type
httpx.Client(auth=httpx.NetRCAuth)
# ^ mypy [arg-type]: incompatible type "type[NetRCAuth]"; expected "Auth | tuple[str, str] | None"
# ^ pyright [reportArgumentType]: "flow" is an incompatible type
httpx.Client(cookies=httpx.Cookies)
# ^ mypy [arg-type]: incompatible type "type[Cookies]"; expected "Cookies | Mapping[str, str] |
# ^ pyright [reportArgumentType]: Extra parameter "self"
httpx.post("https://a.test/", content=httpx.File)
# ^ mypy [arg-type]: incompatible type "type[File]"; expected "bytes | str | Content | Stream |
# ^ pyright [reportArgumentType]: Extra parameter "self"
httpx.RetryMiddleware(httpx.ConnectionPool(), budget=httpx.RetryBudget)
# ^ mypy [arg-type]: incompatible type "type[RetryBudget]"; expected "RetryBudget |
# ^ pyright [reportArgumentType]: Type "type[RetryBudget]" is not assignable to type "RetryBudget"
