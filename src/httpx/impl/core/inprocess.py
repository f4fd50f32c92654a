"""What the transports have in common that answer without a network.

Rules of this file:
1. What is answered looks as if it had come from a network: its body is unread, its request is set,
   the limits of the request hold.
2. What a handler or a recording gives is never changed: it may be given again.
"""

# `answering` is a friend of the messages and their bodies.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from typing import TYPE_CHECKING

from ..values.errors import HTTPError, RemoteProtocolError
from ..values.messages import restore, state_of
from ..values.status import reason_phrase
from ..wire.engine import ResponseStart
from .messages import BodiedRequest, R
from .response_body import ResponseBody, SourceOfBytes

if TYPE_CHECKING:
    from ..values.headers import Headers

FAILED = b"Internal Server Error"
"""The body of the response that stands for an application's error."""


def check_open(closed: bool, name: str) -> None:
    """Raise `RuntimeError` if the transport called `name` was closed."""
    if closed:
        raise RuntimeError(f"this {name} was closed, and does not open again: make a new one")


def answering(response: R, request: BodiedRequest) -> R:
    """A copy of `response`, which was made by hand, as the unread answer to `request`."""
    kind = type(response)
    answer = kind.__new__(kind)  # not `copy`, which refuses a response whose body is unread
    restore(answer, state_of(response))
    answer.request = request
    body = response._body
    limit = request.options.max_body_size
    if body.data is not None:
        answer._body = ResponseBody(SourceOfBytes(body.data), limit)
        if "Content-Encoding" in response.headers:
            # It was read, so it is decoded: as it was sent it cannot be had again.
            answer._body.data = body.data
    elif isinstance(body._source, SourceOfBytes):
        answer._body = ResponseBody(SourceOfBytes(body._source._data), limit)
    else:
        body._limit = limit if body._limit is None else body._limit
    return answer


def with_request(error: HTTPError, request: BodiedRequest) -> HTTPError:
    """`error`, knowing the request that it is about."""
    error.request = error.request or request
    return error


def head_of(status: int, headers: list[tuple[bytes, bytes]], reason: str = "") -> ResponseStart:
    """The head of a response as a connection would give it."""
    phrase = reason or reason_phrase(status)
    return ResponseStart(status, phrase.encode("latin-1", "replace"), b"1.1", tuple(headers))


def failed_head() -> ResponseStart:
    """The head of the response that stands for an application's error; its body is `FAILED`."""
    length = str(len(FAILED)).encode("ascii")
    return head_of(
        500, [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", length)]
    )


def is_bodiless(method: str, status: int) -> bool:
    """Whether a response has no body, whatever is sent (RFC 9110 section 6.4.1)."""
    return method == "HEAD" or status in (204, 304)


class DeclaredLength:
    """Holds what an application sends against the `Content-Length` that it has said.

    Parameters:
        headers: the headers of its response.
    """

    __slots__ = ("_declared", "_sent")

    def __init__(self, headers: Headers) -> None:
        text = headers.get("Content-Length", "")
        self._declared = int(text) if text.isascii() and text.isdigit() else None
        self._sent = 0

    @property
    def is_zero(self) -> bool:
        """Whether it has said that there is no body."""
        return self._declared == 0

    def problem_with(self, size: int, *, last: bool) -> str | None:
        """What is wrong with sending `size` more bytes, the `last` ones or not; or `None`."""
        self._sent += size
        declared = self._declared
        if declared is None or (self._sent == declared if last else self._sent <= declared):
            return None
        said = "more" if self._sent > declared else "less"
        return f"the application sent {said} than its Content-Length of {declared} bytes"


def broken_off(what: str) -> RemoteProtocolError:
    """The error for a response that an application began and did not end."""
    return RemoteProtocolError(f"{what} in the middle of its response: the body is not whole")
