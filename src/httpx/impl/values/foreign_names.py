"""Names that people bring from other libraries, and what is written here instead.

Rules of this file:
1. It is imported when a name was not found, and not before.
2. A name stands here if it is at the top of a widely used library and has one plain answer here.
   For all others Python's own words are as good as any.
3. Nothing here makes a name exist: an editor, a type checker and `hasattr` see none of them.
"""

from __future__ import annotations

from typing import Final

_SUBMODULES: Final = frozenset({"backends", "events", "testing"})

_DEADLINE: Final = "`with {package}.timeout(seconds):` around what may take so long"
_ASYNC_DEADLINE: Final = "`async with {package}.timeout(seconds):` around what may take so long"
_MISUSE: Final = "`RuntimeError`, which is raised for what a program should not do"

_INSTEAD: Final[dict[str, str]] = {
    # clients
    "AsyncClient": "`ahttpx.Client(...)`",
    "Session": "`{package}.Client(...)`",
    "session": "`{package}.Client(...)`",
    "ClientSession": "`{package}.Client(...)`",
    # transports and limits
    "HTTPTransport": "`{package}.ConnectionPool(...)`",
    "AsyncHTTPTransport": "`ahttpx.ConnectionPool(...)`",
    "TCPConnector": "`{package}.ConnectionPool(...)`",
    "BaseTransport": "`{package}.Transport`",
    "AsyncBaseTransport": "`ahttpx.Transport`",
    "ASGITransport": "`ahttpx.ASGITransport(app)`",
    "WSGITransport": "`httpx.WSGITransport(app)`",
    "Limits": "`{package}.ConnectionPool(max_connections=..., max_idle=..., idle_expiry=...)`",
    "UnixConnector": "`{package}.backends.UnixSocketBackend(path)`",
    "create_ssl_context": "`ssl.create_default_context()`",
    # messages
    "PreparedRequest": "`{package}.Request`",
    "ClientResponse": "`{package}.Response`",
    "ByteStream": "`bytes`, or a `{package}.Stream`",
    "SyncByteStream": "`httpx.Stream`",
    "AsyncByteStream": "`ahttpx.Stream`",
    "FormData": "`{package}.Form(...)`, or `{package}.MultiPart(...)` with files",
    "CookieJar": "`{package}.Cookies()`",
    "Pending": "`ahttpx.Pending`: only asynchronous calls are pending",
    "codes": "the number, such as 404, or `http.HTTPStatus.NOT_FOUND`",
    # parameters
    "ClientTimeout": "{deadline}",
    "USE_CLIENT_DEFAULT": "`{package}.UNSET`",
    "HTTPBasicAuth": "`{package}.BasicAuth(username, password)`",
    "HTTPDigestAuth": "`{package}.DigestAuth(username, password)`",
    "FunctionAuth": "a class with a method `flow`: see `{package}.Auth`",
    # errors
    "RequestException": "`{package}.HTTPError`",
    "ClientError": "`{package}.HTTPError`",
    "RequestError": "`{package}.TransportError`",
    "HTTPStatusError": "`{package}.StatusError`",
    "ClientResponseError": "`{package}.StatusError`",
    "TimeoutException": "`{package}.Timeout`",
    "ConnectTimeout": "`{package}.Timeout`",
    "ReadTimeout": "`{package}.Timeout`",
    "WriteTimeout": "`{package}.Timeout`",
    "PoolTimeout": "`{package}.Timeout`",
    "ServerTimeoutError": "`{package}.Timeout`",
    "ConnectionError": "`{package}.NetworkError`",
    "ClientConnectionError": "`{package}.NetworkError`",
    "ClientConnectorError": "`{package}.ConnectError`",
    "UnsupportedProtocol": "`{package}.InvalidURL`",
    "JSONDecodeError": "`{package}.JSONError`",
    "ContentDecodingError": "`{package}.DecodingError`",
    "StreamError": _MISUSE,
    "StreamConsumed": _MISUSE,
    "StreamClosed": _MISUSE,
    "ResponseNotRead": _MISUSE,
    "RequestNotRead": _MISUSE,
}
"""What to write, by the name that was written."""


def not_found(package: str, name: str) -> AttributeError:
    """What to raise where `package` has no `name`: in Python's words, and what to write.

    Parameters:
        package: "httpx" or "ahttpx".
    """
    start = f"module {package!r} has no attribute {name!r}"
    if name in _SUBMODULES:
        instead = f"`import {package}.{name}` first"
    elif name in _INSTEAD:
        deadline = _ASYNC_DEADLINE if package == "ahttpx" else _DEADLINE
        instead = _INSTEAD[name].replace("{deadline}", deadline).replace("{package}", package)
    else:
        return AttributeError(start)
    # With a name and no object, Python suggests no similar name after these words.
    return AttributeError(f"{start}: write {instead}", name=name)
