"""What may be sent, and where a message ends: the decisions on which two peers must not differ.

Rules of this file:
1. There is one way to read each field that decides about framing, or the message is refused:
   `Content-Length` is digits, `Transfer-Encoding` is `chunked`, never both (RFC 9112 section 6).
2. A request is checked wholly before its first byte exists. Nothing is repaired by dropping or
   quoting what does not belong: what arrives is what the caller wrote, or nothing.
3. `Connection` is a list of options; a persistent connection is agreed by both sides (section 9.3).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ..values.errors import LocalProtocolError, RemoteProtocolError
from .engine import Framing

if TYPE_CHECKING:
    from .engine import RawHeaders

_TOKEN = re.compile(rb"[-!#$%&'*+.^_`|~0-9A-Za-z]+").fullmatch
_TARGET = re.compile(rb"[\x21-\x7e]+").fullmatch
_VALUE = re.compile(rb"[^\x00-\x08\x0a-\x1f\x7f]*").fullmatch
_HOST = re.compile(rb"[\x21-\x7e]*").fullmatch
# 20 digits hold any 64-bit number.
_LENGTH = re.compile(rb"[0-9]{1,20}").fullmatch

_KNOWN_NAMES_MAX = 1024
_known_names: dict[bytes, bytes] = {}
"""Names that were found to be tokens, with their lower case; a program sends the same few again
and again. Not cleared but left as it is once full, so that made-up names cannot churn it."""


class RequestFraming(NamedTuple):
    """What the head of a request says about the exchange."""

    content_left: int | None
    """The length of the body; `None`: it is sent in chunks."""
    keep_alive: bool
    """The request does not ask for the connection to be closed."""
    upgrade: bool
    """An `Upgrade` to another protocol is offered."""


class ResponseFraming(NamedTuple):
    """What the head of a final response says about its body and the connection."""

    framing: Framing
    """How the body is delimited."""
    content_left: int | None
    """The length of a `LENGTH` body."""
    keep_alive: bool
    """The peer is willing to keep the connection open."""


def request_head(method: bytes, target: bytes, headers: RawHeaders) -> tuple[bytes, RequestFraming]:
    """Check a request and give its head, `Host` first (RFC 9110 section 7.2), and its framing.

    Raises:
        LocalProtocolError: it must not be sent; the message names the part at fault.
    """
    if not _TOKEN(method):
        raise LocalProtocolError(f"The request method {method!r} is not a token; nothing was sent.")
    if not _TARGET(target):
        raise LocalProtocolError(
            f"The request target {target!r} is empty or holds characters outside visible ASCII; "
            "percent-encode them. Nothing was sent."
        )
    lines: list[bytes] = []
    host: bytes | None = None
    length: int | None = None
    chunked = False
    upgrade = False
    keep_alive = True
    for name, value in headers:
        lower = _known_names.get(name) or _checked_name(name)
        if not _VALUE(value):
            raise LocalProtocolError(
                f"The value of the request header {name!r} holds a line break or another control "
                "character; nothing was sent."
            )
        if lower == b"host":
            if host is not None:
                raise LocalProtocolError("The request has two Host headers; nothing was sent.")
            if not _HOST(value):
                raise LocalProtocolError(
                    f"The Host header {value!r} holds blanks or characters outside ASCII; "
                    "nothing was sent."
                )
            host = b"%b: %b\r\n" % (name, value)
            continue
        if lower == b"content-length":
            if length is not None:
                raise LocalProtocolError(
                    "The request has two Content-Length headers; nothing was sent."
                )
            if not _LENGTH(value):
                raise LocalProtocolError(
                    f"The Content-Length header of the request is not a number: {value!r}; "
                    "nothing was sent."
                )
            length = int(value)
        elif lower == b"transfer-encoding":
            if chunked or value.lower() != b"chunked":
                raise LocalProtocolError(
                    "The only Transfer-Encoding that can be sent is 'chunked', once; the request "
                    f"has {value!r}. Nothing was sent."
                )
            chunked = True
        elif lower == b"connection":
            keep_alive = keep_alive and b"close" not in _options(value)
        elif lower == b"upgrade":
            upgrade = True
        lines.append(b"%b: %b\r\n" % (name, value))
    if host is None:
        raise LocalProtocolError("The request has no Host header; nothing was sent.")
    if chunked and length is not None:
        raise LocalProtocolError(
            "The request has both Content-Length and Transfer-Encoding: it can have only one of "
            "them. Nothing was sent."
        )
    head = b"%b %b HTTP/1.1\r\n%b%b\r\n" % (method, target, host, b"".join(lines))
    return head, RequestFraming(None if chunked else length or 0, keep_alive, upgrade)


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
            options += _options(value)
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
        if not _LENGTH(digits):
            raise RemoteProtocolError(
                f"The Content-Length of the response is not a number: {value[:60]!r}."
            )
        length = int(digits)
        if earlier is not None and length != earlier:
            raise RemoteProtocolError("The response has Content-Length fields that differ.")
        earlier = length
    assert earlier is not None  # split() gives at least one item
    return earlier


def _options(value: bytes) -> list[bytes]:
    """The connection options in a `Connection` field, in lower case."""
    lower = value.lower()
    if b"," not in lower:
        return [lower.strip(b" \t")]
    return [option.strip(b" \t") for option in lower.split(b",")]


def _checked_name(name: bytes) -> bytes:
    """The lower case of a header name that was not met before."""
    if not _TOKEN(name):
        raise LocalProtocolError(
            f"The request header name {name!r} is not a token; nothing was sent."
        )
    lower = name.lower()
    if len(_known_names) < _KNOWN_NAMES_MAX and len(name) <= 64:
        _known_names[name] = lower
    return lower
