"""What goes between an HTTP request and an ASGI application: scopes, and checked messages.

Messages of the application are checked as servers check them; what is wrong is raised in the
application, where the mistake is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..values.headers import Headers, wire_pairs
from ..values.percent import percent_decode
from ..values.urls import effective_port, wire_host
from .inprocess import head_of

if TYPE_CHECKING:
    from ..wire.engine import RawHeaders, ResponseStart
    from .messages import BodiedRequest

VERSIONS = {"version": "3.0", "spec_version": "2.4"}


def http_scope(
    request: BodiedRequest, root_path: str, client: tuple[str, int], state: dict[str, Any] | None
) -> dict[str, Any]:
    """What an application is told of `request`."""
    url = request.url
    headers = [(name.lower(), value) for name, value in wire_pairs(request.headers)]
    if "Host" not in request.headers:
        headers.insert(0, (b"host", wire_host(url)))
    path = url.path or "/"
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": dict(VERSIONS),
        "http_version": "1.1",
        "method": request.method.upper(),
        "scheme": url.scheme,
        "path": percent_decode(path),
        "raw_path": path.encode("ascii"),
        "query_string": url.query.encode("ascii"),
        "root_path": root_path,
        "headers": headers,
        "client": client,
        "server": (url.host, effective_port(url)),
        "extensions": {"http.response.trailers": {}},
    }
    if state is not None:
        scope["state"] = dict(state)
    return scope


def lifespan_scope(state: dict[str, Any]) -> dict[str, Any]:
    """What an application is told when it is to start."""
    return {"type": "lifespan", "asgi": dict(VERSIONS), "state": state}


def checked_start(message: Mapping[str, Any]) -> tuple[ResponseStart, Headers]:
    """The head of a response from `http.response.start`.

    Raises:
        RuntimeError: it has no status, or one out of range.
        TypeError, ValueError: its headers are none.
    """
    status: object = message.get("status")
    if not isinstance(status, int) or not 100 <= status <= 999:
        raise RuntimeError(f"http.response.start needs a status of three digits, not {status!r}")
    pairs = checked_pairs(message.get("headers", ()))
    return head_of(status, pairs), text_headers(pairs)


def checked_pairs(headers: Iterable[Iterable[object]]) -> list[tuple[bytes, bytes]]:
    """The headers of a message, each a pair of bytes, and allowed."""
    pairs: list[tuple[bytes, bytes]] = []
    for name, value in headers:
        if not isinstance(name, bytes) or not isinstance(value, bytes):
            raise TypeError(f"headers in ASGI are pairs of bytes, not ({name!r}, {value!r})")
        pairs.append((name, value))
    text_headers(pairs)
    return pairs


def text_headers(pairs: RawHeaders) -> Headers:
    """Headers as text. Raises `ValueError` for those that are not allowed."""
    return Headers([(name.decode("latin-1"), value.decode("latin-1")) for name, value in pairs])


def checked_body(message: Mapping[str, Any]) -> bytes:
    """The piece in `http.response.body`. Raises `TypeError` if it is not bytes."""
    piece: object = message.get("body", b"")
    if isinstance(piece, bytearray):
        return bytes(piece)
    if isinstance(piece, memoryview):
        return piece.tobytes()
    if not isinstance(piece, bytes):
        raise TypeError(f"the body in http.response.body is bytes, not {type(piece).__name__}")
    return piece
