"""Response heads of one narrow grammar, taken without a parser; whatever else comes is declined.

h11 decides what a response head is. Most heads are of the plainest kind, though, and many of their
lines were there in the head before: this file takes those, some twenty times cheaper. What it takes
h11 takes too, with the same result to the byte; what it declines goes to h11 as it came.

The grammar, a part of that of RFC 9112 section 2.1:

    head          = "HTTP/1.1" SP status [ SP reason ] *( CRLF field )
    status        = %x32-39 2DIGIT          ; 200 to 999: interim responses are declined
    reason        = *( HTAB / SP / VCHAR / obs-text )
    field         = token ":" OWS *( HTAB / SP / VCHAR / obs-text ) OWS

with at most one `Content-Length`, of 1 to 20 digits; no `Transfer-Encoding`; and no `Connection`
but `keep-alive`.

Rules of this file:
1. It may decline, it must never differ. In doubt a line is left out of the grammar.
2. What is remembered of a line or a head is worked out of its bytes alone, so it is true for every
   peer.
3. The process remembers lines, and heads of nothing but such lines, so none that may hold a secret
   or a trace of somebody: only fields in `REMEMBERED`, which say what a server is and how to handle
   what it sends. `Set-Cookie`, `Location`, `ETag` and whatever is not known here are read anew each
   time.
4. A map that is full is emptied. `Date` alone would fill it within minutes, for ever if it were
   left full; and a peer that churns it with made-up lines makes others read lines anew, no more.
5. No lock: each step is one operation on a dict, which is atomic. Two threads that miss at once
   write the same entry, and may overshoot a bound by one entry each.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias, cast

from .engine import ResponseStart

MAX_LINES: Final = 512
"""Field lines remembered at most, and as many status lines: some 200 KiB of each, at the worst. As
many names of fields, too."""

MAX_LINE: Final = 128
"""The longest line that is remembered."""

MAX_NAME: Final = 64
"""The longest name of a field that is remembered."""

MAX_HEADS: Final = 64
MAX_KEPT_HEAD: Final = 1024
"""How many whole heads are remembered, and how long they may be: some 200 KiB, at the worst."""

REMEMBERED: Final = frozenset(
    b"""accept-ranges access-control-allow-credentials access-control-allow-headers
    access-control-allow-methods access-control-allow-origin access-control-expose-headers
    access-control-max-age age allow alt-svc cache-control connection content-encoding
    content-language content-length content-type cross-origin-embedder-policy
    cross-origin-opener-policy cross-origin-resource-policy date expires keep-alive
    last-modified permissions-policy pragma referrer-policy server strict-transport-security
    timing-allow-origin vary via x-content-type-options x-dns-prefetch-control
    x-download-options x-frame-options x-permitted-cross-domain-policies x-powered-by
    x-xss-protection""".split()
)
"""Lowercase names of the fields whose lines are remembered."""

_STATUS_LINE = re.compile(rb"HTTP/1\.1 ([2-9][0-9]{2})(?: ([\t\x20-\x7e\x80-\xff]*))?").fullmatch
_TOKEN = re.compile(rb"[-!#$%&'*+.^_`|~0-9A-Za-z]+").fullmatch
_ODD = re.compile(rb"[^\t\x20-\x7e\x80-\xff]").search

Field: TypeAlias = tuple[bytes, bytes]

_Parts: TypeAlias = tuple[int, bytes, bytes, tuple[Field, ...], bytes]
_new = cast(
    "Callable[[type[ResponseStart], _Parts], ResponseStart]",
    tuple.__new__,  # pyright: ignore[reportUnknownMemberType]
)

_heads: dict[bytes, tuple[ResponseStart, int | None]] = {}
"""What was made of whole heads."""

_status_lines: dict[bytes, tuple[int, bytes]] = {}

_NEW: Final = "read anew each time"
_KEPT: Final = "remembered"
_CONNECTION: Final = "remembered, if it is keep-alive"
_kinds: dict[bytes, str] = {}
"""What is done with fields of a name, by the name as it is written."""


class _Declined(Exception):
    """A line is not of the grammar."""


class _FieldLines(dict[bytes, Field]):
    """The fields on lines; a line that is not remembered is read."""

    __slots__ = ("read_anew",)

    read_anew: int
    """How many lines were read that are not remembered, as far as threads let it be counted."""

    def __missing__(self, line: bytes) -> Field:
        name, colon, value = line.partition(b":")
        if not colon or _ODD(value):
            raise _Declined
        kind = _kinds.get(name) or _kind_of(name)
        # Taken off afterwards. Were there two ways for an expression to match these blanks, a line
        # of blanks that does not match after all would take time by the square of its length.
        value = value.strip(b"\t ")
        if kind is _NEW:
            self.read_anew += 1
            return name, value
        if kind is _CONNECTION and value.lower() != b"keep-alive":
            raise _Declined
        if len(line) <= MAX_LINE:
            if len(self) >= MAX_LINES:
                self.clear()
            self[line] = name, value
        else:
            self.read_anew += 1
        return name, value


_field_lines: Final = _FieldLines()
_field_lines.read_anew = 0
_field_on = _field_lines.__getitem__


def fast_head(head: bytes) -> tuple[ResponseStart, int | None] | None:
    """Take a whole final response head if it is plain: the head, and its `Content-Length` if any.

    The peer agrees to keep the connection open, then. `None`: it is for h11 to say.

    Parameters:
        head: all of it but the CRLF that ends its last line and the empty line.
    """
    # Who is asked for the same thing again gives the same head, but for `Date` once a second.
    return _heads.get(head) or _read_head(head)


def _read_head(head: bytes) -> tuple[ResponseStart, int | None] | None:
    lines = head.split(b"\r\n")
    line = lines.pop(0)
    status = _status_lines.get(line) or _read_status_line(line)
    if status is None:
        return None
    read_anew = _field_lines.read_anew
    try:
        fields = tuple(map(_field_on, lines))  # no loop in Python, where all are remembered
    except _Declined:
        return None
    folded = head.lower()
    length: int | None = None
    # Every line is a field by now, so this is where one begins, and nothing within another.
    begin = folded.find(b"\r\ncontent-length:")
    if begin >= 0:
        end = folded.find(b"\r\n", begin + 2)
        value = folded[begin + 17 : end if end >= 0 else None].strip(b"\t ")
        if not value.isdigit() or len(value) > 20:
            return None
        if end >= 0 and folded.find(b"\r\ncontent-length:", end) >= 0:
            return None
        length = int(value)
    # A `NamedTuple` is called through a function of its own; this is what that does.
    start = _new(ResponseStart, (status[0], status[1], b"1.1", fields, folded))
    taken = start, length
    if read_anew == _field_lines.read_anew and len(head) <= MAX_KEPT_HEAD:
        _remember(head, line, lines, taken)
    return taken


def _remember(
    head: bytes, status: bytes, lines: list[bytes], taken: tuple[ResponseStart, int | None]
) -> None:
    # What was counted is a hint, no proof.
    if status in _status_lines and all(line in _field_lines for line in lines):
        if len(_heads) >= MAX_HEADS:
            _heads.clear()
        _heads[head] = taken


def _kind_of(name: bytes) -> str:
    lower = name.lower()
    if not _TOKEN(name) or lower == b"transfer-encoding":
        raise _Declined
    kind = _KEPT if lower in REMEMBERED else _NEW
    if lower == b"connection":
        kind = _CONNECTION
    if len(name) <= MAX_NAME:
        if len(_kinds) >= MAX_LINES:
            _kinds.clear()
        _kinds[name] = kind
    return kind


def _read_status_line(line: bytes) -> tuple[int, bytes] | None:
    match = _STATUS_LINE(line)
    if match is None:
        return None
    status = int(match[1]), match[2] or b""
    if len(line) <= MAX_LINE:
        if len(_status_lines) >= MAX_LINES:
            _status_lines.clear()
        _status_lines[line] = status
    return status
