"""What stands between the values of a `multipart/form-data` body (RFC 7578, RFC 2046 section 5.1).

Rules of this file:
1. Names and filenames are escaped as the WHATWG HTML Standard says (multipart/form-data encoding
   algorithm): `"`, CR and LF become `%22`, `%0D` and `%0A`; all else is sent as UTF-8. Nothing
   that a caller passes on from a stranger can end a line or a quoted string.
2. Media types and further headers of a part are `Headers`, which refuse control characters.
3. Values are sent to the byte as they are given: line ends are not changed, as browsers do.
"""

from __future__ import annotations

import re
from os import urandom

from .described import check_text
from .headers import Headers, wire_block
from .percent import utf8

_ESCAPES = {ord('"'): "%22", ord("\r"): "%0D", ord("\n"): "%0A"}

_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")
"""What RFC 2046 section 5.1.1 allows: 1 to 70 characters, the last one no blank."""

_TOKEN = re.compile(r"[0-9A-Za-z'+_\-.]+")
"""Boundaries that need no quotes as a parameter of `Content-Type`."""


def new_boundary() -> str:
    """A random boundary; 128 bits are not found in a body by chance, nor guessed."""
    return urandom(16).hex()


def checked_boundary(boundary: str) -> str:
    """Return `boundary` if it can be one, as it is.

    Raises:
        ValueError: it is empty, too long, or has a character that a boundary must not have.
    """
    check_text(boundary, "a boundary")
    if not _BOUNDARY.fullmatch(boundary):
        raise ValueError(
            f"{boundary!r} is no boundary: 1 to 70 letters, digits, blanks and '()+_,-./:=? are, "
            "with no blank at the end (RFC 2046 section 5.1.1)"
        )
    return boundary


def form_data_type(boundary: str) -> str:
    """The media type of the body, with its boundary."""
    shown = boundary if _TOKEN.fullmatch(boundary) else f'"{boundary}"'
    return f"multipart/form-data; boundary={shown}"


def checked_part_headers(headers: Headers) -> Headers:
    """Return `headers` if a part may be given them.

    Raises:
        ValueError: they say what is made from other parameters.
    """
    if "Content-Disposition" in headers:
        raise ValueError(
            "the Content-Disposition of a part is made from its field's name and its filename: "
            "leave it out of headers"
        )
    if "Content-Type" in headers:
        raise ValueError("the media type of a part is given as content_type=, not in headers")
    return headers


def checked_content_type(content_type: str) -> str:
    """Return `content_type` if it can be sent, as it is.

    Raises:
        ValueError: it is empty, or has a control character (CR and LF are two) or one outside of
            latin-1; the message names the position.
        TypeError: it is not text.
    """
    if not Headers({"Content-Type": content_type})["Content-Type"]:
        raise ValueError("a content type must not be empty: leave it out instead")
    return content_type


def part_head(
    boundary: str, name: str, filename: str | None, content_type: str | None, headers: Headers
) -> bytes:
    """What comes before a part's value: its delimiter, its headers and a blank line."""
    disposition = f'form-data; name="{escaped(name)}"'
    if filename is not None:
        disposition += f'; filename="{escaped(filename)}"'
    if content_type is not None:
        headers = Headers([("Content-Type", content_type), *headers.multi_items()])
    head = utf8(f"--{boundary}\r\nContent-Disposition: {disposition}\r\n")
    return head + wire_block(headers) + b"\r\n"


PART_END = b"\r\n"
"""What comes after a part's value."""


def closing(boundary: str) -> bytes:
    """What comes after the last part."""
    return f"--{boundary}--\r\n".encode("ascii")


def escaped(name: str) -> str:
    """A name or filename as it stands between quotes; see the rules of this file."""
    return name.translate(_ESCAPES)
