"""Applications as transports: WSGI for threads, ASGI for event loops."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any

import ahttpx
import httpx

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment


def wsgi(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"Hello"]


async def asgi(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    await send({"type": "http.response.start", "status": 204})
    await send({"type": "http.response.body"})


with httpx.WSGITransport(wsgi, script_name="/app") as plain:
    httpx.Client("http://app.test/", transport=plain)


async def main() -> None:
    async with ahttpx.ASGITransport(asgi, root_path="/app") as transport:
        await ahttpx.Client("http://app.test/", transport=transport).get("/")
