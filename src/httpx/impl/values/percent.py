"""Percent-encoding and `application/x-www-form-urlencoded`, as the WHATWG URL Standard has them.

Rules of this file:
1. Text goes in, text made of visible ASCII comes out (`OPAQUE_UNSAFE` alone lets blanks through).
2. What is already encoded is left byte for byte as it is: "%" is in no set but that of forms.
   Encoding twice therefore changes nothing (forms excepted: there, "%" is data).
3. Nothing here fails: text that UTF-8 cannot carry (lone surrogates) becomes U+FFFD.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

# The percent-encode sets of the URL Standard, section 1.3, by the part of a URL they are for: what
# is in them beside all that is not ASCII, and control characters.
_QUERY = ' "#<>'
_PATH = _QUERY + "?^`{}"
OPAQUE_UNSAFE = ""
FRAGMENT_UNSAFE = ' "<>`'
QUERY_UNSAFE = _QUERY
SPECIAL_QUERY_UNSAFE = _QUERY + "'"
PATH_UNSAFE = _PATH
USERINFO_UNSAFE = _PATH + "/:;=@[\\]|"
# A blank is let through here and becomes "+" afterwards, which is cheaper than a case of its own.
_FORM_UNSAFE = "!\"#$%&'()+,/:;<=>?@[\\]^`{|}~"


@cache
def pattern(text: str) -> re.Pattern[str]:
    """The pattern, compiled when it is first needed, for what most programs never meet."""
    return re.compile(text)


@cache
def _runs(unsafe: str) -> re.Pattern[str]:
    """A pattern that finds runs of what has to be encoded; made when it is first needed."""
    safe = "".join(char for char in map(chr, range(0x20, 0x7F)) if char not in unsafe)
    return re.compile(f"[^{re.escape(safe)}]+")


@cache
def _escaped_bytes() -> re.Pattern[bytes]:
    """A pattern that finds escapes."""
    return re.compile(rb"%([0-9A-Fa-f]{2})")


def utf8(text: str) -> bytes:
    """`text` as UTF-8; a lone surrogate, which UTF-8 cannot carry, as U+FFFD."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        units = text.encode("utf-16-le", "surrogatepass")
        return units.decode("utf-16-le", "replace").encode("utf-8")


def _escape(match: re.Match[str]) -> str:
    return f"%{utf8(match.group()).hex('%').upper()}"


def percent_encode(text: str, unsafe: str) -> str:
    """`text` with what is in the set `unsafe` replaced by the escapes of its UTF-8 bytes."""
    return _runs(unsafe).sub(_escape, text)


def _unescape(match: re.Match[bytes]) -> bytes:
    return bytes.fromhex(match.group(1).decode("ascii"))


def percent_decode(text: str) -> str:
    """`text` with its escapes undone, read as UTF-8; "%" that starts no escape stays as it is.

    Bytes that are no UTF-8 become U+FFFD.
    """
    if "%" not in text:
        return text
    return _escaped_bytes().sub(_unescape, utf8(text)).decode("utf-8", "replace")


def form_encode(pairs: Iterable[tuple[str, str]]) -> str:
    """`pairs` as `application/x-www-form-urlencoded` text (URL Standard, section 5.2)."""
    unsafe = _runs(_FORM_UNSAFE)
    encoded = [f"{unsafe.sub(_escape, name)}={unsafe.sub(_escape, value)}" for name, value in pairs]
    return "&".join(encoded).replace(" ", "+")


def encode_form(pairs: Iterable[tuple[str, str]]) -> bytes:
    """`pairs` as the bytes of an `application/x-www-form-urlencoded` body."""
    return form_encode(pairs).encode("ascii")


def form_decode_name(piece: str) -> str:
    """The name in one `name=value` piece of form-encoded text."""
    return percent_decode(piece.partition("=")[0].replace("+", " "))


def form_decode(text: str) -> list[tuple[str, str]]:
    """The pairs of `application/x-www-form-urlencoded` text (URL Standard, section 5.1).

    A piece without "=" is a name with the empty value; empty pieces are passed over.
    """
    pairs: list[tuple[str, str]] = []
    for piece in text.replace("+", " ").split("&"):
        if piece:
            name, _, value = piece.partition("=")
            pairs.append((percent_decode(name), percent_decode(value)))
    return pairs
