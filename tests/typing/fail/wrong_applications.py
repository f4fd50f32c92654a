"""Applications that are none, or for the other kind of server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import ahttpx
import httpx


def wsgi(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
    return [b"Hello"]


async def asgi(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    await send({})


httpx.WSGITransport(asgi)
# ^ mypy [arg-type]: incompatible type "Callable[[dict[str, Any], Callable[[], Awaitable[dict[str,
# ^ pyright [reportArgumentType]: Extra parameter "send"
ahttpx.ASGITransport(wsgi)
# ^ mypy [arg-type]: incompatible type "Callable[[dict[str, Any], Callable[..., object]],
# ^ pyright [reportArgumentType]: "__await__" is not present
httpx.WSGITransport("app:wsgi")
# ^ mypy [arg-type]: incompatible type "str"; expected "Callable[[dict[str, Any], StartResponse],
# ^ pyright [reportArgumentType]: "Literal['app:wsgi']" cannot be assigned to parameter "app" of
ahttpx.ASGITransport(None)
# ^ mypy [arg-type]: incompatible type "None"; expected "Callable[[Any, Any, Any],
# ^ pyright [reportArgumentType]: Type "None" is not assignable to type "ASGIApp"
httpx.WSGITransport(wsgi, root_path="/app")
# ^ mypy [call-arg]: Unexpected keyword argument "root_path" for "WSGITransport"
# ^ pyright [reportCallIssue]: No parameter named "root_path"
httpx.HARRecorder(ahttpx.ConnectionPool())
# ^ mypy [arg-type]: incompatible type "ConnectionPool"; expected "Transport"
# ^ pyright [reportArgumentType]: "send" is an incompatible type
httpx.ReplayTransport(5)
# ^ mypy [arg-type]: incompatible type "int"; expected "str | PathLike[str] | Mapping[str, Any]"
# ^ pyright [reportArgumentType]: "__fspath__" is not present
