"""Every error this library raises for what a network, a server or a caller's data did.

    HTTPError
    ├── TransportError              the exchange itself did not come off
    │   ├── Timeout                 (also a built-in TimeoutError)
    │   ├── NetworkError
    │   │   ├── ConnectError        no connection, or no trusted one
    │   │   ├── ReadError
    │   │   └── WriteError
    │   ├── ProtocolError
    │   │   ├── LocalProtocolError  this side was about to break HTTP
    │   │   └── RemoteProtocolError the peer broke HTTP
    │   ├── ProxyError
    │   └── UpgradeRefused
    ├── TooManyRedirects
    ├── DecodingError
    ├── JSONError                   (also a built-in ValueError)
    ├── BodyTooLarge
    ├── BodyNotReplayable
    ├── StatusError
    └── InvalidURL                  (also a built-in ValueError)

Misuse of the API (a closed client, a body read twice, a sync object in the async API) is not in
this tree: it is a plain `RuntimeError` or `TypeError` that says what to do instead.

Rules of this file:
1. Every class takes one message and the same three keyword arguments, so that code which adds
   context to an error in flight need not know which one it is.
2. Every instance pickles, with what it carries: of messages their heads, since a body may be in
   the middle of a connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from .messages import RequestHead, ResponseHead


class HTTPError(Exception):
    """The base of every error that a network, a server or a caller's data can cause.

    Parameters:
        message: what happened, where, and what to do.
        request: the request that was under way, if any.
        response: the response that led to the error, if there was one.
        connection: the `repr` of the connection that it happened on, if any.
    """

    message: str
    """What happened, where, and what to do: the same as `str(error)`."""
    request: RequestHead | None
    """The request that was under way, `None` when there was none."""
    response: ResponseHead | None
    """The response that led to the error, `None` when there was none."""
    connection: str | None
    """The `repr` of the connection it happened on, taken at that moment, or `None`."""

    def __init__(
        self,
        message: str = "",
        *,
        request: RequestHead | None = None,
        response: ResponseHead | None = None,
        connection: str | None = None,
    ) -> None:
        if not isinstance(message, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise _wrong_message(type(self), message)
        super().__init__(message)
        self.message = message
        self.request = request
        self.response = response
        self.connection = connection

    def __reduce__(self) -> tuple[type[HTTPError], tuple[str], dict[str, object]]:
        from .messages import bare_request, bare_response

        state: dict[str, object] = dict(self.__dict__)
        if self.request is not None:
            state["request"] = bare_request(self.request)
        if self.response is not None:
            state["response"] = bare_response(self.response)
        return type(self), (self.message,), state


class TransportError(HTTPError):
    """The exchange did not come off: it failed below the meaning of the response."""


class Timeout(TransportError, TimeoutError):  # pyright: ignore[reportUnsafeMultipleInheritance]
    """A deadline passed; the message says what was being waited for and for how long.

    Raised at the exit of the `timeout()` block whose deadline passed, or, for the limits that a
    backend sets itself, at the call that met them.
    """


class NetworkError(TransportError):
    """The connection could not be made, or broke."""


class ConnectError(NetworkError):
    """No connection came about: name resolution, TCP, or TLS (certificate included) failed."""


class ReadError(NetworkError):
    """The connection broke, or was closed on this side, while reading."""


class WriteError(NetworkError):
    """The connection broke, or was closed on this side, while writing."""


class ProtocolError(TransportError):
    """What was sent or received is not HTTP/1.1 as RFC 9110 and RFC 9112 define it."""


class LocalProtocolError(ProtocolError):
    """This side was asked to send what HTTP does not allow; the request is at fault."""


class RemoteProtocolError(ProtocolError):
    """The peer sent what HTTP does not allow, or stopped in the middle of a message."""


class ProxyError(TransportError):
    """A proxy refused or failed; its answer, if there was one, is in `response`."""


class UpgradeRefused(TransportError):
    """The server answered an upgrade with something else; that answer is in `response`."""


class TooManyRedirects(HTTPError):
    """More redirects in a row than `max_redirects` allows; the last one is in `response`."""


class DecodingError(HTTPError):
    """A response body does not decode: its content coding is damaged, cut short or unknown."""


class JSONError(HTTPError, ValueError):  # pyright: ignore[reportUnsafeMultipleInheritance]
    """A response body that was asked for as JSON is not JSON (RFC 8259)."""


class BodyTooLarge(HTTPError):
    """A response body is larger than `max_body_size` allows to be held in memory."""


class BodyNotReplayable(HTTPError):
    """A redirect or a retry had to send a request body again that can be read only once."""


class StatusError(HTTPError):
    """`raise_for_status()` met a response that is not a success; it is in `response`."""


class InvalidURL(HTTPError, ValueError):  # pyright: ignore[reportUnsafeMultipleInheritance]
    """Text that is not a URL, or not one that a request can be sent to; says what and where."""


def _wrong_message(cls: type[HTTPError], message: object) -> TypeError:
    """What to raise where an error is made of something else than a message."""
    from .described import described

    start = f"{cls.__name__}(message) takes a str, not {described(message)}"
    if issubclass(cls, Timeout):
        return TypeError(f"{start}: it is an error; for a deadline write `with timeout(seconds):`")
    return TypeError(start)


AnyError: TypeAlias = (
    Timeout
    | ConnectError
    | ReadError
    | WriteError
    | LocalProtocolError
    | RemoteProtocolError
    | ProxyError
    | UpgradeRefused
    | TooManyRedirects
    | DecodingError
    | JSONError
    | BodyTooLarge
    | BodyNotReplayable
    | StatusError
    | InvalidURL
)
"""Every leaf of the tree: `match` over it is exhaustive."""
