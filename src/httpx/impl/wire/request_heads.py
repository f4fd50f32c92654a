"""Request heads: checked, and written as they were given.

Rules of this file:
1. A request is checked wholly before its first byte exists. Nothing is repaired by dropping or
   quoting what does not belong: what arrives is what the caller wrote, or nothing.
2. There is one way to read each field that decides about framing, or the request is refused:
   `Content-Length` is digits, `Transfer-Encoding` is `chunked`, never both (RFC 9112 section 6).
3. Header fields are checked and put into lines once for each `Headers`: a client sends the same
   ones again and again. So are whole heads, some for each `Headers`; they go when that goes.
"""

# What is worked out of a `Headers` is kept on it: `fields_of` is a friend of that class.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..values.errors import LocalProtocolError
from ..values.headers import wire_pairs
from .framing import length_digits, options_in

if TYPE_CHECKING:
    from ..values.headers import Headers
    from .engine import RawHeaders

_TOKEN = re.compile(rb"[-!#$%&'*+.^_`|~0-9A-Za-z]+").fullmatch
_TARGET = re.compile(rb"[\x21-\x7e]+").fullmatch
# RFC 9110 section 5.5: blanks around a value are no part of it.
_VALUE = re.compile(
    rb"(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?"
).fullmatch
_HOST = re.compile(rb"[\x21-\x7e]*").fullmatch

_COMMON_METHODS = frozenset((b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS"))

_DECIDING = frozenset(
    b"host content-length transfer-encoding connection upgrade expect proxy-authorization".split()
)
"""Lowercase names of the fields that say how the request is sent; others are just written."""

_KNOWN_NAMES_MAX = 1024
_known_names: dict[bytes, bytes] = {}
"""Names that were found to be tokens, with their lower case; a program sends the same few again
and again. Not cleared but left as it is once full, so that made-up names cannot churn it."""

MAX_HEADS = 64
MAX_KEPT_TARGET = 256
"""How many heads are kept with the fields that are in them, and with targets of what length."""

_HOST_LINES_MAX = 1024
_host_lines: dict[bytes, bytes] = {}
"""`Host` lines of hosts that were found to be fit for one. Cleared when full."""


class RequestFields:
    """The header fields of a request, checked, as they go on the wire, and what they decide."""

    # No `NamedTuple`: reading a part of one is a call.
    __slots__ = (
        "content_left",
        "expects_continue",
        "for_proxy",
        "heads",
        "host_line",
        "keep_alive",
        "lines",
        "upgrade",
    )

    host_line: bytes
    """The line of `Host`, which goes first; empty if there is none."""
    lines: bytes
    """The lines of all other fields, in the order given, each with its CRLF."""
    content_left: int | None
    """The length of the body; `None`: it is sent in chunks."""
    keep_alive: bool
    """The request does not ask for the connection to be closed."""
    upgrade: bool
    """An `Upgrade` to another protocol is offered."""
    expects_continue: bool
    """The body is to wait for `100 Continue`: there is `Expect: 100-continue` and no other one."""
    for_proxy: bool
    """`Proxy-Authorization` is among them, which none but a proxy should see."""
    heads: dict[tuple[bytes, bytes, bytes | None], bytes]
    """Heads that were made with these fields, by method, target and host; see `request_head`."""


def fields_of(headers: Headers) -> RequestFields:
    """The fields of `headers`; worked out once for each `Headers`.

    Raises:
        LocalProtocolError: they must not be sent.
    """
    fields = headers._fields
    if fields is None:
        fields = headers._fields = checked_fields(wire_pairs(headers))
    return fields


def checked_fields(headers: RawHeaders) -> RequestFields:
    """Check the header fields of a request.

    Raises:
        LocalProtocolError: they must not be sent; the message names the one at fault.
    """
    lines: list[bytes] = []
    host_line = b""
    length: int | None = None
    chunked = upgrade = for_proxy = False
    keep_alive = True
    expectations: list[bytes] = []
    for name, value in headers:
        lower = _known_names.get(name) or _checked_name(name)
        if not _VALUE(value):
            raise LocalProtocolError(
                f"The value of the request header {name!r} holds a line break or another control "
                "character, or has a blank at its start or end; nothing was sent."
            )
        if lower not in _DECIDING:
            lines.append(b"%b: %b\r\n" % (name, value))
            continue
        if lower == b"host":
            if host_line:
                raise _two_hosts()
            host_line = _host_line(name, value)
            continue
        if lower == b"content-length":
            if length is not None:
                raise LocalProtocolError(
                    "The request has two Content-Length headers; nothing was sent."
                )
            if not length_digits(value):
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
            keep_alive = keep_alive and b"close" not in options_in(value)
        elif lower == b"upgrade":
            upgrade = True
        elif lower == b"expect":
            expectations.append(value.strip(b" \t").lower())
        elif lower == b"proxy-authorization":
            for_proxy = True
        lines.append(b"%b: %b\r\n" % (name, value))
    if chunked and length is not None:
        raise LocalProtocolError(
            "The request has both Content-Length and Transfer-Encoding: it can have only one of "
            "them. Nothing was sent."
        )
    fields = RequestFields()
    fields.host_line = host_line
    fields.lines = b"".join(lines)
    fields.content_left = None if chunked else length or 0
    fields.keep_alive = keep_alive
    fields.upgrade = upgrade
    fields.expects_continue = expectations == [b"100-continue"]
    fields.for_proxy = for_proxy
    fields.heads = {}
    return fields


def request_head(method: bytes, target: bytes, host: bytes | None, fields: RequestFields) -> bytes:
    """The head of a request, `Host` first (RFC 9110 section 7.2).

    Parameters:
        host: the value of `Host`, `None` if it is among the fields.

    Raises:
        LocalProtocolError: it must not be sent; the message names the part at fault.
    """
    key = method, target, host
    known = fields.heads.get(key)
    if known is not None:  # a client sends the same fields, and often to the same places
        return known
    if method not in _COMMON_METHODS and not _TOKEN(method):
        raise LocalProtocolError(f"The request method {method!r} is not a token; nothing was sent.")
    if not _TARGET(target):
        raise LocalProtocolError(
            f"The request target {target!r} is empty or holds characters outside visible ASCII; "
            "percent-encode them. Nothing was sent."
        )
    host_line = fields.host_line
    if host is None:
        if not host_line:
            raise LocalProtocolError("The request has no Host header; nothing was sent.")
    elif host_line:
        raise _two_hosts()
    else:
        host_line = _host_lines.get(host) or _known_host_line(host)
    head = b"".join((method, b" ", target, b" HTTP/1.1\r\n", host_line, fields.lines, b"\r\n"))
    if len(target) <= MAX_KEPT_TARGET:
        if len(fields.heads) >= MAX_HEADS:
            fields.heads.clear()
        fields.heads[key] = head
    return head


def _host_line(name: bytes, value: bytes) -> bytes:
    if not _HOST(value):
        raise LocalProtocolError(
            f"The Host header {value!r} holds blanks or characters outside ASCII; nothing was sent."
        )
    return b"%b: %b\r\n" % (name, value)


def _known_host_line(host: bytes) -> bytes:
    line = _host_line(b"Host", host)
    if len(_host_lines) >= _HOST_LINES_MAX:
        _host_lines.clear()
    _host_lines[host] = line
    return line


def _two_hosts() -> LocalProtocolError:
    return LocalProtocolError("The request has two Host headers; nothing was sent.")


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
