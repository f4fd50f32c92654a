"""Where the body of a response ends: the decision on which two peers must not differ.

Rules of this file:
1. There is one way to read each field that decides about framing, or the message is refused:
   `Content-Length` is digits, `Transfer-Encoding` is `chunked`, never both (RFC 9112 section 6).
2. `Connection` is a list of options; a persistent connection is agreed by both sides (section 9.3).
"""

# Without `annotations` of `__future__`: annotations that are text are compiled, one by one, when a
# `NamedTuple` is made.

import re
from collections.abc import Callable
from typing import NamedTuple

from ..values.errors import RemoteProtocolError
from .engine import Framing, RawHeaders

length_digits: Callable[[bytes], re.Match[bytes] | None] = re.compile(rb"[0-9]{1,20}").fullmatch
"""What a `Content-Length` must match: 20 digits hold any 64-bit number."""


class ResponseFraming(NamedTuple):
    """What the head of a final response says about its body and the connection."""

    framing: Framing
    """How the body is delimited."""
    content_left: int | None
    """The length of a `LENGTH` body."""
    keep_alive: bool
    """The peer is willing to keep the connection open."""


def response_framing(
    method: bytes, status: int, version: bytes, headers: RawHeaders
) -> ResponseFraming:
    """Decide where the body of a final response ends (RFC 9112 section 6.3).

    Parameters:
        method: of the request that is answered.
        status: 200 or above.
        version: `b"1.1"` or `b"1.0"`.
        headers: of the response.

    Raises:
        RemoteProtocolError: the fields contradict each other, or are not understood.
    """
    if method == b"CONNECT" and 200 <= status < 300:
        return ResponseFraming(Framing.NONE, None, False)
    length: int | None = None
    chunked = False
    options: list[bytes] = []
    for name, value in headers:
        # Cheaper than lower-casing every name: the fields that matter begin with c or t.
        if name[0] not in b"CcTt":
            continue
        lower = name.lower()
        if lower == b"content-length":
            length = _response_length(value, length)
        elif lower == b"transfer-encoding":
            if chunked or value.lower() != b"chunked":
                raise RemoteProtocolError(
                    "The Transfer-Encoding of the response is not 'chunked', once: "
                    f"{value[:60]!r}; the end of its body cannot be known."
                )
            chunked = True
        elif lower == b"connection":
            options += options_in(value)
    if chunked:
        if version == b"1.0":
            raise RemoteProtocolError("The response has a Transfer-Encoding, but is HTTP/1.0.")
        if length is not None:
            raise RemoteProtocolError(
                "The response has both Content-Length and Transfer-Encoding, as in an attempt at "
                "response smuggling."
            )
    keep_alive = b"close" not in options and (version == b"1.1" or b"keep-alive" in options)
    if method == b"HEAD" or status == 204 or status == 304:
        return ResponseFraming(Framing.NONE, None, keep_alive)
    if chunked:
        return ResponseFraming(Framing.CHUNKED, None, keep_alive)
    if length is not None:
        return ResponseFraming(Framing.LENGTH, length, keep_alive)
    return ResponseFraming(Framing.CLOSE, None, False)


def _response_length(value: bytes, earlier: int | None) -> int:
    """Read a Content-Length; repeated equal ones count as one (RFC 9110 section 8.6)."""
    for item in value.split(b","):
        digits = item.strip(b" \t")
        if not length_digits(digits):
            raise RemoteProtocolError(
                f"The Content-Length of the response is not a number: {value[:60]!r}."
            )
        length = int(digits)
        if earlier is not None and length != earlier:
            raise RemoteProtocolError("The response has Content-Length fields that differ.")
        earlier = length
    assert earlier is not None  # split() gives at least one item
    return earlier


def options_in(value: bytes) -> list[bytes]:
    """The connection options in a `Connection` field, in lower case."""
    lower = value.lower()
    if b"," not in lower:
        return [lower.strip(b" \t")]
    return [option.strip(b" \t") for option in lower.split(b",")]
